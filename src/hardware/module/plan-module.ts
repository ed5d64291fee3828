import type { Facts } from '../facts/facts.ts';
import { declareStorage, type StoragePlan } from './declare-file-systems.ts';
import { plainText } from './describe-block.ts';
import { encryptedBoot } from './encrypted-boot.ts';
import { planFileSystems } from './file-systems.ts';
import { planGuest } from './guest.ts';
import type { Definition, HardwareModule, ModuleChoices, Omission } from './hardware-module.ts';
import { type Holding, planLuks } from './luks.ts';
import { Machine } from './machine.ts';
import { planMicrocode } from './microcode.ts';
import { mountsNeededFirst } from './mounted-first.ts';
import { planNetwork } from './network.ts';
import { inModuleOrder } from './order-definitions.ts';
import { isNeededToBoot } from './places.ts';
import { planStorageServices } from './storage-services.ts';
import { planSwaps, planZram } from './swap.ts';
import { planWirelessFirmware } from './wireless-firmware.ts';
import { planZfsSystem } from './zfs.ts';

/**
 * The hardware-configuration module of a machine: what NixOS has to be told of it, each with its
 * reason, and what was seen and is not in it. Pure.
 *
 * @param drivers what `initrdModules` says of the same facts
 */
export function planModule(
  facts: Facts,
  drivers: HardwareModule,
  choices: ModuleChoices,
): HardwareModule {
  const machine = Machine.of(facts);
  const fileSystems = planFileSystems(machine, choices);
  const { mounts } = fileSystems;
  const neededFirst = mountsNeededFirst(mounts);
  const swaps = planSwaps(machine, choices, fileSystems.disks);
  const holdings: Holding[] = [
    ...mounts.map(mount => ({
      name: mount.seen.place,
      holders: mount.holders,
      neededToBoot: neededFirst.has(mount) || isNeededToBoot(mount.seen.place),
    })),
    ...swaps.swaps.map(({ holders }) => ({ name: 'swap', holders, neededToBoot: false })),
  ];
  const luks = planLuks(holdings, machine, choices);
  const storage: StoragePlan = { mounts, neededFirst, swaps: swaps.swaps, luks: luks.definitions };
  const declared = choices.withFileSystems
    ? {
        definitions: declareStorage(storage, machine),
        omissions: [
          ...fileSystems.omissions,
          ...swaps.omissions,
          ...luks.omissions,
          ...encryptedBoot(mounts, machine),
        ],
      }
    : { definitions: [], omissions: declaredElsewhere(holdings) };
  const parts = [
    drivers,
    planGuest(facts),
    planWirelessFirmware(facts),
    planStorageServices(holdings, machine),
    declared,
    planZram(machine, choices.root),
    planNetwork(machine),
    planZfsSystem(mounts, machine, choices.root),
    { definitions: planMicrocode(facts), omissions: [] },
    planPlatform(facts),
  ];
  return {
    definitions: inModuleOrder(parts.flatMap(({ definitions }) => definitions)),
    omissions: eachOnce(parts.flatMap(({ omissions }) => omissions)),
  };
}

function declaredElsewhere(holdings: readonly Holding[]): readonly Omission[] {
  const names = [...new Set(holdings.map(({ name }) => plainText(name)))].join(', ');
  return names === '' ? [] : [{ subject: names, reason: 'declared elsewhere, as was asked' }];
}

function planPlatform({ platform }: Facts): HardwareModule {
  if (platform === null) {
    const reason = 'the source does not say what processor it is';
    return { definitions: [], omissions: [{ subject: 'nixpkgs.hostPlatform', reason }] };
  }
  const definition: Definition = {
    kind: 'value',
    option: ['nixpkgs', 'hostPlatform'],
    value: platform,
    isDefault: true,
    because: [`the kernel runs on ${plainText(platform)}`],
    neededToBoot: true,
  };
  return { definitions: [definition], omissions: [] };
}

function eachOnce(omissions: readonly Omission[]): readonly Omission[] {
  return [
    ...new Map(omissions.map(each => [`${each.subject}\n${each.reason}`, each] as const)).values(),
  ];
}
