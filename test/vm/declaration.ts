// The declaration of a test machine, as its owner would write it.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Declaration {
  /** Added to what every test machine needs to come up. */
  readonly kernelParams: string;
  /** The whole of `/etc/motd`, one line. */
  readonly motd: string;
  readonly label?: string;
  /** How many generations the menu holds. */
  readonly configurationLimit?: number;
  /** Kernel parameters by the specialisation's name. */
  readonly specialisations?: Readonly<Record<string, string>>;
}

/** Mounts the root, shows the console, and ends the machine where it would hang. */
const machineParams = 'root=LABEL=root rw console=ttyS0 quiet panic=1';

/** The text of `system.conf`. */
export function systemConf(declaration: Declaration): string {
  const { kernelParams, label, configurationLimit = 20, specialisations = {} } = declaration;
  const sections = [
    [
      '[system]',
      'builder = files',
      ...(label === undefined ? [] : [`label = ${label}`]),
      'kernel = /boot-parts/vmlinuz-*',
      'initrd = /boot-parts/initrd.img-*',
    ],
    ['[networking]', 'hostName = sandbox'],
    ['[boot]', `kernelParams = ${machineParams} ${kernelParams}`],
    [
      '[boot.loader]',
      'kind = systemd-boot',
      'timeout = 5',
      `configurationLimit = ${configurationLimit}`,
      'efiSysMountPoint = /boot',
    ],
    ...Object.entries(specialisations).map(([name, params]) => [
      `[specialisation.${name}.boot]`,
      `kernelParams = ${params}`,
    ]),
  ];
  return sections.map(lines => `${lines.join('\n')}\n`).join('\n');
}

/** Writes the declaration below the machine's root, in place of the one that is there. */
export async function declare(root: string, declaration: Declaration): Promise<void> {
  const folder = join(root, 'etc/genctl');
  await place(join(folder, 'system.conf'), systemConf(declaration));
  await place(join(folder, 'etc/motd'), `${declaration.motd}\n`);
}

async function place(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
