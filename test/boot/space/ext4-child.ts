// Run in a mount namespace of its own: makes an ext4, and does the same to it and to its model.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { seenVolume } from '../../../src/boot/space/space-need.ts';
import type { Volume } from '../../../src/boot/space/volume.ts';
import { Folder } from '../../../src/host/folder.ts';
import { SeededRandom } from '../seeded-random.ts';

const blockBytes = Number(process.argv[2]);
const extentsPerBlock = Math.floor((blockBytes - 16) / 12);
const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const scratch = fs.mkdtempSync(path.join(base, 'genctl-ext4-'));
const top = path.join(scratch, 'top');
process.on('exit', () => {
  spawnSync('umount', [top]);
  fs.rmSync(scratch, { recursive: true });
});

const image = path.join(scratch, 'image');
fs.mkdirSync(top);
fs.writeFileSync(image, '');
fs.truncateSync(image, 96 << 20);
run('mkfs.ext4', '-q', '-b', String(blockBytes), '-m', '0', '-N', '4096', image);
run('mount', '-o', 'loop', image, top);
const random = new SeededRandom(blockBytes);

/** How far the model may be above the truth, since the last look. */
let slackBytes = 0;

let comparisons = 0;
let largestBytes = 0;
for (let round = 0; round < 10; round++) {
  // Of empty files only the folders take room, which is not hidden by large ones then.
  largestBytes = round % 2 === 0 ? 0 : 900_000;
  const volume = look();
  const before = usedNow();
  for (let count = 0; count < 12; count++) {
    const allowed = change(volume);
    const used = usedNow();
    compare('bytes', volume.usedBytes, used.bytes - before.bytes, allowed);
    compare('files', volume.usedFiles, used.files - before.files, 0);
  }
}
process.stdout.write(`compared ${comparisons} times\n`);

/** A model that knows no more than what can be seen now. */
function look(): Volume {
  slackBytes = 0;
  using folder = Folder.atHostPath(top);
  const sizes = new Map<string, number>();
  const folders = new Map([['', { sizeBytes: fs.statSync(top).size }]]);
  for (const name of fs.readdirSync(top, { recursive: true, encoding: 'utf8' })) {
    const stat = fs.statSync(path.join(top, name));
    if (stat.isDirectory()) folders.set(name, { sizeBytes: stat.size });
    else sizes.set(name, stat.size);
  }
  return seenVolume({ space: folder.space(), sizes, folders });
}

/** Some files more or less in one folder. Gives how far above the truth the model may be. */
function change(volume: Volume): number {
  const folder = random.pick(['', 'EFI', 'loader', 'loader/entries']);
  const count = 1 + random.below(30);
  for (let index = 0; index < count; index++) {
    const known = fs.existsSync(path.join(top, folder));
    if (!known) makeFolder(volume, folder);
    const names = fs.readdirSync(path.join(top, folder)).filter(name => name.includes('-'));
    const name = names[random.below(Math.max(1, names.length))];
    if (random.below(3) === 0 && name !== undefined) remove(volume, below(folder, name));
    else create(volume, below(folder, `linux-${random.below(1e9)}${'0'.repeat(20)}.efi`));
  }
  return slackBytes;
}

function makeFolder(volume: Volume, folder: string): void {
  const parent = path.dirname(folder);
  if (parent !== '.' && !fs.existsSync(path.join(top, parent))) makeFolder(volume, parent);
  fs.mkdirSync(path.join(top, folder));
  volume.makeFolder(folder);
  slackBytes += 4 * blockBytes;
}

/** As a transaction makes it: under another name first. */
function create(volume: Volume, file: string): void {
  const sizeBytes = largestBytes && random.below(random.pick([100, 20_000, largestBytes]));
  const partial = `${file}.part`;
  fs.writeFileSync(path.join(top, partial), Buffer.alloc(sizeBytes, 1), { flush: true });
  fs.renameSync(path.join(top, partial), path.join(top, file));
  volume.createFile(partial, sizeBytes);
  volume.rename(partial, file);
  // Blocks for extents, as if no two blocks were neighbours; a block that either name splits.
  const extents = Math.ceil(sizeBytes / blockBytes / extentsPerBlock) + 1;
  slackBytes += (extents + 2) * blockBytes;
}

function remove(volume: Volume, file: string): void {
  fs.rmSync(path.join(top, file));
  volume.remove(file);
  // It may have had a block for its extents, which could not be seen.
  slackBytes += blockBytes;
}

function usedNow(): { bytes: number; files: number } {
  run('sync', '-f', top);
  using folder = Folder.atHostPath(top);
  const { freeBytes, freeFiles } = folder.space();
  return { bytes: -freeBytes, files: -freeFiles };
}

function compare(what: string, predicted: number, used: number, allowed: number): void {
  comparisons += 1;
  if (used <= predicted && predicted <= used + allowed) return;
  throw new Error(`${what}: ${predicted} predicted, ${used} used, ${allowed} allowed above`);
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function run(program: string, ...args: readonly string[]): void {
  const answer = spawnSync(program, args, { encoding: 'utf8' });
  if (answer.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${answer.stderr}`);
}
