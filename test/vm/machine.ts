// One virtual machine from power-on to power-off: QEMU under UEFI firmware, driven by its serial
// console. Emulated in software only, so that it runs everywhere alike.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { atProcessEnd } from './at-process-end.ts';
import { findFirmware } from './firmware.ts';
import { findTool } from './run-tool.ts';
import { Screen } from './screen.ts';

export interface MachineOptions {
  /** The raw disk; the machine writes to it. */
  readonly image: string;
  /** A path for the machine's firmware variables, made on the first boot and kept for the next. */
  readonly variables: string;
  /** A path for what the machine sends to its second serial port; overwritten. */
  readonly facts: string;
  readonly memoryMiB?: number;
}

/** Switches a machine on. Dispose of it to switch it off, whatever it is doing. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const firmware = findFirmware();
  if (firmware === undefined) throw new Error('no UEFI firmware for virtual machines: ovmf');
  await copyFile(firmware.variables, options.variables, 1).catch(ignoreExisting);
  const { memoryMiB = 768 } = options;
  const settings = [
    ['-machine', 'q35,accel=tcg'],
    ['-cpu', 'qemu64'],
    ['-smp', '2'],
    ['-m', String(memoryMiB)],
    // Without a graphics card the firmware and its boot loaders draw for the serial console only.
    ['-vga', 'none', '-display', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot'],
    ['-drive', `if=pflash,format=raw,readonly=on,file=${firmware.code}`],
    ['-drive', `if=pflash,format=raw,file=${options.variables}`],
    ['-drive', `file=${options.image},format=raw,if=none,id=disk,cache=unsafe`],
    ['-device', 'virtio-blk-pci,drive=disk,bootindex=1'],
    ['-serial', 'stdio', '-serial', `file:${options.facts}`],
  ];
  const argv = ['qemu-system-x86_64', ...settings.flat()];
  return new Machine(argv, options.facts);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

export class Machine implements AsyncDisposable {
  readonly screen: Screen = new Screen();
  /** Everything that came over the console. */
  console = '';
  readonly #process: ChildProcess;
  readonly #factsPath: string;
  readonly #listeners = new Set<() => void>();
  readonly #ended: Promise<string>;
  #hasEnded = false;
  #lastOutput = Date.now();
  #errors = '';

  constructor(argv: readonly string[], factsPath: string) {
    this.#factsPath = factsPath;
    // Even if this process is killed outright, no machine is left behind.
    const setpriv = findTool('setpriv');
    const guarded = setpriv === undefined ? argv : [setpriv, '--pdeathsig', 'KILL', ...argv];
    const [command = '', ...args] = guarded;
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const forget = atProcessEnd(() => this.#process.kill('SIGKILL'));
    this.#process.stdin?.on('error', () => undefined);
    this.#process.stdout?.on('data', (bytes: Buffer) => this.#output(bytes));
    this.#process.stderr?.on('data', (bytes: Buffer) => {
      this.#errors += bytes.toString();
    });
    this.#ended = new Promise(resolve => {
      this.#process.on('error', error => resolve(error.message));
      this.#process.on('close', (code, signal) => resolve(`status ${code ?? signal}`));
    });
    void this.#ended.then(() => {
      this.#hasEnded = true;
      forget();
      this.#notify();
    });
  }

  /** Sends bytes as one write: the firmware takes a key's escape sequence apart otherwise. */
  press(key: string): void {
    this.#process.stdin?.write(key);
  }

  /**
   * Waits until `condition` gives something else than undefined, asking again after each output
   * and at least every 100 ms. After `seconds`, or when the machine has ended, an error with what
   * was waited for and the last screen.
   */
  async waitFor<T>(what: string, seconds: number, condition: () => T | undefined): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const value = condition();
      if (value !== undefined) return value;
      if (this.#hasEnded) throw this.#failure(`the machine ended before ${what}`);
      if (Date.now() > deadline) throw this.#failure(`no ${what} after ${seconds} s`);
      await this.#nextOutput(100);
    }
  }

  /** Milliseconds since the console said anything. */
  quietFor(): number {
    return Date.now() - this.#lastOutput;
  }

  /** Waits until the machine has switched itself off and returns what it sent as facts. */
  async factsAtEnd(seconds = 240): Promise<string> {
    await this.waitFor('power-off', seconds, () => (this.#hasEnded ? true : undefined));
    const ending = await this.#ended;
    const facts = (await readFile(this.#factsPath, 'utf8')).replaceAll('\r', '');
    if (ending !== 'status 0' || !facts.includes('facts: end')) {
      throw this.#failure(`the machine ended (${ending}) without all its facts:\n${facts}`);
    }
    return facts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #output(bytes: Buffer): void {
    this.console += bytes.toString('latin1');
    this.screen.write(bytes);
    this.#lastOutput = Date.now();
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  async #nextOutput(milliseconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      this.#listeners.add(finish);
    });
  }

  #failure(message: string): Error {
    const screen = this.screen.toString();
    return new Error(`${message}\n--- its last screen:\n${screen}\n---\n${this.#errors}`);
  }
}
