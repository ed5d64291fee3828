import type { DiskView } from './disk-write.ts';
import { slotNames } from './ledger-slots.ts';
import { lower, padToSector } from './lower.ts';
import { type Plan, volumesOf } from './plan.ts';
import type { RemoveFile, Step, VolumeId } from './step.ts';

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
 * is not applied after a boot in between: the generation that was booted has applied its own.
 *
 * The caller syncs all volumes first, so that what the view shows is what is durable.
 */
export function recovery(plan: Plan, view: DiskView, circumstances: Circumstances): Recovery {
  const isCommitted = isPassed(plan.commit[0], view);
  const steps = isCommitted ? redo(plan) : undo([...plan.prepare, ...plan.commit]);
  return {
    direction: isCommitted ? 'forward' : 'back',
    steps: circumstances.bootedSince ? steps.filter(leavesEtcAlone) : steps,
    cleanup: isCommitted ? plan.cleanup : [],
  };
}

/** A state that a later one replaces is not written again: it may be in force already. */
function redo({ prepare, commit }: Plan): Step[] {
  const hasLaterState = commit.some(({ kind }) => kind === 'write-state');
  const again = prepare.filter(
    ({ kind }) => kind !== 'verify-file' && !(kind === 'write-state' && hasLaterState),
  );
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
  return [...back, ...syncs];
}

function inverse(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'create-file':
      // Its name tells its content, so what was there before is what is there now.
      return [removal(step.volume, step.wasThere === true ? `${step.path}.part` : step.path)];
    case 'overwrite-sector':
      return [{ ...step, before: step.after, after: step.before }];
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
        : [{ ...step, system: step.previous, previous: step.system }];
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
    case 'restore-text':
    case 'exchange-file':
    case 'clear-efi-variable':
    case 'run-bootctl':
    case 'collect-garbage':
    case 'mark-committed':
      return [];
  }
}

function removal(volume: VolumeId, path: string): RemoveFile {
  return { kind: 'remove-file', volume, path };
}

function leavesEtcAlone(step: Step): boolean {
  return step.kind !== 'activate' && step.kind !== 'withdraw-activation';
}
