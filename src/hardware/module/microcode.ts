import type { Facts } from '../facts/facts.ts';
import type { Definition } from './hardware-module.ts';

const vendors: Readonly<Record<string, string>> = {
  GenuineIntel: 'intel',
  AuthenticAMD: 'amd',
};

/** Whether a machine is one of metal, as far as is known. */
export function isRealMachine({ virtualisation, cpu }: Facts): boolean {
  const { machine, container } = virtualisation;
  if (container !== null) return false;
  // The first system on Xen sees a virtual processor, and is told to be on a real machine.
  return machine === 'none' || (machine === null && !cpu.isVirtual);
}

/** A processor's updates: of a virtual one the host's matter. */
export function planMicrocode(facts: Facts): readonly Definition[] {
  const { vendor, model } = facts.cpu;
  const name = vendor !== null && Object.hasOwn(vendors, vendor) ? vendors[vendor] : undefined;
  if (name === undefined || !isRealMachine(facts)) return [];
  return [
    {
      kind: 'value',
      option: ['hardware', 'cpu', name, 'updateMicrocode'],
      value: { nix: 'config.hardware.enableRedistributableFirmware' },
      isDefault: true,
      because: [`processor: ${model ?? vendor}`],
      neededToBoot: false,
    },
  ];
}
