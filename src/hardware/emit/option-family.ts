import type { OptionPath } from '../module/hardware-module.ts';

/** Options that there are once for each name: a mount point, a mapping, a swap device. */
export type FamilyName = 'fileSystems' | 'boot.initrd.luks.devices' | 'swapDevices';

export const families: Readonly<Record<FamilyName, OptionPath>> = {
  fileSystems: ['fileSystems'],
  'boot.initrd.luks.devices': ['boot', 'initrd', 'luks', 'devices'],
  swapDevices: ['swapDevices'],
};

/** An option's path, taken apart at the name. */
export interface Member {
  readonly family: FamilyName;
  readonly name: string;
  /** What stands behind the name: `['device']`, `['randomEncryption', 'enable']`. */
  readonly rest: OptionPath;
}

/** Undefined for an option that there is once. */
export function memberOf(option: OptionPath): Member | undefined {
  for (const [family, path] of Object.entries(families) as [FamilyName, OptionPath][]) {
    const name = option[path.length];
    const rest = option.slice(path.length + 1);
    if (name !== undefined && rest.length > 0 && path.every((part, at) => option[at] === part)) {
      return { family, name, rest };
    }
  }
  return undefined;
}
