import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeAccounts } from '../../src/commands/machine/install/make-accounts.ts';
import { Root } from '../../src/host/root.ts';
import type { Configuration } from '../../src/system/declaration/declaration.ts';
import { checkAnswer } from '../json-schemas/published-schemas.ts';
import { atSync, syncCount } from './at-sync.ts';
import { genctlProgram } from './genctl-program.ts';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, hasProgram, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

/** Partitions with a declaration and nothing else, as somebody has prepared them. */
function prepared(): Sandbox {
  const sandbox = Sandbox.blank();
  fs.rmSync(sandbox.at('/etc/machine-id'));
  sandbox.declare({ hostName: 'atlas', etc: { motd: 'welcome to atlas\n' } });
  return sandbox;
}

function assertInstalled(sandbox: Sandbox): void {
  // A number that was given to what was undone is not given again.
  assert.equal(sandbox.numbers(), [sandbox.current()]);
  const [entry = ''] = sandbox.entries();
  assert.match(sandbox.read('/boot/loader/loader.conf'), new RegExp(`^default ${entry}$`, 'm'));
  // What firmware starts that has no entry of its own yet.
  assert.is(
    sandbox.read('/boot/EFI/BOOT/BOOTX64.EFI'),
    sandbox.read('/usr/lib/systemd/boot/efi/systemd-bootx64.efi'),
  );
  assert.match(sandbox.read('/etc/machine-id'), /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}\n$/);
  assert.is(fs.statSync(sandbox.at('/etc/machine-id')).mode & 0o777, 0o444);
  assert.is(fs.statSync(sandbox.at('/tmp')).mode & 0o7777, 0o1777);
  const motd = fs.readlinkSync(sandbox.at('/etc/motd'));
  assert.is(motd, '/etc/static/motd');
}

test('prepared partitions become a machine that boots its first generation', () => {
  using sandbox = prepared();
  const { json } = sandbox.runWell('install', '--json');
  assert.equal(json, {
    profile: 'system',
    number: 1,
    system: sandbox.target(1),
    changed: true,
  });
  assertInstalled(sandbox);
  sandbox.runWell('menu', 'verify');
});

test('a second installation changes nothing', () => {
  using sandbox = prepared();
  sandbox.runWell('install');
  const before = sandbox.snapshot({ withTimes: true });
  assert.is((sandbox.runWell('install', '--json').json as { changed: boolean }).changed, false);
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
});

test('a dry run shows the plan, and lays nothing', () => {
  using sandbox = prepared();
  const { stdout } = sandbox.runWell('install', '--dry-run');
  assert.match(stdout, /EFI\/BOOT\/BOOTX64\.EFI/);
  assert.not.ok(sandbox.exists('/etc/machine-id'));
  assert.not.ok(sandbox.exists('/boot/loader'));
});

test('killed at any stage, a second installation finishes it', () => {
  using whole = prepared();
  const counted = whole.run(['install'], atSync(whole, whole.at('/boot'), 0, ':'));
  assert.is(counted.exitCode, 0, counted.stderr);
  const stages = syncCount(whole);
  assert.ok(stages > 5, `${stages} stages`);
  for (let stage = 1; stage <= stages; stage += 3) {
    using sandbox = prepared();
    const killed = sandbox.run(
      ['install'],
      atSync(sandbox, sandbox.at('/boot'), stage, 'kill -9 $PPID'),
    );
    assert.is(killed.signal, 'SIGKILL', `stage ${stage}: ${killed.stderr}`);
    const identity = sandbox.read('/etc/machine-id');
    // What it does is walked where nothing was killed.
    const finished = sandbox.run(['install'], { env: {} });
    assert.is(finished.exitCode, 0, `stage ${stage}: ${finished.stderr}`);
    assertInstalled(sandbox);
    assert.is(sandbox.read('/etc/machine-id'), identity, 'it is the same machine');
  }
});

test('a machine-id that is there stays', () => {
  using sandbox = prepared();
  const mine = `${'0123456789abcdef'.repeat(2)}\n`;
  sandbox.write('/etc/machine-id', mine);
  sandbox.runWell('install');
  assert.is(sandbox.read('/etc/machine-id'), mine);
});

test('this machine itself is refused', () => {
  const { status, stdout } = spawnSync(genctlProgram, ['install', '--json'], { encoding: 'utf8' });
  assert.is(status, 2);
  checkAnswer(['install', '--json'], 2, stdout);
  assert.match(stdout, /install works on another root/);
});

test('without a declaration it says how to write one', () => {
  using sandbox = prepared();
  fs.rmSync(sandbox.at('/etc/genctl'), { recursive: true });
  assertRefused(sandbox, ['install'], {
    code: 'DECLARATION_MISSING',
    message: 'ROOT/etc/genctl/system.conf: there is no such file',
    hint: 'Write a starter declaration with `genctl --root ROOT init`, and look through it; or copy one there.',
  });
});

test('an ESP that is not mounted is said before anything is built', () => {
  using sandbox = prepared();
  fs.rmdirSync(sandbox.at('/boot/EFI'));
  assertRefused(sandbox, ['install'], {
    code: 'ESP_NOT_MOUNTED',
    message: /ROOT\/boot/,
    hint: /./,
    mayChange: /^\/run$/,
  });
  assert.not.ok(sandbox.exists('/nix/store'));
});

testWhere(
  canMount && process.getuid?.() === 0 && hasProgram('systemd-sysusers', '--version'),
  'root, mounts and systemd-sysusers',
  'accounts are there at the first boot, and keep the passwords that they get later',
  async () => {
    using sandbox = prepared();
    const [toplevel, tree, etc] = ['system', 'tree', 'etc'].map(
      (name, index) => `/nix/store/${String(index).repeat(32)}-${name}`,
    ) as [string, string, string];
    for (const folder of ['/proc', '/dev', '/run', '/usr', toplevel]) {
      fs.mkdirSync(sandbox.at(folder), { recursive: true });
    }
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
      fs.symlinkSync(`usr/${name}`, sandbox.at(`/${name}`));
    }
    fs.mkdirSync(sandbox.at(tree));
    // Stands for a whole Debian: this machine's own.
    fs.symlinkSync('/usr', sandbox.at(`${tree}/usr`));
    fs.symlinkSync(tree, sandbox.at(`${toplevel}/os`));
    fs.symlinkSync(etc, sandbox.at(`${toplevel}/etc`));
    sandbox.write(
      `${etc}/sysusers.d/accounts.conf`,
      'g shadow 42\nu root 0 "root" /root /bin/bash\nu ada 1000 "Ada" /home/ada /bin/bash\n',
    );
    const declared = (initialHashedPassword: string) =>
      ({
        users: { users: { ada: { initialHashedPassword, authorizedKeys: [] } } },
      }) as unknown as Configuration;
    using root = new Root(sandbox.root);
    await makeAccounts(root, toplevel, tree, declared('$y$j9T$first$0123456789'));
    assert.match(sandbox.read('/etc/passwd'), /^ada:x:1000:1000:Ada:\/home\/ada:\/bin\/bash$/m);
    assert.match(sandbox.read('/etc/shadow'), /^ada:\$y\$j9T\$first\$0123456789:/m);
    const { mode, gid } = fs.statSync(sandbox.at('/etc/shadow'));
    assert.equal([mode & 0o777, gid], [0o640, 42]);
    assert.not.ok(sandbox.exists('/run/genctl/credentials'));
    const before = sandbox.read('/etc/shadow');
    await makeAccounts(root, toplevel, tree, declared('$y$j9T$second$0123456789'));
    assert.is(sandbox.read('/etc/shadow'), before);
    assert.equal(fs.readdirSync(sandbox.at('/usr')), ['lib'], 'nothing is left mounted');
  },
);

test.run();
