import { fstatSync, writeSync } from 'node:fs';
import { GenctlError, messageOf } from '../errors.ts';
import { writeToSystemJournal } from './journal-output.ts';
import { ownUnit } from './transient-unit.ts';

const [stdout, stderr] = [1, 2] as const;
const numbers = { stdout, stderr } as const;

/** Streams whose reader has gone. */
const lost = new Set<number>();

/** Writes to standard output: results, and nothing else. */
export function writeResult(text: string): void {
  writeAll(stdout, text);
}

/** Writes to standard error: progress, warnings, errors. */
export function writeNotice(text: string): void {
  writeAll(stderr, text);
}

/** Whether text for people may be coloured: on a terminal, and never with NO_COLOR. */
export function wantsColour(stream: 'stdout' | 'stderr'): boolean {
  const noColour = process.env['NO_COLOR'];
  if (noColour !== undefined && noColour !== '') return false;
  return process[stream].isTTY && process.env['TERM'] !== 'dumb';
}

/** Columns of the terminal that a stream goes to; undefined where it goes elsewhere. */
export function terminalColumns(stream: 'stdout' | 'stderr'): number | undefined {
  const { isTTY, columns } = process[stream];
  if (!isTTY || lost.has(numbers[stream])) return undefined;
  // A serial console says 0 where nobody has told it its size.
  return columns > 0 ? columns : 80;
}

/**
 * Synchronous, so that nothing is lost when the process ends right after it. A reader that has
 * gone wants no more: `head`, or the terminal of a connection that dropped. A unit's work goes on
 * without it, and what it says from then on is in the journal.
 */
function writeAll(stream: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length && !lost.has(stream)) {
    try {
      written += writeSync(stream, bytes, written);
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
      // A reader that is slow (a pipe in non-blocking mode) gets the rest.
      if (code === 'EAGAIN') continue;
      if (code !== 'EPIPE' && !(code === 'EIO' && isTerminal(stream))) {
        throw new GenctlError('OUTPUT_FAILED', `cannot write the answer: ${messageOf(thrown)}`, {
          cause: thrown,
          hint: 'What was asked for may be done all the same: see `genctl status`.',
        });
      }
      lost.add(stream);
    }
  }
  if (lost.has(stream) && ownUnit() !== undefined) writeToSystemJournal(bytes.subarray(written));
}

/** One that hung up, which says so by EIO; a disk that says so is at fault. */
function isTerminal(stream: number): boolean {
  return fstatSync(stream).isCharacterDevice();
}
