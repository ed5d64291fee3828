import { createHash } from 'node:crypto';
import type { Folder } from '../../host/folder.ts';
import type { Root } from '../../host/root.ts';
import { narOf } from '../../store/nar.ts';
import type { StorePath } from '../../store/store-path.ts';
import { copyOf, type Tree } from '../../store/tree.ts';
import { parseStanzas, type Stanza } from '../debian/control-stanzas.ts';
import { readByHooks } from './initramfs-etc.ts';
import { initramfsPackages } from './initramfs-packages.ts';
import { contentHash } from './initrd-record.ts';

const database = 'usr/lib/sysimage/dpkg';

/** What hooks read and no package's list of hashes covers, as scripts of packages write it. */
const written: readonly string[] = [
  ...readByHooks.map(path => `etc/${path}`),
  'usr/share/initramfs-tools',
];

/**
 * All of a tree that the bytes of an initrd by initramfs-tools depend on. A package that brings
 * nothing to it changes nothing here, so that generations share their initrd.
 *
 * @param named packages that are in it in any case
 * @param etc what is laid over its /etc, by path
 * @returns what can be written as JSON; the tree as a whole where it has no database of dpkg's
 */
export function initramfsInputs(
  root: Root,
  tree: StorePath,
  named: readonly string[],
  etc: ReadonlyMap<string, Tree>,
): readonly unknown[] {
  const laid = Array.from(etc, ([path, content]) => [path, narHash(content)]);
  using top = root.folder(tree);
  using dpkg = root.folderIfThere(`${tree}/${database}`);
  using info = dpkg?.openIfThere('info');
  const status = dpkg?.readFileIfThere('status')?.toString();
  if (dpkg === undefined || info === undefined || status === undefined) return [tree, laid];
  const installed = parseStanzas(status).map(stanza => ({
    stanza,
    files: readInfo(info, stanza, 'list')?.toString() ?? '',
  }));
  const kept = new Set(initramfsPackages(installed, named));
  const packages = installed
    .map(({ stanza }) => stanza)
    .filter(stanza => kept.has(stanza.get('package') ?? ''))
    .map(stanza => [
      ...['package', 'version', 'architecture', 'conffiles'].map(field => stanza.get(field)),
      // A version that somebody has built anew is told by its files.
      contentHash(readInfo(info, stanza, 'md5sums') ?? Buffer.of()),
    ]);
  const diversions = dpkg.readFileIfThere('diversions')?.toString();
  return [packages, diversions, written.map(path => hashOf(top, path.split('/'))), laid];
}

/** A file of dpkg's about a package; those that may be there for two architectures name theirs. */
function readInfo(info: Folder, stanza: Stanza, kind: 'list' | 'md5sums'): Buffer | undefined {
  const name = stanza.get('package') ?? '';
  return (
    info.readFileIfThere(`${name}.${kind}`) ??
    info.readFileIfThere(`${name}:${stanza.get('architecture')}.${kind}`)
  );
}

/** A hash over what is at a path, with all that is below it; undefined where nothing is. */
function hashOf(folder: Folder, [name = '', ...rest]: readonly string[]): string | undefined {
  if (rest.length > 0) {
    using inner = folder.openIfThere(name);
    return inner === undefined ? undefined : hashOf(inner, rest);
  }
  return folder.stat(name) === undefined ? undefined : narHash(copyOf(folder, name));
}

function narHash(tree: Tree): string {
  const hash = createHash('sha256');
  for (const piece of narOf(tree)) hash.update(piece);
  return hash.digest('hex');
}
