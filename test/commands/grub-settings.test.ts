import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GrubSettings } from '../../src/boot/grub/grub-settings.ts';
import { declaredPlaces } from '../../src/commands/machine/boot-places.ts';
import {
  declaredGrub,
  recordedGrub,
  recordGrub,
} from '../../src/commands/machine/grub-settings.ts';
import { FieldError, JsonFields } from '../../src/json-fields.ts';
import { DeclarationFolder, type Files } from '../system/declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const hash = 'grub.pbkdf2.sha512.10000.AB.CD';

/** Every setting is another one than where nothing is said. */
const files: Files = {
  'system.conf': `[boot.loader]
kind = grub
efiSysMountPoint = /boot/efi
[boot.loader.efi]
canTouchEfiVariables = false
[boot.loader.grub]
device = /dev/sda
devices = /dev/sdb
efiSupport = true
efiBootloaderId = other
efiInstallAsRemovable = true
forceInstall = true
fsIdentifier = label
copyKernels = true
enableCryptodisk = true
default = saved
timeoutStyle = hidden
gfxmode = auto
gfxpayload = text
font = /f.pf2
splashImage = /s.png
backgroundColor = "#000000"
theme = /t/theme.txt
serial = --unit=0
terminalInput = serial
terminalOutput = serial
unrestricted = false
useOSProber = true
extraConfig = a.cfg
extraConfig = b.cfg
extraEntriesBefore = a.cfg
extraEntries = b.cfg
[boot.loader.grub.users "admin"]
hashedPassword = ${hash}
[boot.loader.grub.users "other"]
hashedPasswordFile = /root/hash
[boot.loader.grub.mirroredBoots "/boot2"]
efiSysMountPoint = /efi2
[boot.loader.grub.mirroredBoots "/boot3"]
devices = nodev
`,
  'a.cfg': 'set a=1',
  'b.cfg': 'set b=2\n',
};

const declared: GrubSettings = {
  efiSupport: true,
  efiInstallAsRemovable: true,
  canTouchEfiVariables: false,
  efiBootloaderId: 'other',
  forceInstall: true,
  fsIdentifier: 'label',
  copyKernels: true,
  enableCryptodisk: true,
  default: 'saved',
  timeoutStyle: 'hidden',
  terminalInput: ['serial'],
  terminalOutput: ['serial'],
  serial: '--unit=0',
  gfxmode: 'auto',
  gfxpayload: 'text',
  font: '/f.pf2',
  splashImage: '/s.png',
  backgroundColor: '#000000',
  theme: '/t/theme.txt',
  users: [
    { name: 'admin', password: { hashed: hash } },
    { name: 'other', password: { file: '/root/hash' } },
  ],
  unrestricted: false,
  extraConfig: 'set a=1\nset b=2\n',
  extraEntriesBefore: 'set a=1\n',
  extraEntries: 'set b=2\n',
  useOSProber: true,
};

/** What a state that holds a record gives back when it is read. */
const readBack = (record: object): GrubSettings =>
  recordedGrub(new JsonFields(JSON.parse(JSON.stringify(record))));

test('settings are those of the declaration; files of one option stay on lines of their own', () => {
  assert.equal(declaredGrub(folder.readGood(files)), declared);
});

test('a rollback without a declaration has the settings that were recorded', () => {
  assert.equal(readBack(recordGrub(declared, undefined)), declared);
});

test('what is not set is recorded as such, also over what was set before', () => {
  const bare = declaredGrub(
    folder.readGood({
      'system.conf': '[boot.loader]\nkind = grub\n[boot.loader.grub]\ndevice = nodev\n',
    }),
  );
  assert.is(bare.serial, undefined);
  assert.is(bare.efiSupport, undefined);
  assert.equal(readBack(recordGrub(bare, recordGrub(declared, undefined))), bare);
});

test('fields of a newer genctl stay', () => {
  const newer = { ...declared, newer: [1], theme: 'old' };
  const record = recordGrub(declared, newer);
  assert.equal(record, { ...declared, newer: [1] });
});

/** A record that is not as it was written is not half believed. */
for (const [name, damage] of [
  ['a word that is none', { timeoutStyle: 'soon' }],
  ['a text for a list', { terminalInput: 'serial' }],
  ['users that are no list', { users: { admin: hash } }],
  ['a user without a name', { users: [{ password: { hashed: hash } }] }],
  ['a user without a password', { users: [{ name: 'a', password: {} }] }],
  ['a setting that is missing', { unrestricted: undefined }],
] as const) {
  test(`refuses a record with ${name}`, () => {
    assert.throws(
      () => readBack({ ...declared, ...damage }),
      (thrown: unknown) => thrown instanceof FieldError,
    );
  });
}

const mountPoints = (texts: typeof files): unknown[] =>
  declaredPlaces(folder.readGood(texts)).map(({ loaders }) => loaders);

test("the first place is the machine's own, and mirrors follow", () => {
  assert.equal(mountPoints(files), [
    [
      {
        loader: 'grub',
        boot: '/boot',
        isMount: false,
        esp: '/boot/efi',
        devices: ['/dev/sda', '/dev/sdb'],
      },
    ],
    [{ loader: 'grub', boot: '/boot2', isMount: true, esp: '/efi2', devices: [] }],
    [{ loader: 'grub', boot: '/boot3', isMount: true, esp: undefined, devices: ['nodev'] }],
  ]);
});

test('without UEFI there is no EFI system partition, though one is mounted', () => {
  const text =
    '[boot.loader]\nkind = grub\nefiSysMountPoint = /efi\n[boot.loader.grub]\nefiSupport = false\ndevice = /dev/sda\n';
  assert.equal(mountPoints({ 'system.conf': text }), [
    [{ loader: 'grub', boot: '/boot', isMount: false, esp: undefined, devices: ['/dev/sda'] }],
  ]);
});

test('a machine without GRUB has no place of it', () => {
  assert.equal(mountPoints({ 'system.conf': '' }), [
    [{ loader: 'systemd-boot', esp: '/boot', xbootldr: undefined }],
  ]);
});

test.run();
