import { GenctlError } from '../../../errors.ts';
import type { Folder } from '../../../host/folder.ts';
import { run } from '../../../host/run.ts';
import { type BuildPlan, cleanScript, installScript, noOverlay } from './build-script.ts';
import { type DpkgStatus, parseDpkgStatus } from './dpkg-status.ts';
import { installFailure } from './package-failure.ts';

export interface PackageProgress {
  name: string;
  /** Of the steps, each package being unpacked and configured; counted from 1. */
  number: number;
  count: number;
}

/** No package's step takes so long by itself; a script that waits for somebody does. */
const usualPatienceMinutes = 15;

/**
 * Namespaces of its own: what is mounted and started ends with the script, the script with us, and
 * no script reaches a network, a host's name or other processes.
 */
const apart = [
  ['--pdeathsig', 'KILL', '--', 'unshare'],
  ['--mount', '--pid', '--fork', '--kill-child', '--net', '--ipc', '--uts', '--'],
].flat();

/**
 * Installs packages in a scratch folder, which has the tree as `tree` afterwards and, where it was
 * built upon another one, a list `changed` of what is not that one's.
 *
 * @throws GenctlError PACKAGE_FAILED, BASE_UNSUITABLE (nothing can be built upon the other tree),
 *   NO_SPACE, NOT_ALLOWED, BUILD_FAILED, PROGRAM_MISSING
 */
export async function installPackages(
  scratch: Folder,
  plan: BuildPlan,
  debconfSelections: string,
  onPackage: (progress: PackageProgress) => void,
  patienceMinutes = usualPatienceMinutes,
): Promise<void> {
  scratch.createUnsynced('install.sh', Buffer.from(installScript(plan)));
  scratch.createUnsynced('clean.sh', Buffer.from(cleanScript));
  scratch.createUnsynced('selections', Buffer.from(debconfSelections));
  const steps = new Steps(plan, onPackage);
  // Kept here, as the disk may be full.
  const log: string[] = [];
  using patience = new Patience(patienceMinutes);
  try {
    const { exitCode } = await run('setpriv', [...apart, 'sh', `${plan.scratch}/install.sh`], {
      until: patience.lost,
      onOutputLine: line => log.push(line),
      onErrorLine(line) {
        patience.renew();
        steps.read(line);
      },
      accept: plan.base === undefined ? [0] : [0, noOverlay],
    });
    if (exitCode === noOverlay) throw baseUnsuitable('the kernel cannot lay it below');
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'PROGRAM_FAILED') throw thrown;
    if (patience.lost.aborted) {
      throw new GenctlError(
        'PACKAGE_FAILED',
        `cannot install ${steps.last}: it has not come to an end in ${patienceMinutes} minutes`,
        {
          cause: thrown,
          hint: 'One of its scripts may wait for an answer: declare it in [system] debconfSelections.',
        },
      );
    }
    if (
      /unshare failed|setpriv: .*not permitted|cannot change root filesystem propagation/.test(
        thrown.message,
      )
    ) {
      throw new GenctlError(
        'NOT_ALLOWED',
        'cannot install packages: only root may make namespaces to do it in',
        { cause: thrown, hint: 'Run genctl as root.' },
      );
    }
    // A folder that the base has cannot be renamed.
    if (plan.base !== undefined && log.some(line => line.includes('Invalid cross-device link'))) {
      throw baseUnsuitable('a package renames folders of it');
    }
    throw installFailure(steps.failed, log.join('\n'));
  }
}

function baseUnsuitable(reason: string): GenctlError {
  return new GenctlError('BASE_UNSUITABLE', `cannot build upon another tree: ${reason}`);
}

/** What dpkg has told of its work. */
class Steps {
  readonly failed: Extract<DpkgStatus, { kind: 'failed' }>[] = [];
  /** What it was at last. */
  last = 'the packages';
  #number = 0;
  readonly #count: number;
  readonly #onPackage: (progress: PackageProgress) => void;

  constructor({ order }: BuildPlan, onPackage: (progress: PackageProgress) => void) {
    this.#count = 2 * (order.essential.length + order.batches.flat().length);
    this.#onPackage = onPackage;
  }

  read(line: string): void {
    const status = parseDpkgStatus(line);
    if (status?.kind === 'failed') this.failed.push(status);
    if (status?.kind !== 'begun') return;
    this.last = status.name;
    // A package that is configured once more is none more.
    this.#number = Math.min(this.#number + 1, this.#count);
    this.#onPackage({ name: status.name, number: this.#number, count: this.#count });
  }
}

/** Is lost when nothing has been heard for long. */
class Patience implements Disposable {
  readonly #lost = new AbortController();
  readonly #minutes: number;
  #timer: NodeJS.Timeout;

  constructor(minutes: number) {
    this.#minutes = minutes;
    this.#timer = this.#start();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#lost.abort(), this.#minutes * 60_000);
  }
}
