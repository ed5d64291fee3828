// A machine in a folder, managed by genctl from outside, that can be booted as it stands.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Disk, type DiskSizes, espOffset, plainDisk, writeDisks } from './disk-image.ts';
import { type Facts, parseFacts } from './facts.ts';
import { type Machine, startMachine } from './machine.ts';
import { type DrawnMenu, enterChosen, pickEntry, readMenu } from './menu.ts';
import { obtainParts } from './parts.ts';
import type { Esp } from './read-esp.ts';
import { layRootTree } from './root-tree.ts';
import { runTool } from './run-tool.ts';
import { makeWorkFolder, type WorkFolder } from './work-folder.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
/** The bundled executable; `bundleGenctl` makes it from the sources as they are. */
export const genctlExecutable: string = join(checkout, 'dist/genctl');

export interface Boot {
  /** As the firmware drew it, before any key. */
  readonly menu: DrawnMenu;
  readonly facts: Facts;
}

/** An entry as `genctl menu show --json` tells it. */
export interface ShownEntry {
  /** The file's name. */
  readonly id: string;
  readonly title: string;
  readonly isDefault: boolean;
}

export interface BootOptions {
  /**
   * The title to pick by keys; `none` leaves the menu alone, until it starts its default. Without it,
   * the one that the menu has chosen is entered at once.
   */
  readonly pick?: RegExp | 'none';
  /** A path for a log of all writes to the first disk. */
  readonly writeLog?: string;
  /** The disks that are plugged in; without it the one that `writeImage` has made. */
  readonly images?: readonly string[];
}

export class SandboxMachine implements AsyncDisposable {
  readonly root: string;
  /** The disk, once `writeImage` has made it. */
  readonly image: string;
  /** The first partition on it. */
  readonly esp: Esp;
  readonly #work: WorkFolder;

  constructor(work: WorkFolder) {
    this.#work = work;
    this.root = join(work.path, 'root');
    this.image = join(work.path, 'disk.img');
    this.esp = { image: this.image, offset: espOffset };
  }

  /** A path for a test's own files, removed with the machine. */
  scratch(name: string): string {
    return join(this.#work.path, name);
  }

  /** Runs genctl on the folder and returns its standard output; throws where it fails. */
  genctl(...args: readonly string[]): Promise<string> {
    return runTool(genctlExecutable, ['--root', this.root, ...args]);
  }

  /** What genctl says of the boot menu, from top to bottom. */
  async menu(): Promise<readonly ShownEntry[]> {
    return JSON.parse(await this.genctl('menu', 'show', '--json')).entries;
  }

  /** Makes the disk anew from the folder; what earlier boots did to the disk is forgotten. */
  async writeImage(sizes: DiskSizes = {}): Promise<void> {
    await this.writeDisks([plainDisk(this.image, sizes)]);
  }

  /** The same with other disks than the usual one. */
  async writeDisks(disks: readonly Disk[]): Promise<void> {
    await rm(this.scratch('machine'), { recursive: true, force: true });
    await writeDisks(this.root, disks);
  }

  /** From power-on until the machine has told its facts and switched itself off. */
  async boot(options: BootOptions = {}): Promise<Boot> {
    const { pick, writeLog, images = [this.image] } = options;
    if (writeLog !== undefined) await writeFile(writeLog, '');
    await using machine = await startMachine({
      images,
      folder: this.scratch('machine'),
      memoryMiB: 1024,
      ...(writeLog !== undefined && { writeLog }),
    });
    const menu = await menuAfter(machine, pick);
    return { menu, facts: parseFacts(await machine.factsAtEnd()) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#work[Symbol.asyncDispose]());
  }
}

/** The menu as it was first seen, with the keys pressed that pick an entry. */
function menuAfter(machine: Machine, pick: BootOptions['pick']): Promise<DrawnMenu> {
  if (pick === undefined) return enterChosen(machine);
  return pick === 'none' ? readMenu(machine) : pickEntry(machine, pick);
}

export async function bundleGenctl(): Promise<void> {
  await runTool(process.execPath, ['scripts/bundle.js'], { cwd: checkout });
}

/** A machine that can boot, without a boot loader, a declaration or a generation. */
export async function makeSandboxMachine(): Promise<SandboxMachine> {
  await bundleGenctl();
  const parts = await obtainParts();
  const machine = new SandboxMachine(await makeWorkFolder('machine'));
  await layRootTree(machine.root, parts);
  return machine;
}
