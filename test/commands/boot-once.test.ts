// A generation that boots at the next boot only. The GRUB cases need root, loop devices and Debian's
// packages grub2-common, grub-pc-bin, grub-efi-amd64-bin, gdisk and e2fsprogs.
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasLoopMachines, LoopMachine } from './loop-machine.ts';
import { Sandbox } from './sandbox.ts';
import { testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

const profile = '/nix/var/nix/profiles/system';

const onGrub = (name: string, work: (machine: LoopMachine, grubenv: string) => void): void =>
  testWhere(hasLoopMachines, 'root, loop devices and grub-install', name, () => {
    using machine = new LoopMachine({ disks: ['msdos'] });
    machine.declare([0]);
    machine.genctlWell('switch');
    const [owner = ''] = machine.names('/boot/genctl');
    work(machine, `/boot/genctl/${owner}/grubenv`);
  });

/** What GRUB finds in its environment block, as its own program reads it. */
function environment(machine: LoopMachine, grubenv: string): string {
  const { exitCode, stdout, stderr } = machine.inside(
    'grub-editenv',
    `${machine.root}${grubenv}`,
    'list',
  );
  assert.is(exitCode, 0, stderr);
  return stdout;
}

/** What a boot does: GRUB empties the variable before it boots what it says. */
function bootOnce(machine: LoopMachine, grubenv: string): void {
  machine.inside('grub-editenv', `${machine.root}${grubenv}`, 'set', 'next_entry=');
}

interface Status {
  default: { number: number } | null;
  current: { number: number } | null;
  nextOnce: { number: number } | null;
}

function status(machine: LoopMachine): { default?: number; current?: number; nextOnce?: number } {
  const answer = JSON.parse(machine.genctl('status', '--json').stdout) as Status;
  return {
    ...(answer.default && { default: answer.default.number }),
    ...(answer.current && { current: answer.current.number }),
    ...(answer.nextOnce && { nextOnce: answer.nextOnce.number }),
  };
}

/** The entry whose line in the menu says that it boots next, once. */
function nextInMenu(machine: LoopMachine): string | undefined {
  const { entries } = JSON.parse(machine.genctl('menu', 'show', '--json').stdout) as {
    entries: { id: string; isNextOnce: boolean }[];
  };
  return entries.find(({ isNextOnce }) => isNextOnce)?.id;
}

/** Another system to be built. */
function change(machine: LoopMachine, label: string): void {
  const conf = machine.read('/etc/genctl/system.conf').replace(/^label = .*\n/m, '');
  machine.write('/etc/genctl/system.conf', conf.replace('[boot]\n', `label = ${label}\n[boot]\n`));
}

onGrub('GRUB: a new system boots once; default and profile stay', (machine, grubenv) => {
  change(machine, 'second');
  const link = fs.readlinkSync(machine.at(profile));
  const dry = machine.genctlWell('boot', '--once', '--dry-run');
  assert.match(dry.stdout, /let \/.*\/grubenv say next_entry=/);
  const { stdout } = machine.genctlWell('boot', '--once', '--json');
  assert.is((JSON.parse(stdout) as { once: boolean }).once, true);
  assert.is(fs.readlinkSync(machine.at(profile)), link);
  assert.equal(status(machine), { default: 1, current: 1, nextOnce: 2 });
  assert.match(machine.genctl('status').stdout, /^next: {4}generation 2, once$/m);
  const next = nextInMenu(machine);
  assert.match(environment(machine, grubenv), new RegExp(`^next_entry=(?:all>)?${next}$`, 'm'));

  const before = machine.bootSnapshot();
  assert.match(machine.genctlWell('boot', '2', '--once', '--dry-run').stdout, /^nothing to do$/m);
  machine.genctlWell('menu', 'sync');
  machine.genctlWell('gc', '--keep', '1');
  assert.equal(changesBetween(before, machine.bootSnapshot()), [], 'what boots next stays');

  bootOnce(machine, grubenv);
  assert.equal(status(machine), { default: 1, current: 1 });
  assert.is(nextInMenu(machine), undefined);
});

onGrub('GRUB: whoever chooses a default takes back what was to boot once', (machine, grubenv) => {
  change(machine, 'second');
  machine.genctlWell('switch');
  for (const verb of [['switch', '2'], ['boot', '2'], ['rollback']]) {
    machine.inside('grub-editenv', `${machine.root}${grubenv}`, 'set', 'saved_entry=theirs');
    machine.genctlWell('boot', '1', '--once');
    assert.is(status(machine).nextOnce, 1);
    machine.genctlWell(...verb);
    assert.is(status(machine).nextOnce, undefined, verb.join(' '));
    assert.is(environment(machine, grubenv), 'saved_entry=theirs\n', verb.join(' '));
  }
  machine.inside('grub-editenv', `${machine.root}${grubenv}`, 'set', 'next_entry=memtest');
  machine.genctlWell('boot', '2');
  assert.match(environment(machine, grubenv), /^next_entry=memtest$/m, 'an entry of others stays');
});

onGrub('GRUB: an environment block that is none is left as it is', (machine, grubenv) => {
  change(machine, 'second');
  const before = status(machine);
  for (const [text, reason] of [
    ['x'.repeat(1023), /it has 1023 bytes/],
    ['x'.repeat(1024), /its first line/],
    ['x'.repeat(100_000), /it has 100000 bytes/],
  ] as const) {
    machine.write(grubenv, text);
    const { exitCode, stderr } = machine.genctl('boot', '--once');
    assert.is(exitCode, 1);
    assert.match(stderr, /^error\[GRUBENV_DAMAGED\]: /m);
    assert.match(stderr, reason);
    assert.is(machine.read(grubenv), text);
    assert.equal(status(machine), before);
  }
});

test('a machine without a default has nothing to come back to', () => {
  using sandbox = Sandbox.with(0);
  const { exitCode, stderr } = sandbox.run(['boot', '--once']);
  assert.is(exitCode, 1);
  assert.match(stderr, /error\[BOOT_ONCE_IMPOSSIBLE\]: .*no default to come back to/);
  assert.equal(sandbox.numbers(), []);
});

test('systemd-boot: another root has no firmware that could be told', () => {
  using sandbox = Sandbox.with(2);
  const before = sandbox.snapshot();
  const { exitCode, stderr } = sandbox.run(['boot', '1', '--once']);
  assert.is(exitCode, 1);
  assert.match(stderr, /error\[BOOT_ONCE_IMPOSSIBLE\]: .*another root has none/);
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
});

test.run();
