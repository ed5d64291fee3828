// The systems of a machine whose root has to be opened or put together: one to install, and one with
// htop that it switches to by itself.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { giveSharedPackages, keepPackages } from '../../packages/real-packages.ts';
import { type DebianDeclaration, declareDebian } from '../generations/declare-debian.ts';
import type { RootsMachine } from './machine.ts';

/** The same script for each boot: it tells of the root, and the first time switches. */
const opened: readonly string[] = ['opened.sh', 'opened.sh', 'opened.sh'];
const declaration = ['system.conf', 'genctl.lock'] as const;

/** What tells one from the other, by what `tell_generation` says. */
export const older = { motd: 'one', htop: 'none' };
export const newer = { motd: 'two', htop: '/usr/bin/htop' };

/**
 * Builds both in the machine's folder, and leaves the first one declared; the first of the
 * scripts of the boots declares the second one.
 */
export async function buildTwo(
  machine: RootsMachine,
  common: Pick<DebianDeclaration, 'hardware' | 'packages' | 'sections'>,
  scripts: readonly string[] = opened,
): Promise<void> {
  const { root } = machine;
  const own = join(root, 'etc/genctl');
  const next = join(root, 'root/next');
  await mkdir(join(root, 'boot/EFI'), { recursive: true });
  await mkdir(next, { recursive: true });
  giveSharedPackages(root);
  const one = { ...common, motd: 'one' };
  const declareAndBuild = async (declared: DebianDeclaration): Promise<void> => {
    await declareDebian(root, declared, scripts);
    await machine.genctl('build');
    keepPackages(root);
  };
  await declareAndBuild(one);
  const lock = machine.scratch('genctl.lock');
  await copyFile(join(own, 'genctl.lock'), lock);
  await declareAndBuild({ ...common, packages: [...common.packages, 'htop'], motd: 'two' });
  for (const name of declaration) await copyFile(join(own, name), join(next, name));
  await declareDebian(root, one, scripts);
  await copyFile(lock, join(own, 'genctl.lock'));
  // All is built: it would be copied for nothing.
  await rm(join(root, 'var/cache/genctl'), { recursive: true });
}
