import { GenctlError } from '../../errors.ts';
import { ifThere } from '../../host/file-error.ts';
import type { Folder } from '../../host/folder.ts';
import type { Root } from '../../host/root.ts';
import { terminalColumns, writeNotice } from '../../host/terminal.ts';
import { uptimeSeconds } from '../../host/uptime.ts';
import { printableLine } from '../../printable.ts';
import type { Surroundings } from '../../transaction/attempt.ts';
import { readJournal } from '../../transaction/journal.ts';

/*
 * A file says that a change waits. To confirm it is to give that file another name, which one
 * process can do once; the change takes the renamed file away, so that both know. None of it
 * needs the lock, which the change holds meanwhile. Times are those of the machine's own uptime:
 * a network that comes up, which may be what is tried out here, often sets the clock.
 */
const folderPath = '/run/genctl';
const wantedName = 'confirmation.wanted';
const givenName = 'confirmation.given';

const pollMilliseconds = 100;
/** How long the change that waits has to notice, on a machine that is busy with much else. */
const patienceSeconds = 5;

/** A change that is undone, unless it is confirmed. */
export interface PendingConfirmation {
  verb: string;
  secondsLeft: number;
}

/**
 * What makes a transaction wait before its point of no return until it is confirmed.
 *
 * @returns for `Surroundings`; throws NOT_CONFIRMED once so many seconds have passed
 */
export function confirmation(
  root: Root,
  seconds: number,
): NonNullable<Surroundings['beforeCommit']> {
  return async stopIfInterrupted => {
    using folder = root.folderOrMake(folderPath);
    // A run that was killed may have left them.
    for (const name of [wantedName, givenName]) takeAway(folder, name);
    const end = uptimeSeconds() + seconds;
    ask(folder, end);
    using countdown = new Countdown(root);
    try {
      for (;;) {
        await stopIfInterrupted();
        const secondsLeft = Math.ceil(end - uptimeSeconds());
        countdown.show(secondsLeft);
        // From the moment on that it is taken away, nobody can confirm any more.
        if (secondsLeft <= 0) takeAway(folder, wantedName);
        if (takeAway(folder, givenName)) return;
        if (secondsLeft <= 0) throw notConfirmed(seconds);
        await pause();
      }
    } finally {
      takeAway(folder, wantedName);
    }
  };
}

/** The change that waits for being confirmed, if one does. */
export function pendingConfirmation(root: Root): PendingConfirmation | undefined {
  const text = root.readFileIfThere(`${folderPath}/${wantedName}`)?.toString('utf8');
  const secondsLeft = Math.ceil(Number(text) - uptimeSeconds());
  if (!(secondsLeft > 0)) return undefined;
  // Without a journal, whoever waited was killed, and its change is undone.
  const verb = readJournal(root)?.plan.verb;
  return verb === undefined ? undefined : { verb, secondsLeft };
}

/**
 * Confirms the change that waits.
 *
 * @throws GenctlError NOTHING_TO_CONFIRM, also where nobody takes notice of it
 */
export async function giveConfirmation(root: Root): Promise<PendingConfirmation> {
  const pending = pendingConfirmation(root);
  if (pending === undefined) throw nothingToConfirm();
  using folder = root.folder(folderPath);
  const isGiven = ifThere(() => (folder.rename(wantedName, givenName), true)) ?? false;
  if (!isGiven) throw nothingToConfirm();
  const end = uptimeSeconds() + patienceSeconds;
  while (folder.stat(givenName) !== undefined && uptimeSeconds() < end) await pause();
  if (takeAway(folder, givenName)) throw nothingToConfirm();
  return pending;
}

/** @param end in seconds of the uptime */
function ask(folder: Folder, end: number): void {
  const partial = `${wantedName}.part`;
  takeAway(folder, partial);
  folder.createUnsynced(partial, Buffer.from(`${end}\n`));
  folder.rename(partial, wantedName);
}

/** Whether it was there. */
function takeAway(folder: Folder, name: string): boolean {
  return ifThere(() => (folder.removeFile(name), true)) ?? false;
}

async function pause(): Promise<void> {
  await new Promise(resolve => {
    setTimeout(resolve, pollMilliseconds);
  });
}

function notConfirmed(seconds: number): GenctlError {
  return new GenctlError('NOT_CONFIRMED', `nobody has confirmed it within ${formatTime(seconds)}`, {
    hint: 'It was taken back. Run it again, and `genctl confirm` in time.',
  });
}

function nothingToConfirm(): GenctlError {
  return new GenctlError('NOTHING_TO_CONFIRM', 'no change waits for being confirmed', {
    hint: 'One that was not confirmed in time is undone; see `genctl status`.',
  });
}

/** Says what is waited for: once, or on a terminal each second anew. */
class Countdown implements Disposable {
  readonly #command: string;
  #shownSeconds: number | undefined;

  constructor(root: Root) {
    const where = root.isLive ? '' : ` --root ${printableLine(root.hostPath)}`;
    this.#command = `genctl${where} confirm`;
  }

  show(secondsLeft: number): void {
    if (secondsLeft === this.#shownSeconds) return;
    const isFirst = this.#shownSeconds === undefined;
    const text = `confirm within ${formatTime(Math.max(0, secondsLeft))}: ${this.#command}`;
    if (terminalColumns('stderr') !== undefined) writeNotice(`\r${text}\u001b[K`);
    else if (isFirst) writeNotice(`${text}\n`);
    this.#shownSeconds = secondsLeft;
  }

  [Symbol.dispose](): void {
    if (terminalColumns('stderr') !== undefined) writeNotice('\n');
  }
}

/** `2m`, `1m 30s`, `45s`. */
function formatTime(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const parts = [...(minutes > 0 ? [`${minutes}m`] : []), ...(rest > 0 ? [`${rest}s`] : [])];
  return parts.join(' ') || '0s';
}
