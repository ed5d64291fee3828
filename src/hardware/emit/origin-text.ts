import type { ModuleOrigin } from '../module/hardware-module.ts';

const sources: Readonly<Record<ModuleOrigin['source'], string>> = {
  live: 'on the machine itself',
  capture: 'in a capture of the machine',
  'udev-export': "in an export of udev's database",
  facter: 'in a report of nixos-facter',
};

/** What a module was made from, as one sentence for its header. */
export function originText({ source, kernelRelease }: ModuleOrigin): string {
  const kernel =
    kernelRelease === null
      ? 'no kernel was at hand to look for drivers in'
      : `drivers were looked for in Linux ${kernelRelease}`;
  return `Found ${sources[source]}; ${kernel}.`;
}
