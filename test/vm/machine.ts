// One virtual machine from power-on to power-off: QEMU under UEFI or BIOS firmware, driven by its
// serial console. Emulated in software only, so that it runs everywhere alike.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atProcessEnd } from './at-process-end.ts';
import { emulatedKernel } from './emulated-kernel.ts';
import { findFirmware } from './firmware.ts';
import { findTool } from './run-tool.ts';
import { Screen } from './screen.ts';

/** OVMF, or SeaBIOS, which QEMU brings with it: that one itself says nothing to a serial console. */
export type FirmwareKind = 'uefi' | 'bios';

/** A kernel that is started past all boot loaders, as an installer is from its own medium. */
export interface DirectKernel {
  readonly kernel: string;
  readonly initrd: string;
  /** Without what is told to the kernel of every machine. */
  readonly commandLine: string;
}

export interface MachineOptions {
  /** Default: UEFI. */
  readonly firmware?: FirmwareKind;
  /** Started in place of what the disks hold. */
  readonly directKernel?: DirectKernel;
  /** The raw disks, in the order in which the firmware tries them; the machine writes to them. */
  readonly images: readonly string[];
  /** What the disks call themselves, which does not change with their places. Default: `disk0`, … */
  readonly serials?: readonly string[];
  /**
   * Holds the machine's firmware variables (UEFI), which its first boot makes and the next ones
   * keep, and what it sends to its serial ports; made where it is missing.
   */
  readonly folder: string;
  readonly memoryMiB?: number;
  /** An empty file that gets a log of all writes to the first disk. */
  readonly writeLog?: string;
}

/** Switches a machine on. Dispose of it to switch it off, whatever it is doing. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { folder, memoryMiB = 768, firmware = 'uefi', directKernel } = options;
  await mkdir(folder, { recursive: true });
  const factsPath = join(folder, 'facts');
  const settings = [
    ['-machine', 'q35,accel=tcg'],
    ['-cpu', 'qemu64'],
    // One: files run side by side, and two emulated ones take more time of ours for the same work.
    ['-smp', '1'],
    ['-m', String(memoryMiB)],
    // Without a graphics card the firmware and its boot loaders draw for the serial console only.
    ['-vga', 'none', '-display', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot'],
    ...(firmware === 'uefi' ? await uefiIn(folder) : []),
    ...(directKernel === undefined ? [] : kernelOf(directKernel)),
    ...disksOf(options),
    ['-serial', 'stdio', '-serial', `file:${factsPath}`],
  ];
  const argv = ['qemu-system-x86_64', ...settings.flat()];
  return new Machine(argv, { factsPath, consolePath: join(folder, 'console') });
}

/** The firmware, with variables that are the machine's own. */
async function uefiIn(folder: string): Promise<readonly (readonly string[])[]> {
  const firmware = findFirmware();
  if (firmware === undefined) throw new Error('no UEFI firmware for virtual machines: ovmf');
  const variables = join(folder, 'variables');
  await copyFile(firmware.variables, variables, constants.COPYFILE_EXCL).catch(ignoreExisting);
  return [
    ['-drive', `if=pflash,format=raw,readonly=on,file=${firmware.code}`],
    ['-drive', `if=pflash,format=raw,file=${variables}`],
  ];
}

function kernelOf({ kernel, initrd, commandLine }: DirectKernel): readonly (readonly string[])[] {
  return [
    ['-kernel', kernel],
    ['-initrd', initrd],
    ['-append', `${emulatedKernel} ${commandLine}`],
  ];
}

function disksOf({ images, serials, writeLog }: MachineOptions): readonly (readonly string[])[] {
  return images.flatMap((image, index) => {
    const name = `disk${index}`;
    const serial = serials?.[index] ?? name;
    const disk = index === 0 && writeLog !== undefined ? logged(image, writeLog) : plain(image);
    return [
      ['-blockdev', `node-name=${name},${disk}`],
      ['-device', `virtio-blk-pci,drive=${name},serial=${serial},bootindex=${index + 1}`],
    ];
  });
}

/** The machine's flushes need not reach our own disk: they only order the writes in the log. */
const cache = 'cache.no-flush=on';

function plain(image: string): string {
  return `driver=file,filename=${image},${cache}`;
}

function logged(image: string, writeLog: string): string {
  const log = `log.driver=file,log.filename=${writeLog},log.${cache}`;
  return `driver=blklogwrites,log-super-update-interval=1,file.driver=file,file.filename=${image},file.${cache},${log}`;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/**
 * A machine that hangs gives no sign for this long, none else does: how long anything takes depends on
 * what else runs here.
 */
export const hangSeconds = 1500;

/** What goes on sending for longer than this goes round in circles. */
const longestRunSeconds = 3600;

/** Of the console: less than comes between two seconds of a menu's countdown and its end. */
const pieceBytes = 64;

/** A key that nothing has answered by then was lost, as those are that come too early. */
const keySeconds = 30;

export class Machine implements AsyncDisposable {
  readonly screen: Screen = new Screen();
  /** Everything that came over the console. */
  console = '';
  readonly #process: ChildProcess;
  readonly #factsPath: string;
  /**
   * The console goes through a file. A pipe of Node's is a socket that holds some 280 writes of
   * one byte; when it is full for a moment, the firmware throws away what it would draw.
   */
  readonly #consoleFile: number;
  readonly #ended: Promise<string>;
  #hasEnded = false;
  #consoleBytes = 0;
  #factsBytes = 0;
  #lastOutput = Date.now();
  #errors = '';

  constructor(argv: readonly string[], paths: { factsPath: string; consolePath: string }) {
    this.#factsPath = paths.factsPath;
    this.#consoleFile = openSync(paths.consolePath, 'w+');
    // Even if this process is killed outright, no machine is left behind.
    const setpriv = findTool('setpriv');
    const guarded = setpriv === undefined ? argv : [setpriv, '--pdeathsig', 'KILL', ...argv];
    const [command = '', ...args] = guarded;
    this.#process = spawn(command, args, { stdio: ['pipe', this.#consoleFile, 'pipe'] });
    const forget = atProcessEnd(() => this.#process.kill('SIGKILL'));
    this.#process.stdin?.on('error', () => undefined);
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
    });
  }

  /** Sends bytes as one write: the firmware takes a key's escape sequence apart otherwise. */
  press(key: string): void {
    this.#process.stdin?.write(key);
  }

  /**
   * Presses a key and waits until `answer` gives something else than undefined, which it must not do
   * before. A key that was lost is pressed again.
   */
  async pressUntil<T>(key: string, what: string, answer: () => T | undefined): Promise<T> {
    let lostAt = 0;
    return await this.waitFor(what, hangSeconds, () => {
      const found = answer();
      if (found === undefined && Date.now() > lostAt) {
        this.press(key);
        lostAt = Date.now() + keySeconds * 1000;
      }
      return found;
    });
  }

  /**
   * Waits until `condition` gives something else than undefined, asking again with each piece that
   * the console has got: what is there for a moment only is seen, however late. After `seconds`, or
   * when the machine has ended, an error with what was waited for and the last screen.
   */
  async waitFor<T>(what: string, seconds: number, condition: () => T | undefined): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const hasEnded = this.#hasEnded;
      const hasRead = this.#readConsole();
      const value = condition();
      if (value !== undefined) return value;
      if (hasRead) continue;
      if (hasEnded) throw this.#failure(`the machine ended before ${what}`);
      if (Date.now() > deadline) throw this.#failure(`no ${what} after ${seconds} s`);
      await sleep(50);
    }
  }

  /** Milliseconds since the machine sent anything. */
  quietFor(): number {
    return Date.now() - this.#lastOutput;
  }

  /**
   * Waits until the machine has switched itself off and returns what it sent as facts. Throws where
   * it sends nothing for `seconds`.
   */
  async factsAtEnd(seconds: number = hangSeconds): Promise<string> {
    await this.waitFor('power-off', longestRunSeconds, () => {
      if (this.#hasEnded) return true;
      this.#lookAtFacts();
      if (this.quietFor() > seconds * 1000) throw this.#failure(`it was silent for ${seconds} s`);
      return undefined;
    });
    const ending = await this.#ended;
    const facts = (await readFile(this.#factsPath, 'utf8')).replaceAll('\r', '');
    if (ending !== 'status 0' || !facts.includes('facts: end')) {
      throw this.#failure(`the machine ended (${ending}) without all its facts`);
    }
    return facts;
  }

  /** Waits until the machine has switched itself off, or restarts, which it is not let do. */
  async end(): Promise<void> {
    await this.waitFor('power-off', hangSeconds, () => this.#hasEnded || undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
    closeSync(this.#consoleFile);
  }

  /** Reads the next piece of the console. Returns whether there was any. */
  #readConsole(): boolean {
    const buffer = Buffer.alloc(pieceBytes);
    const count = readSync(this.#consoleFile, buffer, 0, buffer.length, this.#consoleBytes);
    if (count === 0) return false;
    const bytes = buffer.subarray(0, count);
    this.#consoleBytes += count;
    this.console += bytes.toString('latin1');
    this.screen.write(bytes);
    this.#lastOutput = Date.now();
    return true;
  }

  #lookAtFacts(): void {
    const bytes = statSync(this.#factsPath, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes === this.#factsBytes) return;
    this.#factsBytes = bytes;
    this.#lastOutput = Date.now();
  }

  #failure(message: string): Error {
    while (this.#readConsole());
    const screen = this.screen.toString();
    const sent = existsSync(this.#factsPath) ? readFileSync(this.#factsPath, 'utf8') : '';
    // Before them, the firmware draws there too.
    const facts = /facts: begin[^]*$/.exec(sent)?.[0] ?? '';
    const said = `--- its last screen:\n${screen}\n--- its facts:\n${facts}\n---\n${this.#errors}`;
    return new Error(`${message}\n${said}`);
  }
}
