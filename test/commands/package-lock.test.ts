import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wantedPackages } from '../../src/system/debian/wanted-packages.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';
import { checkAnswer } from '../json-schemas/published-schemas.ts';
import { aptTest } from '../system/debian/apt/apt-test.ts';
import { SmallArchive } from '../system/debian/apt/small-archive.ts';
import { genctlProgram } from './genctl-program.ts';

/** A machine whose declaration asks for packages of a small archive. */
class PackagedMachine extends SmallArchive {
  declare(...packages: readonly string[]): void {
    const lines = [
      '[system]',
      'builder = debian',
      'suite = tiny',
      'sources = sources',
      '[nixpkgs]',
      'hostPlatform = x86_64-linux',
      '[environment]',
      ...packages.map(name => `systemPackages = ${name}`),
    ];
    fs.writeFileSync(this.#at('system.conf'), `${lines.join('\n')}\n`);
  }

  /** What every machine wants has to be in the archive, too. */
  addBase(): void {
    this.declare();
    const base = wantedPackages(readDeclaration(this.root, '/etc/genctl'), 'amd64');
    for (const name of base) this.add(name, '1');
  }

  genctl(...args: readonly string[]): { exitCode: number; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [genctlProgram, '--root', this.root.hostPath, ...args],
      { encoding: 'utf8' },
    );
    if (args.includes('--json')) checkAnswer(args, status ?? -1, stdout);
    return { exitCode: status ?? -1, stdout, stderr };
  }

  lockText(): string | undefined {
    const path = this.#at('genctl.lock');
    return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : undefined;
  }

  #at(name: string): string {
    return this.root.onHost(`/etc/genctl/${name}`);
  }
}

aptTest('genctl lock says what changes, writes it, and then has nothing to do', async () => {
  using machine = new PackagedMachine();
  machine.addBase();
  machine.add('tiny-one', '1').add('tiny-two', '1');
  machine.declare('tiny-one');
  const dry = machine.genctl('lock', '--dry-run');
  assert.match(dry.stdout, /^\+ tiny-one 1$/m);
  assert.is(machine.lockText(), undefined);

  const wet = machine.genctl('lock');
  assert.is(wet.exitCode, 0, wet.stderr);
  assert.match(wet.stdout, /^\+ tiny-one 1$/m);
  const first = machine.lockText();
  assert.match(first ?? '', '"name":"tiny-one"');

  const again = machine.genctl('lock', '--json');
  assert.match(again.stdout, '"changes":[],"written":false');
  assert.is(machine.lockText(), first);

  machine.add('tiny-one', '2').add('tiny-two', '2');
  machine.declare('tiny-one', 'tiny-two');
  assert.match(machine.genctl('lock').stdout, /^\+ tiny-two [12]\n\S+genctl\.lock: /);
  assert.match(machine.lockText() ?? '', '"name":"tiny-one","version":"1"');

  const updated = machine.genctl('lock', '--update', 'tiny-one');
  assert.match(updated.stdout, /^tiny-one 1 → 2\n\S+genctl\.lock: /);
  machine.declare('tiny-one');
  assert.match(machine.genctl('lock', '--update').stdout, /^- tiny-two 2\n\S+genctl\.lock: /);
});

aptTest(
  'a name that no source has is refused where it was declared, and nothing is written',
  async () => {
    using machine = new PackagedMachine();
    machine.addBase();
    machine.declare('tiny-bsae');
    const { exitCode, stdout } = machine.genctl('lock', '--json');
    assert.is(exitCode, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    assert.is(error.code, 'PACKAGE_UNKNOWN');
    assert.match(error.message, /system\.conf:8: tiny-bsae \(did you mean tiny-base\?\)/);
    assert.is(machine.lockText(), undefined);
  },
);

aptTest('a lock that was damaged by hand is refused, not made anew', async () => {
  using machine = new PackagedMachine();
  machine.declare();
  const path = machine.root.onHost('/etc/genctl/genctl.lock');
  fs.writeFileSync(path, '{"version": 1,\n"suite": }\n');
  const { exitCode, stderr } = machine.genctl('lock', '--update');
  assert.is(exitCode, 1);
  assert.match(stderr, /error\[LOCK_INVALID\]: \S+genctl\.lock/);
  assert.is(machine.lockText(), '{"version": 1,\n"suite": }\n');
});

aptTest('a machine of another builder has nothing to lock', async () => {
  using machine = new PackagedMachine();
  fs.writeFileSync(
    machine.root.onHost('/etc/genctl/system.conf'),
    '[system]\nkernel = /boot/vmlinuz\n',
  );
  const { exitCode, stderr } = machine.genctl('lock');
  assert.is(exitCode, 1);
  assert.match(stderr, 'error[NOTHING_TO_LOCK]');
});

test.run();
