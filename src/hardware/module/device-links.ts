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
  return withCompanions(machine.chainOf(path), machine).flatMap(device => {
    if (passed.has(device)) return [];
    passed.add(device);
    return deviceLink(device, kernel) ?? [];
  });
}

/** Companions have companions: a PHY its clock, a regulator the I2C controller that it is set by. */
function withCompanions(chain: readonly Device[], machine: Machine): readonly Device[] {
  const found = new Set(chain);
  for (let ahead = chain; ahead.length > 0; ) {
    const companions = companionDevices(ahead, machine);
    ahead = companions
      .flatMap(({ path }) => machine.chainOf(path))
      .filter(each => !found.has(each));
    for (const each of ahead) found.add(each);
  }
  return [...found];
}
