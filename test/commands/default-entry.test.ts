import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BootTarget } from '../../src/boot/boot-target.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import type { LedgerFile } from '../../src/boot/ledger.ts';
import type { BootPartition } from '../../src/boot/read-boot-partition.ts';
import { overridingKeys } from '../../src/commands/machine/uses.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const confPath = '/boot/loader/loader.conf';

/** What `loader.conf` says is the default. */
function defaultOf(sandbox: Sandbox): string | undefined {
  return /^default (.*)$/m.exec(sandbox.read(confPath))?.[1];
}

function numberOf(entry: string | undefined): number {
  return Number(/^genctl-[0-9a-f]{8}-(\d+)-/.exec(entry ?? '')?.[1]);
}

/** Somebody edits `loader.conf`, as an editor does: it is one sector no more. */
function setDefault(sandbox: Sandbox, entry: string): void {
  const conf = sandbox.read(confPath).replace(/^default .*\n/m, `default ${entry}\n`);
  sandbox.write(confPath, `${conf.trimEnd()}\n`);
}

test('a default of somebody else is left alone by what nobody asked to move it', () => {
  for (const [entry, name] of [
    ['debian.conf', 'debian.conf'],
    ['Debian.conf', 'debian.conf'],
    ['debian-*', 'debian-6.1.conf'],
    ['with blanks.conf', 'with blanks.conf'],
    ['genctl-00000000-4-0123456789ab.conf', 'genctl-00000000-4-0123456789ab.conf'],
    ['auto-windows', undefined],
    ['@saved', undefined],
    ['arch-linux.efi', undefined],
  ] as const) {
    using sandbox = Sandbox.with(3);
    if (name !== undefined) {
      sandbox.write(`/boot/loader/entries/${name}`, 'title Other\nlinux /vmlinuz\n');
    }
    setDefault(sandbox, entry);
    sandbox.runWell('menu', 'sync');
    assert.is(defaultOf(sandbox), entry, 'menu sync');
    const before = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
    const again = sandbox.runWell('menu', 'sync', '--json').json as { changed: boolean };
    assert.not(again.changed, entry);
    const after = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
    assert.equal(changesBetween(before, after), [], entry);
    sandbox.runWell('gc', '--keep', '1');
    assert.is(defaultOf(sandbox), entry, 'gc');
    assert.equal(sandbox.numbers(), [3]);
    sandbox.runWell('switch');
    assert.is(numberOf(defaultOf(sandbox)), 3, 'a switch moves it');
  }
});

test('two installations on one ESP leave each other their default', () => {
  using one = Sandbox.with(2);
  using other = Sandbox.with(2);
  // The other's entries, as they are on an ESP that both write to.
  other.edit('/nix/var/genctl/state.json', text =>
    text.replace(/"owner": "[0-9a-f]{8}/, '"owner": "0a0b0c0d'),
  );
  other.write('/boot/EFI/x', '');
  for (const folder of ['loader', 'EFI/genctl']) {
    fs.rmSync(other.at(`/boot/${folder}`), { recursive: true });
  }
  other.runWell('loader', 'install');
  other.runWell('switch');
  for (const name of other.entries()) {
    one.write(`/boot/loader/entries/${name}`, other.read(`/boot/loader/entries/${name}`));
  }
  const theirs = defaultOf(other) ?? '';
  assert.match(theirs, /^genctl-0a0b0c0d-/);
  setDefault(one, theirs);
  one.runWell('menu', 'sync');
  one.runWell('gc', '--keep', '1');
  assert.is(defaultOf(one), theirs);
});

test('a default that names nothing becomes one of ours', () => {
  for (const entry of ['gone.conf', 'gone-*', 'genctl-*']) {
    using sandbox = Sandbox.with(2);
    setDefault(sandbox, entry);
    sandbox.runWell('menu', 'sync');
    assert.is(numberOf(defaultOf(sandbox)), 2, entry);
  }
});

test('a default that went bad stays while its files stand; then it is the one before', () => {
  using sandbox = Sandbox.with(2);
  // Of systems that share no kernel: what others need as well is written anew.
  sandbox.link(3, sandbox.addSystem('bad'));
  sandbox.link(4, sandbox.addSystem('newer'));
  sandbox.runWell('boot', '3');
  sandbox.edit(`${sandbox.target(3)}/boot.json`, text => text.slice(0, 100));
  const entry = defaultOf(sandbox);
  assert.is(numberOf(entry), 3);
  sandbox.runWell('menu', 'sync');
  assert.is(defaultOf(sandbox), entry, 'menu sync');
  const { exitCode } = sandbox.run(['gc', '--keep', '5']);
  assert.is(exitCode, 3, 'nothing is recorded about those systems');
  assert.is(defaultOf(sandbox), entry, 'gc');
  const again = sandbox.runWell('menu', 'sync', '--json').json as { changed: boolean };
  assert.not(again.changed);
  const initrd = /^initrd (.*)$/m.exec(sandbox.read(`/boot/loader/entries/${entry}`))?.[1] ?? '';
  fs.rmSync(sandbox.at(`/boot${initrd}`));
  sandbox.runWell('menu', 'sync');
  assert.is(numberOf(defaultOf(sandbox)), 2, 'the fourth is what was rolled back from');
});

test('a default whose entry is gone falls to the current, the one before it, then the newest', () => {
  using sandbox = Sandbox.with(3);
  sandbox.runWell('switch', '1');
  sandbox.edit(`${sandbox.target(1)}/boot.json`, () => '');
  fs.rmSync(sandbox.at(`/boot/loader/entries/${defaultOf(sandbox)}`));
  sandbox.runWell('menu', 'sync');
  assert.is(numberOf(defaultOf(sandbox)), 3, 'there is none before');
});

test('what an EFI variable makes the default is one of the defaults', () => {
  const layout = layoutOf('12345678-0000-4000-8000-000000000000');
  const file = (number: number, specialisation?: string): LedgerFile => ({
    path: `loader/entries/genctl-12345678-${number}-${specialisation ?? 'own'}.conf`,
    sizeBytes: 1,
    sha256: '',
    kind: 'entry',
    key: { profile: 'system', number, ...(specialisation !== undefined && { specialisation }) },
  });
  const blob: LedgerFile = { path: 'EFI/x.efi', sizeBytes: 1, sha256: '', kind: 'blob' };
  const ledger = { owner: layout.owner, files: [blob, file(1), file(2, 'rescue'), file(3)] };
  const partition = { ledger } as unknown as BootPartition;
  const targets: BootTarget[] = [
    { places: [{ loader: 'systemd-boot', esp: partition, boot: partition }], left: [] },
  ];
  const numbers = (overridingDefault: string | undefined): number[] =>
    overridingKeys({ targets, overridingDefault, layout }).map(({ number }) => number);
  assert.equal(numbers(undefined), []);
  assert.equal(numbers('genctl-12345678-1-own.conf'), [1]);
  assert.equal(numbers('GENCTL-12345678-2-RESCUE.CONF'), [2]);
  assert.equal(numbers('genctl-*-own.conf'), [1, 3]);
  assert.equal(numbers('windows.conf'), []);
  assert.equal(numbers(''), []);
});

test.run();
