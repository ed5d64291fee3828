import type { ActivationItem } from '../../../activation/activation-plan.ts';
import { decideUnitChanges } from '../../../activation/units/decide-changes.ts';
import { describeUnitChanges } from '../../../activation/units/describe-changes.ts';
import { overlayUnitFiles } from '../../../activation/units/future-unit-files.ts';
import { liveUnitFiles } from '../../../activation/units/live-unit-files.ts';
import { readUnitStates } from '../../../activation/units/read-unit-states.ts';
import { noUnitChanges, type UnitChanges } from '../../../activation/units/unit-changes.ts';
import type { UnitState } from '../../../activation/units/unit-state.ts';
import type { Root } from '../../../host/root.ts';
import { hasServiceManager } from '../../../host/service-manager.ts';
import { ownUnit } from '../../../host/transient-unit.ts';
import type { Step, UnitRun } from '../../../transaction/step.ts';
import { placedUnitFiles } from './placed-unit-files.ts';

/** What an activation means for units. */
export interface UnitsPart {
  /** Before `/etc` changes. */
  before: readonly Step[];
  after: readonly Step[];
  changes: UnitChanges;
  /** The same for people, one line each. */
  text: string;
}

/** Plans what becomes of units; nothing where no service manager runs. */
export async function planUnits(
  root: Root,
  system: string,
  items: readonly ActivationItem[],
): Promise<UnitsPart> {
  if (!hasServiceManager(root)) {
    return { before: [], after: [], changes: noUnitChanges, text: '' };
  }
  const states = await readUnitStates();
  const now = liveUnitFiles(root);
  const future = overlayUnitFiles(now, placedUnitFiles(root, system, items));
  const changes = decideUnitChanges(now, future, states, ownUnit());
  return {
    ...stepsOf(changes, states),
    changes,
    text: describeUnitChanges(changes)
      .map(line => `${line}\n`)
      .join(''),
  };
}

function stepsOf(
  { stop, reload, restart, start, preset, reexecute }: UnitChanges,
  states: readonly UnitState[],
): Pick<UnitsPart, 'before' | 'after'> {
  const runs = new Map(states.map(({ name, invocationId }) => [name, invocationId]));
  const runOf = (unit: string): UnitRun => ({ unit, invocationId: runs.get(unit) });
  const stopped = stop.map(runOf);
  return {
    before: stopped.length === 0 ? [] : [{ kind: 'stop-units', runs: stopped }],
    after: [
      {
        kind: 'switch-units',
        stopped,
        reload,
        restart: restart.map(runOf),
        start,
        preset,
        reexecute,
      },
    ],
  };
}
