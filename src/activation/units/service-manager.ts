import { setInterval } from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../host/run.ts';
import { writeNotice } from '../../host/terminal.ts';
import { printableLine } from '../../printable.ts';
import { isUnitName } from './unit-name.ts';

/** What `systemctl` does to units, one job for each. */
export type UnitVerb = 'stop' | 'start' | 'restart' | 'reload';

/** Codes by which `systemctl` says that something did not go well; all else is an accident. */
const answers = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** After so long, a person is told what is waited for. systemd's own limits end the wait. */
const reminderSeconds = 10;

/** Generators run at a reload, each as long as 90 s. */
const reexecutionSeconds = 180;

/**
 * Lets units stop, start and so on, all at once, and waits until they have. Nothing is thrown for
 * a unit that does not: what becomes of units is seen by their states.
 *
 * @returns what `systemctl` complains about, line by line; none where all went well
 */
export async function changeUnits(verb: UnitVerb, units: readonly string[]): Promise<string[]> {
  // Any other name may be a pattern, which stands for many units.
  const names = units.filter(isUnitName).toSorted(socketsFirst);
  const impossible = units.filter(unit => !isUnitName(unit));
  const complaints = impossible.map(unit => `Failed to ${verb} ${unit}: it is no name of a unit.`);
  if (names.length === 0) return complaints;
  const reminder = setInterval(() => {
    writeNotice(`${printableLine(`waiting for systemd to ${verb} ${names.join(', ')}`)}\n`);
  }, reminderSeconds * 1000);
  try {
    return [...complaints, ...(await ask([verb, '--', ...names]))];
  } finally {
    clearInterval(reminder);
  }
}

/** Lets the presets say whether a unit is enabled; systemd sees it at the next reload. */
export async function applyPreset(unit: string): Promise<string[]> {
  return isUnitName(unit)
    ? await ask(['preset', '--no-reload', '--', unit])
    : [`Failed to preset ${unit}: it is no name of a unit.`];
}

/** Lets systemd forget that units have failed, and how often, so that they can start again. */
export async function resetFailed(units: readonly string[]): Promise<void> {
  const names = units.filter(isUnitName);
  if (names.length > 0) await ask(['reset-failed', '--', ...names]);
}

/** Lets systemd read all unit files again. */
export async function reloadManager(): Promise<void> {
  await run('systemctl', ['daemon-reload'], { shielded: true });
}

/** Lets systemd execute itself anew, and waits until it answers again. Units go on running. */
export async function reexecuteManager(): Promise<void> {
  await run('systemctl', ['daemon-reexec'], { shielded: true });
  const patienceMilliseconds = 500;
  for (let waited = 0; ; waited += patienceMilliseconds) {
    try {
      await run('systemctl', ['show', '--property=Version'], { shielded: true });
      return;
    } catch (thrown) {
      if (waited >= reexecutionSeconds * 1000) throw thrown;
      await pause(patienceMilliseconds);
    }
  }
}

async function ask(args: readonly string[]): Promise<string[]> {
  const { stderr, exitCode } = await run('systemctl', args, { shielded: true, accept: answers });
  return exitCode === 0 ? [] : stderr.split('\n').filter(line => line.trim() !== '');
}

/** A socket cannot start any more once its service runs. */
function socketsFirst(left: string, right: string): number {
  return Number(right.endsWith('.socket')) - Number(left.endsWith('.socket'));
}
