// `--confirm` and `genctl confirm`: a change that goes back by itself, unless somebody says to stay.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atMoment } from './clock.ts';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { atTerminal, hasTerminal } from './terminal.ts';
import { changesBetween, type Snapshot } from './tree-snapshot.ts';

/** Number, in the default's name and in the profile's link. */
function places(sandbox: Sandbox): string {
  const conf = sandbox.read('/boot/loader/loader.conf');
  return `${/^default genctl-\w{8}-(\d+)-/.exec(conf)?.[1]} ${sandbox.current()}`;
}

/** What a change that was undone has left different: a ledger's sequence number. */
function changedSince(before: Snapshot, sandbox: Sandbox): string[] {
  const changes = changesBetween(before, sandbox.snapshot());
  return changes.filter(line => !/\/ledger-[ab]$/.test(line));
}

interface Waiting {
  child: ChildProcess;
  /** All that it says, once it has ended. */
  end: () => Promise<{ code: number | null; stderr: string }>;
}

/** Starts a verb that waits to be confirmed, and returns once it waits. */
async function waiting(sandbox: Sandbox, ...args: readonly string[]): Promise<Waiting> {
  const child = sandbox.start(args);
  let stderr = '';
  const ended = once(child, 'close') as Promise<[number | null]>;
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
      if (stderr.includes(': genctl --root ')) resolve();
    });
    child.on('close', () => reject(new Error(`it did not wait: ${stderr}`)));
  });
  return {
    child,
    end: async () => {
      const [code] = await ended;
      return { code, stderr };
    },
  };
}

test('nothing that boots has moved until it is confirmed; then all has', async () => {
  using sandbox = Sandbox.with(2);
  const applied = fs.readlinkSync(sandbox.at('/etc/static'));
  const { end } = await waiting(sandbox, 'switch', '1', '--confirm', '10m');
  assert.is(places(sandbox), '2 2');
  assert.is.not(fs.readlinkSync(sandbox.at('/etc/static')), applied, 'but it is active');
  const asked = sandbox.runWell('confirm', '--dry-run', '--json').json;
  assert.is((asked as { verb: string }).verb, 'switch');
  const { json } = sandbox.runWell('confirm', '--json');
  assert.is((json as { verb: string }).verb, 'switch');
  const { code, stderr } = await end();
  assert.is(code, 0, stderr);
  assert.match(stderr, `confirm within 10m: genctl --root ${sandbox.root} confirm\n`);
  assert.is(places(sandbox), '1 1');
  assert.equal(sandbox.locks(), []);
});

for (const moment of ['2001-01-01', '2101-01-01']) {
  test(`a clock that is set meanwhile, to ${moment}, takes and gives no time`, async () => {
    using sandbox = Sandbox.with(2);
    const { end } = await waiting(sandbox, 'switch', '1', '--confirm', '10m');
    const { exitCode, stdout, stderr } = sandbox.run(
      ['confirm', '--json'],
      atMoment(sandbox, moment),
    );
    assert.is(exitCode, 0, stderr);
    const { secondsLeft } = JSON.parse(stdout) as { secondsLeft: number };
    assert.ok(secondsLeft > 0 && secondsLeft <= 600, stdout);
    assert.is((await end()).code, 0);
    assert.is(places(sandbox), '1 1');
  });
}

test('without a word in time, all is undone', () => {
  using sandbox = Sandbox.with(2);
  for (const args of [['switch', '1'], ['rollback']]) {
    const before = sandbox.snapshot();
    const { exitCode, stderr } = sandbox.run([...args, '--confirm', '1s'], { env: {} });
    assert.is(exitCode, 1, stderr);
    assert.match(stderr, 'error[NOT_CONFIRMED]: nobody has confirmed it within 1s\n');
    assert.equal(changedSince(before, sandbox), []);
    assert.equal(sandbox.locks(), []);
  }
});

test('Ctrl-C is a word as well: it goes back at once', async () => {
  using sandbox = Sandbox.with(2);
  const before = sandbox.snapshot();
  const { child, end } = await waiting(sandbox, 'switch', '1', '--confirm', '10m');
  child.kill('SIGINT');
  const { code, stderr } = await end();
  assert.is(code, 130);
  assert.match(stderr, 'interrupted by SIGINT: all was undone\n');
  assert.equal(changedSince(before, sandbox), []);
  assert.equal(sandbox.locks(), []);
});

test('one that was killed cannot be confirmed any more', async () => {
  using sandbox = Sandbox.with(2);
  const before = sandbox.snapshot();
  const { child, end } = await waiting(sandbox, 'switch', '1', '--confirm', '10m');
  child.kill('SIGKILL');
  await end();
  const refused = sandbox.run(['confirm']);
  assert.is(refused.exitCode, 1);
  assert.match(refused.stderr, 'error[NOTHING_TO_CONFIRM]');
  assert.equal(sandbox.runWell('recover', '--json').json, { recovered: 'back' });
  assert.equal(changedSince(before, sandbox), []);

  // What it has left says nothing of the next one.
  for (const name of ['wanted', 'given']) {
    sandbox.write(`/run/genctl/confirmation.${name}`, `${Math.floor(Date.now() / 1000) + 3600}\n`);
  }
  assert.match(sandbox.run(['confirm']).stderr, 'error[NOTHING_TO_CONFIRM]');
  sandbox.write('/run/genctl/confirmation.given', '');
  const next = sandbox.run(['switch', '1', '--confirm', '1s'], { env: {} });
  assert.match(next.stderr, 'error[NOT_CONFIRMED]');
  assert.is(places(sandbox), '2 2');
});

test('where there is nothing to do, nothing is waited for', () => {
  using sandbox = Sandbox.with(1);
  const { stderr } = sandbox.run(['switch', '1', '--confirm', '1h'], { env: {} });
  assert.not.match(stderr, 'confirm within');
});

test('nothing waits', () => {
  using sandbox = Sandbox.with(1);
  assertRefused(sandbox, ['confirm', '--json'], {
    code: 'NOTHING_TO_CONFIRM',
    message: 'no change waits for being confirmed',
    hint: 'One that was not confirmed in time is undone; see `genctl status`.',
  });
  const { json } = sandbox.runWell('confirm', '--dry-run', '--json');
  assert.equal(json, { verb: null, secondsLeft: null });
});

test('times that are none', () => {
  using sandbox = Sandbox.with(1);
  for (const time of ['0s', '2', '1d', '61m', '2h', '-1s', '1.5m', 'm', '3601s']) {
    assertRefused(sandbox, ['switch', `--confirm=${time}`], {
      exitCode: 2,
      code: 'USAGE',
      message: '--confirm: it is no time between 1s and 1h, such as 2m',
      hint: /^See `genctl --help`/,
    });
  }
});

test('what waits for the next boot cannot be confirmed now', () => {
  using sandbox = Sandbox.with(2);
  assertRefused(sandbox, ['rollback', '--boot', '--confirm', '2m'], {
    exitCode: 2,
    code: 'USAGE',
    message: '--confirm: with --boot, nothing changes that could go wrong now',
    hint: 'Leave out one of the two.',
  });
});

if (hasTerminal) {
  test('at a terminal the time runs', async () => {
    using sandbox = Sandbox.with(2);
    const { exitCode, shown } = await atTerminal(sandbox, ['switch', '1', '--confirm', '5s']);
    assert.is(exitCode, 1, shown);
    const told = [...shown.matchAll(/\rconfirm within (\d)s: genctl --root/g)].map(([, left]) =>
      Number(left),
    );
    // A machine that is busy may leave some out.
    assert.ok(told.length >= 3, told.join());
    assert.equal(
      told,
      [...new Set(told)].toSorted((a, b) => b - a),
    );
    assert.match(shown, /\n[^\n]*error\[NOT_CONFIRMED\]/);
  });
}

test.run();
