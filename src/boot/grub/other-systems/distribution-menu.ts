import { GenctlError } from '../../../errors.ts';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import { openBelow } from '../../read-boot-partition.ts';
import type { OtherSystem } from '../other-system.ts';
import { titleFrom } from './foreign-text.ts';

/** Folders of GRUB in a boot folder: as its authors, Debian and NixOS have it; as Fedora and SUSE. */
const folders = ['grub', 'grub2'] as const;

/** Much more than an os-release has. */
const maxBytes = 1 << 16;

/**
 * The menu that the distribution's own tools write (`update-grub` at each upgrade of a kernel); it
 * stays theirs, and in ours it is one line. Undefined where there is none.
 */
export function findDistributionMenu(root: Root, bootTop: Folder): OtherSystem | undefined {
  const found = folders.find(name => {
    using folder = openBelow(bootTop, name);
    const stat = folder?.stat('grub.cfg');
    return stat?.kind === 'link' || (stat?.kind === 'file' && stat.sizeBytes > 0);
  });
  if (found === undefined) return undefined;
  return {
    kind: 'grub-menu',
    title: `${distributionName(root)}: its own menu`,
    fsUuid: undefined,
    path: `/${found}/grub.cfg`,
  };
}

/** What the distribution calls itself (os-release(5)). */
function distributionName(root: Root): string {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = textIfReadable(root, path);
    if (text !== undefined) return titleFrom(assignedName(text)) || 'Linux';
  }
  return 'Linux';
}

function textIfReadable(root: Root, path: string): string | undefined {
  try {
    return root.readFileIfThere(path, maxBytes)?.toString('utf8');
  } catch (thrown) {
    // A name to show is no reason to fail.
    if (thrown instanceof GenctlError) return undefined;
    throw thrown;
  }
}

/** The value of `NAME`, quoted as a shell has it; empty where there is none. */
function assignedName(text: string): string {
  const value = /^NAME=(.*)$/m.exec(text)?.[1]?.trim() ?? '';
  const [, quote, inner] = /^(["'])(.*)\1$/s.exec(value) ?? [];
  return quote === "'" ? (inner ?? '') : (inner ?? value).replace(/\\(.)/g, '$1');
}
