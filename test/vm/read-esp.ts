// Reads the ESP of a disk image after a machine has used it.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { espOffset } from './disk-image.ts';
import { runTool } from './run-tool.ts';

/** The text of one file of the ESP, named from its root: `loader/loader.conf`. */
export function readEspFile(image: string, path: string): Promise<string> {
  return runTool('mtype', ['-i', `${image}@@${espOffset}`, `::/${path}`]);
}

/** Every file of the ESP, sorted, named from its root. */
export async function listEsp(image: string): Promise<readonly string[]> {
  const listing = await runTool('mdir', ['-b', '-/', '-a', '-i', `${image}@@${espOffset}`, '::/']);
  const paths = listing.split('\n').map(line => line.replace(/^::\//, ''));
  return paths.filter(path => path !== '' && !path.endsWith('/')).toSorted();
}

/** Copies all of the ESP's files into a new folder. */
export async function copyEspTo(image: string, folder: string): Promise<void> {
  await mkdir(folder);
  await runTool('mcopy', ['-s', '-m', '-i', `${image}@@${espOffset}`, '::/*', folder]);
}

/**
 * What `fsck.vfat -n` finds wrong with the ESP: undefined where it finds nothing. The partition
 * is copied to `scratch`, a path that does not exist, because fsck takes no offset.
 */
export async function checkEsp(image: string, scratch: string): Promise<string | undefined> {
  const size = await partitionSize(image);
  const bytes = createReadStream(image, { start: espOffset, end: espOffset + size - 1 });
  await pipeline(bytes, createWriteStream(scratch, { flags: 'wx' }));
  try {
    await runTool('fsck.vfat', ['-n', scratch]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** In bytes, from the file system's own boot sector. */
async function partitionSize(image: string): Promise<number> {
  await using file = await open(image);
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, espOffset);
  return buffer.readUInt16LE(11) * buffer.readUInt32LE(32);
}
