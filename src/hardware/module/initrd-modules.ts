import type { Device, Facts } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import type { BootChain, ChainLink, ChainModule } from './boot-chain.ts';
import { chainModule, typeModulesIfThere } from './chain-modules.ts';
import { describeDevice } from './describe-device.ts';
import type { HardwareModule, Item, Omission } from './hardware-module.ts';
import { spareLinks } from './spare-links.ts';
import { WantedModules } from './wanted-modules.ts';

const available = ['boot', 'initrd', 'availableKernelModules'];
const loadedInInitrd = ['boot', 'initrd', 'kernelModules'];
const loaded = ['boot', 'kernelModules'];

/**
 * What puts logical volumes and paths together, and NixOS does not add by itself: nothing loads it
 * on demand there. What is not named here (file systems, dm-crypt, RAID of md) it does add.
 */
const assembling: ReadonlySet<string> = new Set([
  'dm_cache',
  'dm_cache_smq',
  'dm_integrity',
  'dm_mirror',
  'dm_multipath',
  'dm_raid',
  'dm_snapshot',
  'dm_thin_pool',
  'dm_vdo',
  'dm_writecache',
  'kvdo',
  'raid0',
  'raid1',
  'raid10',
  'raid456',
]);

/** PCI devices of Broadcom that only its own driver `wl` drives; it is in no kernel. */
const wlDevices = /^(431[1-35]|432[7-9a-d]|4331|4353|435[7-9]|43a0|43b1)$/;

/**
 * The modules that a machine's initrd has to have, those that it may need, and those that the
 * running system wants. What is a part of the target kernel is in no list. Pure.
 *
 * @param chains of the same facts and kernel
 */
export function initrdModules(
  facts: Facts,
  kernel: KernelModules | undefined,
  chains: readonly BootChain[],
): HardwareModule {
  const ofHardware = new WantedModules(kernel);
  const ofMappings = new WantedModules(kernel);
  for (const chain of chains) {
    for (const link of chain.links) {
      for (const module of link.modules) {
        if (isHardware(link, module)) ofHardware.add(module, link.what, chain);
        else if (isAssembling(link, module)) ofMappings.add(module, link.what, chain);
      }
    }
  }
  for (const link of spareLinks(facts, kernel)) {
    for (const module of link.modules) {
      if (isHardware(link, module)) ofHardware.add(module, link.what);
    }
  }
  if (facts.blockDevices.some(({ kind }) => kind === 'lvm')) {
    for (const module of typeModulesIfThere(['dm_snapshot'], kernel)) {
      ofMappings.add(module, 'logical volumes, which may have snapshots');
    }
  }
  return joined([
    ofHardware.listed(available),
    ofMappings.listed(loadedInInitrd),
    systemModules(facts, kernel),
  ]);
}

/** bcache has no bus, and udev's rules load it. */
function isHardware({ kind }: ChainLink, { name }: ChainModule): boolean {
  return kind === 'device' || kind === 'disk' || (kind === 'mapping' && name === 'bcache');
}

function isAssembling({ kind }: ChainLink, { name }: ChainModule): boolean {
  return kind === 'mapping' && assembling.has(name);
}

interface Listed {
  readonly items: readonly Item[];
  readonly omissions: readonly Omission[];
}

function joined(lists: readonly Listed[]): HardwareModule {
  return {
    definitions: lists.flatMap(({ items }) => items),
    omissions: lists.flatMap(({ omissions }) => omissions),
  };
}

function systemModules(facts: Facts, kernel: KernelModules | undefined): Listed {
  const items: Item[] = [];
  const omissions: Omission[] = [];
  const extension = facts.cpu.virtualisation;
  if (extension !== null) {
    // NixOS's own spelling.
    const value = extension === 'vmx' ? 'kvm-intel' : 'kvm-amd';
    const { inKernel } = chainModule(value, 'type', kernel);
    const release = `kernel ${kernel?.release ?? ''}`.trimEnd();
    if (inKernel === 'built-in') {
      omissions.push({ subject: `module ${value}`, reason: `built into ${release}` });
    } else if (inKernel === 'missing') {
      omissions.push({ subject: `module ${value}`, reason: `${release} has no such module` });
    } else {
      items.push(systemItem(value, [`the processor has ${extension}`]));
    }
  }
  const wl = facts.devices.filter(isForWl);
  if (wl.length > 0) {
    const because = wl.map(device => describeDevice({ ...device, driver: null }, []));
    items.push(systemItem('wl', because));
  }
  return { items, omissions };
}

function isForWl({ bus, vendorId, productId }: Device): boolean {
  return bus === 'pci' && vendorId === '14e4' && wlDevices.test(productId ?? '');
}

function systemItem(value: string, because: readonly string[]): Item {
  return { kind: 'item', option: loaded, value, because, neededToBoot: false };
}
