import type { Folder } from '../../../host/folder.ts';
import { foldCase } from '../../adoption/fold-case.ts';
import { openBelow } from '../../read-boot-partition.ts';

/** Where Windows has its boot manager on an ESP; FAT keeps names in any case. */
const place = ['EFI', 'Microsoft', 'Boot', 'bootmgfw.efi'] as const;

/** The path of Windows' boot manager on an ESP, as it is written there; undefined where it is not. */
export function findWindows(esp: Folder): string | undefined {
  let path = '';
  for (const wanted of place) {
    using folder = path === '' ? esp.duplicate() : openBelow(esp, path);
    const name = folder?.names().find(each => foldCase(each) === foldCase(wanted));
    if (name === undefined) return undefined;
    if (wanted === place.at(-1) && folder?.stat(name)?.kind !== 'file') return undefined;
    path = path === '' ? name : `${path}/${name}`;
  }
  return `/${path}`;
}
