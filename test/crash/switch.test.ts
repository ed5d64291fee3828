import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootVerdict } from '../transaction/walk-plan.ts';
import {
  canTrace,
  copyOf,
  makeMachine,
  outcomeOf,
  run,
  runTraced,
  systemOf,
} from './crash-machine.ts';
import { readDisks } from './read-disks.ts';

/** Every system call that changes something; opening a file is followed by one of these. */
const calls =
  'rename,link,fsync,mkdir,symlink,chmod,fchmod,utimensat,lchown,unlink,rmdir,write,pwrite64,ftruncate';

/** How many of a verb's calls are looked at, evenly spread; scripts/soak looks at all. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 12);

for (const verb of [['switch'], ['rollback']]) {
  const name = `killed at any system call, ${verb[0]} leaves the old machine or the new one`;
  if (!canTrace) {
    process.stdout.write(`skipped, strace is missing or may not trace: ${name}\n`);
    test.skip(name);
    continue;
  }
  test(name, () => {
    const template = makeMachine(verb[0] === 'switch' ? 1 : 2);
    const before = outcomeOf(template);
    const whole = copyOf(template);
    const { calls: all } = runTraced(whole, verb, calls);
    const after = outcomeOf(whole);
    assert.not.equal(before, after, 'the verb changes something');
    assert.ok(all.length > 12, `only ${all.length} calls were seen`);
    const every = Math.max(1, Math.ceil(all.length / share));
    for (const call of all.filter((_, index) => index % every === 0)) {
      const where = `${verb.join(' ')}, killed at ${call.name} ${call.occurrence}`;
      const root = copyOf(template);
      runTraced(root, verb, calls, { call, what: 'signal=KILL' });
      const verdict = JSON.stringify(bootVerdict(readDisks(root)));
      const allowed = [before, after].map(({ boots }) => JSON.stringify(boots));
      assert.ok(allowed.includes(verdict), `${where}: ${verdict}`);
      const foreign = path.join(root, 'boot/EFI/Microsoft/bootmgfw.efi');
      assert.is(fs.readFileSync(foreign, 'utf8'), 'windows', where);
      run(root, ['recover']);
      const recovered = JSON.stringify(outcomeOf(root));
      const ends = [before, after].map(each => JSON.stringify(each));
      assert.ok(
        ends.includes(recovered),
        `${where}, recovered:\n${recovered}\ninstead of\n${ends.join('\nor\n')}`,
      );
      run(root, verb[0] === 'rollback' ? ['switch', '1'] : verb);
      // A switch that was taken back has used up its number: all but that is the same.
      assert.equal(systemOf(outcomeOf(root)), systemOf(after), `${where}, then done again`);
    }
  });
}

test.run();
