// GRUB itself, as a program of this machine, in a terminal of its own with a disk made for it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { renderStub } from '../../../src/boot/grub/render-stub.ts';
import type { WantedFiles } from '../../../src/boot/wanted.ts';
import { hasProgram } from '../../commands/test-where.ts';
import { Screen } from '../../vm/screen.ts';
import { emulatorCommand, emulatorEnvironment } from './emulator-terminal.ts';
import { copiedPlace, layout } from './menus.ts';

export const hasGrubEmu: boolean =
  hasProgram('grub-emu', '--version') &&
  hasProgram('script', '--version') &&
  hasProgram('mkfs.ext4', '-V');

const deadlineMilliseconds = 300_000;
/** Longer than any test: what is left behind ends by itself. */
const emulatorSeconds = 1200;

/** What is on the boot partition, and what its files hold after GRUB has run. */
export class GrubDisk implements Disposable {
  readonly #folder: string;
  readonly top: string;

  /** @param files by their path on the partition */
  constructor(files: ReadonlyMap<string, string>) {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-grub-emu-'));
    this.top = `${this.#folder}/top`;
    for (const [name, text] of files) {
      fs.mkdirSync(path.dirname(`${this.top}/${name}`), { recursive: true });
      fs.writeFileSync(`${this.top}/${name}`, text);
    }
    fs.mkdirSync(`${this.#folder}/grub`);
    fs.writeFileSync(`${this.#folder}/grub/grub.cfg`, renderStub(copiedPlace, layout));
    fs.writeFileSync(`${this.#folder}/device.map`, `(hd0) ${this.#image}\n`);
    this.#makeImage();
  }

  get #image(): string {
    return `${this.#folder}/disk.img`;
  }

  #makeImage(): void {
    const { search } = copiedPlace.boot;
    const args = ['-q', '-F', '-O', '^orphan_file,^metadata_csum_seed', '-U', search.value];
    execFileSync('mkfs.ext4', [...args, '-d', this.top, this.#image, '8M'], { stdio: 'pipe' });
  }

  /** What a file of the image holds now. */
  read(name: string): string {
    return execFileSync('debugfs', ['-R', `cat /${name}`, this.#image], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  start(): GrubEmu {
    return new GrubEmu(this.#folder);
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#folder, { recursive: true });
  }
}

/** The files of a menu, those of kernels as well, as a disk has them. */
export function filesOf({ files, defaultSector }: WantedFiles): Map<string, string> {
  return new Map([
    [defaultSector.path, defaultSector.text],
    ...files.map(({ path, content }): [string, string] => [
      path,
      'text' in content ? content.text : content.copyOf,
    ]),
  ]);
}

/** A run of GRUB, and what it shows. */
export class GrubEmu implements Disposable {
  readonly #process: ChildProcess;
  readonly #screen = new Screen();
  #said = '';
  #changed = (): void => undefined;

  constructor(folder: string) {
    const places = { folder: `${folder}/grub`, map: `${folder}/device.map` };
    const [command, ...args] = emulatorCommand(places, emulatorSeconds);
    this.#process = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...emulatorEnvironment },
    });
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.#screen.write(bytes);
      this.#said += bytes.toString('latin1');
      this.#changed();
    });
  }

  press(keys: string): void {
    this.#process.stdin?.write(keys);
  }

  /** Waits until a text has come that may not stay on the screen for long. */
  async says(text: string): Promise<void> {
    await this.#waitFor(() => this.#said.includes(text), text);
  }

  /** Waits until the screen shows a text, and gives all of it. */
  async shows(text: string): Promise<string> {
    await this.#waitFor(() => this.#screen.toString().includes(text), text);
    return this.#screen.toString();
  }

  /** Waits until a line is the chosen one. */
  async hasChosen(title: string): Promise<void> {
    const isChosen = (): boolean =>
      this.#screen.rows().some(row => row.highlighted && row.text.includes(`*${title}`));
    await this.#waitFor(isChosen, `*${title}`);
  }

  /** The lines of the menu, top to bottom. */
  get lines(): string[] {
    return this.#screen
      .rows()
      .map(({ text }) => /^ [│|┃](.*)[│|┃]?/u.exec(text)?.[1] ?? '')
      .map(text =>
        text
          .replace(/[│|┃].*$/u, '')
          .replace(/^[* ]/, '')
          .trim(),
      )
      .filter(Boolean);
  }

  async #waitFor(isThere: () => boolean, what: string): Promise<void> {
    if (isThere()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`GRUB does not show ${what}:\n${this.#screen.toString()}`));
      }, deadlineMilliseconds);
      this.#changed = () => {
        if (!isThere()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
