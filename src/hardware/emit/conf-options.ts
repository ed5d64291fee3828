import type { Definition, HardwareModule } from '../module/hardware-module.ts';
import {
  isDevice,
  isFileSystemType,
  isLinuxPlatform,
  isMappingName,
  isModuleName,
  isMountOption,
  isMountPoint,
  isSwapDevice,
  isSwapPriority,
} from './allowed-text.ts';
import { type FamilyName, memberOf } from './option-family.ts';

/** Where a definition stands in a declaration, and what it says there. */
export interface ConfLine {
  readonly section: string;
  readonly subject: string | undefined;
  /** Undefined where the header of the section says it all. */
  readonly key: string | undefined;
  readonly value: string | number | boolean;
}

/** Why a declaration cannot say something. */
export interface NotInConf {
  /** One clause. */
  readonly reason: string;
}

type Accepts = (value: string | number | boolean) => boolean;

const text =
  (accepts: (text: string) => boolean): Accepts =>
  value =>
    typeof value === 'string' && accepts(value);
const yesOrNo: Accepts = value => typeof value === 'boolean';

/** Options that there are once. The part behind the last dot is the key, what is before it the section. */
const options: ReadonlyMap<string, Accepts> = new Map([
  ['boot.initrd.availableKernelModules', text(isModuleName)],
  ['boot.initrd.kernelModules', text(isModuleName)],
  ['boot.initrd.services.bcache.enable', yesOrNo],
  ['boot.initrd.services.lvm.enable', yesOrNo],
  ['boot.kernelModules', text(isModuleName)],
  ['boot.swraid.enable', yesOrNo],
  ['nixpkgs.hostPlatform', text(isLinuxPlatform)],
  ['zramSwap.enable', yesOrNo],
]);

interface ConfFamily {
  readonly accepts: (name: string) => boolean;
  /** Keys by what stands behind the name in NixOS. */
  readonly keys: ReadonlyMap<
    string,
    { readonly key: string | undefined; readonly accepts: Accepts }
  >;
}

const families: Readonly<Record<FamilyName, ConfFamily>> = {
  fileSystems: {
    accepts: isMountPoint,
    keys: new Map([
      ['device', { key: 'device', accepts: text(isDevice) }],
      ['fsType', { key: 'fsType', accepts: text(isFileSystemType) }],
      ['options', { key: 'options', accepts: text(isMountOption) }],
      ['neededForBoot', { key: 'neededForBoot', accepts: yesOrNo }],
    ]),
  },
  'boot.initrd.luks.devices': {
    accepts: isMappingName,
    keys: new Map([['device', { key: 'device', accepts: text(isDevice) }]]),
  },
  swapDevices: {
    accepts: isSwapDevice,
    keys: new Map([
      ['device', { key: undefined, accepts: text(isSwapDevice) }],
      [
        'priority',
        {
          key: 'priority',
          accepts: (value: string | number | boolean) =>
            typeof value === 'number' && isSwapPriority(value),
        },
      ],
      ['randomEncryption.enable', { key: 'randomEncryption', accepts: yesOrNo }],
    ]),
  },
};

const noOption: NotInConf = { reason: 'genctl has no such option' };
const notAccepted: NotInConf = { reason: 'its text is not one that a declaration may hold' };

/** The line of a declaration that says the same as a definition. */
export function confLine({ option, value }: Definition): ConfLine | NotInConf {
  const member = memberOf(option);
  if (member !== undefined) {
    const family = families[member.family];
    const found = family.keys.get(member.rest.join('.'));
    if (found === undefined) return noOption;
    if (typeof value === 'object' || !family.accepts(member.name) || !found.accepts(value)) {
      return notAccepted;
    }
    // The header of a swap device is the device.
    if (found.key === undefined && value !== member.name) return notAccepted;
    return { section: member.family, subject: member.name, key: found.key, value };
  }
  const accepts = options.get(option.join('.'));
  if (accepts === undefined) return noOption;
  if (typeof value === 'object') return { reason: 'only NixOS can evaluate it' };
  if (!accepts(value)) return notAccepted;
  return { section: option.slice(0, -1).join('.'), subject: undefined, key: option.at(-1), value };
}

/** The part of a module that a declaration can say: what a committed `.conf` compares with. */
export function partForConf(module: HardwareModule): HardwareModule {
  return {
    ...module,
    definitions: module.definitions.filter(definition => !('reason' in confLine(definition))),
  };
}
