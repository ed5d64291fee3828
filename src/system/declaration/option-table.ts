import {
  absolutePath,
  account,
  conflictPolicy,
  device,
  duration,
  each,
  either,
  fileMode,
  fileSystemType,
  hostName,
  kernelParameters,
  label,
  moduleName,
  mountOption,
  mountPoint,
  oneOf,
  path,
  pathGlob,
  platform,
  sortKey,
  type ValueType,
  wholeNumber,
  yesOrNo,
} from './value-types.ts';

/** An option that has one value. */
export interface ScalarOption<T, Fallback> {
  readonly kind: 'scalar';
  readonly type: ValueType<T>;
  /** The value where no file sets one; undefined where a later stage decides. */
  readonly fallback: Fallback;
  /** What it is, as one sentence for the manual. */
  readonly about: string;
}

/** An option that a repeated key makes a list. */
export interface ListOption<T> {
  readonly kind: 'list';
  /** What one line of the list may be. */
  readonly type: ValueType<readonly T[]>;
  /** The list where no file adds to it. */
  readonly fallback: readonly T[];
  /** How few values the list may have. */
  readonly least: 0 | 1;
  readonly about: string;
}

export type Option = ScalarOption<unknown, unknown> | ListOption<unknown>;

function scalar<T>(type: ValueType<T>, about: string): ScalarOption<T, undefined>;
function scalar<T>(type: ValueType<T>, about: string, fallback: T): ScalarOption<T, T>;
function scalar<T>(type: ValueType<T>, about: string, fallback?: T): ScalarOption<T, unknown> {
  return { kind: 'scalar', type, fallback, about };
}

function list<T>(
  type: ValueType<readonly T[]>,
  about: string,
  fallback: readonly T[] = [],
): ListOption<T> {
  return { kind: 'list', type, fallback, least: 0, about };
}

/** A list that cannot be made empty. */
function oneOrMore<T>(
  type: ValueType<readonly T[]>,
  about: string,
  fallback: readonly [T, ...T[]],
): ListOption<T> {
  return { kind: 'list', type, fallback, least: 1, about };
}

/** The option above the first section, and of `[specialisation.NAME]`. */
export const imports: ListOption<string> = list(
  each(path),
  'Files whose definitions are merged with those of this one.',
);

/**
 * Every option there is: types, validation, suggestions, documentation and completion come from
 * this table. Names are NixOS's where NixOS has the option.
 */
export const optionTable = {
  system: {
    builder: scalar(
      oneOf('files', 'debian', 'nix'),
      'What a system is built from: a kernel and an initrd that are there as files, packages of Debian, or an expression of Nix.',
      'files',
    ),
    label: scalar(label, 'What the boot menu calls the generations.'),
    kernel: scalar(pathGlob, 'The kernel; of what a glob matches, the newest version.'),
    initrd: list(
      each(pathGlob),
      'The initrds, in the order in which they are loaded; of what a glob matches, the newest version.',
    ),
    devicetree: scalar(path, 'The device tree that the boot loader hands to the kernel.'),
    init: list(
      each(absolutePath('/sbin/init')),
      'What stage 2 starts in the end: the first of these programs that exists.',
      ['/sbin/init', '/usr/lib/systemd/systemd', '/bin/init'],
    ),
  },
  networking: {
    hostName: scalar(hostName, 'The name of the machine, without its domain.'),
  },
  boot: {
    kernelParams: list(
      kernelParameters,
      'Parameters of the kernel, split at white space outside of double quotes.',
    ),
    kernelModules: list(
      each(moduleName),
      'Kernel modules that are loaded when the root file system is mounted.',
    ),
  },
  'boot.loader': {
    kind: scalar(
      oneOf('systemd-boot', 'grub'),
      'The boot loader whose menu shows the generations.',
      'systemd-boot',
    ),
    timeout: scalar(
      either(wholeNumber(0, 65535, 5), oneOf('menu-force', 'menu-hidden')),
      'Seconds for which the menu is shown; menu-force waits, menu-hidden shows it only while a key is held.',
      5,
    ),
    editor: scalar(
      yesOrNo,
      'Whether parameters can be edited in the menu, which gives a root shell to whoever sits there.',
      true,
    ),
    consoleMode: scalar(
      oneOf('0', '1', '2', 'auto', 'max', 'keep'),
      'The resolution of the menu.',
      'keep',
    ),
    configurationLimit: scalar(
      wholeNumber(1, 1_000_000, 20),
      'How many generations the menu shows at most; all where it is not set.',
    ),
    efiSysMountPoint: oneOrMore(
      each(mountPoint('/boot')),
      'Where the EFI system partition is mounted; further ones are mirrors of the first.',
      ['/boot'],
    ),
    xbootldrMountPoint: list(
      each(mountPoint('/boot')),
      'Where the extended boot partition is mounted, which holds entries and kernels in place of the EFI system partition: one for each efiSysMountPoint, in the same order, or none.',
    ),
    sortKey: scalar(
      sortKey,
      'Where the entries stand among those of other systems in the menu.',
      'genctl',
    ),
  },
  gc: {
    keep: scalar(wholeNumber(1, 1_000_000, 10), 'How many generations are never collected.'),
    olderThan: scalar(duration, 'The age below which no generation is collected.'),
    keepDaily: scalar(
      wholeNumber(0, 1_000_000, 7),
      'Of how many of the latest days that have a generation the last one is never collected.',
    ),
    keepWeekly: scalar(
      wholeNumber(0, 1_000_000, 4),
      'Of how many of the latest weeks that have a generation the last one is never collected.',
    ),
    keepMonthly: scalar(
      wholeNumber(0, 1_000_000, 12),
      'Of how many of the latest months that have a generation the last one is never collected.',
    ),
  },
  activation: {
    conflicts: scalar(
      conflictPolicy,
      'What becomes of something else that is where a file shall be in /etc: a live switch is refused, it is moved to a backup that comes back later, or it is kept; refuse where not set.',
    ),
  },
  etc: {
    mode: scalar(
      either(fileMode, oneOf('direct-symlink')),
      'Permissions of the file, which is copied then; those it has in etc/ where not set. With direct-symlink, a link straight into the store.',
    ),
    user: scalar(account, 'Owner of the file; root where not set.'),
    group: scalar(account, 'Group of the file; root where not set.'),
    conflicts: scalar(
      conflictPolicy,
      'What becomes of something else that is there; as [activation] says where not set.',
    ),
  },
  'boot.initrd': {
    availableKernelModules: list(
      each(moduleName),
      'Kernel modules that the initrd has to hold, for devices that may be there.',
    ),
    kernelModules: list(each(moduleName), 'Kernel modules that the initrd loads in any case.'),
  },
  'boot.initrd.luks.devices': {
    device: scalar(device, 'The device that is encrypted, which the initrd opens under this name.'),
  },
  'boot.initrd.services.bcache': {
    enable: scalar(yesOrNo, 'Whether the initrd puts bcache devices together.'),
  },
  'boot.initrd.services.lvm': {
    enable: scalar(yesOrNo, 'Whether the initrd activates logical volumes.'),
  },
  'boot.swraid': {
    enable: scalar(yesOrNo, 'Whether the initrd assembles software RAID.'),
  },
  fileSystems: {
    device: scalar(
      device,
      'What is mounted there. For `/` it becomes root= where no kernelParams has one.',
    ),
    fsType: scalar(fileSystemType, 'The kind of the file system.'),
    options: list(
      each(mountOption),
      'Options of the mount. For `/`, those that a first mount alone takes become rootflags=.',
    ),
    neededForBoot: scalar(yesOrNo, 'Whether the initrd has to mount it.'),
  },
  swapDevices: {
    priority: scalar(
      wholeNumber(-1, 32_767, 5),
      'The priority of the device; -1 leaves it to the kernel.',
    ),
    randomEncryption: scalar(
      yesOrNo,
      'Whether the device is encrypted with a key that each boot makes anew.',
      false,
    ),
  },
  zramSwap: {
    enable: scalar(yesOrNo, 'Whether memory is swapped to compressed memory.'),
  },
  nixpkgs: {
    hostPlatform: scalar(platform, 'The platform of the machine.'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Option>>>>;

export type OptionTable = typeof optionTable;
export type SectionName = keyof OptionTable;

export const sectionNames = Object.keys(optionTable) as readonly SectionName[];

/** `system.kernel`, `boot.loader.timeout`, `etc.mode`. */
export type OptionName = {
  [S in SectionName]: `${S}.${keyof OptionTable[S] & string}`;
}[SectionName];

type ValueOf<O> =
  O extends ScalarOption<infer T, infer Fallback>
    ? T | Fallback
    : O extends ListOption<infer T>
      ? readonly T[]
      : never;

/** The values of one section, defaults filled in. */
export type Values<S extends SectionName> = {
  readonly [Key in keyof OptionTable[S]]: ValueOf<OptionTable[S][Key]>;
};

/** The options of a section by their keys. */
export function optionsOf(section: SectionName): Readonly<Record<string, Option>> {
  return optionTable[section];
}

/** The option of that key; undefined where there is none, also for `__proto__`. */
export function findOption(section: SectionName, key: string): Option | undefined {
  const options = optionsOf(section);
  return Object.hasOwn(options, key) ? options[key] : undefined;
}

export function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(optionTable, name);
}
