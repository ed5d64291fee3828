// The power goes while genctl works on ext4, which GRUB reads without replaying its journal: what is
// only in there is not there for GRUB. The machine runs once with all its writes logged, and the
// disks are made afterwards that a power cut could have left: without any of the sectors that were
// written since the last flush. GRUB itself says what it would start from them. (The seed:
// GENCTL_SEED. GENCTL_POWER_CUTS is how many cuts elsewhere than around the default are tried, where
// scripts/soak asks for more, also with all on one file system.)
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Declaration } from '../declaration.ts';
import { type Disk, espOffset } from '../disk-image.ts';
import { valuesIn } from '../facts.ts';
import { guestFile, place } from '../guest-programs.ts';
import { CutDisk, cutsBeforeFlushes, type PowerCut, seeded } from '../power-cut.ts';
import type { SandboxMachine } from '../sandbox-machine.ts';
import { applyWrites, type DiskWrite, readWriteLog, sectorBytes } from '../write-log.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled } from './installed.ts';
import {
  diskReadingTools,
  type GrubStart,
  namesAsGrub,
  readAsGrub,
  whatGrubBoots,
} from './what-grub-boots.ts';

const seed = Number(process.env['GENCTL_SEED'] ?? 1);
const firmware = 'bios';

const common = {
  loaders: ['grub'],
  efiSysMountPoints: [],
  sections: grubSections(firmware, ['device = /dev/vda']),
  configurationLimit: 2,
  timeoutSeconds: 5,
} as const;

/** A switch that was logged, and what GRUB starts before and after it. */
interface LoggedSwitch {
  readonly machine: SandboxMachine;
  readonly disk: CutDisk;
  readonly cuts: readonly PowerCut[];
  /** The menu's first file, from the top of its partition. */
  readonly config: string;
  readonly before: GrubStart;
  readonly after: GrubStart;
}

const ownFileSystem = {
  name: '/boot on its own ext4',
  folder: '',
  boot: [{ type: 'ext4', label: 'BOOT', mountPoint: '/boot', sizeMiB: 96 }],
  boots: true,
} as const;
const oneForAll = { name: 'one ext4 for all', folder: '/boot', boot: [], boots: false } as const;

const wantedCuts = process.env['GENCTL_POWER_CUTS'];
const layouts = wantedCuts === undefined ? [ownFileSystem] : [ownFileSystem, oneForAll];

/** With five losses each. */
const flushesAroundDefault = 5;
const cutsElsewhere = Number(wantedCuts ?? 12);

for (const { name, folder, boot, boots } of layouts) {
  let logged: LoggedSwitch | undefined;
  const loggedSwitch = (): LoggedSwitch => {
    if (logged === undefined)
      throw new Error('not tried: no switch was logged, see the first test');
    return logged;
  };
  /** Those after which GRUB starts what it did before the switch, and the new default. */
  const cutsBefore: PowerCut[] = [];
  const cutsAfter: PowerCut[] = [];

  const emulatedTest = (title: string, body: () => Promise<void>): void =>
    grubTest(`${name}: ${title}`, body, diskReadingTools);

  emulatedTest('a switch in a running machine, its writes logged', async () => {
    logged = await logSwitch(boot, folder);
    assert.not.equal(logged.before, logged.after);
  });

  emulatedTest('wherever the power is cut, GRUB starts the old or the new default', async () => {
    const { machine, disk, cuts, config, before, after } = loggedSwitch();
    assert.ok(cuts.length > 25, `${cuts.length} power cuts`);
    const image = machine.scratch('cut.img');
    await disk.copyTo(image);
    for (const cut of cuts) {
      const about = `${JSON.stringify(cut)} of seed ${seed}`;
      await disk.cut(image, cut);
      const found = await startOf(image, config, machine).catch((error: Error) =>
        assert.unreachable(`${about}: ${error.message}`),
      );
      const isNew = JSON.stringify(found) === JSON.stringify(after);
      assert.equal(found, isNew ? after : before, about);
      (isNew ? cutsAfter : cutsBefore).push(cut);
    }
    const counts = `the old default ${cutsBefore.length} times, the new one ${cutsAfter.length} times`;
    process.stdout.write(`seed ${seed}: ${name}: of ${cuts.length} power cuts ${counts}\n`);
    assert.ok(cutsBefore.length > 0 && cutsAfter.length > 0);
  });

  if (!boots) continue;

  emulatedTest('cut before the new default: the old one boots, and all is taken back', async () => {
    const said = await bootAfter(loggedSwitch(), cutsBefore.at(-2), 'one');
    assert.equal(JSON.parse(said.get('recover') ?? ''), { recovered: 'back' });
  });

  emulatedTest('cut after the new default: it boots, and all is finished', async () => {
    const said = await bootAfter(loggedSwitch(), cutsAfter[1], 'three');
    assert.equal(JSON.parse(said.get('recover') ?? ''), { recovered: 'forward' });
  });
}

/** Installs a machine, and logs its third switch, which goes from the first generation to it. */
async function logSwitch(boot: Disk['boot'], folder: string): Promise<LoggedSwitch> {
  const machine = await makeGrubMachine();
  machines.push(machine);
  const { root } = machine;
  // Each generation has an initrd of its own; the kernel is the same.
  await otherInitrd(root, 'boot-parts/second', 4);
  await otherInitrd(root, 'boot-parts/next', 8);
  const declaration = (motd: string): Declaration => ({
    ...common,
    motd,
    kernelParams: `test.motd=${motd}`,
  });
  await layInstallation(machine, {
    declarations: [
      declaration('one'),
      { ...declaration('two'), moreInitrds: ['/boot-parts/second/initrd.img-*'] },
    ],
    later: declaration('three'),
    atLast: ['sh /power-cut.sh'],
    nextHook: 'grub/power-cut-hook.sh',
  });
  await place(root, guestFile('grub/power-cut.sh'), '/power-cut.sh', 0o755);
  await machine.writeDisks([{ image: machine.image, table: 'gpt-bios', boot, rootFreeMiB: 192 }]);

  const start = machine.scratch('start.img');
  await copyFile(machine.image, start);
  const writeLog = machine.scratch('writes');
  const { hook } = await bootLive(machine, { firmware, writeLog });
  assertInstalled(hook, 2);
  assert.is(valuesIn(hook).get('at-last'), '0', hook);

  const writes = await readWriteLog(writeLog);
  const [begin, end] = [markIn(writes, 'begin'), markIn(writes, 'end')];
  await applyWrites(start, writes.slice(0, begin));
  const during = writes.slice(begin, end);
  const disk = await CutDisk.open(start, during);
  const config = await configOn(start, folder);
  return {
    machine,
    disk,
    config,
    before: await startOf(start, config, machine),
    after: await startOf(machine.image, config, machine),
    cuts: await chosenCuts(during, machine.image, `${folder}/genctl`, boot),
  };
}

/** All around the write of the default, and some of the others: GRUB takes its time for each. */
async function chosenCuts(
  writes: readonly DiskWrite[],
  image: string,
  folder: string,
  boot: Disk['boot'],
): Promise<readonly PowerCut[]> {
  const sizeMiB = boot[0]?.sizeMiB ?? Number.POSITIVE_INFINITY;
  const end = espOffset + sizeMiB * 1024 * 1024;
  const isWithin = ({ sector, data }: DiskWrite): boolean =>
    data.length > 0 && sector * sectorBytes >= espOffset && sector * sectorBytes < end;
  const cuts = cutsBeforeFlushes(writes, isWithin, seed);
  const [owner = ''] = await namesAsGrub(image, partition, folder);
  const sector = await readAsGrub(image, partition, `${folder}/${owner}default.cfg`);
  const commit = writes.findIndex(({ data }) => data.includes(sector));
  assert.is.not(commit, -1);
  const random = seeded(seed);
  const near = new Set(
    [...new Set(cuts.map(({ after }) => after))]
      .toSorted((left, right) => Math.abs(left - commit) - Math.abs(right - commit))
      .slice(0, flushesAroundDefault),
  );
  const share = cutsElsewhere / cuts.length;
  return cuts.filter(({ after }) => near.has(after) || random() < share);
}

/** GRUB's name of the partition that holds its files: the first one. */
const partition = 'gpt1';

/** Where the core image finds its first file. */
async function configOn(image: string, folder: string): Promise<string> {
  const [owner = ''] = await namesAsGrub(image, partition, `${folder}/genctl`);
  const ours = `${folder}/genctl/${owner.replace(/\/$/, '')}`;
  const trees = (await namesAsGrub(image, partition, ours)).filter(name =>
    name.startsWith('grub-'),
  );
  assert.is(trees.length, 1, trees.join(' '));
  return `${ours}/${trees[0]?.replace(/\/$/, '')}/grub/grub.cfg`;
}

function startOf(image: string, config: string, machine: SandboxMachine): Promise<GrubStart> {
  return whatGrubBoots({ image, partition, config }, machine.scratch('emulator'));
}

/** Boots a disk after a power cut; genctl recovers in there and then works as ever. */
async function bootAfter(
  { machine, disk }: LoggedSwitch,
  cut: PowerCut | undefined,
  motd: string,
): Promise<ReadonlyMap<string, string>> {
  if (cut === undefined) throw new Error('not tried: no such power cut, see the second test');
  await disk.copyTo(machine.image);
  await disk.cut(machine.image, cut);
  // The old default is in a submenu, which the key Enter would only open.
  const { facts } = await bootThroughGrub(machine, { firmware, pick: 'none' });
  const about = `${JSON.stringify(cut)} of seed ${seed}; the machine said:\n${facts.hook}`;
  assert.is(facts.motd, motd, about);
  assert.is(facts.storeWrite, 'refused: Read-only file system', about);
  const said = valuesIn(facts.hook);
  assert.is(JSON.parse(said.get('sync') ?? '').changed, false, about);
  const status = JSON.parse(said.get('status') ?? '');
  assert.equal(status.findings, [], about);
  assert.equal(status.current, status.default, about);
  assert.is(said.get('partial'), '0', about);
  assert.is(said.get('switch'), '0', about);
  assert.is(said.get('motd'), 'three', about);
  assert.equal(JSON.parse(said.get('verified') ?? '').findings, [], about);
  return said;
}

/** Lays the initrd once more, with another digest; the kernel skips zeros at its end. */
async function otherInitrd(root: string, to: string, zeros: number): Promise<void> {
  const folder = join(root, 'boot-parts');
  const name = (await readdir(folder)).find(file => file.startsWith('initrd.img-')) ?? '';
  const content = await readFile(join(folder, name));
  await mkdir(join(root, to), { recursive: true });
  await writeFile(join(root, to, name), Buffer.concat([content, Buffer.alloc(zeros)]));
}

/** The first write that holds a mark of the machine's. */
function markIn(writes: readonly DiskWrite[], name: string): number {
  const index = writes.findIndex(({ data }) => data.includes(`genctl-test: ${name}\n`));
  if (index === -1) throw new Error(`no mark ${name} in the log`);
  return index;
}

const machines: SandboxMachine[] = [];

test.after(async () => {
  for (const machine of machines) await machine[Symbol.asyncDispose]();
});

test.run();
