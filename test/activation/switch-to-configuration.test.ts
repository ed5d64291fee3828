// NixOS's own activation, and what its exit codes mean to a transaction.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  dryActivate,
  switchToConfiguration,
} from '../../src/activation/switch-to-configuration.ts';
import type { Finding, GenctlError } from '../../src/errors.ts';
import { Root } from '../../src/host/root.ts';

/** A system whose `switch-to-configuration` is some lines of shell. */
class Toplevel implements Disposable {
  readonly path = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-toplevel-'));
  readonly root: Root;

  constructor(script: string, rootPath = '/') {
    this.root = new Root(rootPath);
    fs.mkdirSync(path.join(this.path, 'bin'));
    const file = path.join(this.path, 'bin/switch-to-configuration');
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  async activate(): Promise<Finding[]> {
    return await switchToConfiguration(this.root, this.path);
  }

  async refusal(): Promise<GenctlError> {
    try {
      await this.activate();
    } catch (thrown) {
      return thrown as GenctlError;
    }
    throw new Error('nothing was wrong');
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

test('it activates by the verb that leaves menu and profile alone, and installs no loader', async () => {
  using system = new Toplevel('echo "$* $NIXOS_INSTALL_BOOTLOADER" >"${0%/*}/said"');
  process.env['NIXOS_INSTALL_BOOTLOADER'] = '1';
  try {
    assert.equal(await system.activate(), []);
  } finally {
    delete process.env['NIXOS_INSTALL_BOOTLOADER'];
  }
  assert.is(fs.readFileSync(`${system.path}/bin/said`, 'utf8'), 'test 0\n');
});

test('a dry run gives its words', async () => {
  using system = new Toplevel(
    'echo "would stop the following units: a.service" >&2; test "$1" = dry-activate',
  );
  assert.equal(await dryActivate(system.root, system.path), [
    'would stop the following units: a.service',
  ]);
});

test('units that failed are named; the system is active all the same', async () => {
  using system = new Toplevel(`
echo 'warning: the following units failed: a.service, b.service' >&2
echo 'warning: the following user units failed: c.service' >&2
exit 4`);
  const findings = await system.activate();
  assert.equal(
    findings.map(({ code, subject, hint }) => [code, subject, hint]),
    [
      ['UNIT_FAILED', 'a.service', 'See `systemctl status a.service`.'],
      ['UNIT_FAILED', 'b.service', 'See `systemctl status b.service`.'],
      ['UNIT_FAILED', 'c.service', 'See `systemctl --user status c.service`.'],
    ],
  );
  using silent = new Toplevel('exit 4');
  assert.equal(
    (await silent.activate()).map(({ code }) => code),
    ['UNITS_FAILED'],
  );
});

test('a part of the activation that failed is a failure, also where units hide it', async () => {
  const part = "echo 'Activation script snippet '\\''users'\\'' failed (1)'";
  const failed = "echo 'Failed to run activate script' >&2";
  for (const code of [2, 4]) {
    using system = new Toplevel(`${part}; ${failed}; exit ${code}`);
    const refusal = await system.refusal();
    assert.is(refusal.code, 'ACTIVATION_FAILED');
    assert.match(refusal.message, "snippet 'users' failed (1)");
  }
});

test('what takes a reboot has not been activated, which is no success', async () => {
  using system = new Toplevel('exit 100');
  const refusal = await system.refusal();
  assert.is(refusal.code, 'REBOOT_NEEDED');
  assert.match(refusal.hint ?? '', 'genctl boot');
});

test('its lock held by another one is told from a refusal and from any other end', async () => {
  const refusals: [number, string, number][] = [
    [11, 'ACTIVATION_LOCKED', 75],
    [1, 'ACTIVATION_FAILED', 1],
    [3, 'ACTIVATION_FAILED', 1],
    [101, 'ACTIVATION_FAILED', 1],
  ];
  for (const [code, name, exitCode] of refusals) {
    using system = new Toplevel(`echo "Pre-switch check 'a' failed" >&2; exit ${code}`);
    const refusal = await system.refusal();
    assert.equal([refusal.code, refusal.exitCode], [name, exitCode], String(code));
    if (code === 1) assert.match(refusal.message, "refused it; Pre-switch check 'a' failed");
  }
});

test('on another root it is not run: it would change this machine', async () => {
  using system = new Toplevel('touch "${0%/*}/ran"', os.tmpdir());
  assert.is((await system.refusal()).code, 'ACTIVATION_ELSEWHERE');
  assert.not(fs.existsSync(`${system.path}/bin/ran`));
});

test.run();
