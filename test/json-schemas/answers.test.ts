import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox } from '../commands/sandbox.ts';
import { changesBetween } from '../commands/tree-snapshot.ts';

/*
 * What verbs answer with --json, beside what they have done. The sandbox checks each answer
 * against its schema.
 */

interface Finding {
  code: string;
  subject: string;
}

interface Verdict {
  number: number;
  keep: boolean;
  reasons: { rule: string; text: string }[];
  pinned: boolean;
  note: string | null;
  store: { ownBytes: number; sharedBytes: number } | null;
  boot: { ownBytes: number; sharedBytes: number } | null;
}

interface Listed {
  number: number;
  pinned: boolean;
  inMenu: boolean | null;
  notInMenu: string | null;
  note: string | null;
}

function ask<Answer>(sandbox: Sandbox, ...args: readonly string[]): Answer {
  return sandbox.runWell(...args, '--json').json as Answer;
}

/** The findings of a verb that has some. */
function complain(sandbox: Sandbox, ...args: readonly string[]): Finding[] {
  const { exitCode, json } = sandbox.run([...args, '--json']);
  assert.is(exitCode, 3, args.join(' '));
  return (json as { findings: Finding[] }).findings;
}

function listed(sandbox: Sandbox): Listed[] {
  return ask<{ generations: Listed[] }>(sandbox, 'list').generations;
}

/** Runs genctl without looking at each crash: the simulation knows one boot partition. */
function runOnce(sandbox: Sandbox, ...args: readonly string[]): unknown {
  const { exitCode, json, stderr } = sandbox.run([...args, '--json'], { env: {} });
  assert.is(exitCode, 0, stderr);
  return json;
}

/** The path of the kernel on the boot partition. */
function kernelOf(sandbox: Sandbox): string {
  const [owner = ''] = sandbox.names('/boot/EFI/genctl');
  const names = sandbox.names(`/boot/EFI/genctl/${owner}`);
  return `/boot/EFI/genctl/${owner}/${names.find(name => name.startsWith('linux-')) ?? ''}`;
}

test('a dry run of any verb writes nothing', () => {
  using sandbox = Sandbox.with(2);
  sandbox.runWell('pin', '1');
  fs.appendFileSync(sandbox.at(kernelOf(sandbox)), 'x');
  const before = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
  for (const args of [
    ['pin', '2'],
    ['unpin', '1'],
    ['note', '1', 'good'],
    ['why', '1'],
    ['menu', 'repair'],
    ['menu', 'adopt'],
    ['store', 'verify', '--repair'],
    ['store', 'optimise'],
    ['gc', '--keep', '1', '--max-freed', '1K'],
  ]) {
    sandbox.runWell(...args, '--dry-run', '--json');
    const after = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
    assert.equal(changesBetween(before, after), [], args.join(' '));
  }
});

test('pins and notes: what is answered is what list and why say later', () => {
  using sandbox = Sandbox.with(2);
  const pinned = { profile: 'system', number: 1, pinned: true };
  assert.equal(ask(sandbox, 'pin', '1'), { ...pinned, changed: true });
  assert.equal(ask(sandbox, 'pin', '1'), { ...pinned, changed: false });
  const noted = { profile: 'system', number: 1, note: 'the good one' };
  assert.equal(ask(sandbox, 'note', '1', 'the', 'good', 'one'), { ...noted, changed: true });
  const [, first] = listed(sandbox);
  assert.equal([first?.number, first?.pinned, first?.note], [1, true, 'the good one']);
  const why = ask<Verdict>(sandbox, 'why', '1');
  assert.equal([why.keep, why.pinned, why.note], [true, true, 'the good one']);
  assert.ok(why.reasons.some(({ rule }) => rule === 'pinned'));
  assert.equal(ask(sandbox, 'unpin', '1'), { ...pinned, pinned: false, changed: true });
  assert.equal(ask(sandbox, 'note', '1'), { ...noted, note: null, changed: true });
  const [, after] = listed(sandbox);
  assert.equal([after?.pinned, after?.note], [false, null]);
});

test('gc removes what its dry run and why have said', () => {
  using sandbox = Sandbox.with(3);
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[gc]\nkeep = 2\n`);
  const { generations } = ask<{ generations: Verdict[] }>(sandbox, 'gc', '--dry-run');
  assert.equal(
    generations.map(({ number, keep }) => [number, keep]),
    [
      [3, true],
      [2, true],
      [1, false],
    ],
  );
  for (const { number, keep, reasons } of generations) {
    const why = ask<Verdict>(sandbox, 'why', String(number));
    assert.equal([why.keep, why.reasons], [keep, reasons]);
  }
  const { removed } = ask<{ removed: { number: number }[] }>(sandbox, 'gc');
  assert.equal(
    removed.map(({ number }) => number),
    [1],
  );
  assert.equal(sandbox.numbers(), [2, 3]);
});

test('a generation that the menu does not show', () => {
  using sandbox = Sandbox.with(2);
  sandbox.declare({ label: 'third', loader: ['configurationLimit = 1'] });
  sandbox.runWell('switch');
  sandbox.runWell('menu', 'sync');
  const rows = listed(sandbox).map(({ number, inMenu, notInMenu }) => [number, inMenu, notInMenu]);
  assert.equal(rows[0], [3, true, null]);
  assert.equal(rows[2], [1, false, 'beyond-limit']);
  assert.is(ask<Verdict>(sandbox, 'why', '1').boot, null);
  sandbox.link(9, sandbox.addSystem('other'));
  const [row] = listed(sandbox);
  assert.equal([row?.number, row?.inMenu, row?.notInMenu], [9, false, 'menu-behind']);
});

test('without a boot partition, what is not known is null', () => {
  using sandbox = Sandbox.with(1);
  fs.rmSync(sandbox.at('/boot'), { recursive: true });
  assert.equal(
    listed(sandbox).map(({ inMenu, notInMenu }) => [inMenu, notInMenu]),
    [[null, null]],
  );
  assert.is(ask<Verdict>(sandbox, 'why', '1').boot, null);
  const { json } = sandbox.run(['status', '--json']);
  assert.equal((json as { partitions: unknown[] }).partitions, []);
  assert.equal(
    complain(sandbox, 'doctor').map(({ code }) => code),
    ['ESP_NOT_MOUNTED'],
  );
});

test('a damaged kernel: verify and doctor name it, repair mends it', () => {
  using sandbox = Sandbox.with(1);
  const kernel = kernelOf(sandbox);
  const content = sandbox.read(kernel);
  sandbox.write(kernel, `${content.slice(1)}x`);
  for (const args of [['menu', 'verify'], ['doctor']]) {
    assert.equal(
      complain(sandbox, ...args).map(({ code, subject }) => [code, subject]),
      [['BOOT_FILE_DAMAGED', sandbox.at(kernel)]],
      args.join(' '),
    );
  }
  assert.equal(ask(sandbox, 'menu', 'repair'), {
    damagedCount: 1,
    mendedCount: 1,
    findings: [],
    changed: true,
  });
  assert.is(sandbox.read(kernel), content);
  assert.equal(ask<{ findings: unknown }>(sandbox, 'menu', 'verify').findings, []);
  assert.equal(ask(sandbox, 'doctor'), { findings: [] });
});

test('an entry of NixOS: what is adopted, and what is left, is what was shown', () => {
  using sandbox = Sandbox.with(1);
  const kernel = `EFI/nixos/${'0'.repeat(32)}-linux-bzImage.efi`;
  const entry = 'loader/entries/nixos-generation-1.conf';
  sandbox.write(`/boot/${kernel}`, 'kernel');
  sandbox.write('/boot/EFI/nixos/notes.txt', 'mine');
  const lines = [
    'title NixOS',
    'version Generation 1 NixOS 25.11',
    `linux /${kernel}`,
    `options init=${sandbox.target(1)}/init quiet`,
  ];
  sandbox.write(`/boot/${entry}`, lines.map(line => `${line}\n`).join(''));
  interface Adoption {
    partitions: { entries: unknown[]; blobs: unknown[]; left: { path: string }[] }[];
  }
  const shown = ask<Adoption>(sandbox, 'menu', 'adopt', '--dry-run').partitions;
  const [partition] = shown;
  assert.equal(partition?.entries, [
    { path: entry, profile: 'system', number: 1, specialisation: null },
  ]);
  assert.equal(partition?.blobs, [{ path: kernel, sizeBytes: 6 }]);
  assert.equal(
    partition?.left.map(({ path }) => path),
    ['EFI/nixos/notes.txt'],
  );
  assert.equal(ask<Adoption>(sandbox, 'menu', 'adopt', '--yes').partitions, shown);
  assert.equal(
    [sandbox.exists(`/boot/${entry}`), sandbox.exists(`/boot/${kernel}`)],
    [false, false],
  );
  assert.is(sandbox.read('/boot/EFI/nixos/notes.txt'), 'mine');
});

test('a damaged store path is named, and mended from what is declared', () => {
  using sandbox = Sandbox.with(1);
  const system = sandbox.target(1);
  sandbox.edit(`${system}/boot.json`, text => `${text} `);
  for (const args of [[], ['--repair', '--dry-run']]) {
    const damaged = complain(sandbox, 'store', 'verify', ...args);
    assert.equal(
      damaged.map(({ subject }) => subject),
      [system],
    );
  }
  const { mended } = ask<{ mended: Finding[] }>(sandbox, 'store', 'verify', '--repair');
  assert.equal(
    mended.map(({ subject }) => subject),
    [system],
  );
  assert.equal(ask(sandbox, 'store', 'verify'), { mended: [], findings: [] });
});

test('what optimising saves', () => {
  using sandbox = Sandbox.with(2);
  const [one, other] = [1, 2].map(number => `${sandbox.target(number)}/activate`) as [
    string,
    string,
  ];
  const { ino, size, mode, mtime } = fs.statSync(sandbox.at(one));
  fs.copyFileSync(sandbox.at(one), sandbox.at(`${one}.copy`));
  fs.renameSync(sandbox.at(`${one}.copy`), sandbox.at(one));
  fs.chmodSync(sandbox.at(one), mode);
  fs.utimesSync(sandbox.at(one), mtime, mtime);
  fs.utimesSync(sandbox.at(sandbox.target(1)), mtime, mtime);
  assert.is.not(fs.statSync(sandbox.at(one)).ino, fs.statSync(sandbox.at(other)).ino);
  const saved = ask<{ linkedFiles: number; savedBytes: number }>(sandbox, 'store', 'optimise');
  assert.is(saved.linkedFiles, 1);
  assert.ok(saved.savedBytes >= size);
  assert.is(fs.statSync(sandbox.at(one)).ino, ino);
});

test('with a mirror, each boot partition is told of', () => {
  using sandbox = Sandbox.with(1);
  fs.mkdirSync(sandbox.at('/boot2/EFI'), { recursive: true });
  sandbox.declare({
    label: 'second',
    loader: ['efiSysMountPoint = /boot', 'efiSysMountPoint = /boot2'],
  });
  runOnce(sandbox, 'loader', 'install');
  interface Places {
    space: { mountPoint: string }[];
    partitions: { mountPoint: string; generations: { number: number }[] }[];
  }
  const { space } = runOnce(sandbox, 'switch', '--dry-run') as Places;
  assert.equal(
    space.map(({ mountPoint }) => mountPoint),
    ['/boot', '/boot2'],
  );
  runOnce(sandbox, 'switch');
  const { partitions } = runOnce(sandbox, 'status') as Places;
  assert.equal(
    partitions.map(({ mountPoint, generations }) => [
      mountPoint,
      generations.map(({ number }) => number),
    ]),
    [
      ['/boot', [1, 2]],
      ['/boot2', [1, 2]],
    ],
  );
});

test.run();
