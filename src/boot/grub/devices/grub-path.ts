import type { MountedFileSystem } from '../../../hardware/facts/facts.ts';

/**
 * The path of a folder as GRUB writes it, from the top of its file system; '' is the top. The kernel
 * tells the paths of btrfs from its topmost volume (5), whichever subvolume is the default one, and
 * so does GRUB count them. In a pool of ZFS a dataset's path goes before an `@` of its own.
 *
 * @param below the path from the top of what is mounted
 */
export function grubPath(
  { type, source, rootInside }: Pick<MountedFileSystem, 'type' | 'source' | 'rootInside'>,
  below: string,
): string {
  const inside = `${rootInside === '/' ? '' : rootInside}${below}`;
  return type === 'zfs' ? `${datasetPath(source)}${inside}` : inside;
}

/** `rpool/ROOT/debian` is `/ROOT/debian/@`, a snapshot of it `/ROOT/debian@yesterday`. */
function datasetPath(source: string): string {
  const slash = source.search(/[/@]/);
  const dataset = slash < 0 ? '' : source.slice(slash);
  if (dataset === '') return '/@';
  return dataset.includes('@') ? `/${dataset.replace(/^\//, '')}` : `${dataset}/@`;
}

/** The pool of a dataset: the label by which GRUB finds it. */
export function poolOf(source: string): string {
  return source.replace(/[/@].*$/s, '');
}
