import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/** Number, in the default's name and in the profile's link: both or none have moved. */
function places(sandbox: Sandbox): string {
  const conf = sandbox.read('/boot/loader/loader.conf');
  return `${/^default genctl-\w{8}-(\d+)-/.exec(conf)?.[1]} ${sandbox.current()}`;
}

/** Runs a switch and sends Ctrl-C to its process group after a while. */
async function interrupted(
  sandbox: Sandbox,
  afterMilliseconds: number,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const child = sandbox.start(['switch', '1']);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  const timer = setTimeout(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  }, afterMilliseconds);
  return new Promise(resolve => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr });
    });
  });
}

test('Ctrl-C at any moment: nothing has changed, or all is done', async () => {
  const began = Date.now();
  using timed = Sandbox.with(2);
  timed.runWell('switch', '1');
  const whole = Date.now() - began;
  for (let step = 1; step <= 8; step++) {
    using sandbox = Sandbox.with(2);
    const before = sandbox.snapshot();
    const { code, signal, stderr } = await interrupted(sandbox, whole * (0.5 + step / 16));
    const where = `step ${step} of ${whole} ms: ${code ?? signal} ${stderr}`;
    if (code === 0) {
      assert.is(places(sandbox), '1 1', where);
    } else {
      // A process that has not begun its transaction dies of the signal, which a shell calls 130.
      assert.ok(code === 130 || signal === 'SIGINT', where);
      if (code === 130)
        assert.match(stderr, /^error\[INTERRUPTED\]: interrupted by SIGINT/m, where);
      assert.is(places(sandbox), '2 2', where);
      const changed = changesBetween(before, sandbox.snapshot());
      assert.equal(
        changed.filter(line => !/\/ledger-[ab]$/.test(line)),
        [],
        where,
      );
    }
    assert.equal(sandbox.runWell('recover', '--json').json, { recovered: null }, where);
    assert.equal(sandbox.locks(), [], where);
  }
});

test('Ctrl-C while /etc is being applied undoes what was done', async () => {
  using sandbox = Sandbox.with(1);
  const activate = `#!/bin/sh\n[ "$1" = plan ] && { echo "static '/x'"; exit; }\necho begun >&2\nkill -INT $PPID\nsleep 0.2\n`;
  sandbox.link(2, sandbox.addSystem('slow', { activate }));
  const before = sandbox.snapshot();
  const { exitCode, stderr } = sandbox.run(['switch', '2']);
  assert.is(exitCode, 130, stderr);
  assert.match(stderr, /^error\[INTERRUPTED\]: interrupted by SIGINT: all was undone$/m);
  const changed = changesBetween(before, sandbox.snapshot());
  assert.equal(
    changed.filter(line => !/\/ledger-[ab]$/.test(line)),
    [],
  );
});

test.run();
