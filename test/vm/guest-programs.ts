// Puts programs of this machine into a test machine's root, with the libraries they are linked to.
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTool, runTool } from './run-tool.ts';
import { genctlExecutable } from './sandbox-machine.ts';

/** What genctl calls on a Debian machine; busybox has its own of some, and no chattr. */
const programs = ['chattr', 'mount', 'unshare'];

/**
 * Lays Node and genctl into the root of a busybox machine, so that genctl runs inside it as
 * `genctl`, with what it calls.
 */
export async function layGenctl(root: string): Promise<void> {
  await layGenctlAlone(root);
  for (const name of programs) {
    const program = findTool(name);
    if (program === undefined) throw new Error(`${name} is not installed`);
    await layProgram(root, program, `/usr/bin/${name}`);
  }
}

/** The same for a root that has the programs that genctl calls. */
export async function layGenctlAlone(root: string): Promise<void> {
  await layProgram(root, process.execPath, '/usr/bin/node');
  await place(root, genctlExecutable, '/usr/bin/genctl', 0o755);
}

/**
 * Lays `grub-install`, GRUB for a kind of firmware, and what is asked about block devices, to where
 * Debian has them.
 */
export async function layGrub(root: string, platforms: readonly GrubPlatform[]): Promise<void> {
  for (const [name, target] of Object.entries(grubPrograms)) {
    const program = findTool(name);
    if (program === undefined) throw new Error(`${name} is not installed`);
    await layProgram(root, program, target);
  }
  for (const platform of platforms) {
    const folder = `/usr/lib/grub/${platform}`;
    await mkdir(join(root, folder), { recursive: true });
    await cp(folder, join(root, folder), { recursive: true });
  }
}

/** GRUB's names for what it runs on, which are those of its folders. */
export type GrubPlatform = 'i386-pc' | 'x86_64-efi';

const grubPrograms: Readonly<Record<string, string>> = {
  'grub-install': '/usr/sbin/grub-install',
  blkid: '/usr/sbin/blkid',
};

/** Has the machine run a script of `guest/` each time it is up; its output is a fact. */
export function layHook(root: string, name: string): Promise<void> {
  return place(root, guestFile(name), '/test-hook', 0o755);
}

/** The path of a file of `guest/`. */
export function guestFile(name: string): string {
  return fileURLToPath(new URL(`guest/${name}`, import.meta.url));
}

/** Puts a program of this machine into the root, with the libraries that it is linked to. */
export async function layProgram(root: string, source: string, target: string): Promise<void> {
  await place(root, source, target, 0o755);
  const listing = await runTool('ldd', [source]);
  for (const [, library] of listing.matchAll(/(\/\S+) \(0x/g)) {
    // Those that the root has go with its own programs.
    if (library === undefined || existsSync(join(root, library))) continue;
    await place(root, library, library, 0o755);
  }
}

/** Copies a file of this machine's to a path of the root, in place of what is there. */
export async function place(
  root: string,
  source: string,
  target: string,
  mode: number,
): Promise<void> {
  const path = join(root, target);
  await mkdir(dirname(path), { recursive: true });
  // Never through a link: busybox's lead out of the root, into the machine that runs this.
  await rm(path, { force: true });
  await copyFile(source, path);
  await chmod(path, mode);
}
