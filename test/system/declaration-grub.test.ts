import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderConfiguration } from '../../src/system/render-configuration.ts';
import { DeclarationFolder, type Files, plain } from './declaration-folder.ts';
import { grubDefaults } from './grub-defaults.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const hash = `grub.pbkdf2.sha512.10000.${'AB'.repeat(64)}.${'0f'.repeat(64)}`;

const every = `imports = a.conf
[boot.loader]
kind = grub
efiSysMountPoint = /efi
[boot.loader.efi]
canTouchEfiVariables = false
[boot.loader.grub]
device = /dev/disk/by-id/ata-A
devices = /dev/sdb
devices = /dev/sdc
bootMountPoint = /boot/
efiSupport = true
efiBootloaderId = Debian-2
efiInstallAsRemovable = true
forceInstall = true
fsIdentifier = provided
copyKernels = true
enableCryptodisk = true
default = saved
timeoutStyle = countdown
gfxmode = "1920x1080x32;1024x768,auto"
gfxpayload = keep
font = fonts/big.pf2
splashImage = splash.PNG
backgroundColor = "#2f302F"
theme = theme/theme.txt
serial = "--unit=1  --speed=115200 --parity=no"
terminalInput = console
terminalInput = serial
terminalOutput = gfxterm
terminalOutput = serial
unrestricted = false
useOSProber = true
extraConfig = b.cfg
extraEntriesBefore = /etc/genctl/before.cfg
extraEntries = after.cfg
[boot.loader.grub.users "admin"]
hashedPassword = ${hash}
[boot.loader.grub.users "it.2"]
hashedPasswordFile = secret
[boot.loader.grub.mirroredBoots "/boot2"]
efiSysMountPoint = /efi2
devices = /dev/sdd
[boot.loader.grub.mirroredBoots "/boot3"]
devices = nodev
`;

const everyFile: Files = {
  'system.conf': every,
  'a.conf': '[boot.loader.grub]\nextraConfig = a.cfg\n',
  'a.cfg': 'set a=1\n',
  'b.cfg': 'set b="ü; # no comment"',
  'before.cfg': 'menuentry first { true }\n',
  'after.cfg': '',
};

test('every option of GRUB has its type', () => {
  const declaration = folder.readGood(everyFile);
  const { kind, efi, grub } = declaration.boot.loader;
  assert.equal(plain({ kind, efi, grub }), {
    kind: ['grub'],
    efi: { canTouchEfiVariables: false },
    grub: {
      device: '/dev/disk/by-id/ata-A',
      devices: ['/dev/sdb', '/dev/sdc'],
      bootMountPoint: '/boot',
      efiSupport: true,
      efiBootloaderId: 'Debian-2',
      efiInstallAsRemovable: true,
      forceInstall: true,
      fsIdentifier: 'provided',
      copyKernels: true,
      enableCryptodisk: true,
      default: 'saved',
      timeoutStyle: 'countdown',
      gfxmode: '1920x1080x32;1024x768,auto',
      gfxpayload: 'keep',
      font: '/etc/genctl/fonts/big.pf2',
      splashImage: '/etc/genctl/splash.PNG',
      backgroundColor: '#2f302F',
      theme: '/etc/genctl/theme/theme.txt',
      serial: '--unit=1 --speed=115200 --parity=no',
      terminalInput: ['console', 'serial'],
      terminalOutput: ['gfxterm', 'serial'],
      unrestricted: false,
      useOSProber: true,
      extraConfig: ['set a=1\n', 'set b="ü; # no comment"'],
      extraEntriesBefore: ['menuentry first { true }\n'],
      extraEntries: [''],
      users: {
        admin: { hashedPassword: hash },
        'it.2': { hashedPasswordFile: '/etc/genctl/secret' },
      },
      mirroredBoots: {
        '/boot2': { efiSysMountPoint: '/efi2', devices: ['/dev/sdd'] },
        '/boot3': { devices: ['nodev'] },
      },
    },
  });
});

test('files whose text is taken are files of the declaration, and found by their line', () => {
  const declaration = folder.readGood(everyFile);
  assert.equal(
    [...declaration.files].map(file => file.slice(folder.config.length + 1)).toSorted(),
    ['a.cfg', 'a.conf', 'after.cfg', 'b.cfg', 'before.cfg', 'system.conf'],
  );
  assert.is(declaration.origin('boot.loader.grub.extraConfig', { item: 1 })?.line, 34);
});

test('no hash of a password gets into the store, which everybody can read', () => {
  const { boot } = JSON.parse(renderConfiguration(folder.readGood(everyFile)));
  assert.is(boot.loader.kind, 'grub');
  assert.equal(boot.loader.grub.users, ['admin', 'it.2']);
  assert.not.match(JSON.stringify(boot), /pbkdf2|secret/);
});

test('two loaders are kept in the order in which they are given', () => {
  const text = '[boot.loader]\nkind = grub\nkind = systemd-boot\n';
  const { kind, efiSysMountPoint, grub } = folder.readGood({ 'system.conf': text }).boot.loader;
  assert.equal(plain(kind), ['grub', 'systemd-boot']);
  assert.equal(plain(efiSysMountPoint), ['/boot']);
  assert.equal(plain(grub), grubDefaults);
});

const fat = (place: string): string => `[fileSystems "${place}"]\nfsType = vfat\n`;

/** Where the EFI system partition is where nobody says so. */
for (const [name, text, esps] of [
  ['GRUB alone, of FAT at /boot/efi', fat('/boot/efi'), ['/boot/efi']],
  ['GRUB alone, of FAT at /boot and /efi', `${fat('/boot')}${fat('/efi')}`, ['/efi']],
  ['GRUB alone, of FAT at /boot', fat('/boot'), ['/boot']],
  ['GRUB alone, of no FAT', `[fileSystems "/boot/efi"]\nfsType = ext4\n`, []],
  ['both loaders', `[boot.loader]\nkind = systemd-boot\n${fat('/boot/efi')}`, ['/boot']],
] as const) {
  test(`the EFI system partition of ${name}`, () => {
    const grub = '[boot.loader]\nkind = grub\n[boot.loader.grub]\ndevice = /dev/sda\n';
    const { efiSysMountPoint } = folder.readGood({ 'system.conf': grub + text }).boot.loader;
    assert.equal(plain(efiSysMountPoint), esps);
  });
}

const exampleOf = (key: string, example: string): string =>
  `Write for example \`${key} = ${example}\`.`;

/** What is said of a value that is not of its option's type. */
const wrongTypes: readonly (readonly [line: string, reason: string, hint: string])[] = [
  ...['sda', '/dev/', '/dev/../etc/x', '/etc/x', 'NODEV', '/dev/a//b', 'UUID=1'].map(
    (text): [string, string, string] => [
      `device = ${text}`,
      `expects a disk by its path below /dev, or nodev, not "${text}"`,
      exampleOf('device', '/dev/disk/by-id/…'),
    ],
  ),
  ['devices =', 'the value is empty', 'Leave the line out; `devices! =` makes the list empty.'],
  [
    'bootMountPoint = /',
    'expects an absolute path without . and .. in it, not "/"',
    exampleOf('bootMountPoint', '/boot'),
  ],
  ['efiSupport = both', 'expects true or false, not "both"', exampleOf('efiSupport', 'true')],
  ...['a b', 'a/b', '../x', 'x'.repeat(33), 'ä'].map((text): [string, string, string] => [
    `efiBootloaderId = ${text}`,
    `expects 1 to 32 letters, digits, _ and -, not "${text}"`,
    exampleOf('efiBootloaderId', 'genctl'),
  ]),
  [
    'efiBootloaderId = Boot',
    'EFI/Boot is a folder of others on the ESP',
    'For the path that firmware starts by itself, write `efiInstallAsRemovable = true`.',
  ],
  [
    'efiBootloaderId = systemd',
    'EFI/systemd is a folder of others on the ESP',
    'Choose a name that no other system has.',
  ],
  ['fsIdentifier = uid', 'expects one of uuid, label, provided, not "uid"', 'Did you mean uuid?'],
  ['default = 0', 'expects one of declared, saved, not "0"', exampleOf('default', 'declared')],
  [
    'timeoutStyle = count',
    'expects one of menu, countdown, hidden, not "count"',
    exampleOf('timeoutStyle', 'menu'),
  ],
  ...['1024', '1024x768x33', 'auto,', '1024x768 auto', '0x0', '1024x768|x'].map(
    (text): [string, string, string] => [
      `gfxmode = ${text}`,
      `expects resolutions such as 1024x768 or 1024x768x32, or auto, with commas between, not "${text}"`,
      exampleOf('gfxmode', '1920x1080,auto'),
    ],
  ),
  ['gfxpayload = kep', 'expects one of keep, text, not "kep"', 'Did you mean keep?'],
  [
    'font = /usr/share/fonts/a.ttf',
    'expects the path of a font of GRUB (.pf2)',
    'Make one of another font: grub-mkfont -s 24 -o FONT.pf2 FONT.ttf',
  ],
  [
    'splashImage = a.webp',
    'expects the path of an image (.png, .jpg, .jpeg, .tga)',
    'Convert it: GRUB reads no other kind.',
  ],
  ...['2f302f', '"#2f302"', '"#2f302f "', 'red'].map((text): [string, string, string] => [
    `backgroundColor = ${text}`,
    `expects a colour as # and six hexadecimal digits, not "${text.replaceAll('"', '')}"`,
    exampleOf('backgroundColor', '"#2f302f"'),
  ]),
  [
    'backgroundColor = #2f302f',
    'the value has an unquoted #, at which it would be cut off',
    'Put the value into double quotes; a comment needs a line of its own.',
  ],
  [
    'theme = /usr/share/grub/themes/starfield',
    'expects the path of the description of a theme (.txt)',
    "Name the theme's own file, mostly theme.txt: what lies beside it goes along.",
  ],
  ...[
    '0',
    '--unit=4',
    '--speed=9600 --speed=1200',
    '--unit=0 --parity=some',
    '--unit=0 $x',
    '--speed=0',
  ].map((text): [string, string, string] => [
    `serial = ${text}`,
    `expects options of GRUB's serial command: --unit=, --port=, --speed=, --word=, --parity=, --stop=, --rtscts=, each once, not "${text}"`,
    exampleOf('serial', '--unit=0 --speed=115200'),
  ]),
  [
    'terminalInput = gfxterm',
    'expects one of console, serial, at_keyboard, not "gfxterm"',
    exampleOf('terminalInput', 'console'),
  ],
  [
    'terminalOutput = gfxtem',
    'expects one of console, serial, gfxterm, vga_text, not "gfxtem"',
    'Did you mean gfxterm?',
  ],
  [
    'extraEntries = /etc/',
    'expects the path of a file, not "/etc/"',
    exampleOf('extraEntries', 'grub-extra.cfg'),
  ],
];

for (const [line, reason, hint] of wrongTypes) {
  test(`refuses ${line.slice(0, 60)}`, () => {
    const key = line.slice(0, line.indexOf(' '));
    const answer = folder.readBad({ 'system.conf': `[boot.loader.grub]\n${line}\n` });
    const code = /unquoted/.test(reason) ? 'DECLARATION_SYNTAX' : 'DECLARATION_WRONG_TYPE';
    assert.is(answer, `${code} system.conf:2: [boot.loader.grub] ${key}: ${reason} | ${hint}`);
  });
}

/** A header takes names and places that GRUB can take. */
for (const [header, reason, hint] of [
  [
    'boot.loader.grub.users',
    'it is not said which user of the menu is meant',
    'Write it like [boot.loader.grub.users "admin"].',
  ],
  ...['a b', 'a,b', '-a', '', '__proto__', '"', '$x', 'x'.repeat(33)].map(
    name =>
      [
        `boot.loader.grub.users ${JSON.stringify(name)}`,
        'it is no name of a user: 1 to 32 letters, digits, _, dot and -, no hyphen first',
        'Write it like [boot.loader.grub.users "admin"].',
      ] as const,
  ),
  [
    'boot.loader.grub.mirroredBoots',
    'it is not said in which folder the menu is mirrored',
    'Write it like [boot.loader.grub.mirroredBoots "/boot2"].',
  ],
  [
    'boot.loader.grub.mirroredBoots "/boot2/"',
    'it is not the direct path of a mount point',
    'Write [boot.loader.grub.mirroredBoots "/boot2"].',
  ],
  [
    'boot.loader.grub.mirroredBoots "/"',
    'it is not an absolute path without . and .. in it',
    'Write it like [boot.loader.grub.mirroredBoots "/boot2"].',
  ],
] as const) {
  test(`refuses [${header}]`, () => {
    const answer = folder.readBad({ 'system.conf': `[${header}]\n` });
    assert.match(answer, /^DECLARATION_SYNTAX system\.conf:1: \[/);
    assert.ok(answer.endsWith(`: ${reason} | ${hint}`), answer);
  });
}

for (const plainText of ['hunter2', hash.slice(0, -1), hash.replace('sha512', 'sha256')]) {
  test(`a password that is no hash is refused and not repeated: ${plainText.slice(0, 30)}`, () => {
    const answer = folder.readBad({
      'system.conf': `[boot.loader.grub.users "a"]\nhashedPassword = ${plainText}\n`,
    });
    assert.match(
      answer,
      /system\.conf:2: \[boot\.loader\.grub\.users "a"\] hashedPassword: it is no hash by PBKDF2/,
    );
    assert.match(answer, /Run `grub-mkpasswd-pbkdf2`/);
    assert.not.match(answer, new RegExp(plainText.slice(-12)));
  });
}

/** Files in GRUB's language that cannot be taken. */
for (const [name, content, code, reason] of [
  ['missing', undefined, 'DECLARATION_FILE_MISSING', 'there is no file a.cfg'],
  ['not UTF-8', Uint8Array.of(0xff), 'DECLARATION_FILE_UNREADABLE', 'a.cfg is no text in UTF-8'],
  ['a NUL in it', 'a\0b', 'DECLARATION_FILE_UNREADABLE', 'a.cfg is no text in UTF-8'],
  [
    'too large',
    'x'.repeat(65_537),
    'DECLARATION_FILE_UNREADABLE',
    'cannot read a.cfg: it has 65537 bytes',
  ],
] as const) {
  test(`refuses a file for GRUB: ${name}`, () => {
    const answer = folder.readBad({
      'system.conf': '[boot.loader.grub]\nextraConfig = a.cfg\n',
      ...(content === undefined ? {} : { 'a.cfg': content }),
    });
    assert.ok(
      answer.startsWith(`${code} system.conf:2: [boot.loader.grub] extraConfig: ${reason}`),
      answer,
    );
  });
}

test('refuses a folder, or a device that never ends, for a file of GRUB', () => {
  for (const path of ['/etc/genctl', '/etc']) {
    const answer = folder.readBad({
      'system.conf': `[boot.loader.grub]\nextraEntries = ${path}\n`,
    });
    assert.match(answer, /^DECLARATION_FILE_UNREADABLE .* is not a file$/);
  }
});

const grub = '[boot.loader]\nkind = grub\n';
const own = '[boot.loader.grub]\n';
const mirror = '[boot.loader.grub.mirroredBoots "/boot2"]\n';

/** What is said of options that do not go together, without its code. */
const contradictions: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'a loader twice',
    '[boot.loader]\nkind = systemd-boot\nkind = systemd-boot\n',
    'system.conf:3: [boot.loader] kind: "systemd-boot" is a value of it already, in system.conf:2 | Remove one of the two lines: each loader is named once.',
  ],
  [
    'an extended boot partition for GRUB',
    `${grub}xbootldrMountPoint = /boot\n${own}device = /dev/sda\n`,
    'system.conf:3: [boot.loader] xbootldrMountPoint: only systemd-boot reads an extended boot partition, and kind = grub is all there is | Say in [boot.loader.grub] bootMountPoint where the partition is mounted that GRUB reads.',
  ],
  [
    'a second EFI system partition for GRUB',
    `${grub}efiSysMountPoint = /efi\nefiSysMountPoint = /efi2\n`,
    'system.conf:4: [boot.loader] efiSysMountPoint: GRUB has one folder for each EFI system partition, and this is another one | Name it in a section of its own: [boot.loader.grub.mirroredBoots "PATH"] efiSysMountPoint.',
  ],
  [
    'GRUB on no disk',
    grub,
    'system.conf:2: [boot.loader] kind: nothing would start the GRUB that reads "/boot": neither a disk nor an EFI system partition is given | Name a disk in [boot.loader.grub] (`device = /dev/disk/by-id/…`), or efiSysMountPoint in [boot.loader]; `nodev` where something else starts it.',
  ],
  [
    'GRUB without UEFI on no disk',
    `${grub}efiSysMountPoint = /efi\n${own}efiSupport = false\n`,
    'system.conf:2: [boot.loader] kind: nothing would start the GRUB that reads "/boot": neither a disk nor an EFI system partition is given | Name a disk in [boot.loader.grub] (`device = /dev/disk/by-id/…`), or efiSysMountPoint in [boot.loader]; `nodev` where something else starts it.',
  ],
  [
    'a mirror that nothing starts',
    `${grub}efiSysMountPoint = /efi\n${mirror}`,
    'system.conf:4: [boot.loader.grub.mirroredBoots "/boot2"]: nothing would start the GRUB that reads "/boot2": neither a disk nor an EFI system partition is given | Name a disk in [boot.loader.grub.mirroredBoots "/boot2"] (`devices = /dev/disk/by-id/…`), or efiSysMountPoint there; `nodev` where something else starts it.',
  ],
  [
    'a disk twice',
    `${grub}${own}device = /dev/sda\ndevices = /dev/sda\n`,
    'system.conf:5: [boot.loader.grub] devices: "/dev/sda" is device already, in system.conf:4 | Remove one of the two lines: a disk starts one GRUB.',
  ],
  [
    'a disk of two places',
    `${grub}${own}device = /dev/sda\n${mirror}devices = /dev/sda\n`,
    'system.conf:6: [boot.loader.grub.mirroredBoots "/boot2"] devices: "/dev/sda" is device already, in system.conf:4 | Remove one of the two lines: a disk starts one GRUB.',
  ],
  [
    'nodev beside a disk',
    `${grub}${own}device = nodev\ndevices = /dev/sda\n`,
    'system.conf:4: [boot.loader.grub] device: nodev leaves all disks alone, and another device is given beside it | Keep either nodev or the disks.',
  ],
  [
    'a mirror in the place that it mirrors',
    `${grub}${own}device = /dev/sda\n[boot.loader.grub.mirroredBoots "/boot"]\ndevices = /dev/sdb\n`,
    'system.conf:5: [boot.loader.grub.mirroredBoots "/boot"]: "/boot" is the bootMountPoint where none is given | Each place that GRUB boots from has its own.',
  ],
  [
    'an EFI system partition of two places',
    `${grub}efiSysMountPoint = /efi\n${mirror}efiSysMountPoint = /efi\n`,
    'system.conf:5: [boot.loader.grub.mirroredBoots "/boot2"] efiSysMountPoint: "/efi" is efiSysMountPoint already, in system.conf:3 | Each place that GRUB boots from has its own.',
  ],
  [
    'the removable path without an EFI system partition',
    `${grub}${own}device = /dev/sda\nefiInstallAsRemovable = true\n`,
    'system.conf:5: [boot.loader.grub] efiInstallAsRemovable: there is no EFI system partition to install to | Name it in [boot.loader] efiSysMountPoint, or leave the line out.',
  ],
  [
    'UEFI without an EFI system partition',
    `${grub}${own}device = /dev/sda\nefiSupport = true\n`,
    'system.conf:5: [boot.loader.grub] efiSupport: there is no EFI system partition to install to | Name it in [boot.loader] efiSysMountPoint, or leave the line out.',
  ],
  [
    'the removable path with a boot entry',
    `${grub}efiSysMountPoint = /efi\n${own}efiInstallAsRemovable = true\n[boot.loader.efi]\ncanTouchEfiVariables = true\n`,
    'system.conf:5: [boot.loader.grub] efiInstallAsRemovable: canTouchEfiVariables is true in system.conf:7, and at the removable path GRUB has no boot entry | Keep one of the two lines.',
  ],
  [
    'the removable path for two loaders',
    `${grub}kind = systemd-boot\nefiSysMountPoint = /efi\n${own}efiInstallAsRemovable = true\n`,
    'system.conf:6: [boot.loader.grub] efiInstallAsRemovable: systemd-boot is at the removable path, and each of the two would replace the other | Leave the line out, or keep one kind of boot loader.',
  ],
  [
    'a user without a password',
    '[boot.loader.grub.users "a"]\n',
    'system.conf:1: [boot.loader.grub.users "a"]: the user "a" has no password | Give hashedPassword or hashedPasswordFile; `grub-mkpasswd-pbkdf2` makes the hash.',
  ],
  [
    'a user with two passwords',
    `[boot.loader.grub.users "a"]\nhashedPassword = ${hash}\nhashedPasswordFile = f\n`,
    'system.conf:3: [boot.loader.grub.users "a"] hashedPasswordFile: hashedPassword is given too, in system.conf:2 | Keep one of the two.',
  ],
  [
    'a terminal twice',
    `${own}terminalInput = console\nterminalInput = console\n`,
    'system.conf:3: [boot.loader.grub] terminalInput: "console" is a value of it already, in system.conf:2 | Remove one of the two lines.',
  ],
  [
    'a serial terminal without a port',
    `${own}terminalOutput = serial\n`,
    'system.conf:2: [boot.loader.grub] terminalOutput: no serial port is set up | Write for example `serial = --unit=0 --speed=115200` in [boot.loader.grub].',
  ],
];

for (const [name, text, message] of contradictions) {
  test(`refuses ${name}`, () => {
    assert.is(folder.readBad({ 'system.conf': text }), `DECLARATION_CONFLICT ${message}`);
  });
}

test('GRUB may read its menu on the EFI system partition itself, and a mirror too', () => {
  const text = `${grub}efiSysMountPoint = /boot\n${mirror}efiSysMountPoint = /boot2\n`;
  folder.readGood({ 'system.conf': text });
});

test('what is said of GRUB while another loader is used needs no disk', () => {
  folder.readGood({ 'system.conf': `${own}timeoutStyle = hidden\n` });
});

/** NixOS's ways of writing lead to ours. */
for (const [text, hint] of [
  ['[boot.loader]\ngrub.device = /dev/sda\n', 'Write device under [boot.loader.grub].'],
  [
    '[boot.loader.efi]\nefiSysMountPoint = /efi\n',
    'It belongs under [boot.loader] or [boot.loader.grub.mirroredBoots "PATH"].',
  ],
  ['[boot.loader.grub.users.admin]\n', 'Write [boot.loader.grub.users "admin"].'],
  ['[boot.loader.systemd-boot]\n', 'Did you mean [boot.loader]?'],
  ['[boot.loader.grub]\nusesOSProber = true\n', 'Did you mean useOSProber?'],
] as const) {
  test(`suggests for ${JSON.stringify(text)}`, () => {
    const answer = folder.readBad({ 'system.conf': text });
    assert.ok(answer.endsWith(` | ${hint}`), answer);
  });
}

test.run();
