import { matchesAlias, normalAlias } from './alias-pattern.ts';

/** How much of what a pattern says before its first wildcard is indexed: `pci:v00008086d`. */
const mostIndexedBytes = 14;
/** `alias ` */
const keywordBytes = 6;
/** `alias P M`, and its end. */
const shortestLineBytes = 10;
const [letterA, newline, space, dash, underscore] = [0x61, 0x0a, 0x20, 0x2d, 0x5f];
const [star, question, bracket, backslash] = [0x2a, 0x3f, 0x5b, 0x5c];
const slots = 1 << 12;

/**
 * Looks modaliases up in the lines of a modules.alias, `alias PATTERN MODULE`. A kernel has 25,000
 * of them and few are ever looked at, so they stay bytes, and those that begin alike are chained.
 */
export class AliasIndex {
  readonly #lines: Uint8Array;
  /** Where patterns begin, in the order of the lines. */
  readonly #starts: Int32Array;
  /** For each pattern the one before it in its chain, by its place in `#starts`; -1: the first. */
  readonly #previous: Int32Array;
  /** The last pattern of each chain, by the hash of how it begins. */
  readonly #last: Int32Array;

  constructor(lines: Uint8Array) {
    // Most of a line says nothing here, and where it ends is found fastest in a text.
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString('latin1');
    const most = Math.ceil(lines.length / shortestLineBytes) + 1;
    const starts = new Int32Array(most);
    const previous = new Int32Array(most);
    const last = new Int32Array(slots).fill(-1);
    let count = 0;
    for (let at = 0; at < lines.length; at += 1) {
      // What depmod writes here is aliases and comments; other lines of five letters never match.
      if (lines[at] === letterA && lines[at + keywordBytes - 1] === space && count < most) {
        at += keywordBytes;
        starts[count] = at;
        let hash = 0;
        const indexedEnd = Math.min(lines.length, at + mostIndexedBytes);
        for (; at < indexedEnd; at += 1) {
          const byte = lines[at] ?? newline;
          if (endsBeginning(byte)) break;
          hash = hashWith(hash, byte === dash ? underscore : byte);
        }
        const slot = hash & (slots - 1);
        previous[count] = last[slot] ?? -1;
        last[slot] = count;
        count += 1;
      }
      const end = text.indexOf('\n', at);
      if (end < 0) break;
      at = end;
    }
    this.#lines = lines;
    this.#starts = starts;
    this.#previous = previous;
    this.#last = last;
  }

  /** The modules whose patterns match, in the order of the lines, each once. */
  modulesFor(modalias: string): readonly string[] {
    const alias = normalAlias(modalias);
    if (alias === undefined) return [];
    const found: number[] = [];
    let hash = 0;
    for (let length = 0; ; length += 1) {
      this.#collect(hash, length, alias, found);
      if (length === mostIndexedBytes || length === alias.length) break;
      hash = hashWith(hash, alias.charCodeAt(length));
    }
    const inOrder = found.toSorted((left, right) => left - right);
    return [...new Set(inOrder.flatMap(at => this.#moduleIfMatching(at, alias)))];
  }

  /** Adds those of a chain that say the same as the alias up to their first wildcard. */
  #collect(hash: number, length: number, alias: string, into: number[]): void {
    let at = this.#last[hash & (slots - 1)] ?? -1;
    while (at >= 0) {
      const agreed = this.#agreedBytes(this.#starts[at] ?? 0, alias);
      // Two beginnings of one alias may share a chain, which is then looked at twice.
      if (agreed >= 0 && Math.min(agreed, mostIndexedBytes) === length) into.push(at);
      at = this.#previous[at] ?? -1;
    }
  }

  /** How long the beginning of a pattern is; -1 where the alias begins otherwise. */
  #agreedBytes(start: number, alias: string): number {
    for (let length = 0; ; length += 1) {
      const byte = this.#lines[start + length] ?? newline;
      if (endsBeginning(byte)) return length;
      const code = byte === dash ? underscore : byte;
      if (length === alias.length || code !== alias.charCodeAt(length)) return -1;
    }
  }

  #moduleIfMatching(at: number, alias: string): readonly string[] {
    const start = this.#starts[at] ?? 0;
    const found = this.#lines.indexOf(newline, start);
    const lineEnd = found < 0 ? this.#lines.length : found;
    const end = this.#lines.lastIndexOf(space, lineEnd - 1);
    if (end <= start || !matchesAlias({ bytes: this.#lines, start, end }, alias)) return [];
    const module = Buffer.from(this.#lines.subarray(end + 1, lineEnd)).toString('latin1');
    return [module.replaceAll('-', '_')];
  }
}

function endsBeginning(byte: number): boolean {
  return (
    byte === star ||
    byte === question ||
    byte === bracket ||
    byte === backslash ||
    byte === space ||
    byte === newline
  );
}

function hashWith(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0;
}
