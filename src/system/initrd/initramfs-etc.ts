import type { Tree, TreeFolder } from '../../store/tree.ts';

/**
 * What hooks of initramfs-tools read below /etc, and a declaration may say otherwise than packages
 * do: the keys of the console on which a passphrase is typed, above all.
 */
export const readByHooks: readonly string[] = [
  'console-setup',
  'cryptsetup-initramfs',
  'default/console-setup',
  'default/keyboard',
  'dropbear',
  'initramfs-tools',
  'ld.so.conf',
  'ld.so.conf.d',
  'lvm',
  'mdadm',
  'modprobe.d',
  'systemd/network',
  'udev',
];

/**
 * The part of a system's /etc that hooks are to see while its initrd is made. Pure.
 *
 * @param etc all of it
 * @param settled paths below it that something else says
 * @returns what is to be laid, by paths below it
 */
export function etcForHooks(etc: Tree, settled: readonly string[]): ReadonlyMap<string, Tree> {
  const found = readByHooks.flatMap((path): [string, Tree][] => {
    const tree = entryAt(etc, path.split('/'));
    if (tree === undefined || settled.includes(path)) return [];
    return [[path, without(tree, path, settled)]];
  });
  return new Map(found);
}

function entryAt(tree: Tree | undefined, [name, ...rest]: readonly string[]): Tree | undefined {
  if (name === undefined) return tree;
  return tree?.kind === 'folder' ? entryAt(tree.entries.get(name), rest) : undefined;
}

/** A tree that is at a path, without what is at other ones. */
function without(tree: Tree, path: string, others: readonly string[]): Tree {
  if (tree.kind !== 'folder') return tree;
  const kept = [...tree.entries]
    .map(([name, inner]) => ({ name, inner, at: `${path}/${name}` }))
    .filter(({ at }) => !others.includes(at))
    .map(({ name, inner, at }) => [name, without(inner, at, others)] as const);
  return { kind: 'folder', entries: new Map(kept) } satisfies TreeFolder;
}
