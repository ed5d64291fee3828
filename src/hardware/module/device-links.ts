import type { Device } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import type { ChainLink } from './boot-chain.ts';
import { companionDevices } from './companion-devices.ts';
import { describeDevice } from './describe-device.ts';
import { deviceModules } from './device-modules.ts';
import type { Machine } from './machine.ts';

/** A device as a link; undefined where nothing but the kernel itself drives it. */
export function deviceLink(
  device: Device,
  kernel: KernelModules | undefined,
): ChainLink | undefined {
  const modules = deviceModules(device, kernel);
  const isController = device.bus === 'pci' && device.classCode?.startsWith('06') !== true;
  if (modules.length === 0 && !isController) return undefined;
  return { kind: 'device', what: describeDevice(device, modules), modules };
}

/**
 * Devices and what has to be driven for them: themselves, from the hardware's end on what they
 * hang on, and what they need beside it.
 *
 * @param path of the device that the rest is looked up for
 * @param passed devices that have links already; those that get one now are added
 */
export function deviceLinks(
  path: string | null,
  machine: Machine,
  kernel: KernelModules | undefined,
  passed: Set<Device>,
): readonly ChainLink[] {
  const chain = machine.chainOf(path);
  const companions = companionDevices(chain, machine.facts);
  const all = [...chain, ...companions.flatMap(({ path }) => machine.chainOf(path))];
  return all.flatMap(device => {
    if (passed.has(device)) return [];
    passed.add(device);
    return deviceLink(device, kernel) ?? [];
  });
}
