// The declaration of a test machine, as its owner would write it.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { emulatedKernel } from './emulated-kernel.ts';

export interface Declaration {
  /** Added to what every test machine needs to come up. */
  readonly kernelParams: string;
  /** The whole of `/etc/motd`, one line. */
  readonly motd: string;
  readonly label?: string;
  /** Of the menu, until it starts its default. Default: more than it takes to press a key. */
  readonly timeoutSeconds?: number;
  /** How many generations the menu holds. */
  readonly configurationLimit?: number;
  /** The machine's boot partitions. Default: the ESP at `/boot`. */
  readonly efiSysMountPoints?: readonly string[];
  readonly xbootldrMountPoint?: string;
  /** What starts the machine; the first one decides. Default: systemd-boot. */
  readonly loaders?: readonly ('systemd-boot' | 'grub')[];
  /** Further sections, as they stand. */
  readonly sections?: string;
  /** Paths of initrds beside the one that every machine has. */
  readonly moreInitrds?: readonly string[];
  /** Kernel parameters by the specialisation's name. */
  readonly specialisations?: Readonly<Record<string, string>>;
}

/** Mounts the root, shows the console, and ends the machine where it would hang. */
const machineParams = `root=LABEL=root rw console=ttyS0 quiet panic=1 ${emulatedKernel}`;

/** The text of `system.conf`. */
export function systemConf(declaration: Declaration): string {
  const { kernelParams, label, configurationLimit = 20, specialisations = {} } = declaration;
  const { efiSysMountPoints = ['/boot'], xbootldrMountPoint, moreInitrds = [] } = declaration;
  const { loaders = ['systemd-boot'], timeoutSeconds = 60, sections: more = '' } = declaration;
  const sections = [
    [
      '[system]',
      'builder = files',
      ...(label === undefined ? [] : [`label = ${label}`]),
      'kernel = /boot-parts/vmlinuz-*',
      'initrd = /boot-parts/initrd.img-*',
      ...moreInitrds.map(path => `initrd = ${path}`),
    ],
    ['[networking]', 'hostName = sandbox'],
    ['[boot]', `kernelParams = ${machineParams} ${kernelParams}`],
    [
      '[boot.loader]',
      ...loaders.map(name => `kind = ${name}`),
      `timeout = ${timeoutSeconds}`,
      `configurationLimit = ${configurationLimit}`,
      ...efiSysMountPoints.map(path => `efiSysMountPoint = ${path}`),
      ...(xbootldrMountPoint === undefined ? [] : [`xbootldrMountPoint = ${xbootldrMountPoint}`]),
    ],
    ...Object.entries(specialisations).map(([name, params]) => [
      `[specialisation.${name}.boot]`,
      `kernelParams = ${params}`,
    ]),
  ];
  const texts = sections.map(lines => `${lines.join('\n')}\n`);
  return [...texts, ...(more === '' ? [] : [more])].join('\n');
}

/** Writes the declaration below the machine's root, in place of the one that is there. */
export async function declare(root: string, declaration: Declaration): Promise<void> {
  await declareIn(join(root, 'etc/genctl'), declaration);
}

/** Writes a declaration into a folder, to be copied to its place later. */
export async function declareIn(folder: string, declaration: Declaration): Promise<void> {
  await place(join(folder, 'system.conf'), systemConf(declaration));
  await place(join(folder, 'etc/motd'), `${declaration.motd}\n`);
}

async function place(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
