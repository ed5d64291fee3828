// Units in a transaction: taken back in the right order, and left to a boot that came between.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DiskView } from '../../src/transaction/disk-write.ts';
import { makePlan, type Plan } from '../../src/transaction/plan.ts';
import { recovery, undo } from '../../src/transaction/recovery.ts';
import type { Step, UnitRun } from '../../src/transaction/step.ts';

const run = (unit: string): UnitRun => ({ unit, invocationId: `old run of ${unit}` });

const activation: readonly Step[] = [
  { kind: 'stop-units', runs: [run('stopped.service'), run('gone.service')] },
  { kind: 'activate', system: '/nix/store/new', previous: '/nix/store/old', conflicts: 'refuse' },
  {
    kind: 'switch-units',
    stopped: [run('stopped.service'), run('gone.service')],
    reload: ['reloaded.service'],
    restart: [run('restarted.service')],
    // A target that runs is started again, for what it newly wants.
    start: ['stopped.service', 'added.service', 'multi-user.target'],
    preset: ['preset.service'],
    reexecute: false,
  },
  { kind: 'verify-etc', system: '/nix/store/new', except: [] },
];

function planOf(prepare: readonly Step[]): Plan {
  return makePlan('switch', [], () => 'fingerprint', { prepare, commit: [], cleanup: [] });
}

function viewOf(isMarkedCommitted: boolean): DiskView {
  return {
    digest: () => undefined,
    text: () => undefined,
    linkTarget: () => undefined,
    exists: () => false,
    efiVariable: () => undefined,
    loadOptionPath: () => undefined,
    isMarkedCommitted: () => isMarkedCommitted,
  };
}

test('what is new stops by its own definition, then /etc goes back, then units run as before', () => {
  assert.equal(undo(activation), [
    { kind: 'stop-units', runs: [{ unit: 'added.service', invocationId: undefined }] },
    { kind: 'activate', system: '/nix/store/old', previous: '/nix/store/new' },
    {
      kind: 'restore-units',
      runs: [run('stopped.service'), run('gone.service'), run('restarted.service')],
      reload: ['reloaded.service'],
      preset: ['preset.service'],
      reexecute: false,
    },
  ]);
});

test('where systemd itself became another one, it becomes again what it was', () => {
  const renewed = activation.map(step =>
    step.kind === 'switch-units' ? { ...step, reexecute: true } : step,
  );
  const back = undo(renewed).at(-1);
  assert.ok(back?.kind === 'restore-units' && back.reexecute);
});

test('what was begun decides what is taken back', () => {
  assert.equal(
    undo(activation.slice(0, 2)).map(({ kind }) => kind),
    ['activate', 'restore-units'],
  );
  assert.equal(
    undo(activation.slice(0, 1)).map(({ kind }) => kind),
    ['restore-units'],
  );
});

test('an activation that is taken back is never refused', () => {
  const back = undo(activation).find(({ kind }) => kind === 'activate');
  assert.not.ok(back !== undefined && 'conflicts' in back);
});

test('a boot in between has settled /etc and units by itself', () => {
  for (const isCommitted of [false, true]) {
    const view = viewOf(isCommitted);
    const plan = planOf(activation);
    const { direction, steps } = recovery(plan, view, { bootedSince: true });
    assert.is(direction, isCommitted ? 'forward' : 'back');
    assert.equal(
      steps.filter(({ kind }) => kind !== 'mark-committed'),
      [],
    );
  }
});

test('what was committed is done again, and nothing can refuse it', () => {
  const { direction, steps } = recovery(planOf(activation), viewOf(true), { bootedSince: false });
  assert.is(direction, 'forward');
  assert.equal(
    steps.map(({ kind }) => kind),
    ['stop-units', 'activate', 'switch-units', 'mark-committed'],
  );
  assert.not.ok(steps.some(step => step.kind === 'activate' && step.conflicts !== undefined));
});

test('units that were to change nothing need no taking back', () => {
  assert.equal(undo([{ kind: 'verify-etc', system: '/nix/store/new', except: [] }]), []);
});

test.run();
