// Machines that boot through GRUB: how GRUB gets onto their disks, and one boot from power-on to
// power-off.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Facts, parseFacts } from '../facts.ts';
import { type FirmwareKind, type Machine, startMachine } from '../machine.ts';
import type { DrawnMenu } from '../menu.ts';
import { obtainParts } from '../parts.ts';
import { layRootTree } from '../root-tree.ts';
import { SandboxMachine } from '../sandbox-machine.ts';
import { makeWorkFolder } from '../work-folder.ts';
import { enterGrubChosen, pickGrubEntry, readGrubMenu } from './grub-menu.ts';

const memoryMiB = 1024;

/**
 * A machine that can boot, without a boot loader, a declaration, a generation or genctl.
 * `moreModules` are what its initrd needs beside the usual ones.
 */
export async function makeGrubMachine(
  moreModules: readonly string[] = [],
): Promise<SandboxMachine> {
  const machine = new SandboxMachine(await makeWorkFolder('grub-machine'));
  await layRootTree(machine.root, await obtainParts(), moreModules);
  await mkdir(join(machine.root, 'boot/efi'));
  return machine;
}

export interface LiveOptions {
  readonly firmware: FirmwareKind;
  /** Default: the machine's image. */
  readonly images?: readonly string[];
  /** Kernel parameters beside those that bring up the root. */
  readonly kernelParams?: string;
  /** Default: the machine's own. */
  readonly init?: string;
  /** A path for a log of all writes to the first disk. */
  readonly writeLog?: string;
}

/**
 * Brings the machine up past its boot loader, which it may lack, as from an installation medium:
 * what its hook does is done on its disks. No privileges are needed for that on our side.
 */
export async function bootLive(machine: SandboxMachine, options: LiveOptions): Promise<Facts> {
  const { firmware, images = [machine.image], kernelParams = '', init = '/sbin/init' } = options;
  const { writeLog } = options;
  if (writeLog !== undefined) await writeFile(writeLog, '');
  const { kernelVersion } = await obtainParts();
  await using running = await startMachine({
    firmware,
    images,
    folder: machine.scratch('machine'),
    memoryMiB,
    ...(writeLog !== undefined && { writeLog }),
    directKernel: {
      kernel: join(machine.root, `boot-parts/vmlinuz-${kernelVersion}`),
      initrd: join(machine.root, `boot-parts/initrd.img-${kernelVersion}`),
      commandLine: `root=LABEL=root rw console=ttyS0 quiet panic=1 init=${init} ${kernelParams}`,
    },
  });
  return parseFacts(await running.factsAtEnd());
}

export interface GrubBootOptions {
  readonly firmware: FirmwareKind;
  /**
   * The titles to pick by keys, submenus first; `none` leaves the menu alone, until it starts its
   * default, wherever that is. Without it, the title that the menu has chosen is entered at once: of a
   * default in a submenu it would be the submenu's.
   */
  readonly pick?: readonly RegExp[] | 'none';
  /** In place of `pick`: what is done at the menu. */
  readonly atMenu?: (machine: Machine) => Promise<void>;
  /** The disks that are plugged in. Default: the machine's image. */
  readonly images?: readonly string[];
  /** Of these disks. Default: `disk0`, `disk1` and so on. */
  readonly serials?: readonly string[];
  readonly writeLog?: string;
}

export interface GrubBoot {
  /** As GRUB drew them, from the first one to the one in which the entry was picked. */
  readonly menus: readonly DrawnMenu[];
  readonly facts: Facts;
}

/** From power-on until the machine has told its facts and switched itself off. */
export async function bootThroughGrub(
  machine: SandboxMachine,
  options: GrubBootOptions,
): Promise<GrubBoot> {
  const { firmware, pick, atMenu, images = [machine.image] } = options;
  const { serials, writeLog } = options;
  if (writeLog !== undefined) await writeFile(writeLog, '');
  await using running = await startMachine({
    firmware,
    images,
    folder: machine.scratch('machine'),
    memoryMiB,
    ...(serials !== undefined && { serials }),
    ...(writeLog !== undefined && { writeLog }),
  });
  const menus = await menusAfter(running, pick);
  await atMenu?.(running);
  return { menus, facts: parseFacts(await running.factsAtEnd()) };
}

/** The menus as they were seen, with the keys pressed that pick an entry. */
async function menusAfter(
  machine: Machine,
  pick: GrubBootOptions['pick'],
): Promise<readonly DrawnMenu[]> {
  if (pick === undefined) return [await enterGrubChosen(machine)];
  return pick === 'none' ? [await readGrubMenu(machine)] : await pickGrubEntry(machine, pick);
}
