import type { ActivationItem } from '../../../activation/activation-plan.ts';
import { changedNames } from '../../../activation/units/changed-names.ts';
import { decideUnitChanges } from '../../../activation/units/decide-changes.ts';
import { describeUnitChanges } from '../../../activation/units/describe-changes.ts';
import { overlayUnitFiles } from '../../../activation/units/future-unit-files.ts';
import { leftFindings } from '../../../activation/units/left-findings.ts';
import { liveUnitFiles } from '../../../activation/units/live-unit-files.ts';
import { readUnitStates } from '../../../activation/units/read-unit-states.ts';
import { noUnitChanges, type UnitChanges } from '../../../activation/units/unit-changes.ts';
import type { UnitState } from '../../../activation/units/unit-state.ts';
import type { Finding } from '../../../errors.ts';
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
  /** Units that run on by their old definitions. */
  findings: readonly Finding[];
  /** What is done to the others for people, one line each. */
  text: string;
}

/**
 * Plans what becomes of units; nothing where no service manager runs.
 *
 * @param items what `activate plan` said, what is kept included
 */
export async function planUnits(
  root: Root,
  system: string,
  items: readonly ActivationItem[],
): Promise<UnitsPart> {
  if (!hasServiceManager(root)) {
    return { before: [], after: [], changes: noUnitChanges, findings: [], text: '' };
  }
  const states = await readUnitStates();
  const now = liveUnitFiles(root);
  const future = overlayUnitFiles(now, placedUnitFiles(root, now, system, items));
  const changes = decideUnitChanges(now, future, states, ownUnit());
  // Where no unit is about it, systemd need not read its units again, which takes it a while.
  const isNews = changedNames(now, future).size > 0 || hasWork(changes);
  return {
    ...(isNews ? stepsOf(changes, states) : { before: [], after: [] }),
    changes,
    findings: leftFindings(changes.left),
    text: describeUnitChanges(changes)
      .map(line => `${line}\n`)
      .join(''),
  };
}

function hasWork(changes: UnitChanges): boolean {
  const { stop, reload, restart, start, provide, preset, reexecute } = changes;
  return (
    reexecute || [stop, reload, restart, start, provide, preset].some(({ length }) => length > 0)
  );
}

function stepsOf(
  { stop, reload, restart, start, provide, preset, reexecute }: UnitChanges,
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
        provide,
        preset,
        reexecute,
      },
    ],
  };
}
