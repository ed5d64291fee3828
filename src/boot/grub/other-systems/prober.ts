import { exitCodes, GenctlError } from '../../../errors.ts';
import { isInstalled, run } from '../../../host/run.ts';

/** Programs that look for other systems on the disks of the machine that runs. */
export interface Prober {
  /**
   * What a program prints.
   *
   * @throws GenctlError PROGRAM_MISSING, PROGRAM_FAILED, INTERRUPTED
   */
  ask(program: ProbeProgram, args?: readonly string[]): Promise<string>;
}

export type ProbeProgram = 'os-prober' | 'linux-boot-prober' | 'blkid';

/**
 * The probers mount what they look at, by a FUSE program that leaves their process group and, where
 * they stop half-way, is left behind and keeps the device busy. So they get processes of their own
 * (pid_namespaces(7)), of which none outlives them.
 */
const enclosed = {
  wrapper: ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
  accept: [0],
};

/** How each of them is started, and which exit codes are an answer. */
const starts = {
  'os-prober': enclosed,
  'linux-boot-prober': enclosed,
  // blkid(8): nothing was found; several things were found.
  blkid: { wrapper: [], accept: [0, 2, 8] },
};

/** A menu that somebody else has written on a stick may be of any length. */
const maxOutputBytes = 1 << 20;

/**
 * Runs the programs of this machine.
 *
 * @param patienceSeconds how long each of them may take: a disk that does not answer holds them up
 *   for ever
 * @param until aborted where nobody wants to know any more
 */
export function openProber(patienceSeconds: number, until: AbortSignal): Prober {
  return {
    ask: async (program, args = []) => {
      assertInstalled(program);
      const { wrapper, accept } = starts[program];
      const [first = program, ...words] = [...wrapper, program, ...args];
      const options = { accept, patienceSeconds, maxOutputBytes, until, shielded: true };
      try {
        return (await run(first, words, options)).stdout;
      } catch (thrown) {
        if (!until.aborted) throw failureOf(program, [first, ...words].join(' '), thrown);
        throw new GenctlError('INTERRUPTED', 'interrupted: what was found before stays', {
          cause: thrown,
          exitCode: exitCodes.interrupted,
          hint: 'Run the command again when you want it done.',
        });
      }
    },
  };
}

/** The failure by the name of the program that was meant, whatever it was started by. */
function failureOf(program: ProbeProgram, commandLine: string, thrown: unknown): unknown {
  if (!(thrown instanceof GenctlError && thrown.code === 'PROGRAM_FAILED')) return thrown;
  const why = thrown.message.replace(`${commandLine}: `, '').replace(/^unshare: /, '');
  return new GenctlError('PROGRAM_FAILED', `${program}: ${why}`, { cause: thrown });
}

/** Both are of one package. */
function assertInstalled(program: ProbeProgram): void {
  if (program === 'blkid' || isInstalled(program)) return;
  throw new GenctlError('PROGRAM_MISSING', `${program}: the program is not installed`, {
    hint: 'Install it: apt-get install os-prober',
  });
}
