import { GenctlError, messageOf } from '../../errors.ts';
import { byBytes } from '../../host/folder.ts';
import { isSingleFile } from '../../host/is-single-file.ts';
import { KernelFiles } from '../../host/kernel-files.ts';
import { isInstalled, run } from '../../host/run.ts';
import { type FileTree, line } from './file-tree.ts';
import { blkidFolder, singleFilesFile, zfsFile } from './genctl-files.ts';
import type { HardwareSource } from './hardware-source.ts';
import { MemoryTree } from './memory-tree.ts';
import { OverlayTree } from './overlay-tree.ts';
import { listSingleFiles } from './single-files.ts';
import { fileEntry, type TreeEntry } from './tree-entry.ts';

/** blkid(8): nothing was found; several things were found. */
const blkidFoundNothing = 2;
const blkidIsInTwoMinds = 8;

/** A device that does not answer is not waited for. */
const patienceSeconds = 10;

/** Programs at a time: they wait for disks. */
const atOnce = 8;

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs that answer what the kernel does not show in files. */
export interface Programs {
  isInstalled(program: string): boolean;
  /**
   * What a program prints.
   *
   * @param accept exit codes that are an answer
   * @throws GenctlError of any other
   */
  ask(program: string, args: readonly string[], accept: readonly number[]): Promise<Answer>;
}

/** The machine that runs. */
export function openLiveSource(): Promise<HardwareSource> {
  const programs: Programs = {
    isInstalled,
    ask: (program, args, accept) => run(program, args, { accept, patienceSeconds }),
  };
  return lookFurther(new KernelFiles(), programs, isSingleFile);
}

/**
 * Adds to a machine's files what they do not tell: what is on block devices of which udev has no
 * record (it does not run), where ZFS mounts its file systems, which bind mounts are single files.
 * Where nothing of it is wanted no program is run, and nothing looked at. A program that fails, or is
 * not there, is no error: it is told among what is not known.
 *
 * @param isFile whether a path of the machine is there and is no folder
 */
export async function lookFurther(
  files: FileTree,
  programs: Programs,
  isFile: (path: string) => boolean,
): Promise<HardwareSource> {
  const answers = new Map<string, TreeEntry>();
  const table = files.bytes('/proc/self/mountinfo') ?? new Uint8Array();
  const singleFiles = listSingleFiles(Buffer.from(table).toString('latin1'), isFile);
  if (singleFiles !== undefined) {
    answers.set(singleFilesFile, { kind: 'file', bytes: Buffer.from(singleFiles, 'latin1') });
  }
  const silentOn = [
    ...(await askBlkid(files, programs, answers)),
    ...(await askZfs(files, programs, answers)),
  ];
  const tree = answers.size === 0 ? files : new OverlayTree(new MemoryTree(answers), files);
  return { kind: 'live', name: 'this machine', tree, silentOn };
}

async function askBlkid(
  files: FileTree,
  programs: Programs,
  answers: Map<string, TreeEntry>,
): Promise<string[]> {
  const names = files.names('/sys/class/block').filter(name => isUnprobed(files, name));
  if (names.length === 0) return [];
  if (!programs.isInstalled('blkid')) {
    return ['what is on block devices: udev does not run, and blkid is not installed'];
  }
  const silentOn: string[] = [];
  const ask = async (name: string): Promise<void> => {
    const args = ['-p', '-o', 'udev', nodeOf(name)];
    try {
      const accept = [0, blkidFoundNothing, blkidIsInTwoMinds];
      const { stdout, stderr } = await programs.ask('blkid', args, accept);
      if (stdout !== '') answers.set(`${blkidFolder}/${name}`, fileEntry(stdout));
      // A device that cannot be read is to blkid one on which it finds nothing.
      else if (stderr !== '') throw new GenctlError('PROGRAM_FAILED', firstLine(stderr));
    } catch (thrown) {
      silentOn.push(`what is on ${nodeOf(name)}: ${messageOf(thrown)}`);
    }
  };
  for (let at = 0; at < names.length; at += atOnce) {
    await Promise.all(names.slice(at, at + atOnce).map(ask));
  }
  return silentOn.toSorted(byBytes);
}

/** Whether a block device can hold something, and udev has no record of it. */
function isUnprobed(files: FileTree, name: string): boolean {
  // A floppy drive without a floppy takes seconds to say so.
  if (/^(?:fd|ram|zram)[0-9]/.test(name)) return false;
  const folder = `/sys/class/block/${name}`;
  if (/^loop[0-9]/.test(name) && line(files, `${folder}/loop/backing_file`) === undefined) {
    // A partition of a loop device has no file of its own.
    if (files.text(`${folder}/partition`) === undefined) return false;
  }
  const number = line(files, `${folder}/dev`);
  const sizeSectors = line(files, `${folder}/size`);
  if (number === undefined || sizeSectors === undefined || sizeSectors === '0') return false;
  if (files.bytes(`/run/udev/data/b${number}`) !== undefined) return false;
  return files.realPath(nodeOf(name)) !== undefined;
}

/** In /sys a slash of a name in /dev is a `!`. */
function nodeOf(name: string): string {
  return `/dev/${name.replaceAll('!', '/')}`;
}

async function askZfs(
  files: FileTree,
  programs: Programs,
  answers: Map<string, TreeEntry>,
): Promise<string[]> {
  const mounts = files.text('/proc/self/mountinfo') ?? '';
  if (!/ - zfs /.test(mounts)) return [];
  if (!programs.isInstalled('zfs')) return ['the mount points of ZFS: zfs is not installed'];
  const args = ['get', '-Hp', '-t', 'filesystem', '-o', 'name,value', 'mountpoint'];
  try {
    answers.set(zfsFile, fileEntry((await programs.ask('zfs', args, [0])).stdout));
    return [];
  } catch (thrown) {
    return [`the mount points of ZFS: ${messageOf(thrown)}`];
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
