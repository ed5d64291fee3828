// Machines that are made of Debian's packages, and that tell about themselves when they boot.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveSharedPackages } from '../../packages/real-packages.ts';
import { emulatedKernel } from '../emulated-kernel.ts';
import { guestFile, place } from '../guest-programs.ts';
import { bundleGenctl, SandboxMachine } from '../sandbox-machine.ts';
import { vmTest } from '../vm-test.ts';
import { makeWorkFolder } from '../work-folder.ts';
import { newSshKey } from './ssh-key.ts';

/** What a machine is made of, as its owner would write it down. */
export interface DebianDeclaration {
  /** Beside those that each test machine has. */
  readonly packages: readonly string[];
  /** The whole of `/etc/motd`, one line. */
  readonly motd: string;
  /** What is mounted at `/boot`; the ESP unless told. */
  readonly boot?: string;
  /** What `genctl hardware` has found of its disks; a root called so on a plain partition unless told. */
  readonly hardware?: string;
  /** Further sections, as they stand. */
  readonly sections?: string;
}

/** What the scripts of the boots call. */
const toldWith = ['libcap2-bin', 'iputils-ping', 'openssh-server', 'openssh-client', 'procps'];

/** The password of root is `secret`. */
const rootPassword =
  '$6$genctl$rj5I/aSHdt2yzkj/sMQJvELV7iskMIVA2mNz6RWgz8RYVIrGR.VU7/NieAygyLgVObvUtOzAoW9rLiEQnpNCi.';

/** Mounts the root, shows the console, and ends the machine where it would hang. */
const kernelParams = `console=ttyS0 quiet panic=1 systemd.show_status=no ${emulatedKernel}`;

const espAtBoot = '[fileSystems "/boot"]\ndevice = LABEL=ESP\nfsType = vfat\n';
const rootByLabel = '[fileSystems "/"]\ndevice = LABEL=root\nfsType = ext4\n';
const hardwareModule = 'hardware-configuration.conf';

function systemConf(declaration: DebianDeclaration): string {
  const { packages, hardware, boot = espAtBoot, sections = '' } = declaration;
  const lines = [
    ...(hardware === undefined ? [] : [`imports = ${hardwareModule}`]),
    '[system]',
    'builder = debian',
    'suite = bookworm',
    'kernelPackage = linux-image-cloud-amd64',
    '[networking]',
    'hostName = atlas',
    '[environment]',
    ...[...toldWith, ...packages].map(name => `systemPackages = ${name}`),
    '[users.users "root"]',
    `initialHashedPassword = ${rootPassword}`,
    '[boot]',
    `kernelParams = ${kernelParams}`,
  ];
  const disks = hardware === undefined ? rootByLabel + boot : '';
  return `${lines.join('\n')}\n${disks}${sections}`;
}

/** An empty machine with genctl's bundle as it is made of the sources, and packages to build with. */
export async function makeEmptyMachine(): Promise<SandboxMachine> {
  await bundleGenctl();
  const machine = new SandboxMachine(await makeWorkFolder('generations'));
  await mkdir(join(machine.root, 'boot/EFI'), { recursive: true });
  giveSharedPackages(machine.root);
  return machine;
}

/**
 * Writes the declaration of a machine below its root. `scripts` are names in `guest/generations/`:
 * one for each boot, in their order.
 */
export async function declareDebian(
  root: string,
  declaration: DebianDeclaration,
  scripts: readonly string[],
): Promise<void> {
  const own = '/etc/genctl';
  const etc = `${own}/etc`;
  const unit = 'systemd/system/genctl-test.service';
  await place(root, guestFile('generations/genctl-test.service'), `${etc}/${unit}`, 0o644);
  const programs = {
    'run-boot': 'generations/run-boot.sh',
    'cut-power': 'generations/cut-power.sh',
    'questions.sh': 'generations/questions.sh',
    'facts.sh': 'debian/facts.sh',
    ...Object.fromEntries(
      scripts.map((name, index) => [`boot-${index + 1}`, `generations/${name}`]),
    ),
  };
  for (const [name, source] of Object.entries(programs)) {
    await place(root, guestFile(source), `${etc}/genctl-test/${name}`, 0o644);
  }
  const presets = join(root, etc, 'systemd/system-preset');
  await mkdir(presets, { recursive: true });
  await writeFile(join(presets, '50-test.preset'), 'enable genctl-test.service\n');
  // A machine that shares its processor with others may find its disks late, and start slowly.
  const settings = join(root, etc, 'systemd/system.conf.d');
  await mkdir(settings, { recursive: true });
  const patience = 'DefaultDeviceTimeoutSec=15min\nDefaultTimeoutStartSec=15min\n';
  await writeFile(join(settings, '50-test.conf'), `[Manager]\n${patience}`);
  await writeFile(join(root, etc, 'motd'), `${declaration.motd}\n`);
  await writeFile(join(root, own, 'system.conf'), systemConf(declaration));
  if (declaration.hardware !== undefined) {
    await writeFile(join(root, own, hardwareModule), declaration.hardware);
  }
}

/** Lets root of the machine log in by a key to the machine itself; returns a section that says so. */
export async function layKey(root: string): Promise<string> {
  const { publicKey, privateKey } = newSshKey();
  const folder = join(root, 'root/.ssh');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(join(root, 'root'), 0o700);
  await writeFile(join(folder, 'id_ecdsa'), privateKey, { mode: 0o600 });
  return `[users.users "root"]\nauthorizedKeys = ${publicKey}\n`;
}

/** Registers a test of such machines as `vmTest` does. */
export function generationsTest(
  name: string,
  body: () => Promise<void>,
  alsoNeeds: Readonly<Record<string, string>> = {},
): void {
  const mayOwn = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
  vmTest(name, body, mayOwn ? alsoNeeds : { ...alsoNeeds, 'unshare as root': 'root' });
}
