/** What kmod takes at most (PATH_MAX with its NUL); the kernel's own modaliases end at 2,048. */
const mostBytes = 4095;

const [star, question, open, close, backslash] = [0x2a, 0x3f, 0x5b, 0x5d, 0x5c];
const [dash, underscore, exclamation, caret] = [0x2d, 0x5f, 0x21, 0x5e];

/**
 * A modalias as kmod looks it up: `-` is `_`, but for what is between brackets. Undefined for what
 * it refuses: brackets without their other half, too long.
 */
export function normalAlias(alias: string): string | undefined {
  if (alias.length > mostBytes) return undefined;
  if (!/[-[\]]/.test(alias)) return alias;
  let normal = '';
  for (let at = 0; at < alias.length; at += 1) {
    const character = alias.charAt(at);
    if (character === ']') return undefined;
    if (character === '[') {
      const end = alias.indexOf(']', at);
      if (end < 0) return undefined;
      normal += alias.slice(at, end + 1);
      at = end;
    } else normal += character === '-' ? '_' : character;
  }
  return normal;
}

/** The bytes of a pattern within a file. */
export interface PatternBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether a pattern means a normal alias, by the rules of fnmatch(3) without flags: `*`, `?`, `[…]`,
 * `\`; a `-` outside of brackets is a `_`. It goes back to the last `*` only, so its time is bound
 * by length times length.
 */
export function matchesAlias({ bytes, start, end }: PatternBytes, alias: string): boolean {
  let at = start;
  let taken = 0;
  let behindStar = -1;
  let starTaken = 0;
  while (taken < alias.length) {
    const wanted = at < end ? bytes[at] : undefined;
    if (wanted === star) {
      at += 1;
      if (at === end) return true;
      behindStar = at;
      starTaken = taken;
      continue;
    }
    const next = behindOne(bytes, at, end, alias.charCodeAt(taken));
    if (next >= 0) {
      at = next;
      taken += 1;
      continue;
    }
    if (behindStar < 0) return false;
    starTaken += 1;
    at = behindStar;
    taken = starTaken;
  }
  while (at < end && bytes[at] === star) at += 1;
  return at === end;
}

/** Where a pattern goes on behind what matches one character; -1 where nothing does. */
function behindOne(bytes: Uint8Array, at: number, end: number, code: number): number {
  if (at >= end) return -1;
  const wanted = bytes[at];
  if (wanted === question) return at + 1;
  if (wanted === open) {
    const closing = closingBracket(bytes, at, end);
    if (closing > 0) return isInBrackets(bytes, at + 1, closing, code) ? closing + 1 : -1;
  }
  if (wanted === backslash && at + 1 < end) return bytes[at + 1] === code ? at + 2 : -1;
  return (wanted === dash ? underscore : wanted) === code ? at + 1 : -1;
}

/** A `]` that comes first is one of the characters. */
function closingBracket(bytes: Uint8Array, at: number, end: number): number {
  const isNegated = bytes[at + 1] === exclamation || bytes[at + 1] === caret;
  const found = bytes.indexOf(close, at + (isNegated ? 3 : 2));
  return found < end ? found : -1;
}

function isInBrackets(bytes: Uint8Array, start: number, end: number, code: number): boolean {
  const isNegated = bytes[start] === exclamation || bytes[start] === caret;
  let isIn = false;
  for (let at = isNegated ? start + 1 : start; at < end; at += 1) {
    const first = bytes[at] ?? 0;
    const isRange = bytes[at + 1] === dash && at + 2 < end;
    const last = isRange ? (bytes[at + 2] ?? 0) : first;
    if (first <= code && code <= last) isIn = true;
    if (isRange) at += 2;
  }
  return isIn !== isNegated;
}
