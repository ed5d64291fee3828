import { createHash } from 'node:crypto';
import { isStorePath, type StorePath } from '../../store/store-path.ts';
import { isBlobName } from '../layout.ts';
import { type BootEntry, parseBootEntry } from '../systemd-boot/boot-entry.ts';
import { keyedLines } from '../systemd-boot/keyed-lines.ts';

/** Who has written an entry. */
export type Origin =
  /** NixOS's builder that names entries by their generation. */
  | 'nixos-a'
  /** Its successor, which names them by their content. */
  | 'nixos-b'
  | 'genctl';

/** An entry that a builder has written, with nothing in it that a builder does not write. */
export interface RecognisedEntry {
  origin: Origin;
  /** What it boots; of a specialisation its own toplevel. */
  toplevel: StorePath;
  /** What name and text say; numbers can have been given anew since. */
  number: number | undefined;
  profile: string | undefined;
  specialisation: string | undefined;
  /** The same for all entries of one installation: several may share a disk. */
  installation: string;
  /** Paths of the files that it boots, below the partition's top. */
  uses: readonly string[];
}

export type Recognition = { entry: RecognisedEntry } | { reason: string };

/** What the name of an entry's file says. */
type Name =
  | { origin: 'nixos-a'; number: number; profile: string | undefined; special: string | undefined }
  | { origin: 'nixos-b'; sha256: string }
  | { origin: 'genctl'; number: number; owner: string; sha256Start: string };

/** All that the builders write. Any other key is somebody's own work. */
const knownKeys: ReadonlySet<string> = new Set([
  'title',
  'version',
  'linux',
  'options',
  'sort-key',
  'machine-id',
  'devicetree',
  'initrd',
]);

/** Every entry has these, once. */
const neededKeys = ['title', 'version', 'linux', 'options'] as const;

/**
 * Tells whether a file of `loader/entries` was written by a builder and is still as that one
 * wrote it. A name alone says little, so everything has to fit; whatever does not is somebody's
 * own, and the reason says what it was. Pure; both are hostile.
 */
export function recogniseEntry(name: string, content: Uint8Array): Recognition {
  const named = parseName(name);
  if (named === undefined) return { reason: 'its name is not one that a builder gives' };
  if (!isContentNamed(named, content)) {
    return { reason: 'its content is not the one that its name was made from' };
  }
  const text = textOf(content);
  if (text === undefined) return { reason: 'it is not UTF-8' };
  const entry = parseBootEntry(text);
  const flaw = flawOfLines(text);
  if (entry === undefined || flaw !== undefined) return { reason: flaw ?? 'it boots no kernel' };
  const number = /^Generation ([1-9][0-9]{0,8})(?: |$)/.exec(entry.version ?? '')?.[1];
  if (named.origin === 'nixos-a' && Number(number) !== named.number) {
    return { reason: 'its version and its name are not of the same generation' };
  }
  const toplevel = toplevelOf(entry.options);
  if (toplevel === undefined)
    return { reason: 'its options do not begin with one init= of a system' };
  const uses = usesOf(entry);
  const stranger = uses.find(path => !isFileOf(named, path));
  if (stranger !== undefined) {
    return { reason: `it needs ${stranger}, which is not where its builder keeps files` };
  }
  const fromText = number === undefined ? undefined : Number(number);
  return {
    entry: {
      origin: named.origin,
      toplevel,
      number: named.origin === 'nixos-b' ? fromText : named.number,
      profile: named.origin === 'nixos-a' ? named.profile : undefined,
      specialisation: named.origin === 'nixos-a' ? named.special : undefined,
      installation:
        // Without a machine's identity each entry stands for itself.
        named.origin === 'genctl' ? `genctl ${named.owner}` : `nixos ${entry.machineId ?? name}`,
      uses: [...new Set(uses.map(path => path.slice(1)))],
    },
  };
}

/**
 * Whether a file of `EFI/nixos` has a name that NixOS's builders give: a store path's, with its
 * file; or the hash of an initrd with secrets.
 */
export function isBuilderFileName(name: string): boolean {
  return (
    name.length <= 255 &&
    (/^[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._=]+\.efi$/.test(name) ||
      /^[0-9a-f]{64}-initrd\.efi$/.test(name))
  );
}

function parseName(name: string): Name | undefined {
  if (name.length > 255 || !/^[^/\\:*?"<>|\p{Cc}\ufffd]+\.conf$/u.test(name)) return undefined;
  // The counter of boot attempts changes with each boot and belongs to no name.
  const stem = name.replace(/(?:\+[0-9]{1,9}(?:-[0-9]{1,9})?)?\.conf$/, '');
  const sha256 = /^nixos-([0-9a-f]{64})$/.exec(stem)?.[1];
  if (sha256 !== undefined) return { origin: 'nixos-b', sha256 };
  const [, owner, ownNumber, sha256Start] =
    /^genctl-([0-9a-f]{8})-([1-9][0-9]{0,8})-([0-9a-f]{12})$/.exec(stem) ?? [];
  if (owner !== undefined && sha256Start !== undefined) {
    return { origin: 'genctl', owner, number: Number(ownNumber), sha256Start };
  }
  const [, profile, number, special] =
    /^nixos(?:-(.+?))?-generation-([1-9][0-9]{0,8})(?:-specialisation-(.+))?$/.exec(stem) ?? [];
  if (number === undefined) return undefined;
  return { origin: 'nixos-a', profile, number: Number(number), special };
}

function isContentNamed(named: Name, content: Uint8Array): boolean {
  if (named.origin === 'nixos-a') return true;
  const sha256 = createHash('sha256').update(content).digest('hex');
  return named.origin === 'nixos-b'
    ? sha256 === named.sha256
    : sha256.startsWith(named.sha256Start);
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    return undefined;
  }
}

/** What no builder writes: other keys, keys twice or not at all, comments, control characters. */
function flawOfLines(text: string): string | undefined {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const counts = new Map<string, number>();
  for (const [key] of keyedLines(text)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const unknown = [...counts.keys()].find(key => !knownKeys.has(key));
  if (unknown !== undefined) return `it has the key ${unknown}, which its builder does not write`;
  if (lines.some(line => !/^[a-z-]+ [^\p{Cc}\s][^\p{Cc}\u2028\u2029]*$/u.test(line))) {
    return 'it has a line that its builder does not write';
  }
  const twice = [...counts].find(([key, count]) => key !== 'initrd' && count > 1)?.[0];
  if (twice !== undefined) return `it has the key ${twice} more than once`;
  const lacking = neededKeys.find(key => !counts.has(key));
  return lacking === undefined ? undefined : `it lacks the key ${lacking}`;
}

/** The kernel takes the last `init=` that it finds, so there may be only one. */
function toplevelOf(options: string): StorePath | undefined {
  const inits = options.match(/(?<![^\s"])init=/g) ?? [];
  const toplevel = /^init=([^\s"]+)\/init(?: |$)/.exec(options)?.[1];
  return inits.length === 1 && toplevel !== undefined && isStorePath(toplevel)
    ? toplevel
    : undefined;
}

function usesOf({ linux, initrds, devicetree }: BootEntry): string[] {
  return [linux, ...initrds, ...(devicetree === undefined ? [] : [devicetree])];
}

/** Whether a path is one that the entry's builder makes: to the letter, so no `..` and no case. */
function isFileOf(named: Name, path: string): boolean {
  const [folder, isName] =
    named.origin === 'genctl'
      ? [`/EFI/genctl/${named.owner}/`, isBlobName]
      : ['/EFI/nixos/', isBuilderFileName];
  return path.startsWith(folder) && isName(path.slice(folder.length));
}
