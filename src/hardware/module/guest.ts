import type { Device, Facts } from '../facts/facts.ts';
import { plainText } from './describe-block.ts';
import type { Definition, NixExpression, Omission } from './hardware-module.ts';
import { isRealMachine } from './microcode.ts';

export interface GuestPlan {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

const nothing: GuestPlan = { definitions: [], omissions: [] };

/** What NixOS has for guests of each kind (systemd-detect-virt(1)'s words). */
const guests: Readonly<Record<string, (because: string) => Definition>> = {
  qemu: because => imported('(modulesPath + "/profiles/qemu-guest.nix")', because),
  kvm: because => imported('(modulesPath + "/profiles/qemu-guest.nix")', because),
  bochs: because => imported('(modulesPath + "/profiles/qemu-guest.nix")', because),
  google: because => imported('(modulesPath + "/profiles/qemu-guest.nix")', because),
  apple: because => imported('(modulesPath + "/profiles/qemu-guest.nix")', because),
  oracle: because => enabled(['virtualisation', 'virtualbox', 'guest', 'enable'], because),
  microsoft: because => enabled(['virtualisation', 'hypervGuest', 'enable'], because),
  vmware: because => enabled(['virtualisation', 'vmware', 'guest', 'enable'], because),
};

/** Why nothing is declared for some. */
const withoutOption: Readonly<Record<string, string>> = {
  xen: "the kernel itself drives Xen's devices; NixOS has no option for its guests",
  parallels:
    'the tools of Parallels are not free, so that NixOS refuses them: set hardware.parallels.enable and allow prl-tools by nixpkgs.config.allowUnfreePredicate',
  amazon: 'images for EC2 are a matter of virtualisation/amazon-image.nix',
};

/** What a machine needs as a guest, or as a machine of metal. Pure. */
export function planGuest(facts: Facts): GuestPlan {
  const { machine, container } = facts.virtualisation;
  if (container !== null) return planContainer(container);
  if (isRealMachine(facts)) {
    const because = 'a real machine, with firmware to be loaded';
    const expression = '(modulesPath + "/installer/scan/not-detected.nix")';
    return { definitions: [imported(expression, because)], omissions: [] };
  }
  if (machine === null || machine === 'none')
    return {
      definitions: [],
      omissions: [{ subject: 'virtual machine', reason: 'what runs it is not known' }],
    };
  if (machine === 'unknown' && facts.devices.some(isVirtio)) {
    const because = 'a virtual machine with devices of virtio';
    return {
      definitions: [imported('(modulesPath + "/profiles/qemu-guest.nix")', because)],
      omissions: [],
    };
  }
  const guest = Object.hasOwn(guests, machine) ? guests[machine] : undefined;
  if (guest !== undefined)
    return { definitions: [guest(`a guest of ${plainText(machine)}`)], omissions: [] };
  const reason = Object.hasOwn(withoutOption, machine) ? withoutOption[machine] : undefined;
  const subject = `virtual machine (${plainText(machine)})`;
  return {
    definitions: [],
    omissions: [{ subject, reason: reason ?? 'NixOS has no option for its guests' }],
  };
}

/** Clouds that say nothing of what they run on, and give it the devices of QEMU. */
function isVirtio({ bus, vendorId }: Device): boolean {
  return bus === 'virtio' || (bus === 'pci' && vendorId === '1af4');
}

function planContainer(container: string): GuestPlan {
  if (container === 'systemd-nspawn')
    return {
      definitions: [enabled(['boot', 'isContainer'], 'in systemd-nspawn', true)],
      omissions: [],
    };
  const reason = 'a container that NixOS has no option for';
  return { ...nothing, omissions: [{ subject: `container (${plainText(container)})`, reason }] };
}

function imported(nix: NixExpression['nix'], because: string): Definition {
  return {
    kind: 'item',
    option: ['imports'],
    value: { nix },
    because: [because],
    neededToBoot: false,
  };
}

function enabled(option: readonly string[], because: string, neededToBoot = false): Definition {
  return { kind: 'value', option, value: true, isDefault: false, because: [because], neededToBoot };
}
