import { GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { type Bootspec, sections } from './bootspec.ts';
import { bootspecOf, parseBootspec } from './parse-bootspec.ts';

/** Many times what the largest system with all its specialisations needs. */
const maxBytes = 4 << 20;

/**
 * Reads what a system says of itself, or puts it together from the parts of a toplevel that has
 * no `boot.json` (NixOS before 23.05).
 *
 * @param store the folder `/nix/store`
 * @param baseName the toplevel's name in it
 * @throws GenctlError SYSTEM_MISSING, BOOTSPEC_INVALID, BOOTSPEC_MISSING
 */
export function readBootspec(store: Folder, baseName: string): Bootspec {
  using toplevel = ifThere(() => store.openIfThere(baseName), ['NOT_A_FOLDER']);
  if (toplevel === undefined) {
    throw new GenctlError(
      'SYSTEM_MISSING',
      `${store.join(baseName)}: the store has no such system`,
    );
  }
  const text = toplevel.readTextIfThere('boot.json', maxBytes);
  if (text === undefined) return synthesise(toplevel, baseName);
  return parseBootspec(text);
}

function synthesise(toplevel: Folder, baseName: string): Bootspec {
  const path = `/nix/store/${baseName}`;
  const kernel = toplevel.readLinkIfThere('kernel');
  const initrd = toplevel.readLinkIfThere('initrd');
  if (kernel === undefined || toplevel.stat('init') === undefined) {
    throw new GenctlError(
      'BOOTSPEC_MISSING',
      `${toplevel.path} has no boot.json, and no kernel and init to make one from`,
    );
  }
  const version = toplevel.readTextIfThere('nixos-version')?.trim();
  const document = {
    [sections.bootspec]: {
      system: toplevel.readTextIfThere('system')?.trim() ?? 'x86_64-linux',
      toplevel: path,
      init: `${path}/init`,
      kernel,
      kernelParams: (toplevel.readTextIfThere('kernel-params') ?? '').split(/\s+/),
      label: version === undefined ? '' : `NixOS ${version}`,
      ...(initrd !== undefined && { initrd }),
    },
  };
  return bootspecOf(document, 'it has no boot.json, and one made from its parts is not valid');
}
