// Machines whose root is on something that an initrd has to open or put together first: their disks
// are laid out, and genctl installs there, in a virtual machine of a live medium's kind.
import { appendFile, copyFile, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CpioNode, cpioArchive } from '../../../src/system/initrd/cpio.ts';
import { emulatedKernel } from '../emulated-kernel.ts';
import { guestFile } from '../guest-programs.ts';
import { obtainCaptureParts } from '../hardware/capture-parts.ts';
import { type FirmwareKind, type Machine, startMachine } from '../machine.ts';
import { runTool } from '../run-tool.ts';
import { genctlExecutable } from '../sandbox-machine.ts';
import { makeWorkFolder, type WorkFolder } from '../work-folder.ts';

const mebibyte = 1 << 20;
/** The machine says nothing while it copies, formats or reads a whole store. */
const silentSeconds = 1200;

export interface RootsLayout {
  /** A script in `guest/roots/`, without `.sh`: makes file systems and mounts them at /mnt. */
  readonly script: string;
  /** Of each disk; its serial is `disk0`, `disk1`, …, by which the script finds it. */
  readonly disksMiB: readonly number[];
  /** Default: UEFI. */
  readonly firmware?: FirmwareKind;
}

export interface StartOptions {
  /** The disks that are plugged in. Default: all. */
  readonly images?: readonly string[];
  /** Default: the layout's. */
  readonly firmware?: FirmwareKind;
}

export class RootsMachine implements AsyncDisposable {
  /** The folder that a system is built in, before a disk is there. */
  readonly root: string;
  readonly images: readonly string[];
  readonly #layout: RootsLayout;
  readonly #work: WorkFolder;

  private constructor(layout: RootsLayout, work: WorkFolder) {
    this.#layout = layout;
    this.#work = work;
    this.root = join(work.path, 'root');
    this.images = layout.disksMiB.map((_, index) => join(work.path, `disk${index}.img`));
  }

  static async make(layout: RootsLayout): Promise<RootsMachine> {
    return new RootsMachine(layout, await makeWorkFolder('roots'));
  }

  /** Runs genctl on the folder and returns its standard output; throws where it fails. */
  genctl(...args: readonly string[]): Promise<string> {
    return runTool(genctlExecutable, ['--root', this.root, ...args]);
  }

  /** A path for a test's own files, removed with the machine. */
  scratch(name: string): string {
    return join(this.#work.path, name);
  }

  /** What `genctl hardware` writes on the live medium, where the disks are mounted. */
  async hardwareModule(): Promise<string> {
    return linesOf('module', await this.#runLive([]));
  }

  /**
   * Lays the folder onto newly made disks and has `genctl install` finish it there.
   *
   * @returns what that said
   */
  async install(): Promise<string> {
    const source = join(this.#work.path, 'source.img');
    const [kibibytes = ''] = (await runTool('du', ['-sk', this.root])).split('\t');
    const sizeMiB = Math.ceil(Number(kibibytes) / 1024 / 0.8) + 64;
    await createSparse(source, sizeMiB);
    await runTool('mkfs.ext4', ['-q', '-m', '0', '-d', this.root, source]);
    const said = linesOf('install', await this.#runLive([source]));
    await rm(source);
    return said;
  }

  /** Switches the installed machine on. */
  start({ images = this.images, ...other }: StartOptions = {}): Promise<Machine> {
    const serials = images.map(image => `disk${this.images.indexOf(image)}`);
    return startMachine({ ...this.#hardware(), ...other, images, serials });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#work[Symbol.asyncDispose]());
  }

  #hardware(): { folder: string; memoryMiB: number; firmware: FirmwareKind } {
    const { firmware = 'uefi' } = this.#layout;
    return { folder: join(this.#work.path, 'machine'), memoryMiB: 1024, firmware };
  }

  async #runLive(further: readonly string[]): Promise<string> {
    for (const [index, image] of this.images.entries()) {
      await rm(image, { force: true });
      await createSparse(image, this.#layout.disksMiB[index] ?? 0);
    }
    const { kernel, initramfs } = await obtainCaptureParts();
    const initrd = join(this.#work.path, 'live-initramfs');
    await copyFile(initramfs, initrd);
    const own = cpioArchive(await liveNodes(this.#layout.script));
    await appendFile(initrd, Buffer.concat(own));
    await using machine = await startMachine({
      ...this.#hardware(),
      memoryMiB: 2048,
      images: [...this.images, ...further],
      serials: [...this.images.map((_, index) => `disk${index}`), ...further.map(() => 'source')],
      directKernel: {
        kernel,
        initrd,
        commandLine: `console=ttyS0 quiet panic=-1 ${emulatedKernel}`,
      },
    });
    return await machine.factsAtEnd(silentSeconds);
  }
}

/** What the live medium has beside Debian's programs: Node with its libraries, genctl, its script. */
async function liveNodes(script: string): Promise<ReadonlyMap<string, CpioNode>> {
  const listing = await runTool('ldd', [process.execPath]);
  const libraries = [...listing.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => library);
  const files = [
    ['init', guestFile('roots/prepare.sh')],
    ['layout.sh', guestFile(`roots/${script}.sh`)],
    ['usr/bin/node', process.execPath],
    ['usr/bin/genctl', genctlExecutable],
    ...libraries.map(library => [library.slice(1), library]),
  ];
  const programs = files.map(
    async ([path = '', source = '']): Promise<[string, CpioNode]> => [
      path,
      { kind: 'file', content: await readFile(source), executable: true },
    ],
  );
  const applets = ['cmp', 'diff', 'find', 'xargs'].map((name): [string, CpioNode] => [
    `usr/bin/${name}`,
    { kind: 'link', target: '/bin/busybox' },
  ]);
  return new Map([...(await Promise.all(programs)), ...applets]);
}

async function createSparse(path: string, sizeMiB: number): Promise<void> {
  await using image = await open(path, 'w');
  await image.truncate(sizeMiB * mebibyte);
}

/** The lines that the live medium sent under a name. */
function linesOf(name: string, facts: string): string {
  const lines = facts.split('\n').filter(line => line.startsWith(`${name}: `));
  return lines.map(line => `${line.slice(name.length + 2)}\n`).join('');
}
