import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atMoment, dateLink, runs } from './clock.ts';
import { assertRefused } from './refusal.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { hasProgram, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

const now = '2026-11-22T12:00:00Z';

/** When each of twelve generations was made, the first one first. */
const dates = [
  '2026-04-03T08:00:00Z',
  '2026-05-20T08:00:00Z',
  '2026-06-11T08:00:00Z',
  '2026-08-02T08:00:00Z',
  '2026-09-14T08:00:00Z',
  '2026-10-09T08:00:00Z',
  '2026-10-30T08:00:00Z',
  '2026-11-04T08:00:00Z',
  '2026-11-05T08:00:00Z',
  '2026-11-13T08:00:00Z',
  '2026-11-21T08:00:00Z',
  '2026-11-21T20:00:00Z',
];

/** Twelve generations with three kernels; a new system each time. */
function withTwelve(): Sandbox {
  const sandbox = Sandbox.with(0);
  for (const [index, date] of dates.entries()) {
    if (index % 4 === 0) {
      sandbox.write('/boot-parts/vmlinuz-6.1.0', `kernel ${index} ${'k'.repeat(20_000)}`);
    }
    sandbox.declare({ label: `Debian ${index + 1}`, etc: { motd: `motd ${index + 1}\n` } });
    sandbox.run(['switch'], { env: {} });
    dateLink(sandbox, index + 1, date);
  }
  assert.equal(sandbox.numbers().length, dates.length);
  return sandbox;
}

/** What `--dry-run` says of each generation, without the sizes. */
function verdicts(answer: Answer): string[] {
  assert.is(answer.exitCode, 0, answer.stderr);
  const { generations } = answer.json as {
    generations: { number: number; keep: boolean; reasons: { text: string }[] }[];
  };
  return generations.map(
    ({ number, keep, reasons }) =>
      `${number} ${keep ? 'kept' : 'goes'}: ${reasons.map(({ text }) => text).join('; ')}`,
  );
}

interface Freed {
  freed: { storeBytes: number; bootBytes: number };
}

/** What genctl takes of the boot partition. */
function bootBytes(sandbox: Sandbox): number {
  const { json } = sandbox.run(['status', '--json']);
  const { partitions } = json as { partitions: { ourBytes: number }[] };
  return partitions[0]?.ourBytes ?? 0;
}

/** The size of all that the store knows, as the metadata of its paths says. */
function storeBytes(sandbox: Sandbox): number {
  const folder = '/nix/var/genctl/narinfo';
  return sandbox
    .names(folder)
    .map(name => Number(/^NarSize: (\d+)$/m.exec(sandbox.read(`${folder}/${name}`))?.[1]))
    .reduce((sum, bytes) => sum + bytes, 0);
}

test('twelve generations, and every reason to keep one', () => {
  using sandbox = withTwelve();
  const clock = atMoment(sandbox, now);
  runs(sandbox, 'booted-system', 2);
  assert.is(sandbox.run(['gc', '--keep', '99'], clock).exitCode, 0);
  runs(sandbox, 'booted-system', 3);
  runs(sandbox, 'current-system', 4);
  sandbox.runWell('pin', '5');
  sandbox.edit('/boot/loader/loader.conf', text =>
    text.replace(
      /^default .*$/m,
      `default ${sandbox.entries().find(name => /-6-[0-9a-f]{12}/.test(name))}`,
    ),
  );
  sandbox.select(7);
  const rules = '--keep 1 --older-than 36h --keep-daily 2 --keep-weekly 3 --keep-monthly 3';
  const policy = rules.split(' ');
  const before = sandbox.snapshot({ withTimes: true });
  const answer = sandbox.run(['gc', ...policy, '--dry-run', '--json'], clock);
  const goes =
    'it is beyond the newest, older than 36 hours and not the last one of any of the latest 2 days, 3 weeks or 3 months';
  assert.equal(verdicts(answer), [
    '12 kept: it is the newest; it is not older than 36 hours; it is the last of 2026-11-21; it is the last of 2026-W47; it is the last of 2026-11',
    '11 kept: it is not older than 36 hours',
    '10 kept: it is the last of 2026-11-13; it is the last of 2026-W46',
    '9 kept: it is the last of 2026-W45',
    `8 goes: ${goes}`,
    '7 kept: it is the current one; it is the last of 2026-10',
    '6 kept: the menu boots it by default',
    '5 kept: it is pinned; it is the last of 2026-09',
    '4 kept: it is active',
    '3 kept: it is booted',
    '2 kept: it is the last one known to be good',
    `1 goes: ${goes}`,
  ]);
  const { stdout } = sandbox.run(['gc', ...policy, '--dry-run'], clock);
  for (const line of verdicts(answer)) {
    const [number = '', stays = ''] = line.split(/[ :]/);
    const because = line.slice(line.indexOf(': ') + 2);
    assert.ok(
      stdout
        .split('\n')
        .some(row => row.startsWith(`${number} `) && row.includes(stays) && row.endsWith(because)),
      `${line} is not in:\n${stdout}`,
    );
  }
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
  assert.is(sandbox.run(['gc', ...policy], clock).exitCode, 0);
  assert.equal(sandbox.numbers(), [2, 3, 4, 5, 6, 7, 9, 10, 11, 12]);
  assert.is(sandbox.run(['gc', ...policy], clock).exitCode, 0);
  assert.equal(sandbox.numbers(), [3, 4, 5, 6, 7, 9, 10, 11, 12], 'the last good one is the third');
  const again = sandbox.run(['gc', ...policy, '--json'], clock);
  assert.not((again.json as { changed: boolean }).changed, 'another run changes nothing');
});

test('what --dry-run says is freed, in the store and on the boot partition', () => {
  using sandbox = Sandbox.with(1);
  for (const label of ['two', 'three']) {
    sandbox.write('/boot-parts/vmlinuz-6.1.0', `kernel of two and three ${'k'.repeat(40_000)}`);
    sandbox.declare({ label });
    sandbox.run(['switch'], { env: {} });
  }
  sandbox.write('/boot-parts/vmlinuz-6.1.0', 'kernel of the last one');
  sandbox.declare({ label: 'four' });
  sandbox.run(['switch'], { env: {} });
  const alone = sandbox.runWell('gc', '--delete', '2', '--dry-run', '--json').json as Freed;
  const both = sandbox.runWell('gc', '--delete', '2,3', '--dry-run', '--json').json as Freed;
  assert.ok(both.freed.storeBytes > alone.freed.storeBytes + 40_000, 'the kernel of both goes too');
  assert.ok(both.freed.bootBytes > alone.freed.bootBytes + 40_000);
  const before = { store: storeBytes(sandbox), boot: bootBytes(sandbox) };
  const { json } = sandbox.runWell('gc', '--delete', '2,3', '--json');
  assert.is((json as { freedBytes: number }).freedBytes, both.freed.storeBytes);
  assert.is(before.store - storeBytes(sandbox), both.freed.storeBytes);
  assert.is(before.boot - bootBytes(sandbox), both.freed.bootBytes);
  assert.equal(sandbox.numbers(), [1, 4]);
});

test('rules of one profile leave the others alone', () => {
  using sandbox = Sandbox.with(2);
  for (const number of [1, 2, 3]) sandbox.link(number, sandbox.addSystem(`work${number}`), 'work');
  sandbox.select(3, 'work');
  const here = ['gc', '--keep', '1', '--profile', 'work'];
  const shown = verdicts(sandbox.run([...here, '--dry-run', '--json'], { env: {} }));
  assert.ok(shown.includes('1 kept: it is not named'), shown.join('\n'));
  assert.is(sandbox.run(here).exitCode, 3, 'nothing is recorded about those systems');
  assert.equal(sandbox.numbers('work'), [3]);
  assert.equal(sandbox.numbers(), [1, 2], 'the default would be to judge all');
  sandbox.link(4, sandbox.target(3, 'work'), 'work');
  assert.is(sandbox.run(['gc', '--delete', '4', '--profile', 'work']).exitCode, 3);
  assert.equal(sandbox.numbers('work'), [3]);
  assertRefused(sandbox, ['gc', '--delete', '1', '--profile', 'nope'], {
    code: 'PROFILE_UNKNOWN',
    message: 'there is no profile nope',
    hint: 'Profiles of this machine: system, work.',
  });
  assert.is(sandbox.run(['gc', '--keep', '1']).exitCode, 3);
  assert.equal(sandbox.numbers(), [2]);
});

test('flags that contradict each other or say nothing', () => {
  using sandbox = Sandbox.with(2);
  const whole = 'it is not a whole number above 0';
  const wrong: readonly (readonly [readonly string[], string | RegExp])[] = [
    [['--keep', '0'], `--keep: ${whole}`],
    [['--keep', '-1'], `--keep: ${whole}`],
    [['--keep', '1.5'], `--keep: ${whole}`],
    [['--keep', 'all'], `--keep: ${whole}`],
    [['--keep'], /Not enough arguments following: keep/],
    [['--keep-daily', '0'], `--keep-daily: ${whole}`],
    [['--keep-weekly', 'x'], `--keep-weekly: ${whole}`],
    [['--keep-monthly', ''], `--keep-monthly: ${whole}`],
    [['--older-than', '3x'], '--older-than "3x" is no age'],
    [['--older-than', '-2d'], '--older-than "-2d" is no age'],
    [['--delete', '0'], `--delete: ${whole}`],
    [['--delete', '-1'], `--delete: ${whole}`],
    [['--delete', '1,x'], `--delete: ${whole}`],
    [['--delete', '1,'], `--delete: ${whole}`],
    [['--delete', ''], `--delete: ${whole}`],
    [['--keep', '1', '--max-freed', '-1'], '--max-freed "-1" is no size'],
    [['--keep', '1', '--max-freed', '0'], '--max-freed "0" is no size'],
    [['--keep', '1', '--max-freed', '5x'], '--max-freed "5x" is no size'],
    ...['--keep', '--keep-daily', '--keep-weekly', '--keep-monthly'].map(
      flag => [['--delete', '1', flag, '2'], /delete and keep.* are mutually exclusive/] as const,
    ),
    [['--delete', '1', '--older-than', '2d'], /delete and older-than are mutually exclusive/],
  ];
  for (const [flags, message] of wrong) {
    assertRefused(
      sandbox,
      ['gc', ...flags],
      { exitCode: 2, code: 'USAGE', message, hint: /./ },
      { env: {} },
    );
  }
  assertRefused(sandbox, ['gc'], {
    exitCode: 2,
    code: 'KEEP_MISSING',
    message: 'neither a flag nor [gc] says what stays',
    hint: /genctl gc --keep 5/,
  });
  assertRefused(sandbox, ['gc', '--delete', '99'], {
    code: 'GENERATION_UNKNOWN',
    message: 'there is no generation 99',
    hint: 'See `genctl list`.',
  });
  assertRefused(sandbox, ['gc', '--delete', '1,2'], {
    code: 'GENERATION_IN_USE',
    message:
      'generation 2 cannot go: it is the current one and it is active and the menu boots it by default',
    hint: /^First switch to another generation/,
  });
});

test('--max-freed ends it early, and the next run goes on', () => {
  using sandbox = Sandbox.with(3);
  sandbox.runWell('gc', '--keep', '1', '--max-freed', '1');
  assert.equal(sandbox.numbers(), [3], 'generations go whatever the store keeps');
  const { json } = sandbox.runWell('gc', '--keep', '1', '--json');
  assert.ok(
    (json as { storePathCount: number }).storePathCount >= 2,
    'more than one path was left',
  );
  const left = sandbox.runWell('gc', '--keep', '1', '--json').json as { storePathCount: number };
  assert.is(left.storePathCount, 0);
});

testWhere(hasProgram('strace', '-V'), 'strace', 'entries go first, then links, then paths', () => {
  using sandbox = Sandbox.with(2);
  sandbox.write('/boot-parts/vmlinuz-6.1.0', 'another kernel');
  sandbox.declare({ label: 'third' });
  sandbox.runWell('switch');
  const system = sandbox.target(1).slice('/nix/store/'.length);
  const log = `${sandbox.folder}/strace`;
  const wrapper = ['strace', '-f', '-o', log, '-e', 'trace=/^(unlink|rename|rmdir)'];
  const { exitCode, stderr } = sandbox.run(['gc', '--delete', '1,2'], { wrapper });
  assert.is(exitCode, 0, stderr);
  const calls = fs.readFileSync(log, 'latin1').split('\n');
  const at = (pattern: RegExp): number => {
    const index = calls.findIndex(call => pattern.test(call));
    assert.ok(index >= 0, `${pattern} is in no call`);
    return index;
  };
  const order = [
    at(/unlink.*\/genctl-\w{8}-1-\w+\.conf"/),
    at(/unlink.*\/linux-\w+\.efi"/),
    at(/unlink.*\/system-1-link"/),
    at(new RegExp(`rename.*/${system.replaceAll('+', '\\+')}"`)),
  ];
  assert.equal(
    order,
    order.toSorted((left, right) => left - right),
  );
});

/** A program of a generation's that runs. */
function startFrom(program: string): ChildProcess {
  return spawn(program, ['600'], { stdio: 'ignore' });
}

test('what a process runs from stays, until it has ended', async () => {
  using sandbox = Sandbox.with(0);
  fs.mkdirSync(sandbox.at('/etc/genctl/etc/bin'), { recursive: true });
  fs.copyFileSync('/bin/sleep', sandbox.at('/etc/genctl/etc/bin/sleep'));
  fs.chmodSync(sandbox.at('/etc/genctl/etc/bin/sleep'), 0o755);
  sandbox.runWell('switch');
  const etc = fs.readlinkSync(sandbox.at(`${sandbox.target(1)}/etc`));
  const system = sandbox.target(1);
  fs.rmSync(sandbox.at('/etc/genctl/etc/bin'), { recursive: true });
  sandbox.declare({ label: 'second' });
  sandbox.runWell('switch');
  const child = startFrom(sandbox.at(`${etc}/bin/sleep`));
  try {
    sandbox.runWell('gc', '--keep', '1');
    assert.equal(sandbox.numbers(), [2]);
    assert.ok(sandbox.exists(`${etc}/bin/sleep`), 'its program is there');
    assert.not(sandbox.exists(system), 'the rest of its system is not');
  } finally {
    child.kill('SIGKILL');
  }
  await new Promise(resolve => child.once('exit', resolve));
  sandbox.runWell('gc', '--keep', '1');
  assert.not(sandbox.exists(etc));
});

/** The generation that is the last known to be good, by what `gc` says. */
function lastGood(sandbox: Sandbox): number | undefined {
  const { json } = sandbox.run(['gc', '--keep', '1', '--dry-run', '--json'], { env: {} });
  const { generations } = json as {
    generations: { number: number; reasons: { rule: string }[] }[];
  };
  return generations.find(({ reasons }) => reasons.some(({ rule }) => rule === 'last-good'))
    ?.number;
}

test('what is booted when a new system is made, or old ones go, is good and stays', () => {
  for (const args of [['switch'], ['boot'], ['gc', '--keep', '9']]) {
    using sandbox = Sandbox.with(3);
    sandbox.declare({ label: 'new' });
    runs(sandbox, 'booted-system', 1);
    assert.is(lastGood(sandbox), undefined, 'a dry run records nothing');
    sandbox.runWell(...args);
    runs(sandbox, 'booted-system', 3);
    assert.is(lastGood(sandbox), 1, args.join(' '));
    sandbox.runWell('gc', '--keep', '1');
    assert.ok(sandbox.numbers().includes(1), 'it was the last good one when gc looked');
    assert.is(lastGood(sandbox), 3, 'now it is what is booted');
    sandbox.runWell('gc', '--keep', '1');
    assert.not(sandbox.numbers().includes(1));
  }
});

test('what one goes away from is not good for that', () => {
  for (const args of [['rollback'], ['switch', '1'], ['boot', '2']]) {
    using sandbox = Sandbox.with(3);
    runs(sandbox, 'booted-system', 3);
    sandbox.runWell(...args);
    runs(sandbox, 'booted-system', 2);
    assert.is(lastGood(sandbox), undefined, args.join(' '));
  }
});

test.run();
