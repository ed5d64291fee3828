import type { Folder } from '../../host/folder.ts';
import type { BootLayout } from '../layout.ts';
import type { MenuLine } from '../menu-line.ts';
import { openBelow } from '../read-boot-partition.ts';
import { parseBootEntry } from './boot-entry.ts';
import { compareEntries } from './entry-order.ts';
import { parseLoaderConf } from './loader-conf.ts';

/** Much more than any entry has. */
const maxEntryBytes = 1 << 20;

/**
 * The entries as the menu of a target shows them, from both of its partitions. Files that boot
 * nothing are left out.
 *
 * @param boot the top of the XBOOTLDR partition; that of the ESP itself where there is none
 */
export function readMenuLines(
  { esp, boot }: { esp: Folder; boot: Folder },
  { systemdBoot: { entryFolder, sector } }: BootLayout,
): MenuLine[] {
  using loader = openBelow(esp, 'loader');
  const conf = loader?.readFileIfThere(sector.slice('loader/'.length), 1 << 16);
  const pattern = parseLoaderConf(conf?.toString('latin1') ?? '').get('default');
  const lines = [...new Set([esp, boot])].flatMap(top => readEntries(top, entryFolder));
  const sorted = lines.toSorted(compareEntries);
  // Of all that a pattern matches, systemd-boot takes the first.
  const chosen = sorted.findIndex(({ id }) => pattern !== undefined && matchesGlob(pattern, id));
  return sorted.map((line, index) => ({ ...line, isDefault: index === chosen }));
}

function readEntries(top: Folder, entryFolder: string): Omit<MenuLine, 'isDefault'>[] {
  using folder = openBelow(top, entryFolder);
  const names = folder?.names().filter(name => name.endsWith('.conf')) ?? [];
  return names.flatMap(id => {
    const stat = folder?.stat(id);
    if (stat?.kind !== 'file' || stat.sizeBytes > maxEntryBytes) return [];
    const entry = parseBootEntry(folder?.readFile(id).toString('utf8') ?? '');
    if (entry === undefined) return [];
    const { title, sortKey, machineId, version, linux, options } = entry;
    return [{ id, title, sortKey, machineId, version, linux, options }];
  });
}

/** One place of a pattern: any text, or one character of a kind. */
type Token = '*' | ((character: string) => boolean);

/**
 * Whether a name matches a pattern of `loader.conf`: `*`, `?`, `[a-z]` and `\\`, without regard to
 * case. Only the last `*` that was passed is ever tried anew, which is enough, and keeps a
 * pattern of many from costing more than the product of both lengths.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const tokens = tokensOf(pattern.toLowerCase());
  const text = Array.from(name.toLowerCase());
  let [at, next] = [0, 0];
  let retry: { at: number; next: number } | undefined;
  while (at < text.length) {
    const token = tokens[next];
    if (token === '*') {
      next += 1;
      retry = { at, next };
    } else if (token?.(text[at] ?? '') === true) {
      [at, next] = [at + 1, next + 1];
    } else if (retry === undefined) {
      return false;
    } else {
      retry = { at: retry.at + 1, next: retry.next };
      ({ at, next } = retry);
    }
  }
  return tokens.slice(next).every(token => token === '*');
}

function tokensOf(pattern: string): Token[] {
  const parts = pattern.match(/\\[^]|\[[^][^\]]*\]|[^]/gu) ?? [];
  return parts.map((part): Token => {
    if (part === '*') return '*';
    if (part === '?') return () => true;
    if (part.startsWith('[') && part.length > 1) return setOf(part.slice(1, -1));
    const wanted = part.length > 1 && part.startsWith('\\') ? part.slice(1) : part;
    return character => character === wanted;
  });
}

/** Characters and ranges between brackets; there is no way to say what is not meant. */
function setOf(body: string): (character: string) => boolean {
  const ranges = Array.from(body.matchAll(/([^])-([^])|([^])/gu), ([, from, to, single]) => ({
    from: from ?? single ?? '',
    to: to ?? single ?? '',
  }));
  return character => ranges.some(({ from, to }) => from <= character && character <= to);
}
