import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DeclarationFolder, plain } from './declaration-folder.ts';
import { grubDefaults } from './grub-defaults.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const defaults = {
  system: {
    builder: 'files',
    initrd: [],
    init: ['/sbin/init', '/usr/lib/systemd/systemd', '/bin/init'],
  },
  networking: {},
  boot: {
    kernelParams: [],
    kernelModules: [],
    loader: {
      kind: ['systemd-boot'],
      timeout: 5,
      editor: true,
      consoleMode: 'keep',
      efiSysMountPoint: ['/boot'],
      xbootldrMountPoint: [],
      sortKey: 'genctl',
      efi: { canTouchEfiVariables: true },
      grub: grubDefaults,
    },
    initrd: {
      availableKernelModules: [],
      kernelModules: [],
      luks: { devices: {} },
      services: { bcache: {}, lvm: {} },
    },
    swraid: {},
  },
  environment: { systemPackages: [] },
  gc: {},
  users: { users: {} },
  activation: {},
  etc: {},
  fileSystems: {},
  swapDevices: {},
  zramSwap: {},
  nixpkgs: {},
  specialisations: {},
};

test('an empty declaration is all defaults', () => {
  const { files, ...rest } = folder.readGood({ 'system.conf': '' });
  assert.equal(plain(rest), defaults);
  assert.equal(files, [`${folder.config}/system.conf`]);
});

test('every option has its type', () => {
  const text = `
[system]
builder = debian
label = Atlas, the "big" one
kernel = /boot/vmlinuz-*
initrd = ./microcode//ucode.img
initrd = ../images/initrd.img-*
devicetree = /boot/dtb
init = /usr/bin/runit
suite = bookworm
kernelPackage = linux-image-cloud-amd64
sources = mirrors.sources
debconfSelections = answers.txt
[environment]
systemPackages = htop
systemPackages = libstdc++6
[users.users "root"]
initialHashedPassword = $y$j9T$abcdefgh$ijklmnop
authorizedKeys = ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEfC1QPEXj8X9Pp2v ada@atlas
[networking]
hostName = atlas-1
[boot]
kernelParams = quiet	console=ttyS0  dyndbg="file drivers/x.c +p"
kernelParams = "root=LABEL=a;b"
kernelParams = """"
kernelModules = kvm-intel
[boot.initrd]
availableKernelModules = nvme
availableKernelModules = xhci_pci
kernelModules = dm-snapshot
[boot.initrd.luks.devices "crypt-root"]
device = /dev/disk/by-uuid/0a1b
[boot.initrd.services.bcache]
enable = true
[boot.initrd.services.lvm]
enable = true
[boot.swraid]
enable = false
[fileSystems "/"]
device = UUID=0a1b
fsType = ext4
options = noatime
options = "x-systemd.device-timeout=1 s"
neededForBoot = true
[fileSystems "/mnt/a b"]
device = server:/export
[swapDevices "/dev/disk/by-label/swap"]
[swapDevices "/swapfile"]
priority = -1
randomEncryption = true
[zramSwap]
enable = true
[nixpkgs]
hostPlatform = x86_64-linux
[boot.loader]
kind = systemd-boot
kind = grub
timeout = menu-hidden
editor = false
consoleMode = 2
configurationLimit = 20
efiSysMountPoint = /boot/efi
efiSysMountPoint = /efi2//
xbootldrMountPoint = /boot
xbootldrMountPoint = /boot2/
sortKey = a.b-9
[gc]
keep = 10
olderThan = 4w
keepDaily = 7
keepWeekly = 4
keepMonthly = 0
[activation]
conflicts = backup
[etc "ssh/sshd_config"]
mode = 0600
user = root
group = 0
[etc "a b/c.d"]
mode = 4755
conflicts = keep
[etc "localtime"]
mode = direct-symlink
`.replace('kernelParams = """"\n', '');
  const answers = 'tzdata tzdata/Areas select Etc\n';
  const declared = folder.readGood({ 'system.conf': text, 'answers.txt': answers });
  assert.equal(plain(declared), {
    system: {
      builder: 'debian',
      label: 'Atlas, the "big" one',
      kernel: '/boot/vmlinuz-*',
      initrd: ['/etc/genctl/microcode/ucode.img', '/etc/genctl/../images/initrd.img-*'],
      devicetree: '/boot/dtb',
      init: ['/usr/bin/runit'],
      suite: 'bookworm',
      kernelPackage: 'linux-image-cloud-amd64',
      sources: '/etc/genctl/mirrors.sources',
      debconfSelections: 'tzdata tzdata/Areas select Etc\n',
    },
    environment: { systemPackages: ['htop', 'libstdc++6'] },
    users: {
      users: {
        root: {
          initialHashedPassword: '$y$j9T$abcdefgh$ijklmnop',
          authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEfC1QPEXj8X9Pp2v ada@atlas'],
        },
      },
    },
    networking: { hostName: 'atlas-1' },
    boot: {
      kernelParams: ['quiet', 'console=ttyS0', 'dyndbg="file drivers/x.c +p"', 'root=LABEL=a;b'],
      kernelModules: ['kvm-intel'],
      initrd: {
        availableKernelModules: ['nvme', 'xhci_pci'],
        kernelModules: ['dm-snapshot'],
        luks: { devices: { 'crypt-root': { device: '/dev/disk/by-uuid/0a1b' } } },
        services: { bcache: { enable: true }, lvm: { enable: true } },
      },
      swraid: { enable: false },
      loader: {
        kind: ['systemd-boot', 'grub'],
        timeout: 'menu-hidden',
        editor: false,
        consoleMode: '2',
        configurationLimit: 20,
        efiSysMountPoint: ['/boot/efi', '/efi2'],
        xbootldrMountPoint: ['/boot', '/boot2'],
        sortKey: 'a.b-9',
        efi: { canTouchEfiVariables: true },
        grub: grubDefaults,
      },
    },
    gc: {
      keep: 10,
      olderThan: { seconds: 4 * 7 * 24 * 3600 },
      keepDaily: 7,
      keepWeekly: 4,
      keepMonthly: 0,
    },
    activation: { conflicts: 'backup' },
    etc: {
      'a b/c.d': { mode: 0o4755, conflicts: 'keep' },
      localtime: { mode: 'direct-symlink' },
      'ssh/sshd_config': { mode: 0o600, user: 'root', group: 0 },
    },
    fileSystems: {
      '/': {
        device: 'UUID=0a1b',
        fsType: 'ext4',
        options: ['noatime', 'x-systemd.device-timeout=1 s'],
        neededForBoot: true,
      },
      '/mnt/a b': { device: 'server:/export', options: [] },
    },
    swapDevices: {
      '/dev/disk/by-label/swap': { randomEncryption: false },
      '/swapfile': { priority: -1, randomEncryption: true },
    },
    zramSwap: { enable: true },
    nixpkgs: { hostPlatform: 'x86_64-linux' },
    specialisations: {},
    files: [`${folder.config}/system.conf`, `${folder.config}/answers.txt`],
  });
});

const timeoutTypes = 'a whole number from 0 to 65535, or one of menu-force, menu-hidden';
const hostNames =
  'a host name: 1 to 63 letters, digits and hyphens, no hyphen first or last (RFC 1123)';

/** What is said of a value that is not of its option's type. */
const wrongTypes: readonly (readonly [
  section: string,
  line: string,
  reason: string,
  hint: string,
])[] = [
  [
    'system',
    'builder = debain',
    'expects one of files, debian, nix, not "debain"',
    'Did you mean debian?',
  ],
  [
    'system',
    'builder = rpm',
    'expects one of files, debian, nix, not "rpm"',
    'Write for example `builder = files`.',
  ],
  ['system', 'label =', 'the value is empty', 'Write for example `label = Atlas`.'],
  [
    'system',
    `label = ${'x'.repeat(101)}`,
    `expects a text of 1 to 100 characters, not "${'x'.repeat(60)}…"`,
    'Write for example `label = Atlas`.',
  ],
  [
    'system',
    'label = a\tb',
    'expects a text of 1 to 100 characters, not "a\\tb"',
    'Write for example `label = Atlas`.',
  ],
  [
    'system',
    'kernel = /boot/',
    'expects a path or a glob, not "/boot/"',
    'Write for example `kernel = /boot/vmlinuz-*`.',
  ],
  [
    'system',
    'init = sbin/init',
    'expects an absolute path without . and .. in it, not "sbin/init"',
    'Write for example `init = /sbin/init`.',
  ],
  [
    'system',
    'initrd =',
    'the value is empty',
    'Leave the line out; `initrd! =` makes the list empty.',
  ],
  [
    'networking',
    'hostName = -atlas',
    `expects ${hostNames}, not "-atlas"`,
    'Write for example `hostName = atlas`.',
  ],
  [
    'networking',
    `hostName = ${'a'.repeat(64)}`,
    `expects ${hostNames}, not "${'a'.repeat(60)}…"`,
    'Write for example `hostName = atlas`.',
  ],
  [
    'networking',
    'hostName = my_host',
    `expects ${hostNames}, not "my_host"`,
    'Write for example `hostName = atlas`.',
  ],
  [
    'networking',
    'hostName = atlas.example.org',
    'expects a host name without its domain',
    'Name the machine alone: what stands before the first dot.',
  ],
  [
    'boot',
    'kernelParams = quiet init=/bin/sh',
    'init= is set by genctl: it names the stage 2 of each generation',
    'Name the program that stage 2 starts in [system] init.',
  ],
  [
    'boot',
    'kernelParams = "\\"init=/bin/sh\\""',
    'init= is set by genctl: it names the stage 2 of each generation',
    'Name the program that stage 2 starts in [system] init.',
  ],
  [
    'boot',
    'kernelParams = "\tinit=/bin/sh"'.replace('\t', '\\t'),
    'init= is set by genctl: it names the stage 2 of each generation',
    'Name the program that stage 2 starts in [system] init.',
  ],
  [
    'boot',
    'kernelParams = xàinit=/bin/sh',
    '"xàinit=/bin/sh" holds "à", and the kernel reads only ASCII',
    'Name a disk by UUID= or PARTUUID= where its label is not ASCII.',
  ],
  [
    'boot',
    'kernelParams = a="b',
    '"a=\\"b" has a double quote that is never closed',
    'Close it: the kernel would take all that follows as one parameter.',
  ],
  [
    'boot',
    'kernelParams = " "',
    'the value is empty',
    'Leave the line out; `kernelParams! =` makes the list empty.',
  ],
  [
    'boot.loader',
    'kind = lilo',
    'expects one of systemd-boot, grub, not "lilo"',
    'Write for example `kind = systemd-boot`.',
  ],
  [
    'boot.loader',
    'timeout = -1',
    `expects ${timeoutTypes}, not "-1"`,
    'Write for example `timeout = 5`.',
  ],
  [
    'boot.loader',
    'timeout = 05',
    `expects ${timeoutTypes}, not "05"`,
    'Write for example `timeout = 5`.',
  ],
  [
    'boot.loader',
    'timeout = 1e3',
    `expects ${timeoutTypes}, not "1e3"`,
    'Write for example `timeout = 5`.',
  ],
  [
    'boot.loader',
    'timeout = 65536',
    `expects ${timeoutTypes}, not "65536"`,
    'Write for example `timeout = 5`.',
  ],
  [
    'boot.loader',
    'timeout = menu-hide',
    'expects one of menu-force, menu-hidden, not "menu-hide"',
    'Did you mean menu-hidden?',
  ],
  [
    'boot.loader',
    'editor = yes',
    'expects true or false, not "yes"',
    'Write for example `editor = true`.',
  ],
  [
    'boot.loader',
    'consoleMode = 3',
    'expects one of 0, 1, 2, auto, max, keep, not "3"',
    'Write for example `consoleMode = 0`.',
  ],
  [
    'boot.loader',
    'configurationLimit = 0',
    'expects a whole number from 1 to 1000000, not "0"',
    'Write for example `configurationLimit = 20`.',
  ],
  [
    'boot.loader',
    'efiSysMountPoint = boot',
    'expects an absolute path without . and .. in it, not "boot"',
    'Write for example `efiSysMountPoint = /boot`.',
  ],
  [
    'boot.loader',
    'efiSysMountPoint = /',
    'expects an absolute path without . and .. in it, not "/"',
    'Write for example `efiSysMountPoint = /boot`.',
  ],
  [
    'boot.loader',
    'efiSysMountPoint = /boot/../etc',
    'expects an absolute path without . and .. in it, not "/boot/../etc"',
    'Write for example `efiSysMountPoint = /boot`.',
  ],
  [
    'boot.loader',
    'efiSysMountPoint! =',
    'the value is empty',
    'Write for example `efiSysMountPoint = /boot`.',
  ],
  ['boot.loader', 'efiSysMountPoint =', 'the value is empty', 'Leave the line out.'],
  [
    'boot.loader',
    'xbootldrMountPoint = ///',
    'expects an absolute path without . and .. in it, not "///"',
    'Write for example `xbootldrMountPoint = /boot`.',
  ],
  [
    'boot.loader',
    'xbootldrMountPoint = /boot//x',
    'expects an absolute path without . and .. in it, not "/boot//x"',
    'Write for example `xbootldrMountPoint = /boot`.',
  ],
  [
    'boot.loader',
    'sortKey = Debian',
    'expects 1 to 64 of the characters a-z, 0-9, dot and hyphen, not "Debian"',
    'Write for example `sortKey = genctl`.',
  ],
  [
    'gc',
    'keep = 0',
    'expects a whole number from 1 to 1000000, not "0"',
    'Write for example `keep = 10`.',
  ],
  [
    'gc',
    'keepWeekly = -1',
    'expects a whole number from 0 to 1000000, not "-1"',
    'Write for example `keepWeekly = 4`.',
  ],
  [
    'gc',
    'olderThan = 30',
    'expects a number of hours, days or weeks, not "30"',
    'Write for example `olderThan = 30d`.',
  ],
  [
    'gc',
    'olderThan = 30m',
    'expects a number of hours, days or weeks, not "30m"',
    'Write for example `olderThan = 30d`.',
  ],
  ...hardwareWrongTypes(),
  [
    'activation',
    'conflicts = overwrite',
    'expects one of refuse, backup, keep, not "overwrite"',
    'Write for example `conflicts = refuse`.',
  ],
  [
    'activation',
    'conflicts = Keep',
    'expects one of refuse, backup, keep, not "Keep"',
    'Did you mean keep?',
  ],
  [
    'etc "motd"',
    'conflicts = backups',
    'expects one of refuse, backup, keep, not "backups"',
    'Did you mean backup?',
  ],
  [
    'etc "motd"',
    'mode = 0888',
    'expects an octal mode of 3 or 4 digits, or direct-symlink, not "0888"',
    'Write for example `mode = 0644`.',
  ],
  [
    'etc "motd"',
    'mode = symlink',
    'expects an octal mode of 3 or 4 digits, or direct-symlink, not "symlink"',
    'Write for example `mode = 0644`.',
  ],
  [
    'etc "motd"',
    'mode = direct_symlink',
    'expects direct-symlink, not "direct_symlink"',
    'Did you mean direct-symlink?',
  ],
  [
    'etc "motd"',
    'user = 4294967295',
    'expects a name or a number, not "4294967295"',
    'Write for example `user = root`.',
  ],
  [
    'etc "motd"',
    'group = a:b',
    'expects a name or a number, not "a:b"',
    'Write for example `group = root`.',
  ],
];

function hardwareWrongTypes(): (readonly [string, string, string, string])[] {
  const moduleName = 'expects the name of a kernel module: 1 to 64 letters, digits, _ and -';
  const device =
    'expects a device by its path or by UUID= and the like, server:/path, or a name such as tmpfs';
  const deviceHint = 'Write for example `device = /dev/disk/by-uuid/…`.';
  const badDevices = ['dev/sda1', '/dev/../x', '/dev/', 'uuid=0a1b', 'LABEL=', 'a b', 'a//b', '..'];
  return [
    [
      'boot',
      'kernelModules = kvm.ko',
      `${moduleName}, not "kvm.ko"`,
      'Write for example `kernelModules = nvme`.',
    ],
    [
      'boot.initrd',
      'availableKernelModules = ahci nvme',
      `${moduleName}, not "ahci nvme"`,
      'Write for example `availableKernelModules = nvme`.',
    ],
    ...badDevices.map((text): [string, string, string, string] => [
      'fileSystems "/"',
      `device = ${text}`,
      `${device}, not "${text}"`,
      deviceHint,
    ]),
    [
      'boot.initrd.luks.devices "crypt"',
      'device = "/dev/a\\tb"',
      `${device}, not "/dev/a\\tb"`,
      deviceHint,
    ],
    [
      'fileSystems "/"',
      'fsType = ext4,noatime',
      'expects the kind of a file system, not "ext4,noatime"',
      'Write for example `fsType = ext4`.',
    ],
    [
      'fileSystems "/"',
      'options = noatime,ro',
      'expects one option of mount(8), not "noatime,ro"',
      'Write one line for each option.',
    ],
    ...['-2', '32768', '-0', '1.5'].map((text): [string, string, string, string] => [
      'swapDevices "/swapfile"',
      `priority = ${text}`,
      `expects a whole number from -1 to 32767, not "${text}"`,
      'Write for example `priority = 5`.',
    ]),
    [
      'nixpkgs',
      'hostPlatform = amd64',
      'expects a platform with Linux, as Nix calls it, not "amd64"',
      'Write for example `hostPlatform = x86_64-linux`.',
    ],
  ];
}

for (const [section, line, reason, hint] of wrongTypes) {
  test(`[${section}] ${line.slice(0, 40)} has a wrong type`, () => {
    const key = line.split(/!? /)[0];
    assert.is(
      folder.readBad({ 'system.conf': `[${section}]\n${line}\n` }),
      `DECLARATION_WRONG_TYPE system.conf:2: [${section}] ${key}: ${reason} | ${hint}`,
    );
  });
}

/** What is suggested for a key that does not exist: line 2 unless there is no section. */
const unknownKeys: readonly (readonly [text: string, where: string, hint: string])[] = [
  ['[boot]\nkernelParms = x', '2: [boot] kernelParms', 'Did you mean kernelParams?'],
  ['[boot]\nKERNELPARAMS = x', '2: [boot] KERNELPARAMS', 'Did you mean kernelParams?'],
  ['[boot]\ntimeout = 3', '2: [boot] timeout', 'It belongs under [boot.loader].'],
  ['[boot]\ntimout = 3', '2: [boot] timout', 'Did you mean timeout under [boot.loader]?'],
  ['[boot]\nloader.timeout = 3', '2: [boot] loader.timeout', 'Write timeout under [boot.loader].'],
  ['boot.loader.timeout = 3', '1: boot.loader.timeout', 'Write timeout under [boot.loader].'],
  ['kernelParams = quiet', '1: kernelParams', 'It belongs under [boot].'],
  ['import = a', '1: import', 'Did you mean imports?'],
  ['x = 1', '1: x', 'Only imports can stand here; every other option has its section.'],
  ['[system]\nimports = a', '2: [system] imports', 'It belongs above the first section.'],
  [
    '[gc]\nzzzzzzzz = a',
    '2: [gc] zzzzzzzz',
    'There are: keep, olderThan, keepDaily, keepWeekly, keepMonthly.',
  ],
  [
    '[gc]\n__proto__ = a',
    '2: [gc] __proto__',
    'There are: keep, olderThan, keepDaily, keepWeekly, keepMonthly.',
  ],
  [
    '[gc]\nconstructor = a',
    '2: [gc] constructor',
    'There are: keep, olderThan, keepDaily, keepWeekly, keepMonthly.',
  ],
  ['[fileSystems "/"]\nfstype = ext4', '2: [fileSystems "/"] fstype', 'Did you mean fsType?'],
  [
    '[boot]\navailableKernelModules = nvme',
    '2: [boot] availableKernelModules',
    'It belongs under [boot.initrd].',
  ],
  [
    '[boot]\ninitrd.kernelModules = nvme',
    '2: [boot] initrd.kernelModules',
    'Write kernelModules under [boot.initrd].',
  ],
  [
    '[system]\nkernelModules = nvme',
    '2: [system] kernelModules',
    'It belongs under [boot] or [boot.initrd].',
  ],
  [
    '[boot]\nconflicts = keep',
    '2: [boot] conflicts',
    'It belongs under [activation] or [etc "PATH"].',
  ],
  ['[etc "a"]\nmod = 0600', '2: [etc "a"] mod', 'Did you mean mode?'],
  [
    '[specialisation.safe.boot]\ntimeout = 3',
    '2: [specialisation.safe.boot] timeout',
    'It belongs under [specialisation.safe.boot.loader].',
  ],
  [
    '[specialisation.safe]\nmode = 3',
    '2: [specialisation.safe] mode',
    'It belongs under [specialisation.safe.etc "PATH"].',
  ],
  [
    '[specialisation.safe.boot]\nimports = x',
    '2: [specialisation.safe.boot] imports',
    'It belongs under [specialisation.safe].',
  ],
];

for (const [text, where, hint] of unknownKeys) {
  test(`an unknown key: ${where}`, () => {
    assert.is(
      folder.readBad({ 'system.conf': text }),
      `DECLARATION_UNKNOWN_KEY system.conf:${where}: there is no such option | ${hint}`,
    );
  });
}

const sectionList =
  'system, environment, users.users, networking, boot, boot.loader, boot.loader.efi, boot.loader.grub, boot.loader.grub.users, boot.loader.grub.mirroredBoots, gc, activation, etc, boot.initrd, boot.initrd.luks.devices, boot.initrd.services.bcache, boot.initrd.services.lvm, boot.swraid, fileSystems, swapDevices, zramSwap, nixpkgs';
const etcHint = 'Write it like [etc "ssh/sshd_config"].';
const etcReason =
  'it is not the path of a file below /etc: no part may be empty, . or .. or too long';
const quotesReason = 'nothing stands in quotes in the header of this section';
const placeReason = 'it is not an absolute path without . and .. in it';
const placeHint = 'Write it like [fileSystems "/home"].';
const mappingReason = 'it is no name below /dev/mapper: 1 to 127 letters, digits and #+-.:=@_';
const mappingHint = 'Write it like [boot.initrd.luks.devices "cryptroot"].';
const swapReason = 'it is not a device or a file by its path, nor UUID= and the like';
const swapHint = 'Write it like [swapDevices "/dev/disk/by-uuid/…"].';
const nameHint = 'Write it like [specialisation.safe] or [specialisation.safe.boot].';
const nameReason = 'the name of a specialisation is 1 to 32 letters, digits, _ and -';

/** What is said of a header that means nothing. */
const badHeaders: readonly (readonly [
  header: string,
  code: string,
  reason: string,
  hint: string,
])[] = [
  ['[bot]', 'UNKNOWN_SECTION', 'there is no such section', 'Did you mean [boot]?'],
  ['[Boot.Loader]', 'UNKNOWN_SECTION', 'there is no such section', 'Did you mean [boot.loader]?'],
  [
    '[boot.loader.systemd-boot]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Did you mean [boot.loader]?',
  ],
  [
    '[services]',
    'UNKNOWN_SECTION',
    'there is no such section',
    `There are: ${sectionList}, specialisation.`,
  ],
  [
    '[__proto__]',
    'UNKNOWN_SECTION',
    'there is no such section',
    `There are: ${sectionList}, specialisation.`,
  ],
  [
    '[constructor.prototype]',
    'UNKNOWN_SECTION',
    'there is no such section',
    `There are: ${sectionList}, specialisation.`,
  ],
  [
    '[specialization.safe]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Did you mean [specialisation.NAME]?',
  ],
  [
    '[specialisation.safe.bot]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Did you mean [specialisation.safe.boot]?',
  ],
  [
    '[specialisation.safe.specialisation.more]',
    'UNKNOWN_SECTION',
    'a specialisation cannot have specialisations',
    'Put it beside the other one: [specialisation.NAME].',
  ],
  ['[etc.motd]', 'UNKNOWN_SECTION', 'there is no such section', 'Write [etc "motd"].'],
  [
    '[etc.ssh/sshd_config]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Write [etc "ssh/sshd_config"].',
  ],
  [
    '[specialisation.safe.etc.motd]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Write [specialisation.safe.etc "motd"].',
  ],
  ['[etc]', 'SYNTAX', 'it is not said which file below /etc is meant', etcHint],
  ['[etc "/etc/motd"]', 'SYNTAX', 'the path is not relative to /etc', 'Write [etc "motd"].'],
  ['[etc "/motd"]', 'SYNTAX', 'the path is not relative to /etc', 'Write [etc "motd"].'],
  ['[etc ""]', 'SYNTAX', etcReason, etcHint],
  ['[etc "../passwd"]', 'SYNTAX', etcReason, etcHint],
  ['[etc "a/./b"]', 'SYNTAX', etcReason, etcHint],
  ['[etc "a//b"]', 'SYNTAX', etcReason, etcHint],
  ['[etc "a/"]', 'SYNTAX', etcReason, etcHint],
  ['[etc "__proto__"]', 'SYNTAX', etcReason, etcHint],
  ['[boot "x"]', 'SYNTAX', quotesReason, 'Leave it out.'],
  ['[specialisation.safe "x"]', 'SYNTAX', quotesReason, 'Leave it out.'],
  ['[fileSystems]', 'SYNTAX', 'it is not said where the file system is mounted', placeHint],
  [
    '[fileSystems "home/"]',
    'SYNTAX',
    'it is not the direct path of a mount point',
    'Write [fileSystems "/home"].',
  ],
  [
    '[specialisation.safe.fileSystems "//srv//x/"]',
    'SYNTAX',
    'it is not the direct path of a mount point',
    'Write [specialisation.safe.fileSystems "/srv/x"].',
  ],
  ['[fileSystems "/a/../b"]', 'SYNTAX', placeReason, placeHint],
  [
    '[fileSystems./home]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Write [fileSystems "/home"].',
  ],
  [
    '[fileSystem "/"]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Did you mean [fileSystems "PATH"]?',
  ],
  [
    '[boot.initrd.luks.devices.crypt]',
    'UNKNOWN_SECTION',
    'there is no such section',
    'Write [boot.initrd.luks.devices "crypt"].',
  ],
  [
    '[boot.initrd.luks.devices]',
    'SYNTAX',
    'it is not said under which name the device is opened',
    'Write it like [boot.initrd.luks.devices "cryptroot"].',
  ],
  [
    '[boot.initrd.luks.devices "/dev/mapper/crypt"]',
    'SYNTAX',
    'the name has its folder before it',
    'Write [boot.initrd.luks.devices "crypt"].',
  ],
  ['[boot.initrd.luks.devices "a/b"]', 'SYNTAX', mappingReason, mappingHint],
  ['[boot.initrd.luks.devices "__proto__"]', 'SYNTAX', mappingReason, mappingHint],
  [
    '[swapDevices]',
    'SYNTAX',
    'it is not said what is swapped to',
    'Write it like [swapDevices "/dev/disk/by-uuid/…"].',
  ],
  ['[swapDevices "sda2"]', 'SYNTAX', swapReason, swapHint],
  ['[swapDevices "server:/swap"]', 'SYNTAX', swapReason, swapHint],
  ['[swapDevices "/dev/../etc"]', 'SYNTAX', swapReason, swapHint],
  ['[specialisation]', 'SYNTAX', nameReason, nameHint],
  ['[specialisation.]', 'SYNTAX', nameReason, nameHint],
  ['[specialisation.two words]', 'SYNTAX', nameReason, nameHint],
  [`[specialisation.${'x'.repeat(33)}]`, 'SYNTAX', nameReason, nameHint],
  [
    '[specialisation.__proto__]',
    'SYNTAX',
    '__proto__ is no name for a specialisation',
    'Choose another one.',
  ],
  [
    '[specialisation.constructor.boot]',
    'SYNTAX',
    'constructor is no name for a specialisation',
    'Choose another one.',
  ],
];

for (const [header, code, reason, hint] of badHeaders) {
  test(`${header} means nothing, and its keys are passed over`, () => {
    assert.is(
      folder.readBad({ 'system.conf': `${header}\nanything = 1\n` }),
      `DECLARATION_${code} system.conf:1: ${header}: ${reason} | ${hint}`,
    );
  });
}

test('a relative path is not taken where its folder would be read as a glob', () => {
  assert.is(
    folder.readBad({ 'system.conf': 'imports = a*/x.conf', 'a*/x.conf': '[system]\nkernel = k' }),
    'DECLARATION_WRONG_TYPE a*/x.conf:2: [system] kernel: cannot be relative to "/etc/genctl/a*", which would itself be read as a glob | Write an absolute path.',
  );
});

test('a value in a message cannot reach the terminal', () => {
  const said = folder.readBad({ 'system.conf': '[boot.loader]\nkind = a\u00ad\u200bb\tc\n' });
  assert.not.match(said, /[\p{Cc}]/u);
});

test.run();
