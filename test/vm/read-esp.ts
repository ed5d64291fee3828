// Reads a boot partition of a disk image after a machine has used it.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { runTool, ToolError } from './run-tool.ts';

/** A boot partition: within a disk image, or, at offset 0, by itself. */
export interface Esp {
  readonly image: string;
  readonly offset: number;
}

/** The bytes of one file of the ESP, named from its root: `loader/loader.conf`. */
export async function readEspFile({ image, offset }: Esp, path: string): Promise<Buffer> {
  const content = await runTool('mtype', ['-i', `${image}@@${offset}`, `::/${path}`], {
    encoding: 'latin1',
  });
  return Buffer.from(content, 'latin1');
}

/** Every file of the ESP, sorted, named from its root. */
export async function listEsp({ image, offset }: Esp): Promise<readonly string[]> {
  const listing = await runTool('mdir', ['-b', '-/', '-a', '-i', `${image}@@${offset}`, '::/']);
  const paths = listing.split('\n').map(line => line.replace(/^::\//, ''));
  return paths.filter(path => path !== '' && !path.endsWith('/')).toSorted();
}

/** Copies all of the ESP's files into a new folder. */
export async function copyEspTo({ image, offset }: Esp, folder: string): Promise<void> {
  await mkdir(folder);
  await runTool('mcopy', ['-s', '-m', '-i', `${image}@@${offset}`, '::/*', folder]);
}

/**
 * What `fsck.vfat -n` finds wrong with the ESP: undefined where it finds nothing. The partition
 * is copied to `scratch`, a path that does not exist, because fsck takes no offset.
 */
export async function checkEsp(esp: Esp, scratch: string): Promise<string | undefined> {
  await extractEsp(esp, scratch);
  try {
    await runTool('fsck.vfat', ['-n', scratch]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Copies the ESP to `path` and lets fsck.vfat mend it there, as a machine does at boot. */
export async function repairedEsp(esp: Esp, path: string): Promise<Esp> {
  await rm(path, { force: true });
  await extractEsp(esp, path);
  try {
    await runTool('fsck.vfat', ['-a', path]);
  } catch (error) {
    // Status 1: it found something, and mended it.
    if (!(error instanceof ToolError && error.status === 1)) throw error;
  }
  return { image: path, offset: 0 };
}

async function extractEsp(esp: Esp, path: string): Promise<void> {
  const { image, offset } = esp;
  const end = offset + (await partitionSize(esp)) - 1;
  const bytes = createReadStream(image, { start: offset, end, highWaterMark: 1 << 20 });
  await pipeline(bytes, createWriteStream(path, { flags: 'wx' }));
}

/** In bytes, from the file system's own boot sector. */
async function partitionSize({ image, offset }: Esp): Promise<number> {
  await using file = await open(image);
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, offset);
  return buffer.readUInt16LE(11) * buffer.readUInt32LE(32);
}
