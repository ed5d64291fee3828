import { hidden } from '../../printable.ts';
import type { BlockDevice } from '../facts/facts.ts';

/** What udev counts as parts of a RAID (`ID_FS_USAGE=raid`) gets no link of its content. */
const partsOfOthers =
  /^(LVM[12]_member|linux_raid_member|.*_raid_member|drbd|mpath_member|stratis|VMFS_volume_member)$/;

/**
 * The links below /dev that udev's 60-persistent-storage.rules make from what lies on a device and
 * from its partition table, without `/dev/`.
 */
export function builtLinks(device: BlockDevice): readonly string[] {
  const { content, partition } = device;
  const isOfItsOwn = content !== null && !partsOfOthers.test(content.type);
  return [
    link('disk/by-uuid', isOfItsOwn ? content.uuid : null),
    link('disk/by-label', isOfItsOwn ? content.label : null),
    link('disk/by-partuuid', partition === null ? null : partition.uuid),
    link('disk/by-partlabel', partition === null ? null : partition.name),
  ].flatMap(built => built ?? []);
}

/** Undefined where there is no name, or one of which not all bytes are known. */
function link(folder: string, name: string | null): string | undefined {
  if (name === null || name === '' || name.includes('\uFFFD')) return undefined;
  return `${folder}/${encodedName(name)}`;
}

/**
 * As udev writes a name into a link: what is neither plain nor a valid character beyond ASCII
 * becomes `\xNN`.
 */
export function encodedName(name: string): string {
  return name.replace(
    /[^A-Za-z0-9#+\-.:=@_\u0080-\u{10ffff}]/gu,
    character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Whether a name below /dev can stand in a file of lines and words as it is. */
export function isPlainPath(path: string): boolean {
  return path !== '' && !hidden.test(path) && !/[\s\uFFFD]/u.test(path);
}
