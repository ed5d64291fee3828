import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lower } from '../../src/transaction/lower.ts';
import { makePlan } from '../../src/transaction/plan.ts';
import { recovery } from '../../src/transaction/recovery.ts';
import { type SimulatedState, simulateAll, viewOf } from '../../src/transaction/simulate.ts';
import type { Step } from '../../src/transaction/step.ts';

const before = 'EFI/genctl/grubx64.efi';
const after = 'EFI/genctl-b/grubx64.efi';
const place = { volume: 'esp', number: '0003' } as const;
const point: Step = { kind: 'point-load-option', ...place, description: 'genctl', before, after };
const remove: Step = { kind: 'delete-load-option', ...place, path: before };

/** A firmware whose entry Boot0003 starts a file; or has none where it is undefined. */
function starting(path: string | undefined): SimulatedState {
  return {
    files: new Map(),
    folders: new Set(),
    links: new Map(),
    efiVariables: new Map(path === undefined ? [] : [['Boot0003', path]]),
    storePaths: new Set(),
    references: new Map(),
    active: undefined,
    markedCommitted: false,
  };
}

const startedAfter = (state: SimulatedState, ...steps: readonly Step[]): string | undefined =>
  viewOf(simulateAll(state, steps)).loadOptionPath('0003');

test('an entry is led once, and one that somebody has led elsewhere stays', () => {
  assert.is(startedAfter(starting(before), point), after);
  for (const path of [after, 'EFI/debian/shimx64.efi', undefined]) {
    assert.equal(lower(point, viewOf(starting(path))), []);
    assert.is(startedAfter(starting(path), point), path);
  }
});

test('an entry goes as long as it starts what is to go', () => {
  assert.is(startedAfter(starting(before), remove), undefined);
  for (const path of [after, undefined]) {
    assert.equal(lower(remove, viewOf(starting(path))), []);
    assert.is(startedAfter(starting(path), remove), path);
  }
});

test('both are done behind the point of no return only, and may be done again', () => {
  const plan = makePlan('switch', [], () => 'test', {
    prepare: [],
    commit: [],
    cleanup: [point, remove],
  });
  const committed = { ...starting(before), markedCommitted: true };
  const { direction, cleanup } = recovery(plan, viewOf(committed), { bootedSince: true });
  assert.is(direction, 'forward');
  assert.is(startedAfter(committed, ...cleanup, ...cleanup), after);
  const back = recovery(plan, viewOf(starting(before)), { bootedSince: true });
  assert.equal([back.direction, back.steps, back.cleanup], ['back', [], []]);
});

test.run();
