import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/** What a lock of this very process says. */
function holder() {
  const stat = fs.readFileSync('/proc/self/stat', 'latin1');
  return {
    pid: process.pid,
    startTicks: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19],
    bootId: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    verb: 'switch',
    since: Math.floor(Date.now() / 1000) - 65,
  };
}

function lock(sandbox: Sandbox, content: object): void {
  sandbox.write('/run/genctl/lock', `${JSON.stringify(content)}\n`);
}

test('who comes second is told who holds the lock', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'new' });
  lock(sandbox, holder());
  const before = sandbox.snapshot();
  for (const args of [['switch'], ['gc', '--keep', '1'], ['recover'], ['build']]) {
    // With options no plan is walked first, which would build.
    const { exitCode, stderr } = sandbox.run(args, { env: {} });
    assert.is(exitCode, 75, args.join(' '));
    assert.match(
      stderr,
      new RegExp(
        `^error\\[LOCKED\\]: another genctl is at work: \`genctl switch\`, pid ${process.pid}, holds the lock for (?:6[5-9]|[7-9]\\d|\\d{3,}) s\nhint: .*ps -fp ${process.pid}\n$`,
      ),
    );
  }
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
  assert.equal(sandbox.locks(), ['lock'], 'nothing is left beside it');
  for (const args of [['list'], ['status'], ['menu', 'show'], ['switch', '--dry-run']]) {
    assert.is(sandbox.run(args).exitCode, 0, `${args.join(' ')} needs no lock`);
  }
});

const stale: readonly (readonly [string, (held: ReturnType<typeof holder>) => string])[] = [
  ['a process that is gone', held => JSON.stringify({ ...held, pid: 2 ** 22 - 3 })],
  ['a process that got the number later', held => JSON.stringify({ ...held, startTicks: '1' })],
  ['another boot', held => JSON.stringify({ ...held, bootId: 'f00' })],
  ['nobody: it is empty', () => ''],
  ['nobody: it is cut off', held => JSON.stringify(held).slice(0, 20)],
  ['nobody: it is null', () => 'null'],
  ['nobody: it is of another form', () => '{"pid": "x"}'],
];

for (const [whose, text] of stale) {
  test(`a lock of ${whose} is taken over`, () => {
    using sandbox = Sandbox.with(1);
    sandbox.write('/run/genctl/lock', text(holder()));
    sandbox.runWell('menu', 'sync');
    assert.equal(sandbox.locks(), []);
  });
}

test('a lock of a process that has ended, and that nobody has asked how, is taken over', async () => {
  using sandbox = Sandbox.with(1);
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    const stat = (): string[] => fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    while (stat()[2] !== 'Z') await tick();
    sandbox.write('/run/genctl/lock', JSON.stringify({ ...holder(), pid, startTicks: stat()[21] }));
    sandbox.runWell('menu', 'sync');
    assert.equal(sandbox.locks(), []);
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a holder that is killed frees the lock; its change is undone or finished', async () => {
  using sandbox = Sandbox.with(1);
  const started = `${sandbox.folder}/started`;
  const activate = `#!/bin/sh\n[ "$1" = plan ] && { echo "static '/x'"; exit; }\ntouch ${started}\nsleep 300\n`;
  sandbox.link(2, sandbox.addSystem('sleepy', { activate }));
  const before = sandbox.snapshot();
  const child = sandbox.start(['switch', '2']);
  const ended = new Promise(resolve => {
    child.on('close', resolve);
  });
  while (!fs.existsSync(started)) await tick();
  const second = sandbox.run(['rollback']);
  assert.is(second.exitCode, 75);
  assert.match(second.stderr, `\`genctl switch\`, pid ${child.pid}, holds the lock for `);
  killGroupOf(sandbox, child.pid ?? 0);
  await ended;
  assert.equal(sandbox.locks(), ['lock']);
  assert.is(sandbox.run(['status']).exitCode, 3);
  const recovered = sandbox.runWell('recover', '--json');
  assert.equal(recovered.json, { recovered: 'back' });
  const changed = changesBetween(before, sandbox.snapshot());
  assert.equal(
    changed.filter(line => !/\/ledger-[ab]$/.test(line)),
    [],
  );
  assert.equal(sandbox.locks(), []);
  assert.equal(sandbox.runWell('recover', '--json').json, { recovered: null });
});

/** Kills genctl, and the activation that it has shielded in a group of its own. */
function killGroupOf(sandbox: Sandbox, pid: number): void {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  process.kill(-pid, 'SIGKILL');
  for (const child of children.trim().split(' ').filter(Boolean)) {
    process.kill(-Number(child), 'SIGKILL');
  }
  assert.ok(sandbox.exists('/nix/var/genctl/journal.json'));
}

function tick(): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, 10);
  });
}

test('of many at once one works at a time, and all that are let in do it whole', async () => {
  using sandbox = Sandbox.with(2);
  const children = Array.from({ length: 4 }, (_, index) =>
    sandbox.start(['switch', String(1 + (index % 2))]),
  );
  const codes = await Promise.all(
    children.map(
      child =>
        new Promise<number | null>(resolve => {
          child.on('close', resolve);
        }),
    ),
  );
  assert.ok(
    codes.every(code => code === 0 || code === 75),
    codes.join(' '),
  );
  assert.ok(codes.includes(0));
  assert.equal(sandbox.locks(), []);
  assert.equal(sandbox.runWell('menu', 'sync', '--json').json, { entryCount: 2, changed: false });
});

test.run();
