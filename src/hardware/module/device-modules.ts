import type { Device } from '../facts/facts.ts';
import { type KernelModules, moduleName } from '../kernel/kernel-modules.ts';
import type { ChainModule } from './boot-chain.ts';
import { chainModule, isModuleName } from './chain-modules.ts';

/** Drivers that hold a device for a virtual machine, and do nothing with it. */
const passthrough = /^(vfio(_.*)?|pci_stub|xen_pciback|pciback|uio_pci_generic|usbfs)$/;

/** What claims whole classes of devices and drives them only if somebody asks for it. */
const neverNeeded: ReadonlySet<string> = new Set(['serio_raw', 'usbkbd', 'usbmouse']);

/** What drives any IDE controller for want of its own driver. */
const lastResorts: ReadonlySet<string> = new Set(['ata_generic', 'pata_acpi']);

/** Drivers whose modules are called otherwise, of those that have no alias in every kernel. */
const modulesOfDrivers: ReadonlyMap<string, string> = new Map([
  ['amd_gpio', 'pinctrl_amd'],
  ['mmcblk', 'mmc_block'],
  ['sd', 'sd_mod'],
  ['sr', 'sr_mod'],
  ['xhci_hcd', 'xhci_pci'],
]);

/** PCI classes that disks and keyboards hang on: storage, FireWire, USB, SD. */
export const carriers = /^(01|0c00|0c03|0805)/;

/** USB interfaces that are mass storage or have keys. */
const usbCarriers = /^(03|08)/;

/**
 * The modules that drive a device: the one that is bound to it in the running kernel, and those
 * that the target kernel has for what it says it is. They differ where kernels do, where a driver
 * is a part of one of them, or where the device is kept for a virtual machine.
 */
export function deviceModules(
  device: Device,
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  const bound = boundModule(device);
  const aliased = modulesByAlias(device, kernel);
  const names = [...new Set([...(bound === undefined ? [] : [bound]), ...aliased])];
  if (names.length === 0) return modulesOfBuiltin(device, kernel);
  const found = names.map(name =>
    chainModule(name, becauseOf(name === bound, aliased.includes(name)), kernel),
  );
  // The heir of a bound module that was renamed is found by alias too.
  const unique = new Map(found.toReversed().map(module => [module.name, module]));
  return withoutLastResorts([...unique.values()].toReversed());
}

function becauseOf(isBound: boolean, isAliased: boolean): ChainModule['because'] {
  if (!isBound) return 'alias';
  return isAliased ? 'bound and alias' : 'bound';
}

function boundModule({ bus, module }: Device): string | undefined {
  if (module === null || !isModuleName(module)) return undefined;
  const name = moduleName(module);
  // Part of what drives the host controller, and bound to each device and hub that it has.
  if (passthrough.test(name) || (bus === 'usb' && name === 'usbcore')) return undefined;
  return name;
}

function modulesByAlias(device: Device, kernel: KernelModules | undefined): readonly string[] {
  if (kernel === undefined || device.modalias === null || !isAskedFor(device)) return [];
  return kernel
    .modulesFor(device.modalias)
    .filter(name => !passthrough.test(name) && !neverNeeded.has(name));
}

/**
 * Bridges and hubs are the kernel's own matter: what claims all of them (shpchp) drives what is
 * not on the way to a disk.
 */
function isAskedFor({ bus, name, classCode }: Device): boolean {
  if (bus === 'pci') return classCode?.startsWith('06') !== true;
  return bus !== 'usb' || (name.includes(':') && classCode?.startsWith('09') !== true);
}

/**
 * Of a driver that is a part of the running kernel only its name is known. Before Linux 6.18 no
 * kernel says which devices its own parts drive, so that a part of the target kernel is found by
 * name as well. Where no kernel confirms a name, it is taken for what cannot do without.
 */
function modulesOfBuiltin(
  device: Device,
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  if (device.driver === null) return [];
  const driver = moduleName(device.driver);
  if (!isModuleName(driver) || passthrough.test(driver)) return [];
  const name = moduleOfDriver(driver, device);
  return mustBeDriven(device) || (kernel !== undefined && isIn(kernel, name))
    ? [chainModule(name, 'bound', kernel)]
    : [];
}

function moduleOfDriver(driver: string, { bus }: Device): string {
  if (driver === 'xhci_hcd' && bus === 'platform') return 'xhci_plat_hcd';
  return modulesOfDrivers.get(driver) ?? driver;
}

function isIn(kernel: KernelModules, name: string): boolean {
  return kernel.find(name) !== undefined || kernel.modulesFor(name).length > 0;
}

/** What is of no use without a driver, which would have said so by its alias or by its name. */
function mustBeDriven({ bus, name, classCode }: Device): boolean {
  if (bus === 'pci') return classCode !== null && carriers.test(classCode);
  if (bus === 'usb') return name.includes(':') && usbCarriers.test(classCode ?? '');
  return bus === 'virtio' || bus === 'scsi' || bus === 'mmc';
}

function withoutLastResorts(modules: readonly ChainModule[]): readonly ChainModule[] {
  const wanted = modules.filter(
    ({ name, because }) => because !== 'alias' || !lastResorts.has(name),
  );
  return wanted.some(({ inKernel }) => inKernel !== 'missing') ? wanted : modules;
}
