import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canTrace, makeMachine, outcomeOf, run, runToEnd, runTraced } from './crash-machine.ts';

const name = 'a recovery touches no other ESP than the one that was interrupted';

if (!canTrace) {
  process.stdout.write(`skipped, strace is missing or may not trace: ${name}\n`);
  test.skip(name);
} else {
  test(name, () => {
    const root = makeMachine(2);
    const boot = path.join(root, 'boot');
    const before = outcomeOf(root).esp;
    fs.renameSync(boot, path.join(root, 'old'));
    fs.mkdirSync(path.join(boot, 'EFI'), { recursive: true });
    run(root, ['loader', 'install']);
    run(root, ['build']);
    // Killed while it fills the other ESP, which then goes and the first one comes back.
    const call = { name: 'rename', occurrence: 6 };
    runTraced(root, ['switch'], 'rename', { call, what: 'signal=KILL' });
    fs.renameSync(boot, path.join(root, 'other'));
    fs.renameSync(path.join(root, 'old'), boot);
    const refused = runToEnd(root, ['recover']);
    assert.is(refused.status, 1);
    assert.match(refused.stderr, /error\[JOURNAL_OF_ANOTHER_ESP\]: .*\nhint: /);
    assert.equal(outcomeOf(root).esp, before);
    fs.renameSync(boot, path.join(root, 'old'));
    fs.renameSync(path.join(root, 'other'), boot);
    run(root, ['recover']);
  });
}

test.run();
