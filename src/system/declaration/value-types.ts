import {
  isDevice,
  isFileSystemType,
  isLinuxPlatform,
  isModuleName,
  isMountOption,
  isRelativeName,
  longestPathBytes,
} from '../../hardware/emit/allowed-text.ts';
import { type Duration, parseDuration } from './duration.ts';
import { quote } from './hostile-text.ts';
import { splitKernelParameters } from './kernel-parameters.ts';
import { nearestWord } from './nearest-word.ts';
import { Refusal } from './refusal.ts';

/** What the text of a value may be, and what becomes of it. */
export interface ValueType<T> {
  /** `a whole number from 0 to 65535`. */
  readonly expected: string;
  /** A right side that is accepted, as one would write it. */
  readonly example: string;
  /** All texts that are accepted, where they can be counted. */
  readonly choices?: readonly string[];
  /**
   * The value; undefined where the text is none, and a Refusal where more can be said about why.
   *
   * @param folder where the declaring file is: what relative paths are relative to
   * @param readText for a type whose value is what a file holds
   */
  readonly parse: (text: string, folder: string, readText: ReadText) => T | Refusal | undefined;
}

/** Reads the text of the file at a logical path. */
export type ReadText = (path: string) => string | Refusal;

export function oneOf<const T extends string>(...choices: readonly [T, ...T[]]): ValueType<T> {
  return {
    expected: anyOf(choices),
    example: choices[0],
    choices,
    parse: text => choices.find(choice => choice === text) ?? refuseChoice(text, choices),
  };
}

export const yesOrNo: ValueType<boolean> = {
  expected: 'true or false',
  example: 'true',
  choices: ['true', 'false'],
  parse: text => (text === 'true' ? true : text === 'false' ? false : undefined),
};

export function wholeNumber(least: number, most: number, example: number): ValueType<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    example: String(example),
    parse(text) {
      if (!/^(?:0|-?[1-9][0-9]{0,14})$/.test(text)) return undefined;
      const number = Number(text);
      return number < least || number > most ? undefined : number;
    },
  };
}

/** What either of two types accepts. */
export function either<A, B>(first: ValueType<A>, second: ValueType<B>): ValueType<A | B> {
  return {
    expected: `${first.expected}, or ${second.expected}`,
    example: first.example,
    choices: [...(first.choices ?? []), ...(second.choices ?? [])],
    parse(text, folder, readText) {
      const found = first.parse(text, folder, readText);
      return found === undefined ? second.parse(text, folder, readText) : found;
    },
  };
}

export const duration: ValueType<Duration> = {
  expected: 'a number of hours, days or weeks',
  example: '30d',
  parse: parseDuration,
};

/** One line of a menu. */
export const label: ValueType<string> = {
  expected: 'a text of 1 to 100 characters',
  example: 'Atlas',
  parse: text => (text.length > 100 || !isText(text) ? undefined : text),
};

export const hostName: ValueType<string> = {
  expected: 'a host name: 1 to 63 letters, digits and hyphens, no hyphen first or last (RFC 1123)',
  example: 'atlas',
  parse(text) {
    if (/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
    const first = text.split('.')[0] ?? '';
    return text.includes('.') && first !== ''
      ? new Refusal(
          'expects a host name without its domain',
          'Name the machine alone: what stands before the first dot.',
        )
      : undefined;
  },
};

/** A file of the machine. A relative path is relative to the file that holds it. */
export const path: ValueType<string> = pathType('a path', 'hardware-configuration.conf');

/** A file in the own language of some program; the value is its text. */
export const textFile: ValueType<string> = {
  ...path,
  expected: 'the path of a file',
  example: 'grub-extra.cfg',
  parse(text, folder, readText) {
    const found = path.parse(text, folder, readText);
    return typeof found === 'string' ? readText(found) : found;
  },
};

/** A path with `*`, `?` and `[…]`, which stand for what is there when a system is built. */
export const pathGlob: ValueType<string> = {
  ...pathType('a path or a glob', '/boot/vmlinuz-*'),
  parse(text, folder, readText) {
    if (!text.startsWith('/') && /[*?[\]]/.test(folder)) {
      return new Refusal(
        `cannot be relative to ${quote(folder)}, which would itself be read as a glob`,
        'Write an absolute path.',
      );
    }
    return path.parse(text, folder, readText);
  },
};

/** A path that is looked up in another root than the one the declaration is in. */
export function absolutePath(example: string): ValueType<string> {
  return {
    expected: 'an absolute path without . and .. in it',
    example,
    parse: text =>
      text.startsWith('/') && isText(text) && isRelativeName(text.slice(1)) ? text : undefined,
  };
}

/** Where a file system is mounted; slashes at the end make no other place of it. */
export function mountPoint(example: string): ValueType<string> {
  const type = absolutePath(example);
  return {
    ...type,
    parse: (text, ...where) => type.parse(text.replace(/\/+$/, ''), ...where),
  };
}

export const sortKey: ValueType<string> = {
  expected: '1 to 64 of the characters a-z, 0-9, dot and hyphen',
  example: 'genctl',
  parse: text => (/^[a-z0-9.-]{1,64}$/.test(text) ? text : undefined),
};

/** Permission bits, written as chmod takes them. */
export const fileMode: ValueType<number> = {
  expected: 'an octal mode of 3 or 4 digits',
  example: '0644',
  parse: text => (/^[0-7]{3,4}$/.test(text) ? Number.parseInt(text, 8) : undefined),
};

/** What becomes of something that is in the way in /etc. */
export const conflictPolicy: ValueType<'refuse' | 'backup' | 'keep'> = oneOf(
  'refuse',
  'backup',
  'keep',
);

/** A name, or a number for one that /etc/passwd or /etc/group need not know. */
export const account: ValueType<string | number> = {
  expected: 'a name or a number',
  example: 'root',
  parse(text) {
    // The last one, -1, means "leave it" to chown.
    if (/^(?:0|[1-9][0-9]{0,9})$/.test(text)) {
      return Number(text) < 2 ** 32 - 1 ? Number(text) : undefined;
    }
    return /^[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?$/.test(text) ? text : undefined;
  },
};

export const kernelParameters: ValueType<readonly string[]> = {
  expected: 'kernel parameters',
  example: 'quiet console=ttyS0',
  parse: text => splitKernelParameters(text),
};

export const moduleName: ValueType<string> = {
  expected: 'the name of a kernel module: 1 to 64 letters, digits, _ and -',
  example: 'nvme',
  parse: text => (isModuleName(text) ? text : undefined),
};

/** What a file system is mounted from. */
export const device: ValueType<string> = {
  expected: 'a device by its path or by UUID= and the like, server:/path, or a name such as tmpfs',
  example: '/dev/disk/by-uuid/…',
  parse: text => (isDevice(text) ? text : undefined),
};

export const fileSystemType: ValueType<string> = {
  expected: 'the kind of a file system',
  example: 'ext4',
  parse: text => (isFileSystemType(text) ? text : undefined),
};

export const mountOption: ValueType<string> = {
  expected: 'an option of mount(8)',
  example: 'noatime',
  parse: text => {
    if (isMountOption(text)) return text;
    return text.includes(',')
      ? new Refusal(
          `expects one option of mount(8), not ${quote(text)}`,
          'Write one line for each option.',
        )
      : undefined;
  },
};

/** A platform, as Nix calls it. */
export const platform: ValueType<string> = {
  expected: 'a platform with Linux, as Nix calls it',
  example: 'x86_64-linux',
  parse: text => (isLinuxPlatform(text) ? text : undefined),
};

/** Debian policy, 5.6.1: what a package can be called. */
export const packageName: ValueType<string> = {
  expected: 'the name of a package of Debian: at least 2 of the characters a-z, 0-9, + - and dot',
  example: 'htop',
  parse: text => (/^[a-z0-9][a-z0-9+.-]{1,127}$/.test(text) ? text : undefined),
};

export const suiteName: ValueType<string> = {
  expected: 'the name of a release of Debian',
  example: 'bookworm',
  parse: text => (/^[a-z][a-z0-9-]{1,63}$/.test(text) ? text : undefined),
};

/** A hash of crypt(5), in the modular format that shadow(5) holds. */
export const cryptHash: ValueType<string> = {
  expected: 'a hash of crypt(5)',
  example: '$y$j9T$…',
  parse: text => (/^\$[0-9A-Za-z]{1,16}\$[-./0-9A-Za-z$=,]{8,512}$/.test(text) ? text : undefined),
};

/** One line of authorized_keys: sshd(8). */
export const sshKey: ValueType<string> = {
  expected: 'a public key as it stands in a .pub file',
  example: 'ssh-ed25519 AAAA… ada@atlas',
  parse: text =>
    /^[a-z][a-z0-9@.-]{2,63} [A-Za-z0-9+/]{32,16384}={0,2}(?: [\x20-\x7e]{0,256})?$/.test(text)
      ? text
      : undefined,
};

/** A list that takes one value a line. */
export function each<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return {
    ...type,
    parse(text, folder, readText) {
      const value = type.parse(text, folder, readText);
      if (value === undefined) return undefined;
      return value instanceof Refusal ? value : [value];
    },
  };
}

function pathType(expected: string, example: string): ValueType<string> {
  return {
    expected,
    example,
    parse(text, folder) {
      if (!isText(text) || text.endsWith('/')) return undefined;
      const whole = text.startsWith('/') ? text : `${folder}/${text}`;
      const parts = whole.split('/').filter(part => part !== '' && part !== '.');
      const joined = `/${parts.join('/')}`;
      return new TextEncoder().encode(joined).length <= longestPathBytes ? joined : undefined;
    },
  };
}

/** Tabs are let in by the parser for the sake of kernel parameters alone. */
function isText(text: string): boolean {
  return text.trim() !== '' && !text.includes('\t');
}

function refuseChoice(text: string, choices: readonly string[]): Refusal | undefined {
  const nearest = nearestWord(text, choices);
  return nearest === undefined
    ? undefined
    : new Refusal(`expects ${anyOf(choices)}, not ${quote(text)}`, `Did you mean ${nearest}?`);
}

function anyOf(choices: readonly string[]): string {
  return choices.length === 1 ? choices.join() : `one of ${choices.join(', ')}`;
}
