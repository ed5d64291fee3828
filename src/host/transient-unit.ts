import { readlinkSync, statSync } from 'node:fs';
import { printableLine } from '../printable.ts';
import type { Root } from './root.ts';
import { hasServiceManager } from './service-manager.ts';

/** Tells the run inside which unit was made for it. */
const marker = 'GENCTL_OWN_UNIT';

/**
 * Variables that are looked at before the caller has given his whole environment. The others do
 * not go through systemd, which shows a unit's environment to everybody.
 */
const earlyVariables = ['PATH', 'TERM', 'NO_COLOR'];

/** The transient unit that was made for this very run; undefined outside of one. */
export function ownUnit(): string | undefined {
  return process.env[marker];
}

/**
 * Whether systemd can run us in a unit of our own: it runs, and what it sees is what we see. From
 * a chroot or a container with the host's /run it would work on the host.
 */
export function canHaveOwnUnit(root: Root): boolean {
  return hasServiceManager(root) && process.geteuid?.() === 0 && viewOf('1') === viewOf('self');
}

/** The mounts that a process sees, and where among them its root is. */
function viewOf(process: string): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${process}/root/.`);
    return `${readlinkSync(`/proc/${process}/ns/mnt`)} ${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/** What is to be run in a unit. */
export interface UnitRun {
  unit: string;
  /** The words that start genctl. */
  program: readonly string[];
  args: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
}

/** The arguments by which `systemd-run` starts genctl in a unit of its own. */
export function systemdRunArguments({ unit, program, args, environment }: UnitRun): string[] {
  const [first = '', ...further] = [...program, ...args];
  const passed = earlyVariables.flatMap(name => {
    const value = environment[name];
    return value === undefined ? [] : [`--setenv=${name}=${value}`];
  });
  return [
    `--unit=${unit}`,
    `--description=${printableLine(['genctl', ...args].join(' '))}`,
    // Nothing of it stays behind, also where it fails: its exit code is an answer to the caller.
    '--collect',
    '--quiet',
    '--no-ask-password',
    // It goes on speaking to the terminal, as long as there is one.
    '--pipe',
    '--wait',
    '--service-type=exec',
    // To stop it is to ask genctl, which takes back what it has begun. Nobody else of the unit is
    // sent a signal: an `activate` under way is brought to its end. Once genctl has gone, what is
    // left is killed, so that nothing writes beside the recovery.
    '--property=KillMode=mixed',
    // Taking back writes to the boot partition, and some take their time. Not forever: a shutdown
    // waits for it, and what is cut off is recovered.
    '--property=TimeoutStopSec=15min',
    // A program of ours that the kernel kills for memory is a step that failed, not the end of all.
    '--property=OOMPolicy=continue',
    // Where genctl itself was killed, its journal is there. Its failure is none of the unit's.
    // Another prefix than `-` would be lost when systemd reads its units again, and the command with
    // it: up to version 252 at least, it writes such a one down as `ExecStopPostEx=`, which it cannot
    // read.
    `--property=ExecStopPost=-${recoveryCommand(program)}`,
    ...passed,
    `--setenv=${marker}=${unit}`,
    '--',
    first,
    ...further.map(literal),
  ];
}

/** The first word is a path, and stays as it is. */
function recoveryCommand([path = '', ...further]: readonly string[]): string {
  return [path, ...[...further, 'recover', '--quiet'].map(literal)].map(quoted).join(' ');
}

/** A word that systemd would take for a variable of the environment otherwise. */
function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}

/** One word of a command in a unit's property. */
function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}
