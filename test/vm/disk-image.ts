// A bootable disk from a machine's root folder, made without privileges and without loop devices:
// every tool writes its part of the one image file at that part's offset.
import { lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';
import { makeWorkFolder } from './work-folder.ts';

const mebibyte = 1024 * 1024;

/** Where the partitions start, in bytes: the first one after the table, where sgdisk aligns it. */
export const espOffset: number = mebibyte;

export interface DiskSizes {
  /** Of the ESP, at least 34: FAT32 needs so many clusters. Default 96. */
  readonly espMiB?: number;
  /** Left free for the machine in its root file system. Default 32. */
  readonly freeMiB?: number;
}

/**
 * Writes a GPT disk to `image`: an ESP (FAT32, label ESP) with what is in the root's `boot/`, and
 * an ext4 file system (label root) with everything else but the content of `run/`, owned by root.
 */
export async function writeDiskImage(
  root: string,
  image: string,
  sizes: DiskSizes = {},
): Promise<void> {
  const { espMiB = 96, freeMiB = 32 } = sizes;
  await using work = await makeWorkFolder('image');
  const staged = join(work.path, 'root');
  await stageRoot(root, staged);
  const rootMiB = 24 + freeMiB + Math.ceil(((await treeSize(staged)) * 1.1) / mebibyte);
  await createSparse(image, (espMiB + rootMiB + 2) * mebibyte);
  await runTool('sgdisk', [
    '--clear',
    `--new=1:1M:+${espMiB}M`,
    '--typecode=1:ef00',
    '--change-name=1:ESP',
    `--new=2:${espMiB + 1}M:+${rootMiB}M`,
    '--typecode=2:8304',
    '--change-name=2:root',
    image,
  ]);
  await writeEsp(join(root, 'boot'), image, espMiB);
  await writeExt4(staged, image, (espMiB + 1) * mebibyte, rootMiB);
}

async function createSparse(path: string, bytes: number): Promise<void> {
  await rm(path, { force: true });
  await using file = await open(path, 'wx');
  await file.truncate(bytes);
}

async function writeEsp(content: string, image: string, sizeMiB: number): Promise<void> {
  const sector = String(espOffset / 512);
  // Clusters of one sector: left to itself, mkfs goes by the size of the whole disk.
  const format = ['-F', '32', '-s', '1', '-n', 'ESP', '--offset', sector];
  await runTool('mkfs.vfat', [...format, image, String(sizeMiB * 1024)]);
  const names = await readdir(content);
  if (names.length === 0) return;
  const sources = names.map(name => join(content, name));
  await runTool('mcopy', ['-s', '-m', '-i', `${image}@@${espOffset}`, ...sources, '::/']);
}

async function writeExt4(
  tree: string,
  image: string,
  offset: number,
  sizeMiB: number,
): Promise<void> {
  const format = ['-q', '-F', '-L', 'root', '-m', '0', '-d', tree, '-E', `offset=${offset}`];
  await runTool('mkfs.ext4', [...format, image, `${sizeMiB}M`]);
  if (process.getuid?.() === 0) return;
  // mkfs copied our own user's number; debugfs changes it where user namespaces are not allowed too.
  const paths = ['.', ...(await readdir(tree, { recursive: true }))];
  const commands = paths.flatMap(path =>
    ['uid', 'gid'].map(field => `set_inode_field "/${path}" ${field} 0\n`),
  );
  const filesystem = `${image}?offset=${offset}`;
  await runTool('debugfs', ['-w', '-f', '-', filesystem], { input: commands.join('') });
}

/** A copy without the ESP's content and without what only exists at run time. */
async function stageRoot(root: string, staged: string): Promise<void> {
  await mkdir(staged);
  const kept = (await readdir(root)).filter(name => name !== 'boot' && name !== 'run');
  const sources = kept.map(name => join(root, name));
  await runTool('cp', ['-a', '--', ...sources, staged]);
  for (const mountPoint of ['boot', 'run']) await mkdir(join(staged, mountPoint));
}

/** Bytes that the tree takes in a file system with blocks of 4 KiB. */
async function treeSize(tree: string): Promise<number> {
  let total = 0;
  for (const path of await readdir(tree, { recursive: true })) {
    const { size } = await lstat(join(tree, path));
    total += Math.ceil(size / 4096) * 4096 + 256;
  }
  return total;
}
