import type { Device, Facts } from '../facts/facts.ts';
import type { Definition, NixExpression, Omission } from './hardware-module.ts';

export interface WirelessFirmware {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

type Make = (because: string) => Definition | Omission;

/**
 * Wireless adapters that do nothing without a driver or firmware that NixOS does not bring by
 * default, by PCI ids.
 */
const known: readonly { vendor: string; products: ReadonlySet<string>; make: Make }[] = [
  {
    vendor: '14e4',
    // Only Broadcom's own driver `wl`, which is in no kernel.
    products: ids(
      '4311 4312 4313 4315 4327 4328 4329 432a 432b 432c 432d 4353 4357 4358 4359 4331 43a0 43b1',
    ),
    make: because => ({
      subject: 'boot.extraModulePackages',
      reason: `${because} has no other driver than broadcom_sta, which is neither free nor safe, so that NixOS refuses it: add config.boot.kernelPackages.broadcom_sta here and wl to boot.kernelModules, and allow it by nixpkgs.config (allowUnfreePredicate, permittedInsecurePackages)`,
    }),
  },
  {
    vendor: '14e4',
    // brcmfmac.
    products: ids(
      '43a3 43df 43ec 43d3 43d9 43e9 43ba 43bb 43bc aa52 43ca 43cb 43cc 43c3 43c4 43c5',
    ),
    make: because => imported('(modulesPath + "/hardware/network/broadcom-43xx.nix")', because),
  },
  {
    vendor: '8086',
    products: ids('1043 104f 4220 4221 4223 4224'),
    make: because => enabled('enableIntel2200BGFirmware', because),
  },
  {
    vendor: '8086',
    products: ids('4229 4230 4222 4227'),
    make: because => enabled('enableIntel3945ABGFirmware', because),
  },
];

/** What the machine's wireless adapters need beside their kernel modules. Pure. */
export function planWirelessFirmware(facts: Facts): WirelessFirmware {
  const made = facts.devices
    .filter(isNetworkController)
    .flatMap(device =>
      known
        .filter(({ vendor, products }) => isOf(device, vendor, products))
        .map(({ make }) => make(describe(device))),
    );
  return {
    definitions: made.filter(each => 'option' in each),
    omissions: made.filter(each => 'subject' in each),
  };
}

/** Of PCI; where the class is not known the ids are enough. */
function isNetworkController({ bus, classCode }: Device): boolean {
  return bus === 'pci' && (classCode === null || classCode.startsWith('02'));
}

function isOf(
  { vendorId, productId }: Device,
  vendor: string,
  products: ReadonlySet<string>,
): boolean {
  return vendorId === vendor && productId !== null && products.has(productId);
}

function describe({ name, vendorId, productId }: Device): string {
  return `wireless adapter: ${name} ${vendorId}:${productId}`;
}

function ids(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
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

function enabled(name: string, because: string): Definition {
  return {
    kind: 'value',
    option: ['networking', name],
    value: true,
    isDefault: false,
    because: [because],
    neededToBoot: false,
  };
}
