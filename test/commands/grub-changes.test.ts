// What a change of the declaration, of the machine or of the default does to GRUB's files, to the
// file: what is left where, what is not touched, and who may read it.
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atSync } from './at-sync.ts';
import {
  declareGrub,
  goWell,
  grubFolder,
  grubMachine,
  indexInForce,
  systemBootedByGrub,
  systemsInGrub,
} from './grub-machine.ts';
import { PrivateMounts } from './private-mounts.ts';
import type { Sandbox } from './sandbox.ts';
import { canMount, hasProgram, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

/** Files that are somebody else's, wherever ours are. */
const foreign: Readonly<Record<string, string>> = {
  'grub/grub.cfg': "menuentry 'Debian' { linux /vmlinuz }\n",
  'EFI/Microsoft/Boot/bootmgfw.efi': 'windows',
  'loader/entries/debian.conf': 'title Debian\nlinux /vmlinuz\n',
  'genctl/notes.txt': 'not ours',
};

function writeForeign(sandbox: Sandbox, ...folders: readonly string[]): void {
  for (const folder of folders) {
    for (const [path, text] of Object.entries(foreign)) sandbox.write(`${folder}/${path}`, text);
  }
}

/** All files below a folder of the machine, as paths below it. */
function filesOf(sandbox: Sandbox, folder: string): string[] {
  const top = sandbox.at(folder);
  return fs
    .readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter(name => fs.statSync(`${top}/${name}`).isFile())
    .toSorted();
}

/** Nothing of ours is in a folder but its ledger, and all that is foreign is there. */
function assertLeft(sandbox: Sandbox, folder: string): void {
  const files = filesOf(sandbox, folder);
  const ledgers = files.filter(path => /^loader\/genctl\/\w{8}\/ledger-[ab]$/.test(path));
  assert.equal(
    files.filter(path => !ledgers.includes(path)),
    Object.keys(foreign).toSorted(),
    folder,
  );
  for (const [path, text] of Object.entries(foreign)) {
    assert.is(sandbox.read(`${folder}/${path}`), text, `${folder}/${path}`);
  }
}

/** The menu in a folder is whole: it boots that generation, and shows all. */
function assertMenu(sandbox: Sandbox, boot: string, number: number): void {
  const place = sandbox.at(boot);
  assert.is(systemBootedByGrub(sandbox.root, place), sandbox.target(number), boot);
  const systems = sandbox.numbers().map(each => sandbox.target(each));
  assert.equal(systemsInGrub(sandbox.root, place), systems.toReversed(), boot);
}

function assertSettled(sandbox: Sandbox): void {
  assert.match(goWell(sandbox, 'switch', '--dry-run').stdout, /^nothing to do$/m);
  assert.match(goWell(sandbox, 'menu', 'sync', '--json').stdout, '"changed":false');
  assert.match(goWell(sandbox, 'menu', 'verify').stdout, /^all \d+ files/);
}

const copying = ['copyKernels = true'];
const mirror = ['[boot.loader.grub.mirroredBoots "/boot2"]', 'devices = nodev'];

/** Declares the next generation, with a kernel of its own. */
function declareNext(sandbox: Sandbox, number: number, grub: readonly string[]): void {
  sandbox.write('/boot-parts/vmlinuz-6.1.0', `kernel ${number}`);
  declareGrub(sandbox, { label: `n${number}`, grub });
}

test('bootMountPoint moves: all is in the new folder, nothing of ours in the old one', () => {
  using sandbox = grubMachine(2, { grub: copying });
  writeForeign(sandbox, '/boot', '/boot2');
  declareNext(sandbox, 3, [...copying, 'bootMountPoint = /boot2']);
  // Every crash of it is walked: one of both folders boots at every instant.
  sandbox.runWell('switch');
  assertMenu(sandbox, '/boot2', 3);
  assertLeft(sandbox, '/boot');
  assertSettled(sandbox);
});

test('bootMountPoint moves by loader install: the same, and the generations stay', () => {
  using sandbox = grubMachine(2);
  writeForeign(sandbox, '/boot', '/boot2');
  declareGrub(sandbox, { label: 'n2', grub: ['bootMountPoint = /boot2'] });
  goWell(sandbox, 'loader', 'install');
  assertMenu(sandbox, '/boot2', 2);
  assertLeft(sandbox, '/boot');
  goWell(sandbox, 'switch');
  assertSettled(sandbox);
});

/** A machine whose two boot folders are mirrors, with two generations. */
function mirrored(): Sandbox {
  const sandbox = grubMachine(0);
  writeForeign(sandbox, '/boot', '/boot2');
  for (const number of [1, 2]) {
    declareNext(sandbox, number, [...copying, ...mirror]);
    goWell(sandbox, 'switch');
  }
  assertMenu(sandbox, '/boot2', 2);
  return sandbox;
}

test('a mirror is not declared any more: its files go, and nobody else’s', () => {
  using sandbox = mirrored();
  declareNext(sandbox, 3, copying);
  goWell(sandbox, 'switch');
  assertMenu(sandbox, '/boot', 3);
  assertLeft(sandbox, '/boot2');
  assertSettled(sandbox);
});

test('a mirror is not declared any more and not there: said once, and it is left in peace', () => {
  using sandbox = mirrored();
  fs.renameSync(sandbox.at('/boot2'), sandbox.at('/away'));
  const before = filesOf(sandbox, '/away');
  declareNext(sandbox, 3, copying);
  const { exitCode, stderr } = sandbox.run(['switch'], { env: {} });
  assert.is(exitCode, 3, stderr);
  assert.match(stderr, `warning[LOADER_LEFT_THERE]: ${sandbox.at('/boot2')}: `);
  assertMenu(sandbox, '/boot', 3);
  assert.is(goWell(sandbox, 'switch').stderr, '', 'it is said once');
  assertSettled(sandbox);
  assert.equal(filesOf(sandbox, '/away'), before);
});

const hash = (digits: string): string =>
  `grub.pbkdf2.sha512.10000.${digits.repeat(32)}.${'CD'.repeat(64)}`;

const passwordFile = '/etc/grub-password';
const withUser = ['[boot.loader.grub.users "admin"]', `hashedPasswordFile = ${passwordFile}`];

/** Which files of GRUB's folder hold passwords. */
function passwordFiles(sandbox: Sandbox): string[] {
  const folder = grubFolder(sandbox);
  return sandbox
    .names(folder)
    .filter(name => name.endsWith('.cfg'))
    .map(name => `${folder}/${name}`)
    .filter(path => sandbox.read(path).includes('password_pbkdf2'));
}

for (const verb of ['switch', 'menu sync', 'loader install']) {
  test(`the ledger is lost, and passwords change: ${verb} leaves none of before on /boot`, () => {
    using sandbox = grubMachine(1);
    sandbox.write(passwordFile, hash('AB'), 0o600);
    declareGrub(sandbox, { label: 'n2', grub: withUser });
    goWell(sandbox, 'switch');
    assert.is(passwordFiles(sandbox).length, 1);
    fs.rmSync(sandbox.at('/boot/loader/genctl'), { recursive: true });
    sandbox.write(passwordFile, hash('EF'), 0o600);
    goWell(sandbox, ...verb.split(' '));
    const [path = '', ...others] = passwordFiles(sandbox);
    assert.equal(others, []);
    assert.match(sandbox.read(path), hash('EF'));
    assert.match(sandbox.read(indexInForce(sandbox)), path.slice(path.lastIndexOf('/')));
    assertMenu(sandbox, '/boot', 2);
    assertSettled(sandbox);
  });
}

test('a journal that holds passwords is root’s alone to read, and any other is not', () => {
  const journal = '/nix/var/genctl/journal.json';
  for (const [users, mode] of [
    [withUser, 0o600],
    [[], 0o644],
  ] as const) {
    using sandbox = grubMachine(1);
    sandbox.write(passwordFile, hash('AB'), 0o600);
    declareGrub(sandbox, { label: 'n2', grub: users });
    const hook = atSync(sandbox, sandbox.at('/boot'), 1, 'kill -9 $PPID; exit 1');
    assert.is(sandbox.run(['switch'], hook).signal, 'SIGKILL');
    assert.is(sandbox.read(journal).includes(hash('AB')), mode === 0o600);
    assert.is(fs.statSync(sandbox.at(journal)).mode & 0o777, mode);
    goWell(sandbox, 'recover');
    assert.not.ok(sandbox.exists(journal));
  }
});

test('a rollback changes the bytes of one file on /boot, and no name', () => {
  for (const grub of [[], copying]) {
    using sandbox = grubMachine(3, { grub });
    const before = sandbox.snapshot();
    const times = sandbox.snapshot({ withTimes: true });
    goWell(sandbox, 'rollback', '--boot');
    const sector = `${grubFolder(sandbox)}/default.cfg`;
    assert.equal(
      changesBetween(before, sandbox.snapshot()),
      [`~ ${sector}`, '~ /nix/var/nix/profiles/system'],
      grub.join(),
    );
    const touched = changesBetween(times, sandbox.snapshot({ withTimes: true }));
    assert.equal(
      touched.filter(line => line.slice(2).startsWith('/boot')),
      [`~ ${sector}`],
      'nothing else is written there, not even as it was',
    );
    assert.is(systemBootedByGrub(sandbox.root, sandbox.at('/boot')), sandbox.target(2));
  }
});

const hasLoops = canMount && process.getuid?.() === 0 && hasProgram('mkfs.ext4', '-V');

/** A mount namespace in which /boot is an ext4 of its own. */
function smallBoot(sandbox: Sandbox, size: string): PrivateMounts {
  const boot = sandbox.at('/boot');
  const image = `${boot}.img`;
  return new PrivateMounts(
    `truncate -s ${size} ${image}; mkfs.ext4 -q -F -m 0 -b 1024 -O ^has_journal ${image}; mount -o loop ${image} ${boot}`,
  );
}

const mounted = ['[fileSystems "/boot"]', 'device = /dev/disk/by-label/boot', 'fsType = ext4'];

testWhere(hasLoops, 'root and loop devices', 'a rollback on a /boot without a free byte', () => {
  using sandbox = grubMachine(0);
  using mounts = smallBoot(sandbox, '900k');
  for (const number of [1, 2, 3]) {
    declareGrub(sandbox, { label: `n${number}`, grub: copying, sections: mounted });
    const { exitCode, stderr } = sandbox.run(['switch'], mounts.inside);
    assert.is(exitCode, 0, stderr);
  }
  const boot = mounts.at(sandbox.at('/boot'));
  mounts.do(`dd if=/dev/zero of=${sandbox.at('/boot')}/filler bs=1024 2>/dev/null || :; sync`);
  for (const [args, number] of [
    [['rollback'], 2],
    [['boot', '1'], 1],
    [['switch', '3'], 3],
  ] as const) {
    const { exitCode, stderr } = sandbox.run(args, mounts.inside);
    assert.is(exitCode, 0, `${args.join(' ')}: ${stderr}`);
    assert.not.match(stderr, 'MENU_EVICTED');
    assert.is(systemBootedByGrub(sandbox.root, boot), sandbox.target(number), args.join(' '));
    assert.is(systemsInGrub(sandbox.root, boot).length, 3, 'the menu is as it was');
  }
});

testWhere(
  hasLoops && fs.existsSync('/usr/lib/grub/i386-pc/modinfo.sh'),
  'root, loop devices and grub-pc-bin',
  'gc does its work though GRUB cannot be installed, and does not try',
  () => {
    using sandbox = grubMachine(0);
    using mounts = smallBoot(sandbox, '40M');
    const calls = `${sandbox.folder}/calls`;
    const programs = `${sandbox.folder}/programs`;
    fs.mkdirSync(programs);
    const script = `#!/bin/sh\necho x >>${calls}\necho 'grub-install: error: no such disk.' >&2\nexit 1\n`;
    fs.writeFileSync(`${programs}/grub-install`, script, { mode: 0o755 });
    const inside = { ...mounts.inside, env: { PATH: `${programs}:${process.env['PATH']}` } };
    const count = (): number => (fs.existsSync(calls) ? fs.readFileSync(calls).length / 2 : 0);
    for (const number of [1, 2, 3]) {
      declareGrub(sandbox, { label: `n${number}`, grub: copying, sections: mounted });
      if (number === 3) {
        sandbox.edit('/etc/genctl/system.conf', text =>
          text.replace('device = nodev', 'device = /dev/no-such-disk'),
        );
      }
      const { exitCode, stderr } = sandbox.run(['switch'], inside);
      assert.is(exitCode, number === 3 ? 3 : 0, stderr);
    }
    assert.is(count(), 1);
    const collected = sandbox.run(['gc', '--keep', '1'], inside);
    assert.is(collected.exitCode, 0, collected.stderr);
    assert.equal(sandbox.numbers(), [3]);
    const boot = mounts.at(sandbox.at('/boot'));
    assert.equal(systemsInGrub(sandbox.root, boot), [sandbox.target(3)]);
    assert.is(count(), 1, 'gc has tried');
    const synced = sandbox.run(['menu', 'sync'], inside);
    assert.is(synced.exitCode, 3, 'it is tried again by the next verb about the menu');
    assert.match(synced.stderr, 'GRUB_INSTALL_FAILED');
    assert.is(count(), 2);
  },
);

test.run();
