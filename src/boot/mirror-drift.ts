import type { Finding } from '../errors.ts';
import { entryFileName } from './entry-name.ts';
import type { Ledger, LedgerFile } from './ledger.ts';

/** One of several boot partitions that shall show the same menu. */
export interface Mirror {
  mountPoint: string;
  ledger: Ledger | undefined;
  /** Sizes of the files that are there, by path. */
  sizes: ReadonlyMap<string, number>;
  /** What it boots when nobody picks an entry, by the name that its first loader has for it. */
  defaultId: string | undefined;
  /** Paths of the entries that it is to show: a small partition may be meant to show fewer. */
  expected: ReadonlySet<string>;
}

/**
 * Where boot partitions differ that shall be alike: entries that one lacks and another has,
 * entries that one shows beyond what it is to show, and another default. What none of them has
 * is no drift. Names and sizes decide; `verifyFiles` reads contents. Pure.
 */
export function mirrorDrift(mirrors: readonly Mirror[]): Finding[] {
  const files = new Map(
    mirrors.flatMap(({ ledger }) => (ledger?.files ?? []).map(file => [file.path, file] as const)),
  );
  return [
    ...mirrors.flatMap(mirror => lackOf(mirror, mirrors, files)),
    ...mirrors.flatMap(surplusOf),
    ...defaultsOf(mirrors, files),
  ];
}

type Files = ReadonlyMap<string, LedgerFile>;

const hint = 'Run `genctl menu sync` while all of them are mounted.';

function lackOf(mirror: Mirror, mirrors: readonly Mirror[], files: Files): Finding[] {
  const lacking = entriesOf(mirror.expected, files).flatMap(entry => {
    if (isComplete(entry, mirror, files)) return [];
    const others = mirrors.filter(other => other !== mirror && isComplete(entry, other, files));
    return others.length === 0 ? [] : [{ entry, others }];
  });
  if (lacking.length === 0) return [];
  const names = lacking.map(({ entry }) => entryFileName(entry)).join(', ');
  const holders = new Set(lacking.flatMap(({ others }) => others.map(each => each.mountPoint)));
  return [
    drift(mirror.mountPoint, `it lacks ${names}, which ${[...holders].join(' and ')} can boot`),
  ];
}

/** Entries of ours that are there and no longer meant to be: it was away when they went. */
function surplusOf({ mountPoint, ledger, sizes, expected }: Mirror): Finding[] {
  const surplus = (ledger?.files ?? []).filter(
    ({ kind, path }) => kind === 'entry' && sizes.has(path) && !expected.has(path),
  );
  if (surplus.length === 0) return [];
  return [drift(mountPoint, `it still shows ${surplus.map(entryFileName).join(', ')}`)];
}

function defaultsOf(mirrors: readonly Mirror[], files: Files): Finding[] {
  // By what they boot: one generation has another file where another path leads to its kernel.
  const different = new Set(
    mirrors.map(({ defaultId }) => nameOfDefault(defaultId, files).toLowerCase()),
  );
  if (different.size < 2) return [];
  const said = mirrors.map(
    ({ mountPoint, defaultId }) => `${mountPoint} boots ${nameOfDefault(defaultId, files)}`,
  );
  const subject = mirrors.map(({ mountPoint }) => mountPoint).join(', ');
  return [drift(subject, `their defaults differ: ${said.join(', ')}`)];
}

function nameOfDefault(id: string | undefined, files: Files): string {
  if (id === undefined) return 'its first entry';
  // FAT and systemd-boot fold case; GRUB knows an entry by its file's name without the ending.
  const name = id.toLowerCase();
  const file = [...files.values()].find(
    ({ kind, path }) =>
      kind === 'entry' &&
      [`/${name}`, `/${name}.cfg`].some(end => path.toLowerCase().endsWith(end)),
  );
  return file === undefined ? id : entryFileName(file);
}

function entriesOf(paths: ReadonlySet<string>, files: Files): LedgerFile[] {
  return [...paths].flatMap(path => {
    const file = files.get(path);
    return file?.kind === 'entry' ? [file] : [];
  });
}

/** Whether an entry and all that it needs are there, in the size in which they were written. */
function isComplete(entry: LedgerFile, { sizes }: Mirror, files: Files): boolean {
  return [entry.path, ...(entry.uses ?? [])].every(path => {
    const size = sizes.get(path);
    return size !== undefined && size === (files.get(path)?.sizeBytes ?? size);
  });
}

function drift(subject: string, reason: string): Finding {
  return { code: 'MIRROR_DRIFT', subject, reason, hint };
}
