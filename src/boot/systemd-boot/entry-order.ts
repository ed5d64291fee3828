/** What the order of entries depends on. */
export interface Sortable {
  /** The name of the entry's file. */
  id: string;
  sortKey?: string | undefined;
  machineId?: string | undefined;
  version?: string | undefined;
}

/**
 * The order in which systemd-boot shows entries (UAPI.1, "Sorting"): entries with a sort key
 * first, by sort key, machine ID, then version, newest first; names decide the rest.
 */
export function compareEntries(left: Sortable, right: Sortable): number {
  const isSpent = Number(hasNoTriesLeft(left)) - Number(hasNoTriesLeft(right));
  if (isSpent !== 0) return isSpent;
  const hasKey = Number(right.sortKey !== undefined) - Number(left.sortKey !== undefined);
  if (hasKey !== 0) return hasKey;
  if (left.sortKey !== undefined) {
    const byKey =
      compareText(left.sortKey, right.sortKey ?? '') ||
      compareText(left.machineId ?? '', right.machineId ?? '') ||
      compareVersions(right.version ?? '', left.version ?? '');
    if (byKey !== 0) return byKey;
  }
  return compareVersions(withoutTries(right), withoutTries(left));
}

/** Boot counting: `NAME+LEFT-DONE.conf`. An entry whose tries are used up comes last. */
const tries = /\+([0-9]+)(?:-[0-9]+)?(?=\.conf$)/;

function hasNoTriesLeft({ id }: Sortable): boolean {
  return Number(tries.exec(id.toLowerCase())?.[1]) === 0;
}

function withoutTries({ id }: Sortable): string {
  return id.toLowerCase().replace(tries, '');
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Compares two versions by UAPI.10, as systemd does it: where the specification and its code
 * differ (`1~~` and `1~`), the code decides what a menu looks like.
 */
export function compareVersions(left: string, right: string): number {
  let a = left;
  let b = right;
  for (;;) {
    a = a.replace(/^[^a-zA-Z0-9~^.-]+/, '');
    b = b.replace(/^[^a-zA-Z0-9~^.-]+/, '');
    // A tilde comes before the end of a text, the other separators after it.
    for (const separator of ['~', 'end', '-', '^', '.'] as const) {
      if (separator === 'end') {
        if (a === '' || b === '') return a.length - b.length;
        continue;
      }
      const [hasA, hasB] = [a.startsWith(separator), b.startsWith(separator)];
      if (hasA !== hasB) return hasA ? -1 : 1;
      a = hasA ? a.slice(1) : a;
      b = hasB ? b.slice(1) : b;
    }
    const areNumbers = /^[0-9]/.test(a) || /^[0-9]/.test(b);
    const pattern = areNumbers ? /^[0-9]*/ : /^[a-zA-Z]*/;
    const [wordA, wordB] = [pattern.exec(a)?.[0] ?? '', pattern.exec(b)?.[0] ?? ''];
    const byWord = areNumbers ? compareNumbers(wordA, wordB) : compareText(wordA, wordB);
    if (byWord !== 0) return byWord;
    a = a.slice(wordA.length);
    b = b.slice(wordB.length);
  }
}

/** Numbers of any length; a text without one is the smallest. */
function compareNumbers(left: string, right: string): number {
  if (left === '' || right === '') return left.length - right.length;
  const [a, b] = [left.replace(/^0+(?=.)/, ''), right.replace(/^0+(?=.)/, '')];
  return a.length - b.length || compareText(a, b);
}
