import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GenctlError } from '../../src/errors.ts';
import { run } from '../../src/host/run.ts';

async function failure(work: Promise<unknown>): Promise<GenctlError> {
  try {
    await work;
  } catch (thrown) {
    return thrown as GenctlError;
  }
  throw new Error('nothing was wrong');
}

test('a program that does not end is ended', async () => {
  const { code, message } = await failure(run('sleep', ['1000'], { patienceSeconds: 0.2 }));
  assert.is(code, 'PROGRAM_FAILED');
  assert.is(message, 'sleep: it took more than 0.2 s');
});

test('one that prints without end is ended, too', async () => {
  const { code, message } = await failure(run('yes', [], { maxOutputBytes: 100_000 }));
  assert.is(code, 'PROGRAM_FAILED');
  assert.is(message, 'yes: it printed more than 100000 bytes');
});

test('one that nobody waits for any more is ended, though what it has started goes on printing', async () => {
  const script = 'sleep 3 & echo begun >&2; sleep 1000';
  const nobody = new AbortController();
  const options = { until: nobody.signal, onErrorLine: () => nobody.abort() };
  const { code, message } = await failure(run('sh', ['-c', script], options));
  assert.equal([code, message], ['PROGRAM_FAILED', 'sh: it was interrupted']);
  const late = await failure(run('sleep', ['1000'], options));
  assert.is(late.message, 'sleep: it was interrupted');
});

test('one that ends in time is left alone', async () => {
  const options = { patienceSeconds: 60, maxOutputBytes: 3 };
  assert.is((await run('printf', ['abc'], options)).stdout, 'abc');
});

test('a missing program is named with the package that brings it', async () => {
  const { code, hint } = await failure(run('no-such-program', []));
  assert.equal([code, hint], ['PROGRAM_MISSING', 'Install it: apt-get install no-such-program']);
});

test.run();
