import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { readState, type State, stateSteps } from '../../src/generations/state.ts';
import { Root } from '../../src/host/root.ts';

/** An installation that has nothing but a state file. */
export class StateFile implements Disposable {
  readonly root: Root;
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-state-'));

  constructor() {
    fs.mkdirSync(this.at('/nix/var/genctl'), { recursive: true });
    this.root = new Root(this.#folder);
  }

  at(logicalPath: string): string {
    return this.#folder + logicalPath;
  }

  /** Puts any text in place of the state. */
  write(text: string): void {
    fs.writeFileSync(this.at('/nix/var/genctl/state.json'), text);
  }

  read(): State {
    return readState(this.root);
  }

  /** Records a state as a transaction would; whether there was anything to write. */
  record(state: State): boolean {
    const steps = stateSteps(this.root, state);
    for (const step of steps) if (step.kind === 'write-state') this.write(step.after);
    return steps.length > 0;
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.#folder, { recursive: true });
  }
}
