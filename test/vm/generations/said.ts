// What the script of a boot has said, and what a test expects of it.
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';

export class Said {
  readonly #values: ReadonlyMap<string, string>;
  readonly #about: string;

  /** @param hook the lines of the script */
  constructor(hook: string) {
    this.#values = valuesIn(hook);
    this.#about = hook;
  }

  value(name: string): string {
    return this.#values.get(name) ?? '';
  }

  is(name: string, expected: string): void {
    assert.is(this.#values.get(name), expected, this.#message(name));
  }

  /** Fails also where nothing was said. */
  not(name: string, unexpected: string): void {
    assert.ok(this.#values.has(name), this.#message(name));
    assert.is.not(this.value(name), unexpected, this.#message(name));
  }

  matches(name: string, pattern: RegExp): void {
    assert.match(this.value(name), pattern, this.#message(name));
  }

  /** That systemd has started all that it should. */
  isRunning(): void {
    this.is('failed-units', '');
    this.is('state', 'running');
  }

  /** That all of a machine is of one generation: `expected` names what `tell_generation` says. */
  isGeneration(when: string, expected: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(expected)) this.is(`${when}-${name}`, value);
    this.is(`${when}-usr`, 'active');
    this.is(`${when}-default`, 'current');
  }

  #message(name: string): string {
    return `${name}; the machine said:\n${this.#about}`;
  }
}
