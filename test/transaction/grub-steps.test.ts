// The steps that GRUB and booting once need: at every crash, on a partition without a journal and
// on one whose journal GRUB does not read.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { Disks } from '../../src/transaction/disks.ts';
import { execute, type Outside } from '../../src/transaction/execute.ts';
import { digestOfText, lower } from '../../src/transaction/lower.ts';
import { makePlan } from '../../src/transaction/plan.ts';
import { recovery, undo } from '../../src/transaction/recovery.ts';
import {
  crashStates,
  type SimulatedState,
  simulate,
  simulateAll,
  viewOf,
} from '../../src/transaction/simulate.ts';
import type { Step } from '../../src/transaction/step.ts';
import {
  bootOnce,
  type GrubMenu,
  grubPartition,
  grubVerdict,
  keyOfEnvironment,
  keyOfSector,
  planGrub,
  plannedVolume,
  programFolder,
} from './grub-model.ts';
import { walkPlan } from './walk-plan.ts';

const foreign = {
  'boot:grub/grub.cfg': "Debian's own",
  'boot:grub/grubenv': "Debian's own as well",
  'boot:vmlinuz-6.1.0-1-amd64': 'a kernel',
};
const isForeign = (key: string): boolean => key in foreign;

const one: GrubMenu = { entries: [{ id: 'one', kernel: '6.1' }], default: 'one' };
const two: GrubMenu = {
  entries: [
    { id: 'two', kernel: '6.12' },
    { id: 'one', kernel: '6.1' },
  ],
  default: 'two',
};
const start = grubPartition(one, foreign);
const plan = planGrub(one, two, 'one');
const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];

/** GRUB boots the old default or the new one, and each block it reads is one of both. */
function assertBoots(state: SimulatedState, where: string): void {
  assert.ok(
    ['boots one', 'boots two'].includes(grubVerdict(state)),
    `${where}: ${grubVerdict(state)}`,
  );
  for (const key of [keyOfSector, keyOfEnvironment]) {
    const text = state.files.get(key)?.text;
    const known = [start, end].map(each => each.files.get(key)?.text);
    assert.ok(known.includes(text), `${where}: ${key}`);
  }
}

const end = simulateAll(start, steps);

test('FAT: at every crash GRUB boots the old default or the new one', () => {
  const { crashes } = walkPlan(plan, start, isForeign, { judgeState: assertBoots });
  assert.ok(crashes > 50, `${crashes} crashes`);
  assert.is(grubVerdict(end), 'boots two');
});

test('a journal that GRUB does not read: names may be as old as the transaction', () => {
  const run = simulate({ durable: start, volatile: [] }, steps);
  const writes = [];
  for (let next = run.next(); next.done !== true; next = run.next()) writes.push(next.value);
  let looked = 0;
  for (const [index, { before, write }] of writes.entries()) {
    for (const crash of crashStates(before, write)) {
      // What was overwritten in place is seen at once; names are those of any moment before.
      for (const { before: past } of writes.slice(0, index + 1)) {
        const files = new Map(past.durable.files);
        for (const key of [keyOfSector, keyOfEnvironment]) {
          const file = crash.files.get(key);
          if (file !== undefined) files.set(key, file);
        }
        assertBoots({ ...past.durable, files }, `write ${index}`);
        looked += 1;
      }
    }
  }
  assert.ok(looked > 50, `${looked} states`);
});

test('a folder of ours that has half gone goes to its end', () => {
  const step: Step = { kind: 'remove-tree', volume: 'boot', path: programFolder('old') };
  const isWithin = (key: string): boolean => key.startsWith(`boot:${programFolder('old')}`);
  const [removal] = simulate({ durable: start, volatile: [] }, [step]);
  if (removal === undefined) throw new Error('nothing is removed');
  let torn = 0;
  for (const state of crashStates(removal.before, removal.write)) {
    const left = [...state.files.keys()].filter(isWithin).length;
    if (left === 1) torn += 1;
    const after = simulateAll(state, [step]);
    assert.equal([...after.files.keys(), ...after.folders].filter(isWithin), []);
    assert.is(after.files.size, start.files.size - 2);
  }
  assert.ok(torn > 0, 'one of two files is left in some of them');
  assert.equal(lower(step, viewOf(simulateAll(start, [step]))), []);
  assert.equal(undo([step]), []);
});

test('of a folder that is removed, links lead nowhere', async () => {
  const top = fs.mkdtempSync(join(tmpdir(), 'remove-tree-'));
  try {
    fs.mkdirSync(join(top, 'boot/genctl/grub-old/grub'), { recursive: true });
    fs.mkdirSync(join(top, 'elsewhere'));
    fs.writeFileSync(join(top, 'elsewhere/precious'), 'x');
    fs.writeFileSync(join(top, 'boot/genctl/grub-old/grub/normal.mod'), 'x');
    fs.symlinkSync(join(top, 'elsewhere'), join(top, 'boot/genctl/grub-old/grub/link'));
    fs.symlinkSync(join(top, 'elsewhere'), join(top, 'boot/genctl/leads-out'));
    using root = new Root(top);
    using disks = new Disks(root, new Map([['boot', Folder.atHostPath(join(top, 'boot'))]]));
    const remove = async (path: string): Promise<void> => {
      for (const write of lower({ kind: 'remove-tree', volume: 'boot', path }, disks)) {
        await execute(write, disks, {} as Outside);
      }
    };
    await remove('genctl/grub-old');
    assert.equal(fs.readdirSync(join(top, 'boot/genctl')), ['leads-out']);
    assert.equal(fs.readdirSync(join(top, 'elsewhere')), ['precious']);
    let refused: unknown;
    await remove('genctl/leads-out/precious').catch((thrown: unknown) => {
      refused = thrown;
    });
    assert.equal(fs.readdirSync(join(top, 'elsewhere')), ['precious'], String(refused));
  } finally {
    fs.rmSync(top, { recursive: true });
  }
});

const setOnce: Step = {
  kind: 'set-efi-variable',
  name: 'LoaderEntryOneShot',
  before: undefined,
  after: 'genctl-11111111-2-abc.conf',
};

test('word for the loader is no point of no return: a boot takes it back by itself', () => {
  for (const word of [bootOnce('two'), setOnce]) {
    const { commit } = makePlan('boot', [plannedVolume], () => 'test', {
      prepare: [],
      commit: [word],
      cleanup: [],
    });
    assert.equal(commit, [{ kind: 'mark-committed' }, word]);
  }
});

test('what was for one boot is not set again after a boot, and what is undone is taken back', () => {
  for (const word of [bootOnce('two'), setOnce]) {
    const once = makePlan('boot', [plannedVolume], () => 'test', {
      prepare: [],
      commit: [word],
      cleanup: [],
    });
    const told = simulateAll(start, once.commit);
    // The loader has booted it, and is as before.
    const consumed = { ...start, markedCommitted: true };
    const again = recovery(once, viewOf(consumed), { bootedSince: true });
    assert.is(again.direction, 'forward');
    assert.equal(simulateAll(consumed, again.steps), consumed);
    const crashed = recovery(once, viewOf(consumed), { bootedSince: false });
    assert.equal(simulateAll(consumed, crashed.steps), told);
    for (const bootedSince of [false, true]) {
      const begun = { ...told, markedCommitted: false };
      const { direction, steps: back } = recovery(once, viewOf(begun), { bootedSince });
      assert.is(direction, 'back');
      assert.equal(simulateAll(begun, back), start);
    }
  }
});

test('what somebody else has told the loader since stays', () => {
  const key = keyOfEnvironment;
  const text = 'x'.repeat(1024);
  const file = { ...digestOfText(text), text };
  const edited = {
    ...start,
    files: new Map(start.files).set(key, file),
    efiVariables: new Map([['LoaderEntryOneShot', 'debian.conf']]),
  };
  const words = [bootOnce('two'), setOnce];
  assert.equal(simulateAll(edited, words), edited);
  assert.equal(simulateAll(edited, undo(words)), edited);
});

test.run();
