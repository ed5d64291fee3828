import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digestOfText } from '../../src/transaction/lower.ts';
import type { Plan } from '../../src/transaction/plan.ts';
import { recovery } from '../../src/transaction/recovery.ts';
import {
  type SimulatedState,
  simulate,
  simulateAll,
  viewOf,
  visible,
} from '../../src/transaction/simulate.ts';
import { emptyMachine, type Model, planChange, type Recipe, withStore } from './model-machine.ts';

const first: Recipe = { number: 1, kernel: 'linux-1', initrds: ['initrd-1'] };
const second: Recipe = { number: 2, kernel: 'linux-2', initrds: ['initrd-2'] };

/** A machine whose switch to a second generation was cut off right before the default moved. */
function cutOff(): { plan: Plan; state: SimulatedState } {
  const one = finished(withStore(emptyMachine(), [first]), [first], 1);
  const ready = withStore(one, [first, second]);
  const plan = planChange(ready, [first, second], 2);
  const run = simulate({ durable: ready.state, volatile: [] }, [...plan.prepare, ...plan.commit]);
  for (let next = run.next(); next.done !== true; next = run.next()) {
    if (next.value.write.do === 'overwrite') return { plan, state: visible(next.value.before) };
  }
  throw new Error('the plan moves no default');
}

function finished(model: Model, recipes: readonly Recipe[], current: number): Model {
  const plan = planChange(model, recipes, current);
  const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];
  return { recipes, current, state: simulateAll(model.state, steps) };
}

function recovered(plan: Plan, state: SimulatedState): SimulatedState {
  const { steps, cleanup } = recovery(plan, viewOf(state), { bootedSince: false });
  return simulateAll(state, [...steps, ...cleanup]);
}

const conf = 'esp:loader/loader.conf';
const profile = 'root:nix/var/nix/profiles/system';

test('a loader.conf that somebody has changed since stays as it is', () => {
  for (const text of ['default debian.conf\n', `${'#'.repeat(600)}\ndefault debian.conf\n`]) {
    const { plan, state } = cutOff();
    const files = new Map(state.files).set(conf, { ...digestOfText(text), text });
    assert.is(recovered(plan, { ...state, files }).files.get(conf)?.text, text);
  }
});

test('a loader.conf that somebody has removed does not hold up the recovery', () => {
  const { plan, state } = cutOff();
  const files = new Map(state.files);
  files.delete(conf);
  const after = recovered(plan, { ...state, files });
  assert.is(after.files.get(conf), undefined);
  assert.not.ok([...after.links].some(([, target]) => target.includes('system-2')));
});

test('a profile that somebody has moved since stays where it is', () => {
  const { plan, state } = cutOff();
  const links = new Map(state.links).set(profile, 'system-7-link');
  assert.is(recovered(plan, { ...state, links }).links.get(profile), 'system-7-link');
});

test.run();
