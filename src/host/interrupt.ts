import { ownUnit } from './transient-unit.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Whether the user wants us to stop. While one of these is held, Ctrl-C does not end the process:
 * the work looks at it between two writes and undoes what it has to.
 */
export class Interrupt implements Disposable {
  #signal: string | undefined;
  readonly #came = new AbortController();
  readonly #listener = (signal: string): void => {
    // In a unit of our own a lost terminal is nobody's wish.
    if (signal === 'SIGHUP' && ownUnit() !== undefined) return;
    this.#signal ??= signal;
    this.#came.abort();
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener);
  }

  /** Aborted as soon as a signal comes: for work that waits for something else meanwhile. */
  get came(): AbortSignal {
    return this.#came.signal;
  }

  /** Lets signals arrive, and gives the first one that came. */
  async check(): Promise<string | undefined> {
    await new Promise(resolve => {
      setImmediate(resolve);
    });
    return this.#signal;
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#listener);
  }
}
