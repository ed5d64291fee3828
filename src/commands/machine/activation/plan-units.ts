import { posix } from 'node:path';
import type { ActivationItem } from '../../../activation/activation-plan.ts';
import { treeOf } from '../../../activation/own-usr.ts';
import { changedNames } from '../../../activation/units/changed-names.ts';
import { decideUnitChanges } from '../../../activation/units/decide-changes.ts';
import { describeUnitChanges } from '../../../activation/units/describe-changes.ts';
import {
  overlayUnitFiles,
  type PlacedUnitFiles,
} from '../../../activation/units/future-unit-files.ts';
import { leftFindings } from '../../../activation/units/left-findings.ts';
import { liveUnitFiles } from '../../../activation/units/live-unit-files.ts';
import type { ObservedUnit } from '../../../activation/units/observed-unit.ts';
import { readUnitStates } from '../../../activation/units/read-unit-states.ts';
import { noUnitChanges, type UnitChanges } from '../../../activation/units/unit-changes.ts';
import type { UnitFiles } from '../../../activation/units/unit-files.ts';
import type { UnitState } from '../../../activation/units/unit-state.ts';
import { noExchange, type UsrExchange } from '../../../activation/units/usr-exchange.ts';
import type { Finding } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';
import { hasServiceManager } from '../../../host/service-manager.ts';
import { ownUnit } from '../../../host/transient-unit.ts';
import type { Step, UnitRun } from '../../../transaction/step.ts';
import { placedUnitFiles } from './placed-unit-files.ts';
import { placedUsrFiles } from './placed-usr-files.ts';
import { isManagerRenewed, renewedServices } from './renewed-services.ts';

/** What an activation means for units. */
export interface UnitsPart {
  /** Before `/etc` and `/usr` change. */
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
  const etc = placedUnitFiles(root, now, system, items);
  const usr = planUsr(root, items, now, states);
  const future = overlayUnitFiles(now, both(usr.files, etc));
  const decided = decideUnitChanges(now, future, states, ownUnit(), usr.exchange);
  // What enables units of packages is in the /etc of a system that brings them.
  const changes = treeOf(root, system) === undefined ? decided : { ...decided, preset: [] };
  // Where no unit is about it, systemd need not read its units again, which takes it a while.
  const isNews = usr.isExchanged || changedNames(now, future).size > 0 || hasWork(changes);
  return {
    ...(isNews ? stepsOf(changes, states) : { before: [], after: [] }),
    changes,
    findings: leftFindings(changes.left),
    text: describeUnitChanges(changes)
      .map(line => `${line}\n`)
      .join(''),
  };
}

interface UsrPart {
  isExchanged: boolean;
  files: PlacedUnitFiles;
  exchange: UsrExchange;
}

function planUsr(
  root: Root,
  items: readonly ActivationItem[],
  now: UnitFiles,
  states: readonly ObservedUnit[],
): UsrPart {
  const item = items.find(({ action }) => action === 'usr');
  if (item?.action !== 'usr') {
    return { isExchanged: false, files: nothingPlaced, exchange: noExchange };
  }
  const tree = posix.dirname(item.target);
  const files = placedUsrFiles(root, tree);
  return {
    isExchanged: true,
    files,
    exchange: {
      paths: new Set([...files.placed.keys(), ...files.removed]),
      renewed: renewedServices(root, tree, now, states),
      isManagerRenewed: isManagerRenewed(root, tree),
    },
  };
}

const nothingPlaced: PlacedUnitFiles = { placed: new Map(), removed: new Set() };

function both(one: PlacedUnitFiles, other: PlacedUnitFiles): PlacedUnitFiles {
  return {
    placed: new Map([...one.placed, ...other.placed]),
    removed: new Set([...one.removed, ...other.removed]),
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
