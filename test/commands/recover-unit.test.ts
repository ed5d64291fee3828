// What `genctl-recover.service` does at boot, and systemd behind each change in a unit.

import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderUnits } from '../../src/system/machine-units/render-units.ts';
import { atSync } from './at-sync.ts';
import { Sandbox } from './sandbox.ts';

const journal = '/nix/var/genctl/journal.json';

/** A machine whose change was killed between the boot partition's stages. */
function interrupted(): Sandbox {
  const sandbox = Sandbox.with(2);
  const kill = atSync(sandbox, sandbox.at('/boot'), 1, 'kill -KILL $PPID');
  sandbox.declare({ label: 'new' });
  assert.is(sandbox.run(['switch'], kill).signal, 'SIGKILL');
  assert.ok(sandbox.exists(journal));
  return sandbox;
}

test('the unit starts the program only where a journal is', () => {
  const units = renderUnits({ program: ['/opt/genctl'], config: '/etc/genctl' });
  const text = units.find(({ path }) => path.endsWith('/genctl-recover.service'))?.text ?? '';
  assert.match(text, `\nConditionPathExists=${journal}\n`);
  assert.match(text, '\nExecStart="/opt/genctl" recover --quiet\n');
});

test('with the journal, it says what it has done; without, nothing', () => {
  using sandbox = interrupted();
  const { stdout, stderr } = sandbox.runWell('recover', '--quiet');
  assert.is(stdout, '');
  assert.match(stderr, 'an interrupted `genctl switch` was found and undone\n');
  const again = sandbox.runWell('recover', '--quiet');
  assert.is(again.stdout + again.stderr, '');
});

test('where nothing was interrupted, whoever holds the lock is left alone', () => {
  using sandbox = Sandbox.with(1);
  const stat = fs.readFileSync('/proc/self/stat', 'latin1');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const bootId = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  const holder = { pid: process.pid, startTicks, bootId, verb: 'switch', since: 0 };
  sandbox.write('/run/genctl/lock', `${JSON.stringify(holder)}\n`);
  assert.is(sandbox.run(['recover', '--quiet']).exitCode, 0);
  assert.is(sandbox.run(['recover']).exitCode, 75);
});

test('without the boot partition it fails, says which, and can be tried again', () => {
  using sandbox = interrupted();
  const before = sandbox.read('/boot/loader/loader.conf');
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/boot.away'));
  for (const makeItEmpty of [false, true]) {
    if (makeItEmpty) fs.mkdirSync(sandbox.at('/boot'));
    const { exitCode, stderr } = sandbox.run(['recover', '--quiet']);
    assert.is(exitCode, 1, stderr);
    assert.match(stderr, /^error\[(?:ESP_NOT_MOUNTED|JOURNAL_OF_ANOTHER_ESP)\]: .*interrupted/m);
    assert.match(stderr, /^hint: Mount that .* run `genctl recover`/m);
    assert.ok(sandbox.exists(journal));
  }
  fs.rmdirSync(sandbox.at('/boot'));
  fs.renameSync(sandbox.at('/boot.away'), sandbox.at('/boot'));
  sandbox.runWell('recover', '--quiet');
  assert.not(sandbox.exists(journal));
  assert.is(sandbox.read('/boot/loader/loader.conf'), before);
  assert.equal(sandbox.names('/boot').includes('loader'), true);
});

test.run();
