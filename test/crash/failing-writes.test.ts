import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canTrace, copyOf, makeMachine, outcomeOf, run, runTraced } from './crash-machine.ts';

/** What a full, a dying or a read-only disk refuses. */
const calls = 'rename,fsync,mkdir,symlink,unlink,pwrite64,ftruncate,link';

/** How many calls are made to fail, evenly spread; scripts/soak lets each fail. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 12);

for (const [errno, generations] of [
  ['ENOSPC', 1],
  ['EIO', 1],
  ['EIO', 0],
] as const) {
  const name = `${errno} at any call of ${generations === 0 ? 'the first switch' : 'switch'} is undone and said, or the switch is done`;
  if (!canTrace) {
    process.stdout.write(`skipped, strace is missing or may not trace: ${name}\n`);
    test.skip(name);
    continue;
  }
  test(name, () => {
    const template = makeMachine(generations);
    const before = JSON.stringify(outcomeOf(template));
    const whole = copyOf(template);
    const { calls: all } = runTraced(whole, ['switch'], calls);
    const after = JSON.stringify(outcomeOf(whole));
    const every = Math.max(1, Math.ceil(all.length / share));
    for (const call of all.filter((_, index) => index % every === 0)) {
      const where = `${errno} at ${call.name} ${call.occurrence}`;
      const root = copyOf(template);
      const harm = { call, what: `error=${errno}` };
      const { exitCode, stderr } = runTraced(root, ['switch'], calls, harm);
      const outcome = JSON.stringify(outcomeOf(root));
      if (exitCode === 1) {
        assert.is(outcome, before, `${where}: ${stderr}`);
        assert.match(stderr, /error\[[A-Z_]+\]: /, where);
      } else if (exitCode === 4) {
        // What could not be undone is finished by the next run, when the disk is well again.
        run(root, ['recover']);
        assert.is(JSON.stringify(outcomeOf(root)), before, `${where}, recovered: ${stderr}`);
      } else {
        // 3: done, and what could not be cleaned up is named.
        assert.ok(exitCode === 0 || exitCode === 3, `${where}: ${exitCode}: ${stderr}`);
        run(root, ['recover']);
        assert.is(JSON.stringify(outcomeOf(root)), after, `${where}: ${stderr}`);
      }
    }
  });
}

test.run();
