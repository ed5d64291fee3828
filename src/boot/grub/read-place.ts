import { readBlockDevice } from '../../host/block-device.ts';
import { ifThere } from '../../host/file-error.ts';
import { KernelFiles } from '../../host/kernel-files.ts';
import { mountAt, readMounts } from '../../host/mounts.ts';
import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { decidePlace } from './devices/decide-place.ts';
import type { GrubWish } from './devices/grub-wish.ts';
import { type PlaceSource, readPlaceFacts } from './devices/read-place-facts.ts';
import type { GrubPlace } from './grub-place.ts';

/** blkid(8): nothing was found; several things were found. */
const blkidAnswers = [0, 2, 8];

/** A device that does not answer is not waited for. */
const patienceSeconds = 10;

const storePath = '/nix/store';

/**
 * How GRUB will find the menu's folder and the store of a machine, from what the kernel and udev say.
 * Where udev has not looked at a device that they are on, and only there, `blkid` is run.
 *
 * On another root what is mounted at or below it counts; where nothing is, what the declaration says
 * of its file systems.
 *
 * @throws GenctlError GRUB_CANNOT_READ_BOOT, GRUB_NO_IDENTIFIER; PROGRAM_MISSING, PROGRAM_FAILED of blkid
 */
export async function readGrubPlace(root: Root, wish: GrubWish): Promise<GrubPlace> {
  const boot = openPath(root, wish.bootMountPoint);
  const folders = { boot, store: openPath(root, storePath), rootPath: root.hostPath };
  return decidePlace(await readPlaceFacts(thisMachine(), folders), wish);
}

function thisMachine(): PlaceSource {
  return {
    tree: new KernelFiles(),
    readDevice: ({ name, number }, place) => readBlockDevice(name, number, place),
    askBlkid: async ({ name }) => {
      const args = ['-p', '-o', 'udev', `/dev/${name.replaceAll('!', '/')}`];
      return (await run('blkid', args, { accept: blkidAnswers, patienceSeconds })).stdout;
    },
  };
}

/** The path without links; systemd mounts a /boot only when somebody looks into its folder. */
function openPath(root: Root, logicalPath: string): string {
  const absent = ['FILE_MISSING', 'NOT_A_FOLDER'];
  const path = ifThere(() => root.realPath(logicalPath), absent) ?? logicalPath;
  if (mountAt(readMounts(), root.onHost(path))?.fileSystem === 'autofs') {
    using folder = root.folderIfThere(path);
    folder?.names();
  }
  return path;
}
