import { slotNames } from '../../transaction/ledger-slots.ts';
import { sectorBytes } from '../../transaction/lower.ts';
import type { RunGrubInstall, Step, WriteLedger } from '../../transaction/step.ts';
import type { Volume } from './volume.ts';

/** The line before a ledger's body, with the longest sequence number. */
const ledgerHeaderBytes = 97;

/** Carries out steps on a model, and says how far it rose above where it was. */
export function peakOf(volume: Volume, steps: readonly Step[]): { bytes: number; files: number } {
  const start = { bytes: volume.usedBytes, files: volume.usedFiles };
  const peak = { ...start };
  const ledgers = new Map<string, string>();
  for (const step of steps) {
    for (const _ of changes(volume, step, ledgers)) {
      peak.bytes = Math.max(peak.bytes, volume.usedBytes);
      peak.files = Math.max(peak.files, volume.usedFiles);
    }
  }
  return { bytes: peak.bytes - start.bytes, files: peak.files - start.files };
}

/**
 * What `lower` makes of a step, with a yield wherever the use may be at its highest.
 *
 * @param ledgers the copy that was written last, by the ledger's folder
 */
function* changes(
  volume: Volume,
  step: Step,
  ledgers: Map<string, string>,
): Generator<void, void, undefined> {
  switch (step.kind) {
    case 'make-folder':
      volume.makeFolder(step.path);
      yield;
      return;
    case 'create-file':
    case 'exchange-file':
      volume.remove(partialOf(step.path));
      volume.createFile(partialOf(step.path), step.sizeBytes);
      yield;
      volume.remove(step.path);
      volume.rename(partialOf(step.path), step.path);
      yield;
      return;
    case 'remove-file':
      volume.remove(step.path);
      volume.remove(partialOf(step.path));
      return;
    case 'take-over-sector':
      yield* makeOrRewrite(volume, step.path, sectorBytes);
      return;
    case 'restore-text':
      yield* makeOrRewrite(volume, step.path, Buffer.byteLength(step.text));
      return;
    case 'write-state':
      yield* makeWhole(volume, step.path, Buffer.byteLength(step.after));
      return;
    case 'run-grub-install':
      yield* installGrub(volume, step);
      return;
    case 'write-ledger':
      yield* writeLedger(volume, step, ledgers);
      return;
    default:
      return;
  }
}

function partialOf(path: string): string {
  return `${path}.part`;
}

/** A file under a temporary name, then under its own. */
function* makeWhole(
  volume: Volume,
  path: string,
  sizeBytes: number,
): Generator<void, void, undefined> {
  volume.remove(partialOf(path));
  volume.createFile(partialOf(path), sizeBytes);
  yield;
  volume.rename(partialOf(path), path);
  yield;
}

function* makeOrRewrite(
  volume: Volume,
  path: string,
  sizeBytes: number,
): Generator<void, void, undefined> {
  if (volume.sizeOf(path) === undefined) {
    yield* makeWhole(volume, path, sizeBytes);
    return;
  }
  volume.remove(partialOf(path));
  volume.resizeFile(path, sizeBytes);
  yield;
}

/** A platform's modules have names like `gcry_rijndael.mod`. */
const longestModuleName = 32;

/** Folders that grub-install makes: its own, one a platform, fonts, locale, themes. */
const grubFolderCount = 8;

/**
 * How sizes are spread over the files is not known. The most that any spread takes is what one file
 * of all bytes and a byte for each of the others do. What the folder held before goes last.
 */
function* installGrub(
  volume: Volume,
  { sizeBytes, fileCount }: RunGrubInstall,
): Generator<void, void, undefined> {
  const top = 'what grub-install makes';
  volume.makeFolder(top);
  for (let count = 1; count < grubFolderCount; count++) volume.makeFolder(`${top}/${count}`);
  volume.createFile(`${top}/all`, sizeBytes);
  for (let count = 0; count < fileCount; count++) {
    volume.createFile(`${top}/${String(count).padStart(longestModuleName, '-')}`, 1);
  }
  yield;
}

/**
 * Which copy is the older one cannot be told from sizes: the worst is that it is the smaller, so
 * that the larger one stays beside the new. From then on they take turns.
 */
function* writeLedger(
  volume: Volume,
  { folder, after }: WriteLedger,
  ledgers: Map<string, string>,
): Generator<void, void, undefined> {
  const [first, second] = slotNames
    .map(name => `${folder}/${name}`)
    .toSorted((left, right) => (volume.sizeOf(left) ?? 0) - (volume.sizeOf(right) ?? 0));
  if (first === undefined || second === undefined) return;
  const next = ledgers.get(folder) === first ? second : first;
  ledgers.set(folder, next);
  for (const path of [first, second]) volume.remove(partialOf(path));
  yield* makeOrRewrite(volume, next, ledgerHeaderBytes + Buffer.byteLength(after));
}
