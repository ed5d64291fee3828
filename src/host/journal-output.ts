import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Leaves a text in the system's journal, as `genctl`, for whoever looks there. */
export function writeToSystemJournal(bytes: Uint8Array): void {
  const text = stripVTControlCharacters(Buffer.from(bytes).toString('utf8'));
  // Without a journal, nothing is left to tell anybody.
  if (text !== '') spawnSync('systemd-cat', ['--identifier=genctl'], { input: text });
}
