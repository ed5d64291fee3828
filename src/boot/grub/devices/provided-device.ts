import { GenctlError } from '../../../errors.ts';
import type { GrubDevice } from '../grub-place.ts';
import { moduleOf, usualModules, writeObstacle } from './file-systems.ts';
import { grubPath, poolOf } from './grub-path.ts';
import type { ProvidedFileSystem } from './grub-wish.ts';
import type { FolderFacts } from './place-facts.ts';
import { searchByName } from './search-term.ts';

interface Declared {
  mountPoint: string;
  fileSystem: ProvidedFileSystem;
}

/**
 * How GRUB gets at a folder of which only the declaration says where it will be: an image is
 * assembled. The disk may have a table of either kind.
 *
 * @throws GenctlError GRUB_NO_IDENTIFIER where it does not say so in a way that GRUB understands;
 *   GRUB_CANNOT_READ_BOOT
 */
export function providedDevice(
  { hostPath, logicalPath }: Pick<FolderFacts, 'hostPath' | 'logicalPath'>,
  provided: ReadonlyMap<string, ProvidedFileSystem>,
): GrubDevice {
  const declared = declaredFor(logicalPath, provided);
  if (declared === undefined) throw notDeclared(hostPath, '/');
  const { mountPoint, fileSystem } = declared;
  const { device, fsType, options } = fileSystem;
  const isZfs = fsType === 'zfs' && device !== undefined;
  const volume = volumeName(device);
  const search = isZfs
    ? ({ by: 'label', value: poolOf(device) } as const)
    : (searchByName(device) ?? volume);
  if (search === undefined) throw notDeclared(hostPath, mountPoint);
  const below = mountPoint === '/' ? logicalPath : logicalPath.slice(mountPoint.length);
  const mount = { type: fsType ?? 'auto', source: device ?? '', rootInside: subvolume(options) };
  return {
    modules: [
      'part_gpt',
      'part_msdos',
      ...(volume === undefined ? [] : ['lvm']),
      ...fileSystemModules(hostPath, fsType),
    ],
    cryptodisks: [],
    search,
    path: grubPath(mount, below === '/' ? '' : below),
    unwritable: unwritableFor(hostPath, fileSystem, volume !== undefined),
  };
}

/** The declared file system that a path is in. */
export function declaredFor(
  logicalPath: string,
  provided: ReadonlyMap<string, ProvidedFileSystem>,
): Declared | undefined {
  const [innermost] = [...provided]
    .filter(([point]) => `${logicalPath}/`.startsWith(point === '/' ? '/' : `${point}/`))
    .toSorted(([left], [right]) => right.length - left.length);
  return innermost === undefined
    ? undefined
    : { mountPoint: innermost[0], fileSystem: innermost[1] };
}

/** LVM's own separator is one dash, and dashes of names are doubled: a mapping without is no volume. */
function volumeName(device: string | undefined): GrubDevice['search'] | undefined {
  const [, name] = /^\/dev\/mapper\/((?:[^/-]|--)+-(?:[^/-]|--)+)$/.exec(device ?? '') ?? [];
  return name === undefined ? undefined : { by: 'name', value: `lvm/${name}` };
}

function fileSystemModules(hostPath: string, fsType: string | undefined): readonly string[] {
  if (fsType === undefined || fsType === 'auto') return usualModules;
  const module = moduleOf(fsType);
  if (module !== undefined) return [module];
  throw new GenctlError(
    'GRUB_CANNOT_READ_BOOT',
    `GRUB cannot read ${hostPath}: it will be on ${fsType}, a file system that GRUB does not know`,
    { hint: 'Declare a /boot of its own in [fileSystems], with ext4 or FAT.' },
  );
}

/** Of btrfs: `subvol=@` or `subvol=/@`, the last one that is said. */
function subvolume(options: readonly string[]): string {
  const named = options.findLast(option => option.startsWith('subvol='))?.slice('subvol='.length);
  const name = named?.replace(/^\/+|\/+$/g, '') ?? '';
  return `/${name}`;
}

function unwritableFor(
  hostPath: string,
  { fsType, options }: ProvidedFileSystem,
  isVolume: boolean,
): string | undefined {
  if (isVolume) return `${hostPath} will be on LVM, to which GRUB cannot write`;
  if (fsType === undefined || fsType === 'auto') {
    return `nothing says which file system ${hostPath} will be on`;
  }
  const obstacle = writeObstacle(fsType, { superOptions: options });
  return obstacle === undefined ? undefined : `${hostPath} will be on ${obstacle}`;
}

function notDeclared(hostPath: string, mountPoint: string): GenctlError {
  return new GenctlError(
    'GRUB_NO_IDENTIFIER',
    `${hostPath}: nothing is mounted there, and the declaration does not say by what GRUB could find its file system`,
    {
      hint: `Set device in [fileSystems "${mountPoint}"] to /dev/disk/by-uuid/… or /dev/disk/by-label/…; or mount the file systems of the new system below the root.`,
    },
  );
}
