import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Lock } from '../../src/host/lock.ts';
import { Root } from '../../src/host/root.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const child = fileURLToPath(new URL('lock-child.ts', import.meta.url));

/** Runs three children on one root, each of which fails where it was not alone. */
async function runMany(...words: readonly string[]): Promise<string[]> {
  const root = fs.mkdtempSync(path.join(base, 'genctl-lock-'));
  try {
    const endings = Array.from({ length: 3 }, () => {
      const args = ['--import', 'tsx', child, root, ...words];
      const running = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      running.stderr.setEncoding('utf8').on('data', (piece: string) => {
        stderr += piece;
      });
      return new Promise<string>(resolve => {
        running.on('close', code => resolve(`${code} ${stderr}`));
      });
    });
    for (const ending of await Promise.all(endings)) assert.is(ending, '0 ');
    return fs.readdirSync(`${root}/run/genctl`);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

test('a lock that many take and give back is held by one at a time', async () => {
  assert.equal(await runMany('400'), []);
});

/** A root of its own, with the lock of somebody. */
function rootWith(work: (path: string, root: Root) => void): void {
  const folder = fs.mkdtempSync(path.join(base, 'genctl-lock-'));
  try {
    fs.mkdirSync(`${folder}/run/genctl`, { recursive: true });
    using root = new Root(folder);
    work(`${folder}/run/genctl`, root);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

test('a lock that somebody else has by now is left to them', () => {
  rootWith((folder, root) => {
    const lock = Lock.take(root, 'test');
    fs.writeFileSync(`${folder}/lock`, 'theirs');
    lock[Symbol.dispose]();
    assert.is(fs.readFileSync(`${folder}/lock`, 'utf8'), 'theirs');
    fs.rmSync(`${folder}/lock`);
    const another = Lock.take(root, 'test');
    fs.rmSync(`${folder}/lock`);
    another[Symbol.dispose]();
  });
});

test('a holder in another pid namespace counts as alive, and is named so', () => {
  rootWith((folder, root) => {
    const bootId = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const theirs = { pid: 7, startTicks: '1', bootId, verb: 'switch', since: 0 };
    const elsewhere = { ...theirs, pidNamespace: 'pid:[1]' };
    fs.writeFileSync(`${folder}/lock`, JSON.stringify(elsewhere));
    assert.throws(
      () => Lock.take(root, 'test'),
      (error: Error & { code?: string }) =>
        error.code === 'LOCKED' && error.message.includes('pid 7 of another pid namespace'),
    );
    fs.writeFileSync(`${folder}/lock`, JSON.stringify({ ...elsewhere, bootId: 'another' }));
    Lock.take(root, 'test')[Symbol.dispose]();
    assert.equal(fs.readdirSync(folder), []);
  });
});

test('who comes late to a dead lock does not remove the living one in its place', () => {
  rootWith((folder, root) => {
    fs.writeFileSync(`${folder}/lock`, 'dead');
    // Somebody is about to take it away, and was killed: their guard is dead too.
    const guard = `guard.${createHash('sha256').update('dead').digest('hex').slice(0, 32)}`;
    fs.writeFileSync(`${folder}/${guard}`, 'dead as well');
    using lock = Lock.take(root, 'test');
    assert.equal(fs.readdirSync(folder), ['lock']);
    // One who works on it right now has a living guard: nothing goes while they do.
    const text = fs.readFileSync(`${folder}/lock`);
    lock[Symbol.dispose]();
    fs.writeFileSync(`${folder}/lock`, 'dead');
    fs.writeFileSync(`${folder}/${guard}`, text);
    assert.throws(
      () => Lock.take(root, 'test'),
      (error: Error & { code?: string }) => error.code === 'LOCKED',
    );
    assert.is(fs.readFileSync(`${folder}/lock`, 'utf8'), 'dead');
  });
});

test('a stale lock that many steal at once goes to one at a time', async () => {
  await runMany('150', 'stale');
});

test.run();
