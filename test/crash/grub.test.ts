import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { brokenGrubEntries, type GrubFolder, grubVerdict } from '../transaction/grub-verdict.ts';
import { canTrace, copyOf, makeMachine, run, runTraced, write } from './crash-machine.ts';
import { readDisks } from './read-disks.ts';

/** Every system call that changes something; opening a file is followed by one of these. */
const calls =
  'rename,link,fsync,mkdir,symlink,chmod,fchmod,utimensat,lchown,unlink,rmdir,write,pwrite64,ftruncate';

/** How many of a verb's calls are looked at, evenly spread; scripts/soak looks at all. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 8);

/** Declares a system with a kernel of its own, which GRUB finds on the boot partition. */
function declare(root: string, version: string): void {
  write(
    root,
    'etc/genctl/system.conf',
    `[system]
kernel = /parts/vmlinuz-${version}
initrd = /parts/initrd-${version}
[boot]
kernelParams = n=${version}
[boot.loader]
kind = grub
[boot.loader.grub]
device = nodev
efiSupport = false
copyKernels = true
[fileSystems "/"]
device = /dev/disk/by-uuid/11111111-2222-3333-4444-555555555555
fsType = ext4
[activation]
conflicts = backup
`,
  );
}

/** A machine with so many generations under GRUB; the next one is declared. */
function makeGrubMachine(generations: number): string {
  const root = makeMachine(0);
  fs.rmSync(path.join(root, 'boot'), { recursive: true });
  write(root, 'boot/grub/grub.cfg', 'the menu of Debian');
  for (let number = 1; number <= generations; number++) {
    declare(root, String(number));
    run(root, ['switch']);
  }
  declare(root, String(generations + 1));
  return root;
}

/** What GRUB boots, and which of our entries boot nothing. */
function judge(root: string): { boots: string; broken: unknown[] } {
  const state = readDisks(root, [{ volume: 'boot', mountPoint: '/boot' }]);
  const [owner = ''] = fs.readdirSync(path.join(root, 'boot/genctl'));
  const place: GrubFolder = { volume: 'boot', owner };
  return {
    boots: JSON.stringify(grubVerdict(state, place)),
    broken: brokenGrubEntries(state, place),
  };
}

for (const verb of [['switch'], ['rollback']]) {
  const name = `killed at any system call, ${verb[0]} leaves GRUB with the old default or the new one`;
  if (!canTrace) {
    process.stdout.write(`skipped, strace is missing or may not trace: ${name}\n`);
    test.skip(name);
    continue;
  }
  test(name, () => {
    const template = makeGrubMachine(2);
    const before = judge(template).boots;
    const whole = copyOf(template);
    const { calls: all } = runTraced(whole, verb, calls);
    const after = judge(whole).boots;
    assert.is.not(before, after, 'the default moves');
    const every = Math.max(1, Math.ceil(all.length / share));
    for (const call of all.filter((_, index) => index % every === 0)) {
      const where = `${verb.join(' ')}, killed at ${call.name} ${call.occurrence}`;
      const root = copyOf(template);
      runTraced(root, verb, calls, { call, what: 'signal=KILL' });
      const killed = judge(root);
      assert.ok([before, after].includes(killed.boots), `${where}: ${killed.boots}`);
      assert.equal(killed.broken, [], where);
      run(root, ['recover']);
      const recovered = judge(root);
      assert.ok(
        [before, after].includes(recovered.boots),
        `${where}, recovered: ${recovered.boots}`,
      );
      assert.equal(recovered.broken, [], where);
      run(root, ['menu', 'verify']);
      run(root, verb[0] === 'rollback' ? ['switch', '1'] : verb);
      assert.match(judge(root).boots, /entry/, `${where}, then done again`);
      const foreign = fs.readFileSync(path.join(root, 'boot/grub/grub.cfg'), 'utf8');
      assert.is(foreign, 'the menu of Debian', where);
    }
  });
}

test.run();
