// A machine in a folder with Debian's systemd as its real init, and genctl inside. Each boot of its
// disk runs the next of the test's scripts.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemConf } from '../declaration.ts';
import { valuesIn } from '../facts.ts';
import { guestFile, layGenctlAlone, place } from '../guest-programs.ts';
import { obtainParts } from '../parts.ts';
import { layBootParts } from '../root-tree.ts';
import { bundleGenctl, SandboxMachine } from '../sandbox-machine.ts';
import { makeWorkFolder } from '../work-folder.ts';
import { layUserland } from './userland.ts';

const folders = ['boot/EFI', 'etc/genctl/etc', 'nix/store', 'var/lib/genctl-test'];
/** Where the machine has the scripts of its boots, and what these read and keep. */
export const scriptFolder = '/usr/lib/genctl-test';
const unit = '/usr/lib/systemd/system/genctl-test.service';

/** What a boot's script said. */
export interface BootSaid {
  /** Its `name=value` lines. */
  readonly values: ReadonlyMap<string, string>;
  /** All of it, for the message of a failed assertion. */
  readonly about: string;
}

/**
 * A machine that can boot, without a boot loader or a generation. `scripts` are names in
 * `guest/debian/`: one for each boot, in their order.
 */
export async function makeDebianMachine(scripts: readonly string[]): Promise<SandboxMachine> {
  await bundleGenctl();
  const parts = await obtainParts();
  const machine = new SandboxMachine(await makeWorkFolder('debian'));
  const { root } = machine;
  await layUserland(root);
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await layBootParts(root, parts);
  await layGenctlAlone(root);
  await layScripts(root, scripts);
  return machine;
}

/** Writes a file of the declaration below the machine's root: `system.conf`, `etc/PATH`. */
export async function declareFile(root: string, path: string, text: string): Promise<void> {
  const target = join(root, 'etc/genctl', path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
}

/** The `system.conf` of such a machine. */
export function debianConf(kernelParams = 'test.debian=1'): string {
  return systemConf({ kernelParams, motd: '' });
}

/** Boots the machine's disk once more and returns what this boot's script said. */
export async function bootAndListen(machine: SandboxMachine): Promise<BootSaid> {
  const { facts } = await machine.boot();
  return { values: valuesIn(facts.hook), about: `the machine said:\n${facts.hook}` };
}

async function layScripts(root: string, scripts: readonly string[]): Promise<void> {
  await place(root, guestFile('debian/run-boot.sh'), `${scriptFolder}/run-boot`, 0o755);
  await place(root, guestFile('debian/facts.sh'), `${scriptFolder}/facts.sh`, 0o644);
  for (const [index, name] of scripts.entries()) {
    await place(root, guestFile(`debian/${name}`), `${scriptFolder}/boot-${index + 1}.sh`, 0o755);
  }
  await writeFile(join(root, 'var/lib/genctl-test/boots'), '0\n');
  await place(root, guestFile('debian/genctl-test.service'), unit, 0o644);
  const wants = join(root, dirname(unit), 'multi-user.target.wants');
  await symlink('../genctl-test.service', join(wants, 'genctl-test.service'));
}
