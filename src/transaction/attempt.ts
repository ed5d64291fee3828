import { GenctlError } from '../errors.ts';
import type { Disks } from './disks.ts';
import { execute, type Outside } from './execute.ts';
import { lower } from './lower.ts';
import type { Plan, VolumeIdentity } from './plan.ts';
import type { Step, VolumeId } from './step.ts';

/** What a transaction needs from those who start it. */
export interface Surroundings {
  disks: Disks;
  outside: Outside;
  /** Told before each step is begun. */
  onStep: (step: Step) => void;
  /**
   * Called at the last moment at which all can be taken back: what it throws does so. It may take
   * its time, and calls what it is given meanwhile, which throws once the user wants to stop.
   */
  beforeCommit?: (stopIfInterrupted: () => Promise<void>) => Promise<void>;
}

/** A mirror that could not be brought up to date. */
export interface MirrorFailure {
  /** The logical path of the partition that failed. */
  mountPoint: string;
  error: GenctlError;
}

/**
 * Carries out the steps of a plan, one by one. What fails on a mirror is no failure of the whole:
 * all further steps of that mirror are left out, so that no default moves to an entry that is not
 * there, and the mirror is as bootable as it was.
 */
export class Attempt {
  readonly #surroundings: Surroundings;
  readonly #volumes: ReadonlyMap<VolumeId, VolumeIdentity>;
  readonly #failures = new Map<number, MirrorFailure>();

  constructor(plan: Plan, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#volumes = new Map(plan.volumes.map(identity => [identity.volume, identity]));
  }

  get behind(): MirrorFailure[] {
    return [...this.#failures.values()];
  }

  /** @throws GenctlError where the step is not one of a mirror */
  async perform(step: Step): Promise<void> {
    const { disks, outside, onStep } = this.#surroundings;
    const identity = 'volume' in step ? this.#volumes.get(step.volume) : undefined;
    if (identity !== undefined && this.#failures.has(identity.target)) return;
    onStep(step);
    try {
      for (const write of lower(step, disks)) await execute(write, disks, outside);
    } catch (thrown) {
      if (identity === undefined || !(thrown instanceof GenctlError)) throw thrown;
      this.fail(identity, thrown);
    }
  }

  /** @throws GenctlError the error, where the partition is no mirror's */
  fail({ target, mountPoint }: VolumeIdentity, error: GenctlError): void {
    if (target === 0) throw error;
    if (!this.#failures.has(target)) this.#failures.set(target, { mountPoint, error });
  }
}
