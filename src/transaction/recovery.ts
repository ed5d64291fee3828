import type { DiskView } from './disk-write.ts';
import { slotNames } from './ledger-slots.ts';
import { lower, padToSector } from './lower.ts';
import { isForLoader, type Plan, volumesOf } from './plan.ts';
import type { RemoveFile, Step, SwitchUnits, VolumeId } from './step.ts';

/** What has to be done about a transaction that did not come to its end. Pure. */
export interface Recovery {
  direction: 'forward' | 'back';
  steps: readonly Step[];
  /** What else is to be done, where it can be: nothing depends on it. */
  cleanup: readonly Step[];
}

export interface Circumstances {
  /** Whether the machine has been booted since the transaction began. */
  bootedSince: boolean;
}

/**
 * The rule: forward if the point of no return is on the disk, otherwise back. A pending `/etc`
 * is not applied after a boot in between: the generation that was booted has applied its own. And
 * what was for one boot only is not set again.
 *
 * The caller syncs all volumes first, so that what the view shows is what is durable.
 */
export function recovery(plan: Plan, view: DiskView, circumstances: Circumstances): Recovery {
  const isCommitted = isPassed(plan.commit[0], view);
  const steps = isCommitted ? redo(plan) : undo([...plan.prepare, ...plan.commit]);
  const isOutdated = isCommitted ? isOutdatedByBoot : isOfRunningMachine;
  return {
    direction: isCommitted ? 'forward' : 'back',
    steps: circumstances.bootedSince ? steps.filter(step => !isOutdated(step)) : steps,
    cleanup: isCommitted ? plan.cleanup : [],
  };
}

/**
 * A state that a later one replaces is not written again: it may be in force already. What was
 * verified is not verified again, and nothing in `/etc` is refused any more: it cannot go back.
 */
function redo({ prepare, commit }: Plan): Step[] {
  const hasLaterState = commit.some(({ kind }) => kind === 'write-state');
  const again = prepare.flatMap((step): Step[] => {
    if (step.kind === 'verify-file' || step.kind === 'verify-etc') return [];
    if (step.kind === 'write-state' && hasLaterState) return [];
    if (step.kind !== 'activate') return [step];
    return [{ kind: 'activate', system: step.system, previous: step.previous }];
  });
  return [...again, ...commit];
}

/** Whether a point of no return is on the disk. Left-overs of making it so do not count. */
export function isPassed(step: Step | undefined, view: DiskView): boolean {
  if (step === undefined) return false;
  switch (step.kind) {
    case 'overwrite-sector':
    case 'take-over-sector':
      return view.text(step) === step.after;
    case 'swap-link':
      return view.linkTarget({ volume: 'root', path: step.path }) === step.after;
    default:
      return lower(step, view).length === 0;
  }
}

/**
 * The steps that take back others, last ones first. Needs no new bytes on a boot partition: all
 * it creates is a copy of a ledger over an older one.
 */
export function undo(steps: readonly Step[]): readonly Step[] {
  const back = steps.toReversed().flatMap(inverse);
  const syncs = [...volumesOf(back)].map((volume): Step => ({ kind: 'sync-volume', volume }));
  return [...back, ...syncs, ...unitsAsBefore(steps)];
}

/** Units go back last of all: by then, `/etc` has their old definitions again. */
function unitsAsBefore(steps: readonly Step[]): Step[] {
  const stopped = steps.flatMap(step => (step.kind === 'stop-units' ? step.runs : []));
  const switched = steps.filter(step => step.kind === 'switch-units');
  if (stopped.length + switched.length === 0) return [];
  const runs = [...stopped, ...switched.flatMap(({ restart }) => restart)];
  const reload = switched.flatMap(step => step.reload);
  const preset = switched.flatMap(step => step.preset);
  const reexecute = switched.some(step => step.reexecute);
  return [{ kind: 'restore-units', runs, reload, preset, reexecute }];
}

function inverse(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'create-file':
      // Its name tells its content, so what was there before is what is there now.
      return [removal(step.volume, step.wasThere === true ? `${step.path}.part` : step.path)];
    case 'overwrite-sector':
    case 'write-grub-environment':
      return [{ ...step, before: step.after, after: step.before }];
    case 'set-efi-variable':
      return step.before === undefined
        ? [{ kind: 'clear-efi-variable', name: step.name, before: step.after }]
        : [{ ...step, before: step.after, after: step.before }];
    case 'take-over-sector':
      return step.before === undefined
        ? // Empty is what a rename that was cut off leaves on vfat.
          [{ ...removal(step.volume, step.path), insteadOf: [step.after, ''] }]
        : [
            {
              kind: 'restore-text',
              volume: step.volume,
              path: step.path,
              text: step.before,
              insteadOf: [step.after, padToSector(step.before)],
            },
          ];
    case 'write-ledger':
      return step.before === undefined
        ? slotNames.map(name => removal(step.volume, `${step.folder}/${name}`))
        : [{ ...step, before: step.after, after: step.before }];
    case 'make-link':
      return [{ kind: 'remove-link', path: step.path, target: step.target }];
    case 'swap-link':
      return step.before === undefined
        ? [{ kind: 'remove-link', path: step.path, target: step.after }]
        : [{ ...step, before: step.after, after: step.before }];
    case 'activate':
      return step.previous === undefined
        ? [{ kind: 'withdraw-activation', system: step.system }]
        : [{ kind: 'activate', system: step.previous, previous: step.system }];
    case 'switch-units':
      return stopNewUnits(step);
    case 'sync-volume':
      return [step];
    // A number that was given is not given again, an empty folder harms nobody, and what removes
    // or exchanges files stands behind the point of no return.
    case 'write-state':
    case 'make-folder':
    case 'verify-file':
    case 'remove-file':
    case 'remove-link':
    case 'withdraw-activation':
    case 'verify-etc':
    case 'stop-units':
    case 'restore-units':
    case 'restore-text':
    case 'exchange-file':
    case 'clear-efi-variable':
    case 'run-bootctl':
    case 'run-grub-install':
    case 'point-load-option':
    case 'delete-load-option':
    case 'remove-tree':
    case 'collect-garbage':
    case 'mark-committed':
      return [];
  }
}

function removal(volume: VolumeId, path: string): RemoveFile {
  return { kind: 'remove-file', volume, path };
}

/** What a boot does by itself: it applies the `/etc` of what is booted, and starts its units. */
const ofRunningMachine: ReadonlySet<Step['kind']> = new Set([
  'activate',
  'withdraw-activation',
  'verify-etc',
  'stop-units',
  'switch-units',
  'restore-units',
]);

/**
 * What has not run before ends while its definition is there. What was stopped to be started anew
 * is restarted when units go back, if its run is another one.
 */
function stopNewUnits({ start, stopped }: SwitchUnits): Step[] {
  const before = new Set(stopped.map(({ unit }) => unit));
  const runs = start
    // A target that runs is started as well, to start what it has come to want.
    .filter(unit => !before.has(unit) && !unit.endsWith('.target'))
    .map(unit => ({ unit, invocationId: undefined }));
  return runs.length === 0 ? [] : [{ kind: 'stop-units', runs }];
}

function isOfRunningMachine({ kind }: Step): boolean {
  return ofRunningMachine.has(kind);
}

/**
 * A loader takes back by itself what it was told for one boot. To tell it again would boot that once
 * more; to take it back where it has not is right at any time.
 */
function isOutdatedByBoot(step: Step): boolean {
  return isOfRunningMachine(step) || isForLoader(step);
}
