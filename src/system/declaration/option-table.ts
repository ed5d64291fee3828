import { type LoaderKind, loaderKinds } from '../../boot/loader-kind.ts';
import {
  backgroundColor,
  bootDevice,
  bootloaderId,
  graphicsModes,
  hashedPassword,
  namedFile,
  serialPort,
} from './grub/grub-types.ts';
import {
  absolutePath,
  account,
  conflictPolicy,
  cryptHash,
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
  packageName,
  path,
  pathGlob,
  platform,
  sortKey,
  sshKey,
  suiteName,
  textFile,
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
    suite: scalar(suiteName, 'The release of Debian whose packages a system is built from.'),
    kernelPackage: scalar(
      packageName,
      'The package of Debian that brings the kernel; linux-image-ARCHITECTURE where not set.',
    ),
    sources: scalar(
      path,
      "A file of apt sources, in place of the machine's own: it is used whole, whatever suites it names.",
    ),
    debconfSelections: scalar(
      textFile,
      'A file with answers to questions of packages, as debconf-set-selections reads it.',
    ),
  },
  environment: {
    systemPackages: list(each(packageName), 'Packages of Debian that are installed.'),
  },
  'users.users': {
    initialHashedPassword: scalar(
      cryptHash,
      'The hash of the password that the user has when it is made, as `mkpasswd` shows it; what passwd changes later stays.',
    ),
    authorizedKeys: list(each(sshKey), 'SSH keys with which one may log in as this user.'),
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
    kind: oneOrMore<LoaderKind>(
      each(oneOf(...loaderKinds)),
      'The boot loader whose menu shows the generations; of several, which are kept alike, the first one decides.',
      ['systemd-boot'],
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
      'Where the EFI system partition is mounted; further ones are mirrors of the first. Where it is not set and GRUB is the only loader: the FAT file system that [fileSystems] has at /boot/efi, /efi or /boot, or none.',
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
  'boot.loader.efi': {
    canTouchEfiVariables: scalar(
      yesOrNo,
      "Whether installing a loader may make a boot entry in the firmware's variables.",
      true,
    ),
  },
  'boot.loader.grub': {
    device: scalar(
      bootDevice,
      'The disk whose first sectors start GRUB on a machine with a BIOS; nodev leaves all disks alone.',
    ),
    devices: list(each(bootDevice), 'Further such disks: each of them starts GRUB.'),
    bootMountPoint: scalar(
      mountPoint('/boot'),
      'The folder that holds what GRUB reads: a mount point, or a folder of the root file system.',
      '/boot',
    ),
    efiSupport: scalar(
      yesOrNo,
      'Whether GRUB is installed for UEFI; where not set, if there is an EFI system partition and the machine has been started by UEFI.',
    ),
    efiBootloaderId: scalar(
      bootloaderId,
      "The folder of GRUB's program on the EFI system partition, and the name of its boot entry.",
      'genctl',
    ),
    efiInstallAsRemovable: scalar(
      yesOrNo,
      'Whether GRUB is installed to the path that firmware starts without a boot entry.',
      false,
    ),
    forceInstall: scalar(
      yesOrNo,
      'Whether GRUB is installed also where grub-install warns that it may not start.',
      false,
    ),
    fsIdentifier: scalar(
      oneOf('uuid', 'label', 'provided'),
      'How GRUB finds file systems: by UUID, by label, or as the device in [fileSystems] says.',
      'uuid',
    ),
    copyKernels: scalar(
      yesOrNo,
      'Whether kernels are copied beside the menu also where GRUB could read them from the store.',
      false,
    ),
    enableCryptodisk: scalar(
      yesOrNo,
      'Whether GRUB opens encrypted devices, for which it asks the passphrase.',
      false,
    ),
    default: scalar(
      oneOf('declared', 'saved'),
      'What boots when nobody picks an entry: what genctl has made the default, or with saved what was picked last.',
      'declared',
    ),
    timeoutStyle: scalar(
      oneOf('menu', 'countdown', 'hidden'),
      'What is shown until the timeout ends: the menu, a countdown, or nothing.',
      'menu',
    ),
    gfxmode: scalar(
      graphicsModes,
      'Resolutions of the menu, of which the first possible is taken.',
    ),
    gfxpayload: scalar(
      either(graphicsModes, oneOf('keep', 'text')),
      'The resolution in which the kernel starts.',
    ),
    font: scalar(
      namedFile(
        'a font of GRUB',
        ['.pf2'],
        '/usr/share/grub/unicode.pf2',
        'Make one of another font: grub-mkfont -s 24 -o FONT.pf2 FONT.ttf',
      ),
      'The font of the graphical menu.',
    ),
    splashImage: scalar(
      namedFile(
        'an image',
        ['.png', '.jpg', '.jpeg', '.tga'],
        'splash.png',
        'Convert it: GRUB reads no other kind.',
      ),
      'The image behind the menu.',
    ),
    backgroundColor: scalar(backgroundColor, 'The colour behind the menu.'),
    theme: scalar(
      namedFile(
        'the description of a theme',
        ['.txt'],
        '/usr/share/grub/themes/starfield/theme.txt',
        "Name the theme's own file, mostly theme.txt: what lies beside it goes along.",
      ),
      'The theme of the graphical menu.',
    ),
    serial: scalar(serialPort, "The serial port, as options of GRUB's serial command."),
    terminalInput: list(
      each(oneOf('console', 'serial', 'at_keyboard')),
      'Where GRUB reads keys from; its own choice where not set.',
    ),
    terminalOutput: list(
      each(oneOf('console', 'serial', 'gfxterm', 'vga_text')),
      'Where GRUB shows the menu; its own choice where not set.',
    ),
    unrestricted: scalar(
      yesOrNo,
      'Whether entries boot without a password, where there are users; editing them never does.',
      true,
    ),
    useOSProber: scalar(
      yesOrNo,
      'Whether the menu shows other systems, as os-prober has found them last.',
      false,
    ),
    extraConfig: list(each(textFile), "Files in GRUB's own language that come before the menu."),
    extraEntriesBefore: list(
      each(textFile),
      "Files in GRUB's own language with entries before those of the generations.",
    ),
    extraEntries: list(
      each(textFile),
      "Files in GRUB's own language with entries behind those of the generations.",
    ),
  },
  'boot.loader.grub.users': {
    hashedPassword: scalar(
      hashedPassword,
      'The hash of the password with which this user may edit entries, as grub-mkpasswd-pbkdf2 shows it.',
    ),
    hashedPasswordFile: scalar(path, 'A file that holds this hash.'),
  },
  'boot.loader.grub.mirroredBoots': {
    efiSysMountPoint: scalar(
      mountPoint('/boot/efi2'),
      'Where the EFI system partition is mounted whose GRUB reads this folder.',
    ),
    devices: list(each(bootDevice), 'The disks whose GRUB reads this folder.'),
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
