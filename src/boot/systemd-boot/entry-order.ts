/** What the order of entries depends on. */
export interface Sortable {
  /** The name of the entry's file. */
  id: string;
  sortKey: string | undefined;
  machineId: string | undefined;
  version: string | undefined;
}

/**
 * The order in which systemd-boot shows entries (UAPI.1, "Sorting"): entries with a sort key
 * first, by sort key, machine ID, then version, newest first; names decide the rest.
 */
export function compareEntries(left: Sortable, right: Sortable): number {
  const hasKey = Number(right.sortKey !== undefined) - Number(left.sortKey !== undefined);
  if (hasKey !== 0) return hasKey;
  if (left.sortKey !== undefined) {
    const byKey =
      compareText(left.sortKey, right.sortKey ?? '') ||
      compareText(left.machineId ?? '', right.machineId ?? '') ||
      compareVersions(right.version ?? '', left.version ?? '');
    if (byKey !== 0) return byKey;
  }
  return compareVersions(right.id.toLowerCase(), left.id.toLowerCase());
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Separators in ascending order; the end of a text stands between `~` and `-`. */
const separators = ['~', '', '-', '^', '.'] as const;

/** Compares two versions by UAPI.10. */
export function compareVersions(left: string, right: string): number {
  let a = left;
  let b = right;
  for (;;) {
    a = a.replace(/^[^a-zA-Z0-9~^.-]+/, '');
    b = b.replace(/^[^a-zA-Z0-9~^.-]+/, '');
    const bySeparator = rank(a) - rank(b);
    if (bySeparator !== 0) return bySeparator;
    if (a === '' && b === '') return 0;
    if (rank(a) < separators.length) {
      a = a.slice(1);
      b = b.slice(1);
      continue;
    }
    const pattern = /^[0-9]/.test(a) || /^[0-9]/.test(b) ? /^[0-9]*/ : /^[a-zA-Z]*/;
    const [wordA, wordB] = [pattern.exec(a)?.[0] ?? '', pattern.exec(b)?.[0] ?? ''];
    const byWord = pattern.source.includes('0-9')
      ? compareNumbers(wordA, wordB)
      : compareLetters(wordA, wordB);
    if (byWord !== 0) return byWord;
    a = a.slice(wordA.length);
    b = b.slice(wordB.length);
  }
}

function rank(text: string): number {
  const at = separators.indexOf(text.slice(0, 1) as (typeof separators)[number]);
  return at < 0 ? separators.length : at;
}

/** Numbers of any length; a text without one is the smallest. */
function compareNumbers(left: string, right: string): number {
  if (left === '' || right === '') return left.length - right.length;
  const [a, b] = [left.replace(/^0+(?=.)/, ''), right.replace(/^0+(?=.)/, '')];
  return a.length - b.length || compareText(a, b);
}

/** Capitals come before all small letters, as in ASCII. */
function compareLetters(left: string, right: string): number {
  return compareText(left, right);
}
