import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readUnitStates } from '../../../src/activation/units/read-unit-states.ts';
import type { UnitRun } from '../../../src/transaction/step.ts';

const program = fileURLToPath(new URL('./fake-systemctl.sh', import.meta.url));

/** A service manager whose units are files, before any other on the path. */
export class FakeSystemd implements Disposable {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-systemd-'));
  readonly #path = process.env['PATH'] ?? '';
  #started = 0;

  constructor() {
    for (const name of ['units', 'broken', 'dying', 'stuck', 'bin']) {
      fs.mkdirSync(path.join(this.folder, name));
    }
    for (const name of ['etc', 'loaded']) this.write(name, 'old');
    this.write('runs', '100');
    this.write('calls', '');
    fs.symlinkSync(program, path.join(this.folder, 'bin/systemctl'));
    process.env['PATH'] = `${this.folder}/bin:${this.#path}`;
    process.env['FAKE_SYSTEMD'] = this.folder;
  }

  /** Has a unit that runs by the old definition. */
  runs(unit: string, more: Readonly<Record<string, string>> = {}): UnitRun {
    this.#started += 1;
    const invocationId = this.#started.toString(16).padStart(32, '0');
    this.has(unit, { ActiveState: 'active', InvocationID: invocationId, ...more });
    return { unit, invocationId };
  }

  /** Has a unit that was loaded, and never ran unless `more` says so. */
  has(unit: string, more: Readonly<Record<string, string>> = {}): void {
    const properties = {
      Id: unit,
      Names: unit,
      ActiveState: 'inactive',
      SubState: '',
      LoadState: 'loaded',
      InvocationID: '',
      NeedDaemonReload: 'no',
      TriggeredBy: '',
      Result: 'success',
      ExecMainStatus: '0',
      NRestarts: '0',
      Definition: 'old',
      ...more,
    };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
    this.write(`units/${unit}`, lines.join(''));
  }

  /** Has another program of systemd, which is logged as it is called. */
  program(name: string, body: string): void {
    const text = `#!/bin/sh\necho "${name} $*" >>"$FAKE_SYSTEMD/calls"\n${body}\n`;
    fs.writeFileSync(path.join(this.folder, 'bin', name), text, { mode: 0o755 });
  }

  write(name: string, text: string): void {
    fs.writeFileSync(path.join(this.folder, name), text);
  }

  /** Replaces the unit files. */
  etc(definition: 'old' | 'new'): void {
    this.write('etc', definition);
  }

  lines(name: string): string[] {
    const file = path.join(this.folder, name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  /** What was asked of it since the last time, but for questions. */
  calls(): string[] {
    const calls = this.lines('calls').filter(line => line !== '' && !line.startsWith('show'));
    this.write('calls', '');
    return calls;
  }

  /** Kills `systemctl` at a call before it does anything; 0 for none. */
  dieAt(call: number): void {
    this.write('calls', '');
    const file = path.join(this.folder, 'die');
    if (call === 0) fs.rmSync(file, { force: true });
    else this.write('die', String(call));
  }

  /** What runs, each with its definition and whether it is still the first run. */
  async state(): Promise<Record<string, string>> {
    const units = await readUnitStates();
    return Object.fromEntries(
      units.map(({ name, active, invocationId }) => {
        const definition = this.lines(`units/${name}`).find(line => line.startsWith('Definition='));
        const isFirst = Number.parseInt(invocationId ?? '0', 16) <= this.#started;
        const word = active === 'active' ? definition?.slice('Definition='.length) : active;
        return [name, isFirst && active === 'active' ? `${word} run` : String(word)];
      }),
    );
  }

  [Symbol.dispose](): void {
    process.env['PATH'] = this.#path;
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
