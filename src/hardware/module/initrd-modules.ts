import type { Facts } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import { isLuksLink } from './block-links.ts';
import type { BootChain, ChainLink, ChainModule } from './boot-chain.ts';
import { chainModule, typeModulesIfThere } from './chain-modules.ts';
import { plainText } from './describe-block.ts';
import type { HardwareModule, Item, Omission } from './hardware-module.ts';
import { spareLinks } from './spare-links.ts';
import { isListable, WantedModules } from './wanted-modules.ts';

const available = ['boot', 'initrd', 'availableKernelModules'];
const loadedInInitrd = ['boot', 'initrd', 'kernelModules'];
const loaded = ['boot', 'kernelModules'];

/**
 * What puts logical volumes and paths together, and NixOS does not add by itself: nothing loads it
 * on demand there. What is not named here (file systems, dm-crypt, RAID of md) it does add.
 */
const assembling: ReadonlySet<string> = new Set([
  'authenc',
  'dm_cache',
  'dm_cache_smq',
  'dm_integrity',
  'dm_mirror',
  'dm_multipath',
  'dm_raid',
  'dm_snapshot',
  'dm_thin_pool',
  'dm_vdo',
  'dm_verity',
  'dm_writecache',
  'kvdo',
  'raid0',
  'raid1',
  'raid10',
  'raid456',
]);

/**
 * The modules that a machine's initrd has to have, those that it may need, and those that the
 * running system wants. What is a part of the kernel that will boot is in no list. Pure.
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
    {
      items: [],
      omissions: [...unknownKernel(facts, kernel, chains), ...unreached(facts, chains)],
    },
  ]);
}

/** That no kernel confirms the names of modules, and what drives nothing of what is needed. */
function unknownKernel(
  { devices }: Facts,
  kernel: KernelModules | undefined,
  chains: readonly BootChain[],
): readonly Omission[] {
  if (kernel !== undefined && kernel.role !== 'names') return [];
  const needed = chains.filter(({ neededToBoot }) => neededToBoot);
  if (devices.length === 0 && needed.length === 0) return [];
  const undriven = needed.flatMap(({ subject, links }) =>
    links
      .filter(({ kind, modules }) => kind === 'device' && modules.length === 0)
      .map(({ what }) => ({
        subject: what,
        reason: `no target kernel is known, and no module of it; ${subject} needs it`,
      })),
  );
  const names =
    kernel === undefined ? '' : `, and by what kernel ${plainText(kernel.release)} says`;
  return [
    {
      subject: 'kernel modules',
      reason: `no target kernel is known: they are named after what drives the hardware now${names}`,
    },
    ...undriven,
  ];
}

/** What no driver alone brings within reach of the initrd. */
function unreached({ keyboards }: Facts, chains: readonly BootChain[]): readonly Omission[] {
  const overNetwork = chains.filter(({ links }) => links.some(({ kind }) => kind === 'network'));
  const asked = chains.some(
    ({ neededToBoot, links }) => neededToBoot && links.some(link => isLuksLink(link)),
  );
  const wireless = asked ? keyboards.filter(({ isBluetooth }) => isBluetooth) : [];
  return [
    ...overNetwork.map(({ subject }) => ({
      subject,
      reason:
        'it is reached over a network: the initrd has to be told how (boot.initrd.network.enable, and what opens the connection)',
    })),
    ...wireless.map(({ title }) => ({
      subject: plainText(`keyboard ${title}`.trimEnd()),
      reason:
        'it is connected by Bluetooth only when the system runs: no passphrase is typed on it',
    })),
  ];
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
    if (isListable(inKernel, kernel)) {
      items.push(systemItem(value, [`the processor has ${extension}`]));
    } else {
      const reason =
        inKernel === 'missing' ? `${release} has no such module` : `built into ${release}`;
      omissions.push({ subject: `module ${value}`, reason });
    }
  }
  return { items, omissions };
}

function systemItem(value: string, because: readonly string[]): Item {
  return { kind: 'item', option: loaded, value, because, neededToBoot: false };
}
