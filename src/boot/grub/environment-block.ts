import { GenctlError } from '../../errors.ts';
import { sectorBytes } from '../../transaction/lower.ts';

/** The size of GRUB's environment block; it never has another one. */
export const environmentBytes = 1024;

/** The line that each block starts with. */
const signature = '# GRUB Environment Block\n';

/** A line with its line break: a variable, as GRUB would set it, or a comment. */
type Line = { text: string } & ({ name: string; value: string } | { name: undefined });

/** A block without variables. */
export const emptyEnvironment = fill(signature);

/**
 * The variables that GRUB's `load_env` sets from a block. Of two lines for one variable the later
 * one wins.
 *
 * @param place what the file is called in messages
 * @throws GenctlError GRUBENV_DAMAGED where GRUB would read it otherwise, or not at all
 */
export function readEnvironment(text: string, place: string): Map<string, string> {
  return new Map(
    parse(text, place).flatMap(line => (line.name === undefined ? [] : [[line.name, line.value]])),
  );
}

/**
 * A block with some variables set, or unset where the value is undefined. All other lines stay as
 * they are and where they are, as with `grub-editenv`.
 *
 * The disk writes a sector as a whole, and a block is two. So all lines are kept within the first
 * one; the second is filler before and after, and a write is either there or it is not.
 *
 * @param place what the file is called in messages
 * @throws GenctlError GRUBENV_DAMAGED; GRUBENV_FULL where the lines do not fit into a sector;
 *   GRUBENV_VALUE for what GRUB cannot hold
 */
export function changeEnvironment(
  text: string,
  changes: ReadonlyMap<string, string | undefined>,
  place: string,
): string {
  const lines = parse(text, place);
  const seen = new Set<string>();
  const kept = lines.flatMap((line): Line[] => {
    if (line.name === undefined || !changes.has(line.name)) return [line];
    const value = changes.get(line.name);
    if (value === undefined || seen.has(line.name)) return [];
    seen.add(line.name);
    return [toLine(line.name, value)];
  });
  const added = [...changes].flatMap(([name, value]) =>
    value === undefined || seen.has(name) ? [] : [toLine(name, value)],
  );
  const before = lines.map(line => line.text).join('');
  const after = [...kept, ...added].map(line => line.text).join('');
  if (after === before) return text;
  for (const all of [before, after]) {
    const usedBytes = signature.length + Buffer.byteLength(all);
    if (usedBytes > sectorBytes) throw full(place, usedBytes);
  }
  return fill(signature + after);
}

function toLine(name: string, value: string): Line {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new Error(`no name of a variable: ${JSON.stringify(name)}`);
  }
  if (/\p{Surrogate}/u.test(value) || value.includes('\0')) {
    throw new GenctlError(
      'GRUBENV_VALUE',
      `${name}: GRUB cannot hold this value: ${JSON.stringify(value)}`,
    );
  }
  return { text: `${name}=${value.replace(/[\\\n]/g, '\\$&')}\n`, name, value };
}

function parse(text: string, place: string): Line[] {
  if (text.includes('\uFFFD')) throw damaged(place, 'it holds bytes that are no UTF-8');
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes !== environmentBytes) throw wrongSize(place, sizeBytes);
  if (!text.startsWith(signature)) throw damaged(place, 'its first line is not the one of a block');
  const body = text.slice(signature.length).replace(/#*$/, '');
  // A backslash takes the next character along, a line break too, in comments as in values.
  const matches = body.match(/(?:[^\\\n]|\\[^])*\n|[^]+$/g) ?? [];
  return matches.map(line => {
    if (!/^(?:[^\\\n]|\\[^])*\n$/.test(line)) throw damaged(place, 'its last line has no end');
    if (line.startsWith('#')) return { text: line, name: undefined };
    const [, name, escaped] = /^([^=\\\n]+)=([^]*)\n$/.exec(line) ?? [];
    if (name === undefined || escaped === undefined) {
      throw damaged(place, `${JSON.stringify(line.trimEnd())} sets no variable`);
    }
    return { text: line, name, value: escaped.replace(/\\([^])/g, '$1') };
  });
}

function fill(text: string): string {
  return text + '#'.repeat(environmentBytes - Buffer.byteLength(text));
}

/** The error about a block of another size than GRUB's, however large it is. */
export function wrongSize(place: string, sizeBytes: number): GenctlError {
  return damaged(place, `it has ${sizeBytes} bytes, and GRUB writes ${environmentBytes}`);
}

function damaged(place: string, why: string): GenctlError {
  return new GenctlError('GRUBENV_DAMAGED', `${place}: no environment block of GRUB: ${why}`, {
    hint: `Look at it; then make an empty one in its place: grub-editenv ${place} create`,
  });
}

function full(place: string, usedBytes: number): GenctlError {
  return new GenctlError(
    'GRUBENV_FULL',
    `${place}: its variables would take ${usedBytes} bytes, and only ${sectorBytes} can be written at once`,
    {
      hint: `Remove what is not needed: grub-editenv ${place} list; grub-editenv ${place} unset NAME`,
    },
  );
}
