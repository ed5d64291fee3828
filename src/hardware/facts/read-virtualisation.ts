import { type FileTree, line } from '../sources/file-tree.ts';
import { virtualisationFile } from '../sources/genctl-files.ts';
import type { CpuFacts, DeviceTreeFacts, DmiFacts, VirtualisationFacts } from './facts.ts';

/** What else tells a virtual machine. */
export interface MachineSigns {
  readonly cpu: CpuFacts;
  readonly dmi: DmiFacts | null;
  readonly deviceTree: DeviceTreeFacts | null;
}

/** systemd-detect-virt(1)'s words for containers. */
const containers: ReadonlySet<string> = new Set([
  'container-other',
  'docker',
  'lxc',
  'lxc-libvirt',
  'openvz',
  'podman',
  'pouch',
  'proot',
  'rkt',
  'systemd-nspawn',
  'wsl',
]);

/** What platforms call themselves in DMI's vendor and product fields, and the word for each. */
const platforms: readonly (readonly [RegExp, string])[] = [
  [/^(innotek GmbH|VirtualBox)/, 'oracle'],
  [/^(VMware|VMW)/, 'vmware'],
  [/^(Xen$|Xen |HVM domU)/, 'xen'],
  [/^Parallels/, 'parallels'],
  [/^BHYVE/i, 'bhyve'],
  [/^Bochs/, 'bochs'],
  [/^Apple Virtualization/, 'apple'],
  [/^(KVM|KubeVirt|OpenStack|Hetzner vServer|RHEV Hypervisor|Alibaba Cloud ECS)/, 'kvm'],
  [/^Google Compute Engine/, 'google'],
  [/^Amazon EC2/, 'amazon'],
  [/^QEMU/, 'qemu'],
];

/** Whether this is a virtual machine, and whether we are in a container of it or of a real one. */
export function readVirtualisation(tree: FileTree, signs: MachineSigns): VirtualisationFacts {
  const told = toWord(line(tree, virtualisationFile));
  if (told === 'none') return { machine: null, container: null };
  if (told !== undefined) {
    return containers.has(told)
      ? { machine: machineOf(tree, signs), container: told }
      : { machine: told, container: null };
  }
  return { machine: machineOf(tree, signs), container: readContainer(tree) };
}

function machineOf(tree: FileTree, signs: MachineSigns): string | null {
  const named = namedPlatform(signs);
  if (line(tree, '/sys/hypervisor/type') === 'xen') {
    // The first system on Xen (dom0) sees the real machine's DMI, and has its hardware.
    return signs.dmi === null || named !== null ? 'xen' : null;
  }
  if (named !== null) return named;
  return signs.cpu.isVirtual ? 'unknown' : null;
}

function namedPlatform({ cpu, dmi, deviceTree }: MachineSigns): string | null {
  if (deviceTree?.compatible.includes('linux,dummy-virt') === true) return 'qemu';
  if (dmi === null) return null;
  // Hyper-V's vendor makes real machines too, which have other names.
  if (dmi.systemVendor === 'Microsoft Corporation' && dmi.productName === 'Virtual Machine') {
    return 'microsoft';
  }
  // The product first: `KVM` and `OpenStack Compute` are what the vendor QEMU's machines are run by.
  const names = [dmi.productName, dmi.systemVendor, dmi.boardVendor, dmi.biosVendor];
  const found = names.map(wordFor).find(word => word !== undefined);
  const isCloud = found === 'amazon' || found === 'google';
  // Clouds rent out whole machines under the same name (`c5.metal`).
  const isReal = /\bmetal\b/.test(dmi.productName ?? '') || (cpu.vendor !== null && !cpu.isVirtual);
  return found === undefined || (isCloud && isReal) ? null : found;
}

function wordFor(name: string | null): string | undefined {
  return name === null ? undefined : platforms.find(([sign]) => sign.test(name))?.[1];
}

/** systemd writes down the manager's name; two managers leave a file of their own. */
function readContainer(tree: FileTree): string | null {
  const named = tree.text('/run/systemd/container');
  if (named !== undefined) return toWord(named.trim()) ?? 'container-other';
  if (tree.text('/run/.containerenv') !== undefined) return 'podman';
  return tree.text('/.dockerenv') === undefined ? null : 'docker';
}

function toWord(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9-]{1,32}$/.test(text) ? text : undefined;
}
