import { terminalColumns, writeNotice } from '../host/terminal.ts';
import { printableLine } from '../printable.ts';

/** Where no terminal shows it, a line so often tells that work goes on. */
const quietSeconds = 5;

/**
 * One line of standard error that says what is under way. A terminal shows the latest; a log gets
 * one now and then.
 */
export class ProgressLine implements Disposable {
  #isShown = false;
  #saidAt = 0;

  say(text: string): void {
    const columns = terminalColumns('stderr');
    const line = printableLine(text);
    if (columns !== undefined) {
      writeNotice(`\r\x1b[K${line.slice(0, columns - 1)}`);
      this.#isShown = true;
      return;
    }
    const now = Date.now();
    if (now - this.#saidAt < quietSeconds * 1000) return;
    this.#saidAt = now;
    writeNotice(`${line}\n`);
  }

  /** Takes the line away, so that something else can be written. */
  clear(): void {
    if (this.#isShown) writeNotice('\r\x1b[K');
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}
