import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import type { Folder } from '../../src/host/folder.ts';
import type { Root } from '../../src/host/root.ts';
import { apply, type Outcome, recover } from '../../src/transaction/apply.ts';
import { Attempt, type Surroundings } from '../../src/transaction/attempt.ts';
import { Disks } from '../../src/transaction/disks.ts';
import { type Journal, readJournal, writeJournal } from '../../src/transaction/journal.ts';
import type { Plan } from '../../src/transaction/plan.ts';
import type { FilePlace, VolumeId } from '../../src/transaction/step.ts';
import { MirroredMachine } from './mirrored-machine.ts';
import { bootVerdict, brokenEntries, type WalkedTarget } from './walk-plan.ts';

const first: WalkedTarget = { esp: 'esp', boot: 'esp' };
const mirror: WalkedTarget = { esp: 'esp-2', boot: 'esp-2' };

/** Disks of which one stops answering, for good, after so many times that it was asked. */
class FailingDisks extends Disks {
  readonly #volume: VolumeId;
  #left: number;

  constructor(root: Root, tops: ReadonlyMap<VolumeId, Folder>, volume: VolumeId, times: number) {
    super(root, tops);
    this.#volume = volume;
    this.#left = times;
  }

  get hasFailed(): boolean {
    return this.#left < 0;
  }

  override folderOf(place: FilePlace): { folder: Folder; name: string } {
    this.#ask(place.volume);
    return super.folderOf(place);
  }

  override folder(volume: VolumeId, path: string): Folder {
    this.#ask(volume);
    return super.folder(volume, path);
  }

  override top(volume: VolumeId): Folder {
    this.#ask(volume);
    return super.top(volume);
  }

  #ask(volume: VolumeId): void {
    if (volume !== this.#volume) return;
    this.#left -= 1;
    if (this.#left < 0) throw new GenctlError('IO_ERROR', `${volume} does not answer`);
  }
}

function surroundings(machine: MirroredMachine, disks: Disks): Surroundings {
  const never = (): Promise<void> => Promise.reject(new Error('nobody asked for this'));
  return {
    disks,
    outside: {
      activate: never,
      withdrawActivation: never,
      verifyEtc: never,
      stopUnits: never,
      switchUnits: never,
      restoreUnits: never,
      runBootctl: never,
      runGrubInstall: never,
      collectGarbage: () => Promise.resolve(machine.collect()),
    },
    onStep: () => undefined,
  };
}

async function carryOut(machine: MirroredMachine, numbers: readonly number[]): Promise<Outcome> {
  using disks = machine.disks();
  return await apply(machine.plan(numbers), 'test', surroundings(machine, disks));
}

let prepared: MirroredMachine | undefined;
process.on('exit', () => prepared?.[Symbol.dispose]());

/** With generations 1 and 2, the second of them the default. */
async function twoGenerations(): Promise<MirroredMachine> {
  if (prepared === undefined) {
    prepared = new MirroredMachine();
    await carryOut(prepared, [1, 2]);
  }
  return new MirroredMachine(prepared);
}

/** Every line of both menus boots, and leads to a system that is there and has its link. */
function assertMenusWhole(machine: MirroredMachine, where: string): void {
  const state = machine.state();
  for (const { esp, boot } of [first, mirror]) {
    const verdict = bootVerdict(state, { esp, boot });
    assert.ok('entry' in verdict, `${where}: ${esp}: ${JSON.stringify(verdict)}`);
    assert.equal(brokenEntries(state, boot), [], where);
  }
}

function defaultOf(machine: MirroredMachine, target: WalkedTarget): string {
  const verdict = bootVerdict(machine.state(), target);
  return 'entry' in verdict ? (/^genctl-[0-9a-f]+-(\d+)-/.exec(verdict.entry)?.[1] ?? '') : '';
}

function filesOf(machine: MirroredMachine, volume: VolumeId): string[] {
  return [...machine.state().files.keys()]
    .filter(key => key.startsWith(`${volume}:`) && !/\/ledger-[ab]$/.test(key))
    .map(key => key.slice(volume.length + 1))
    .toSorted();
}

test('a mirror that fails at any moment falls behind, and nothing else', async () => {
  let failures = 0;
  for (let times = 0; ; times++) {
    using machine = await twoGenerations();
    const where = `asked ${times} times`;
    const plan = machine.plan([2, 3]);
    using disks = new FailingDisks(machine.root, machine.tops(), 'esp-2', times);
    const { leftOver, behind } = await apply(plan, 'test', surroundings(machine, disks));
    assert.is(leftOver, undefined, where);
    assert.is(readJournal(machine.root), undefined, where);
    assert.is(defaultOf(machine, first), '3', where);
    assertMenusWhole(machine, where);
    if (!disks.hasFailed) {
      assert.equal(behind, [], where);
      assert.is(defaultOf(machine, mirror), '3', where);
      break;
    }
    failures += 1;
    assert.equal(
      behind.map(({ mountPoint, error }) => [mountPoint, error.code]),
      [['/boot2', 'IO_ERROR']],
      where,
    );
    // What it may still show is kept, and goes once the mirror answers again.
    assert.ok(machine.isLinked(1), where);
    await carryOut(machine, [2, 3]);
    assert.is(defaultOf(machine, mirror), '3', where);
    assert.equal(filesOf(machine, 'esp-2'), filesOf(machine, 'esp'), `${where}, then mended`);
    assert.not.ok(machine.state().storePaths.has(`/nix/store/${'1'.repeat(32)}-system`), where);
  }
  assert.ok(failures > 40, `it failed ${failures} times`);
});

test('what a mirror began and never finished goes, also when nobody wants it any more', async () => {
  using machine = await twoGenerations();
  const plan = machine.plan([1, 2, 3]);
  const blob = plan.prepare.find(step => step.kind === 'create-file' && step.volume === 'esp-2');
  if (blob?.kind !== 'create-file') throw new Error('nothing is written to the mirror');
  let times = 0;
  const isBegun = (): boolean => fs.existsSync(machine.at(`boot2/${blob.path}.part`));
  // The failure that leaves half a file is found by trying.
  for (; !isBegun(); times++) {
    await carryOut(machine, [1, 2]);
    using disks = new FailingDisks(machine.root, machine.tops(), 'esp-2', times);
    await apply(machine.plan([1, 2, 3]), 'test', surroundings(machine, disks));
    assert.ok(disks.hasFailed, 'some failure leaves half a file');
  }
  await carryOut(machine, [1, 2]);
  assert.equal(filesOf(machine, 'esp-2'), filesOf(machine, 'esp'));
  assert.not.ok(isBegun());
});

test('the first partition failing before the point of no return takes everything back', async () => {
  let failures = 0;
  for (let times = 0; ; times += 3) {
    using machine = await twoGenerations();
    using disks = new FailingDisks(machine.root, machine.tops(), 'esp', times);
    const plan = machine.plan([2, 3]);
    const ended = await apply(plan, 'test', surroundings(machine, disks)).then(
      () => 'done',
      (error: unknown) => (error instanceof GenctlError ? error.code : String(error)),
    );
    assertMenusWhole(machine, `asked ${times} times: ${ended}`);
    if (!disks.hasFailed) break;
    failures += 1;
    if (ended === 'done') continue;
    // It never answers again, so neither can all be undone; the next run can.
    assert.is(ended, 'UNDO_FAILED');
    using whole = machine.disks();
    await recover(readJournal(machine.root) as Journal, surroundings(machine, whole));
    assertMenusWhole(machine, `asked ${times} times, then recovered`);
    assert.is(defaultOf(machine, first), defaultOf(machine, mirror));
  }
  assert.ok(failures > 10, `it failed ${failures} times`);
});

/** Carries out so many steps of a plan, and is killed. */
async function cutOff(machine: MirroredMachine, plan: Plan, count: number): Promise<void> {
  using disks = machine.disks();
  writeJournal(machine.root, { version: 2, bootId: 'another', plan });
  const attempt = new Attempt(plan, surroundings(machine, disks));
  const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];
  for (const step of steps.slice(0, count)) await attempt.perform(step);
}

async function assertRecoversWithout(
  pull: (machine: MirroredMachine) => Disks,
  code: string,
  putBack: (machine: MirroredMachine) => void,
): Promise<void> {
  const ends = new Set<string>();
  for (let count = 0; ; count += 2) {
    using machine = await twoGenerations();
    const plan = machine.plan([2, 3]);
    const all = plan.prepare.length + plan.commit.length + plan.cleanup.length;
    if (count > all) break;
    await cutOff(machine, plan, count);
    const where = `cut off after ${count} of ${all} steps`;
    const before = JSON.stringify(filesOf(machine, 'esp-2'));
    {
      using disks = pull(machine);
      const journal = readJournal(machine.root) as Journal;
      const { direction, behind } = await recover(journal, surroundings(machine, disks));
      ends.add(direction);
      assert.equal(
        behind.map(({ mountPoint, error }) => [mountPoint, error.code]),
        [['/boot2', code]],
        where,
      );
      assert.is(defaultOf(machine, first), direction === 'forward' ? '3' : '2', where);
    }
    putBack(machine);
    assert.is(JSON.stringify(filesOf(machine, 'esp-2')), before, `${where}: it was not there`);
    assert.is(readJournal(machine.root), undefined, where);
    // A line of the mirror's menu may be of a switch that was taken back, and is nobody's default.
    for (const target of [first, mirror]) {
      assert.ok('entry' in bootVerdict(machine.state(), target), where);
    }
    await carryOut(machine, [2, 3]);
    assertMenusWhole(machine, `${where}, then brought up to date`);
    assert.equal(filesOf(machine, 'esp-2'), filesOf(machine, 'esp'), where);
  }
  assert.equal([...ends].toSorted(), ['back', 'forward']);
}

test('a recovery without the mirror does the rest, and the mirror still boots', async () => {
  await assertRecoversWithout(
    machine => machine.disks('esp-2'),
    'JOURNAL_OF_ANOTHER_ESP',
    () => undefined,
  );
});

test('a recovery leaves alone another disk that is in the place of the mirror', async () => {
  await assertRecoversWithout(
    machine => {
      fs.renameSync(machine.at('boot2'), machine.at('pulled'));
      fs.mkdirSync(machine.at('boot2/EFI'), { recursive: true });
      fs.cpSync(machine.at('pulled/EFI'), machine.at('boot2/EFI'), { recursive: true });
      fs.cpSync(machine.at('pulled/loader/entries'), machine.at('boot2/loader/entries'), {
        recursive: true,
        force: true,
      });
      return machine.disks();
    },
    'JOURNAL_OF_ANOTHER_ESP',
    machine => {
      const names = fs.readdirSync(machine.at('boot2'), { recursive: true, encoding: 'utf8' });
      const pulled = fs.readdirSync(machine.at('pulled'), { recursive: true, encoding: 'utf8' });
      const inBoth = pulled.filter(name => /^EFI|^loader\/entries/.test(name));
      assert.equal(
        names.filter(name => /^EFI|^loader\/entries/.test(name)).toSorted(),
        inBoth.toSorted(),
        'the other disk is as it was',
      );
      fs.rmSync(machine.at('boot2'), { recursive: true });
      fs.renameSync(machine.at('pulled'), machine.at('boot2'));
    },
  );
});

test.run();
