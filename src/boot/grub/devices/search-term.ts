import { GenctlError } from '../../../errors.ts';
import type { BlockDevice } from '../../../hardware/facts/facts.ts';
import { decodeUdevText } from '../../../hardware/facts/parse-udev-record.ts';
import type { GrubDevice } from '../grub-place.ts';
import { poolOf } from './grub-path.ts';
import type { GrubWish } from './grub-wish.ts';

type Search = GrubDevice['search'];

/** A file system that has to be found. */
export interface Sought {
  /** For messages: the folder that is wanted. */
  hostPath: string;
  type: string;
  /** As the mount table says it. */
  source: string;
  /** What holds it; of several devices, one. */
  holder: BlockDevice | undefined;
  /** Whether another device has a copy of the file system, with the same UUID. */
  hasCopy: boolean;
  /** The device as the declaration names it. */
  provided: string | undefined;
}

/**
 * How GRUB finds a file system.
 *
 * @throws GenctlError GRUB_NO_IDENTIFIER where it has none of the kind that is wanted
 */
export function searchFor(
  sought: Sought,
  { fsIdentifier }: Pick<GrubWish, 'fsIdentifier'>,
): Search {
  const { type, source, holder, hasCopy, provided } = sought;
  if (type === 'zfs') return { by: 'label', value: poolOf(source) };
  const byUuid = searchByContent('fs-uuid', holder?.content?.uuid);
  switch (fsIdentifier) {
    case 'uuid':
      return (
        // The name of a volume is its own, while a snapshot of it has its UUID too.
        (hasCopy ? searchByOwnName(holder) : undefined) ??
        byUuid ??
        searchByOwnName(holder) ??
        searchByName(provided) ??
        missing(sought, 'UUID')
      );
    case 'label':
      return searchByContent('label', holder?.content?.label) ?? missing(sought, 'label');
    case 'provided':
      return (
        searchByName(provided) ??
        // A name of Linux's only (`/dev/sda1`) says which file system is meant, and no more.
        searchByOwnName(holder) ??
        byUuid ??
        missing(sought, 'UUID')
      );
  }
}

/**
 * How GRUB finds what the declaration names, by that name alone; undefined where it is one that
 * GRUB does not know.
 */
export function searchByName(device: string | undefined): Search | undefined {
  const [, kind, value] =
    /^(?:\/dev\/disk\/by-|)(uuid|label|UUID|LABEL)[/=](.+)$/s.exec(device ?? '') ?? [];
  if (kind === undefined || value === undefined) return undefined;
  const by = kind.toLowerCase() === 'uuid' ? 'fs-uuid' : 'label';
  return { by, value: device?.startsWith('/') === true ? decodeUdevText(value) : value };
}

/** GRUB's name for a volume or an array; dashes are doubled in it as in /dev/mapper. */
function searchByOwnName(holder: BlockDevice | undefined): Search | undefined {
  if (holder?.kind === 'lvm' && holder.mapping !== null) {
    return { by: 'name', value: `lvm/${holder.mapping.name}` };
  }
  const uuid = holder?.kind === 'mdraid' ? holder.raid?.uuid : undefined;
  return typeof uuid === 'string'
    ? { by: 'name', value: `mduuid/${uuid.replaceAll('-', '')}` }
    : undefined;
}

function searchByContent(
  by: 'fs-uuid' | 'label',
  value: string | null | undefined,
): Search | undefined {
  return value === null || value === undefined || value === '' ? undefined : { by, value };
}

function missing({ hostPath, type }: Sought, what: string): never {
  throw new GenctlError(
    'GRUB_NO_IDENTIFIER',
    `${hostPath}: no ${what} is known of its file system (${type}), by which GRUB could find it`,
    {
      hint:
        what === 'label'
          ? 'Give the file system a label, or set fsIdentifier = uuid in [boot.loader.grub].'
          : 'Run genctl where it may read the device (as root, outside of a container); or set device in [fileSystems] of its mount point to /dev/disk/by-uuid/….',
    },
  );
}
