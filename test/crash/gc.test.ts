// A collection on a machine with all that one can meet: generations that have no room in the menu,
// one of which comes back, pinned since; one that leaves the menu; and things in the store that
// nobody needs.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootVerdict, brokenEntries } from '../transaction/walk-plan.ts';
import {
  canTrace,
  copyOf,
  declare,
  makeMachine,
  outcomeOf,
  run,
  runToEnd,
  runTraced,
  write,
} from './crash-machine.ts';
import { readDisks } from './read-disks.ts';
import { canMount, withSmallPartition } from './small-partition.ts';

/** Every system call that changes something, and those by which each step is announced. */
const calls = 'rename,link,fsync,mkdir,symlink,chmod,unlink,rmdir,write,pwrite64,ftruncate';

/** How many calls are looked at beside the steps, evenly spread; scripts/soak looks at all. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 8);

const verb = ['gc', '--keep', '2', '--verbose'];
const name = 'killed at any step, gc leaves a machine that boots, and a second gc finishes';

const pinned = 2;
const last = 6;
const kernelBytes = 200_000;
/** For four kernels and what else there is. */
const partitionBytes = 1_000_000;

if (canTrace && canMount) {
  test(name, () => {
    const template = makeCrowdedMachine();
    const before = outcomeOf(template);
    const whole = copyOf(template);
    const { calls: all, notices, stderr } = collect(whole);
    const after = outcomeOf(whole);
    const storeAfter = storeOf(whole);
    assert.not.equal(before, after, 'gc changes something');
    assert.not.equal(storeOf(template), storeAfter, stderr);
    assert.ok(notices.length > 12, `only ${notices.length} steps were seen:\n${stderr}`);
    const every = Math.max(1, Math.ceil(all.length / share));
    const spread = all.filter((_, index) => index % every === 0);
    for (const call of [...notices, ...spread]) {
      const where = `gc killed at ${call.name} ${call.occurrence}`;
      const root = copyOf(template);
      const killed = collect(root, { call, what: 'signal=KILL' });
      assert.not.equal(killed.exitCode, 0, where);
      const disks = readDisks(root);
      assert.equal(bootVerdict(disks), before.boots, where);
      assert.equal(brokenEntries(disks, 'esp'), [], where);
      const foreign = path.join(root, 'boot/EFI/Microsoft/bootmgfw.efi');
      assert.is(fs.readFileSync(foreign, 'utf8'), 'windows', where);
      const second = runToEnd(root, verb, withSmallPartition(root, partitionBytes));
      assert.is(second.status, 0, `${where}, then again: ${second.stderr}`);
      assert.equal(outcomeOf(root), after, `${where}, then again`);
      assert.equal(storeOf(root), storeAfter, `${where}, then again`);
    }
  });
} else {
  process.stdout.write(`skipped, strace or mounting is not to be had: ${name}\n`);
  test.skip(name);
}

function collect(root: string, harm?: Parameters<typeof runTraced>[3]) {
  return runTraced(root, verb, calls, harm, withSmallPartition(root, partitionBytes));
}

/** Six generations; the first and the third have no room in the menu, the first two are pinned. */
function makeCrowdedMachine(): string {
  const root = makeMachine(0);
  const within = withSmallPartition(root, partitionBytes);
  let said = '';
  for (let number = 1; number <= last; number++) {
    const version = String(number);
    write(root, `parts/vmlinuz-${version}`, version.repeat(kernelBytes));
    write(root, `parts/initrd-${version}`, `initrd ${version}`);
    declare(root, version);
    said += run(root, ['switch'], within);
    if (number === pinned) run(root, ['pin', version]);
  }
  const evicted = [...said.matchAll(/MENU_EVICTED\]: generation (\d+)/g)].map(found => found[1]);
  assert.equal(evicted, ['1', '3'], said);
  run(root, ['pin', '1'], within);
  // Built and never switched to.
  declare(root, '1');
  write(root, 'etc/genctl/etc/only-built', 'x\n');
  run(root, ['build']);
  declare(root, String(last));
  return root;
}

/** All that the store holds, drafts and records included. */
function storeOf(root: string): string[] {
  return ['nix/store', 'nix/var/genctl/narinfo'].flatMap(folder =>
    fs
      .readdirSync(path.join(root, folder))
      .map(entry => `${folder}/${entry}`)
      .toSorted(),
  );
}

test.run();
