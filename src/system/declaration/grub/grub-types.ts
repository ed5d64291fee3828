import { Refusal } from '../refusal.ts';
import { path, type ValueType } from '../value-types.ts';

/** A disk whose first sectors start GRUB, or `nodev` where none shall. */
export const bootDevice: ValueType<string> = {
  expected: 'a disk by its path below /dev, or nodev',
  example: '/dev/disk/by-id/…',
  parse(text, folder, readText) {
    if (text === 'nodev') return text;
    const found = path.parse(text, folder, readText);
    return text.startsWith('/dev/') && found === text && !text.includes('/../') ? text : undefined;
  },
};

/** Folders of the ESP that others start from or own; FAT folds case. */
const foldersOfOthers = ['boot', 'linux', 'microsoft', 'systemd'];

/** The folder of GRUB's program on the ESP, and the name of the firmware's boot entry. */
export const bootloaderId: ValueType<string> = {
  expected: '1 to 32 letters, digits, _ and -',
  example: 'genctl',
  parse(text) {
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(text)) return undefined;
    if (!foldersOfOthers.includes(text.toLowerCase())) return text;
    return new Refusal(
      `EFI/${text} is a folder of others on the ESP`,
      text.toLowerCase() === 'boot'
        ? 'For the path that firmware starts by itself, write `efiInstallAsRemovable = true`.'
        : 'Choose a name that no other system has.',
    );
  },
};

const mode = String.raw`(?:auto|[1-9][0-9]{1,4}x[1-9][0-9]{1,4}(?:x(?:8|15|16|24|32))?)`;
const modes = new RegExp(`^${mode}(?:[,;]${mode})*$`);

/** Resolutions to try in turn. */
export const graphicsModes: ValueType<string> = {
  expected: 'resolutions such as 1024x768 or 1024x768x32, or auto, with commas between',
  example: '1920x1080,auto',
  parse: text => (modes.test(text) ? text : undefined),
};

export const backgroundColor: ValueType<string> = {
  expected: 'a colour as # and six hexadecimal digits',
  example: '"#2f302f"',
  parse: text => (/^#[0-9A-Fa-f]{6}$/.test(text) ? text : undefined),
};

const serialWords: readonly RegExp[] = [
  /^--unit=[0-3]$/,
  /^--port=0x[0-9a-fA-F]{1,8}$/,
  /^--speed=[1-9][0-9]{2,6}$/,
  /^--word=[5-8]$/,
  /^--parity=(?:no|odd|even)$/,
  /^--stop=[12]$/,
  /^--rtscts=(?:on|off)$/,
];

/** What stands behind GRUB's `serial`: each of its options at most once. */
export const serialPort: ValueType<string> = {
  expected:
    "options of GRUB's serial command: --unit=, --port=, --speed=, --word=, --parity=, --stop=, --rtscts=, each once",
  example: '--unit=0 --speed=115200',
  parse(text) {
    const words = text.split(/ +/);
    const kinds = words.map(word => serialWords.findIndex(form => form.test(word)));
    const isGood = !kinds.includes(-1) && new Set(kinds).size === kinds.length;
    return isGood ? words.join(' ') : undefined;
  },
};

/**
 * A file of a kind that GRUB tells by its name.
 *
 * @param what `a font`
 * @param endings with their dots
 * @param advice what to do with another file
 */
export function namedFile(
  what: string,
  endings: readonly [string, ...string[]],
  example: string,
  advice: string,
): ValueType<string> {
  const known = endings.join(', ');
  return {
    expected: `the path of ${what} (${known})`,
    example,
    parse(text, folder, readText) {
      const found = path.parse(text, folder, readText);
      if (typeof found !== 'string') return found;
      const isKnown = endings.some(ending => found.toLowerCase().endsWith(ending));
      return isKnown ? found : new Refusal(`expects the path of ${what} (${known})`, advice);
    },
  };
}

const passwordHash =
  /^grub\.pbkdf2\.sha512\.[1-9][0-9]{0,8}\.(?:[0-9A-Fa-f]{2}){1,512}\.(?:[0-9A-Fa-f]{2}){1,512}$/;

/** A password as GRUB checks it. What is not one may be a password: no message repeats it. */
export const hashedPassword: ValueType<string> = {
  expected: 'a hash by PBKDF2',
  example: 'grub.pbkdf2.sha512.10000.…',
  parse: text =>
    passwordHash.test(text)
      ? text
      : new Refusal(
          'it is no hash by PBKDF2, and a plain password could be read by whoever reads the menu',
          'Run `grub-mkpasswd-pbkdf2` and write what it shows: grub.pbkdf2.sha512.ROUNDS.SALT.HASH.',
        ),
};
