// The power goes while genctl works on the kernel's own FAT and ext4. Killing the virtual machine
// would keep whatever it has sent to its disk, in order. So the machine runs once with all its
// writes logged, and the disks are made afterwards that a power cut could have left: without any
// of the sectors that were written since the last flush. (The seed: GENCTL_SEED.)
import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BootDefault, readBootDefault } from './boot-default.ts';
import { declare } from './declaration.ts';
import { espOffset } from './disk-image.ts';
import { valuesIn } from './facts.ts';
import { harmedForeignFiles, layForeignFiles } from './foreign-files.ts';
import { layGenctl, layHook } from './guest-programs.ts';
import { CutDisk, cutsBeforeFlushes, type PowerCut } from './power-cut.ts';
import { copyEspTo, repairedEsp } from './read-esp.ts';
import { makeSandboxMachine, type SandboxMachine } from './sandbox-machine.ts';
import { vmTest } from './vm-test.ts';
import { applyWrites, type DiskWrite, readWriteLog, sectorBytes } from './write-log.ts';

const seed = Number(process.env['GENCTL_SEED'] ?? 1);

const espMiB = 48;

let machine: SandboxMachine;
let disk: CutDisk;
let oldDefault: BootDefault;
let newDefault: BootDefault;
let cuts: readonly PowerCut[];
/** Those after which the old generation boots by default, and the new one. */
const cutsBefore: PowerCut[] = [];
const cutsAfter: PowerCut[] = [];

vmTest('a switch in a running machine, its writes logged', async () => {
  machine = await makeSandboxMachine();
  await layForeignFiles(join(machine.root, 'boot'));
  await declare(machine.root, { motd: 'one', kernelParams: 'test.generation=1' });
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  // Each generation has an initrd of its own, and the menu has room for two: the third brings a
  // new one, and with the first one's entry its initrd goes.
  await otherInitrd(join(machine.root, 'boot-parts'), 'boot-parts', 4);
  const later = { kernelParams: 'test.generation=later', configurationLimit: 2 };
  await declare(machine.root, { ...later, motd: 'two' });
  await machine.genctl('switch');
  await otherInitrd(join(machine.root, 'boot-parts'), 'boot-parts/next', 8);
  await layGenctl(machine.root);
  await layHook(machine.root, 'power-cut-hook.sh');
  await machine.writeImage({ espMiB, freeMiB: 128 });

  const start = machine.scratch('start.img');
  await copyFile(machine.image, start);
  const writeLog = machine.scratch('writes');
  const { facts } = await machine.boot({ writeLog });
  assert.is(valuesIn(facts.hook).get('switch'), '0', facts.hook);
  newDefault = await readBootDefault(machine.esp);

  const writes = await readWriteLog(writeLog);
  const [begin, end] = [markIn(writes, 'begin'), markIn(writes, 'end')];
  await applyWrites(start, writes.slice(0, begin));
  oldDefault = await readBootDefault({ image: start, offset: espOffset });
  assert.not.equal(oldDefault.digests, newDefault.digests);
  const during = writes.slice(begin, end);
  const espEnd = espOffset + espMiB * 1024 * 1024;
  const isOnEsp = ({ sector, data }: DiskWrite): boolean =>
    data.length > 0 && sector * sectorBytes >= espOffset && sector * sectorBytes < espEnd;
  cuts = cutsBeforeFlushes(during, isOnEsp, seed);
  disk = await CutDisk.open(start, during);
});

vmTest('wherever the power is cut, the old or the new default is whole', async () => {
  assert.ok(cuts.length > 30, `${cuts.length} power cuts`);
  await disk.copyTo(machine.image);
  for (const cut of cuts) {
    const about = `${JSON.stringify(cut)} of seed ${seed}`;
    await disk.cut(machine.image, cut);
    const found = await readBootDefault(machine.esp);
    const isNew = found.id === newDefault.id;
    assert.equal(found, isNew ? newDefault : oldDefault, about);
    (isNew ? cutsAfter : cutsBefore).push(cut);
    const repaired = await repairedEsp(machine.esp, machine.scratch('repaired'));
    assert.equal(await readBootDefault(repaired), found, `${about}, after fsck.vfat -a`);
  }
});

vmTest('cut before the new default: the old generation boots, and all is taken back', async () => {
  const said = await bootAfter(cutsBefore.at(-2), 'two');
  assert.equal(JSON.parse(said.get('recover') ?? ''), { recovered: 'back' });
});

vmTest('cut after the new default: the new one boots, and all is finished', async () => {
  const said = await bootAfter(cutsAfter[1], 'three');
  assert.equal(JSON.parse(said.get('recover') ?? ''), { recovered: 'forward' });
});

/** Boots a disk after a power cut; genctl recovers in there and then works as ever. */
async function bootAfter(
  cut: PowerCut | undefined,
  motd: string,
): Promise<ReadonlyMap<string, string>> {
  if (cut === undefined) throw new Error('no such power cut');
  await disk.copyTo(machine.image);
  await disk.cut(machine.image, cut);
  const { facts } = await machine.boot();
  const about = `${JSON.stringify(cut)} of seed ${seed}; the machine said:\n${facts.hook}`;
  assert.is(facts.motd, motd, about);
  assert.is(facts.storeWrite, 'refused: Read-only file system', about);
  const said = valuesIn(facts.hook);
  assert.is(JSON.parse(said.get('sync') ?? '').changed, false, about);
  assert.equal(JSON.parse(said.get('status') ?? '').findings, [], about);
  const { current, default: byDefault } = JSON.parse(said.get('status') ?? '');
  assert.equal(current, byDefault, about);
  assert.is(said.get('partial'), '0', about);
  assert.is(said.get('switch'), '0', about);
  assert.is(said.get('motd'), 'three', about);
  assert.is(JSON.parse(said.get('again') ?? '').changed, false, about);
  const repaired = await repairedEsp(machine.esp, machine.scratch('repaired'));
  assert.equal((await readBootDefault(repaired)).digests, newDefault.digests, about);
  const files = join(await mkdtemp(machine.scratch('files-')), 'esp');
  await copyEspTo(machine.esp, files);
  assert.equal(await harmedForeignFiles(files), [], about);
  return said;
}

/** Lays the initrd once more, with another digest; the kernel skips zeros at its end. */
async function otherInitrd(from: string, to: string, zeros: number): Promise<void> {
  const name = (await readdir(from)).find(file => file.startsWith('initrd.img-')) ?? '';
  const content = await readFile(join(from, name));
  await mkdir(join(machine.root, to), { recursive: true });
  await writeFile(join(machine.root, to, name), Buffer.concat([content, Buffer.alloc(zeros)]));
}

/** The first write that holds a mark of the machine's hook. */
function markIn(writes: readonly DiskWrite[], name: string): number {
  const index = writes.findIndex(({ data }) => data.includes(`genctl-test: ${name}\n`));
  if (index === -1) throw new Error(`no mark ${name} in the log`);
  return index;
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
