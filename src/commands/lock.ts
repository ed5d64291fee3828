import { exitCodes, GenctlError } from '../errors.ts';
import { Lock as RunLock } from '../host/lock.ts';
import { platform } from '../host/platform.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { AptSettings } from '../system/debian/apt/apt-settings.ts';
import { declaredSources, placeOfPackage } from '../system/debian/declared-packages.ts';
import { compareLocks, type PackageChange } from '../system/debian/lock/compare-locks.ts';
import { completeLock, type Update } from '../system/debian/lock/complete-lock.ts';
import { lockPath, readLock, writeLock } from '../system/debian/lock/lock-file.ts';
import { wantedPackages } from '../system/debian/wanted-packages.ts';
import type { Declaration } from '../system/declaration/declaration.ts';
import { readDeclaration } from '../system/declaration/read-declaration.ts';
import type { Command, Context } from './context.ts';

export interface LockArgs {
  /** Names of packages; none for all of them; undefined where nothing is to be updated. */
  update: readonly string[] | undefined;
}

/** `genctl lock`: finds the packages that the declaration asks for, and writes down which. */
export const lock: Command<LockArgs> = async (context, { update }) => {
  const { root, config, dryRun } = context;
  using _lock = RunLock.take(root, 'lock');
  const declaration = readDeclaration(root, config);
  const settings = settingsOf(context, declaration);
  const before = readLock(root, config);
  const after = await completeLock(settings, {
    lock: before,
    wanted: wantedPackages(declaration, settings.architecture),
    update: updateOf(update),
    placeOf: name => placeOfPackage(declaration, name),
  });
  const isChanged = after !== before;
  if (isChanged && !dryRun) writeLock(root, config, after);
  report(context, compareLocks(before, after), {
    packages: after.packages.length,
    written: isChanged && !dryRun,
  });
  return exitCodes.done;
};

/** @throws GenctlError NOTHING_TO_LOCK, SUITE_NOT_DECLARED, ARCHITECTURE_UNKNOWN */
function settingsOf({ root }: Context, declaration: Declaration): AptSettings {
  const { builder } = declaration.system;
  if (builder === 'debian') {
    return declaredSources(declaration, root, platform(), line =>
      writeNotice(`${printableLine(line)}\n`),
    );
  }
  throw new GenctlError(
    'NOTHING_TO_LOCK',
    `nothing is locked for builder = ${builder}: only systems of Debian's packages are`,
    { hint: 'Write `builder = debian` and `suite = bookworm` into [system].' },
  );
}

function updateOf(names: readonly string[] | undefined): Update {
  if (names === undefined) return 'nothing';
  return names.length === 0 ? 'everything' : names;
}

function report(
  { root, config, json, dryRun }: Context,
  changes: readonly PackageChange[],
  { packages, written }: { packages: number; written: boolean },
): void {
  const path = lockPath(config);
  if (json) {
    writeJson({
      path,
      packages,
      changes: changes.map(({ name, before, after }) => ({
        name,
        before: before ?? null,
        after: after ?? null,
      })),
      written,
    });
    return;
  }
  const would = dryRun ? 'would have' : 'has';
  writeResult(changes.map(change => `${printableLine(changeLine(change))}\n`).join(''));
  const said = changes.length === 0 ? 'no package changes: it' : 'it';
  writeResult(`${printableLine(root.onHost(path))}: ${said} ${would} ${packages} packages\n`);
}

/** `+ htop 3.2.2-2`, `- htop 3.2.2-2`, `htop 3.2.1-1 → 3.2.2-2` */
function changeLine({ name, before, after }: PackageChange): string {
  if (before === undefined) return `+ ${name} ${after}`;
  if (after === undefined) return `- ${name} ${before}`;
  return before === after ? `${name} ${after}, other bytes` : `${name} ${before} → ${after}`;
}
