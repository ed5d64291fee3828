import { biosBoot, biosCore } from '../../../boot/grub/installation/assembled-runs.ts';
import { isGrubTreeName, layoutOf } from '../../../boot/layout.ts';
import { readState } from '../../../generations/state.ts';
import type { Root } from '../../../host/root.ts';

/** What a BIOS starts GRUB by, as GRUB's own programs have made it. */
export interface GrubImages {
  /** GRUB's boot.img, which goes to the first sector of a disk. */
  boot: Buffer;
  /** The core image, which goes to a partition of its own. */
  core: Buffer;
}

/**
 * Reads what has been made for a BIOS in a root that was assembled.
 *
 * @param bootMountPoint what holds GRUB's menu, a logical path
 */
export function readGrubImages(root: Root, bootMountPoint: string): GrubImages {
  const { grub } = layoutOf(readState(root).owner);
  const top = `${bootMountPoint}/${grub.folder}`;
  using folder = root.folder(top);
  const tree = folder.names().find(isGrubTreeName);
  if (tree === undefined) throw new Error(`no GRUB in ${top}`);
  const platform = `${top}/${tree}/grub/i386-pc`;
  return {
    boot: root.readFile(`${platform}/${biosBoot}`),
    core: root.readFile(`${platform}/${biosCore}`),
  };
}
