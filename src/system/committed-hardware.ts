import type { CommittedModule, CommittedValue } from '../hardware/committed/committed-module.ts';
import { optionName } from '../hardware/emit/option-name.ts';
import type { OptionPath } from '../hardware/module/hardware-module.ts';
import type { Root } from '../host/root.ts';
import type { Configuration } from './declaration/declaration.ts';
import { readDeclarationFile } from './declaration/read-declaration.ts';

/** What a hardware-configuration.conf says, read alone: by its logical path. */
export function readConfModule(root: Root, path: string): CommittedModule {
  return committedHardware(readDeclarationFile(root, path));
}

/** What a configuration says of the hardware, by the names that the options have in NixOS. */
function committedHardware(configuration: Configuration): CommittedModule {
  const { boot, fileSystems, swapDevices, zramSwap, nixpkgs } = configuration;
  const said: (readonly [OptionPath, CommittedValue | undefined])[] = [
    [['boot', 'initrd', 'availableKernelModules'], boot.initrd.availableKernelModules],
    [['boot', 'initrd', 'kernelModules'], boot.initrd.kernelModules],
    [['boot', 'initrd', 'services', 'bcache', 'enable'], boot.initrd.services.bcache.enable],
    [['boot', 'initrd', 'services', 'lvm', 'enable'], boot.initrd.services.lvm.enable],
    [['boot', 'kernelModules'], boot.kernelModules],
    [['boot', 'swraid', 'enable'], boot.swraid.enable],
    [['nixpkgs', 'hostPlatform'], nixpkgs.hostPlatform],
    [['zramSwap', 'enable'], zramSwap.enable],
  ];
  for (const [place, { device, fsType, options, neededForBoot }] of Object.entries(fileSystems)) {
    said.push([['fileSystems', place, 'device'], device]);
    said.push([['fileSystems', place, 'fsType'], fsType]);
    said.push([['fileSystems', place, 'options'], options]);
    said.push([['fileSystems', place, 'neededForBoot'], neededForBoot]);
  }
  for (const [name, { device }] of Object.entries(boot.initrd.luks.devices)) {
    said.push([['boot', 'initrd', 'luks', 'devices', name, 'device'], device]);
  }
  for (const [device, { priority, randomEncryption }] of Object.entries(swapDevices)) {
    const enable = randomEncryption ? true : undefined;
    said.push([['swapDevices', device, 'device'], device]);
    said.push([['swapDevices', device, 'priority'], priority]);
    said.push([['swapDevices', device, 'randomEncryption', 'enable'], enable]);
  }
  const found = new Map<string, CommittedValue>();
  for (const [option, value] of said) {
    const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) found.set(optionName(option), value);
  }
  return found;
}
