// The real grub-install under `genctl switch`, on disks made from files. Needs root, loop devices
// and Debian's packages grub2-common, grub-pc-bin, grub-efi-amd64-bin, gdisk, dosfstools, e2fsprogs
// and strace.
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GrubStatus } from '../../src/commands/machine/grub-status.ts';
import { hasLoopMachines, LoopMachine, type MachineWish } from './loop-machine.ts';
import { hasProgram, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

const testOn = (wish: MachineWish, name: string, work: (machine: LoopMachine) => void): void =>
  testWhere(hasLoopMachines, 'root, loop devices and grub-install', name, () => {
    using machine = new LoopMachine(wish);
    work(machine);
  });

/** The folder of all that is GRUB's on the boot partition. */
function grubFolder(machine: LoopMachine): string {
  const [owner = ''] = machine.names('/boot/genctl');
  return `/boot/genctl/${owner}`;
}

/** The installations that are there. */
function trees(machine: LoopMachine): string[] {
  return machine.names(grubFolder(machine)).filter(name => name.startsWith('grub-'));
}

/** Whether a disk's first sectors hold the core image of a tree. */
function startsTree(machine: LoopMachine, index: number, tree: string): boolean {
  const place = machine.deviceAt(machine.disk(index));
  const handle = fs.openSync(place, 'r');
  const start = Buffer.alloc(2 << 20);
  fs.readSync(handle, start, 0, start.length, 0);
  fs.closeSync(handle);
  const core = fs.readFileSync(machine.at(`${grubFolder(machine)}/${tree}/grub/i386-pc/core.img`));
  // Behind the decompressor, which all of them share, it is compressed: another one ends otherwise.
  return start.includes(core.subarray(-2048, -64));
}

/** What `loader status` says of the only GRUB there. */
function grubStatus(machine: LoopMachine): GrubStatus {
  const { stdout } = machine.genctl('loader', 'status', '--json');
  const { grub } = JSON.parse(stdout) as { grub: GrubStatus[] };
  assert.is(grub.length, 1, stdout);
  return grub[0] as GrubStatus;
}

for (const table of ['msdos', 'gpt'] as const) {
  testOn({ disks: [table] }, `a disk with a table of ${table} comes to start GRUB`, machine => {
    machine.declare([0]);
    assert.not.ok(machine.startsGrub(0));
    machine.genctlWell('switch');
    assert.ok(machine.startsGrub(0));
    const [tree = '', ...others] = trees(machine);
    assert.equal(others, []);
    assert.ok(startsTree(machine, 0, tree));
    assert.ok(machine.names(`${grubFolder(machine)}/${tree}/grub/i386-pc`).includes('normal.mod'));
    const before = machine.bootSnapshot();
    assert.match(machine.genctlWell('switch', '--dry-run').stdout, /^nothing to do$/m);
    machine.genctlWell('switch');
    machine.genctlWell('menu', 'sync');
    assert.equal(changesBetween(before, machine.bootSnapshot()), []);
  });
}

testWhere(
  hasLoopMachines && hasProgram('strace', '-V'),
  'root, loop devices, grub-install and strace',
  'where there is nothing to do no program is started',
  () => {
    using machine = new LoopMachine({ disks: ['msdos'], espBytes: 32 << 20 });
    machine.declare([0], 'efiSupport = true');
    machine.genctlWell('switch');
    const trace = ['strace', '--follow-forks', '--quiet=all', '--trace=execve,fork,vfork,clone'];
    const said = machine.genctlBy(trace, 'menu', 'sync');
    assert.is(said.exitCode, 0, said.stderr);
    const started = said.stderr.split('\n').filter(line => /execve\(|fork\(|CHLD/.test(line));
    assert.is(started.length, 1, started.join('\n'));
  },
);

testOn(
  { disks: ['gpt'] },
  'an upgraded GRUB gets a folder of its own, and nothing else',
  machine => {
    machine.declare([0]);
    machine.genctlWell('switch');
    const [old = ''] = trees(machine);
    const before = machine.bootSnapshot();
    machine.replaceFile('/usr/lib/grub/i386-pc/modinfo.sh', text => `${text}# built anew\n`);
    machine.genctlWell('menu', 'sync');
    const [young = '', ...others] = trees(machine);
    assert.equal(others, []);
    assert.is.not(young, old);
    assert.ok(startsTree(machine, 0, young));
    const changed = changesBetween(before, machine.bootSnapshot())
      .filter(line => !line.includes(`/${old}`) && !line.includes(`/${young}`))
      .filter(line => !/\/ledger-[ab]$/.test(line));
    assert.equal(changed, [`~ ${grubFolder(machine).replace('/boot', '')}`]);
    assert.match(machine.genctlWell('menu', 'sync', '--dry-run').stdout, /^nothing to do$/m);
  },
);

testOn(
  { disks: ['gpt', 'gpt-without-bios-boot'] },
  'of two disks one fails: named with exit 3, all else is done, and tried again',
  machine => {
    machine.declare([0, 1]);
    const first = machine.genctl('switch');
    assert.is(first.exitCode, 3, first.stderr);
    assert.match(first.stdout, /^generation 1 is active and boots by default/m);
    assert.match(
      first.stderr,
      new RegExp(`failed for ${machine.disk(1)} \\(the others are done\\)`),
    );
    assert.match(first.stderr, /BIOS boot partition/);
    assert.equal([machine.startsGrub(0), machine.startsGrub(1)], [true, false]);
    const plan = machine.genctl('switch', '--dry-run');
    assert.match(plan.stdout, new RegExp(`install GRUB: ${machine.disk(0)}, ${machine.disk(1)}`));
    assert.not.match(plan.stdout, /entries|menu-|\.efi|move the default|link /);
    assert.is(machine.genctl('switch').exitCode, 3);
    machine.declare([0]);
    machine.genctlWell('switch');
    const [tree = '', ...others] = trees(machine);
    assert.equal(others, []);
    assert.ok(startsTree(machine, 0, tree));
  },
);

testOn(
  { disks: ['gpt'] },
  'killed in the middle of grub-install: the next run brings it to its end',
  machine => {
    machine.declare([0]);
    machine.shadow(
      'grub-install',
      'for word; do case $word in --boot-directory=*) top=${word#*=};; esac; done',
      'mkdir -p "$top/grub/i386-pc"; printf half > "$top/grub/i386-pc/normal.mod"',
      'kill -KILL $PPID',
    );
    assert.is(machine.genctl('switch').exitCode, null);
    machine.unshadow('grub-install');
    const next = machine.genctl('switch');
    assert.is(next.exitCode, 0, next.stderr);
    assert.ok(machine.startsGrub(0));
    const [tree = '', ...others] = trees(machine);
    assert.equal(others, []);
    assert.ok(startsTree(machine, 0, tree));
    const module = `${grubFolder(machine)}/${tree}/grub/i386-pc/normal.mod`;
    assert.is.not(machine.read(module), 'half');
    assert.match(machine.genctlWell('switch', '--dry-run').stdout, /^nothing to do$/m);
  },
);

testOn(
  { disks: ['gpt'] },
  'loader install makes GRUB anew, loader update only where it is older',
  machine => {
    machine.declare([0]);
    const early = machine.genctl('loader', 'update');
    assert.is(early.exitCode, 1);
    assert.match(early.stderr, /genctl loader install/);
    machine.genctlWell('switch');
    const before = trees(machine);
    assert.match(machine.genctlWell('loader', 'update', '--dry-run').stdout, /^nothing to do$/m);
    machine.genctlWell('loader', 'update');
    assert.equal(trees(machine), before);
    machine.genctlWell('loader', 'install');
    const [anew = '', ...others] = trees(machine);
    assert.equal(others, []);
    assert.is.not(anew, before[0]);
    assert.ok(startsTree(machine, 0, anew));
    assert.match(machine.genctlWell('switch', '--dry-run').stdout, /^nothing to do$/m);
  },
);

testOn(
  { disks: ['gpt'], espBytes: 32 << 20 },
  'loader status says which GRUB is where',
  machine => {
    machine.declare([0], 'efiSupport = true');
    const before = machine.genctl('loader', 'status');
    assert.is(before.exitCode, 3);
    assert.match(before.stdout, /GRUB is not installed$/m);
    assert.match(before.stderr, /GRUB_MISSING/);
    machine.genctlWell('switch');
    const { stdout } = machine.genctlWell('loader', 'status');
    assert.match(stdout, /\/boot: GRUB 2\.\d+\S*$/m);
    const program = `${machine.root}/boot/efi/EFI/genctl/grubx64.efi`;
    const { version, versionAtHand, devices, esp } = grubStatus(machine);
    assert.is(version, versionAtHand);
    assert.equal(devices, [machine.disk(0)]);
    assert.equal(esp, { program, isThere: true, firmwareEntries: null });
    machine.inside('rm', program);
    const gone = machine.genctl('loader', 'status');
    assert.is(gone.exitCode, 3);
    assert.match(gone.stderr, /GRUB_PROGRAM_GONE.*grubx64\.efi/);
    machine.genctlWell('loader', 'update');
    assert.is(grubStatus(machine).esp?.isThere, true);
  },
);

testOn(
  { disks: ['gpt'], espBytes: 1 << 20 },
  'an ESP without room: nothing is written anywhere',
  machine => {
    machine.declare([0], 'efiSupport = true');
    machine.write('/boot/efi/EFI/filler', new Uint8Array(700_000));
    const before = machine.bootSnapshot();
    const { exitCode, stderr } = machine.genctl('switch');
    assert.is(exitCode, 1);
    assert.match(stderr, /error\[ESP_FULL\].*boot\/efi is too full/);
    assert.match(stderr, /EFI\/filler/);
    assert.equal(changesBetween(before, machine.bootSnapshot()), []);
    assert.not.ok(machine.startsGrub(0));
  },
);

testOn(
  { disks: ['gpt'], espBytes: 32 << 20 },
  'from GRUB to systemd-boot and back: each goes with what is its own, kernels stay',
  machine => {
    machine.write(
      '/usr/lib/systemd/boot/efi/systemd-bootx64.efi',
      `MZ fake loader #### LoaderInfo: systemd-boot 252 ####\n${'loader '.repeat(2000)}`,
    );
    machine.declare([0], 'efiSupport = true', 'efiInstallAsRemovable = true');
    machine.genctlWell('switch');
    machine.write('/boot/efi/EFI/BOOT/shellx64.efi', 'MZ somebody’s');
    assert.equal(machine.names('/boot/efi/EFI/BOOT').toSorted(), ['BOOTX64.EFI', 'shellx64.efi']);
    machine.declareLoader('systemd-boot');
    machine.genctlWell('switch');
    assert.equal(machine.names('/boot/efi/EFI/BOOT').toSorted(), ['BOOTX64.EFI', 'shellx64.efi']);
    assert.match(machine.read('/boot/efi/EFI/BOOT/BOOTX64.EFI'), /systemd-boot 252/);
    assert.equal(machine.names('/boot/efi/EFI').toSorted(), ['BOOT', 'genctl', 'systemd']);
    assert.equal(trees(machine), []);
    assert.match(machine.genctlWell('switch', '--dry-run').stdout, /^nothing to do$/m);
    machine.declare([0], 'efiSupport = true');
    machine.genctlWell('switch');
    assert.equal(machine.names('/boot/efi/EFI/BOOT'), ['shellx64.efi']);
    assert.ok(machine.names('/boot/efi/EFI/genctl').includes('grubx64.efi'));
    machine.declareLoader('systemd-boot');
    machine.genctlWell('switch');
    assert.not.ok(machine.names('/boot/efi/EFI/genctl').includes('grubx64.efi'));
    assert.match(machine.genctlWell('menu', 'verify').stdout, /./);
    assert.match(machine.genctlWell('switch', '--dry-run').stdout, /^nothing to do$/m);
  },
);

test.run();
