import type { Configuration } from '../declaration/declaration.ts';

/**
 * The text of `/etc/fstab`, as fstab(5) has it, of the file systems and swap devices that a
 * declaration names. Nothing is said of swap on compressed memory, which is no device that is
 * there. Pure.
 */
export function renderFstab({
  fileSystems,
  swapDevices,
}: Pick<Configuration, 'fileSystems' | 'swapDevices'>): string {
  // A folder comes before what is below it, and so it is mounted before.
  const places = Object.keys(fileSystems).toSorted(byParts);
  const lines = [
    ...places.flatMap(place => fileSystemLine(place, fileSystems[place])),
    ...Object.entries(swapDevices).map(([device, swap]) => swapLine(device, swap)),
  ];
  return [head, ...lines].map(line => `${line}\n`).join('');
}

const head = '# What [fileSystems] and [swapDevices] of the declaration say: change it there.';

type FileSystem = Configuration['fileSystems'][string];
type Swap = Configuration['swapDevices'][string];

function fileSystemLine(place: string, fileSystem: FileSystem | undefined): string[] {
  if (fileSystem === undefined) return [];
  const { device, fsType = 'auto', options } = fileSystem;
  const mount = options.length === 0 ? 'defaults' : options.join(',');
  const source = device ?? fsType;
  return [fields(source, place, fsType, mount, '0', checkPass(place, fileSystem))];
}

function swapLine(device: string, { priority, randomEncryption }: Swap): string {
  if (randomEncryption) {
    // To swap to it as it is would write memory down for everybody to read.
    return `# ${fields(device, 'none', 'swap')}: not in use, as it is to be encrypted (randomEncryption)`;
  }
  const options = priority === undefined || priority === -1 ? 'defaults' : `pri=${priority}`;
  return fields(device, 'none', 'swap', options, '0', '0');
}

/** Kinds of file systems that fsck(8) has to look at; others have no checker that does anything. */
const checked = new Set(['auto', 'ext2', 'ext3', 'ext4', 'vfat', 'msdos', 'exfat', 'f2fs', 'jfs']);

/** When fsck(8) checks it at boot: the root first, then the others; `0` for never. */
function checkPass(place: string, { device, fsType = 'auto', options }: FileSystem): string {
  const isBound = options.some(option => /^r?bind$/.test(option));
  const isOnDevice = device !== undefined && /^(?:\/dev\/|[A-Z]+=)/.test(device);
  if (isBound || !isOnDevice || !checked.has(fsType)) return '0';
  return place === '/' ? '1' : '2';
}

function fields(...texts: readonly string[]): string {
  return texts.map(escaped).join(' ');
}

/** What would end a field or begin a comment, in octal as getmntent(3) reads it. */
function escaped(text: string): string {
  return text.replace(
    /[ \t\n\\]|^#/g,
    character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function byParts(left: string, right: string): number {
  const [one, other] = [left, right].map(place => `${place}/`.replaceAll('/', '\0'));
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
