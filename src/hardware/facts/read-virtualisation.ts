import { type FileTree, line } from '../sources/file-tree.ts';
import { virtualisationFile } from '../sources/genctl-files.ts';
import type {
  CpuFacts,
  DeviceTreeFacts,
  DmiFacts,
  MountedFileSystem,
  VirtualisationFacts,
} from './facts.ts';

/** What else tells a virtual machine. */
export interface MachineSigns {
  readonly cpu: CpuFacts;
  readonly dmi: DmiFacts | null;
  readonly deviceTree: DeviceTreeFacts | null;
  readonly mounts: readonly MountedFileSystem[];
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
  if (told === 'none') return { machine: 'none', container: null };
  if (told !== undefined) {
    return containers.has(told)
      ? { machine: machineOf(tree, signs), container: told }
      : { machine: told, container: null };
  }
  return { machine: machineOf(tree, signs), container: readContainer(tree, signs) };
}

function machineOf(tree: FileTree, signs: MachineSigns): string | null {
  const named = namedPlatform(signs);
  if (line(tree, '/sys/hypervisor/type') === 'xen') {
    if (isFirstOnXen(tree)) return 'none';
    // It sees the real machine's DMI.
    return signs.dmi === null || named !== null ? 'xen' : 'none';
  }
  if (named !== null) return named;
  return signs.cpu.isVirtual ? 'unknown' : null;
}

/** The first system on Xen (dom0) runs the others, and has the machine's hardware. */
function isFirstOnXen(tree: FileTree): boolean {
  return /\bcontrol_d\b/.test(tree.text('/proc/xen/capabilities') ?? '');
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

/**
 * systemd writes down the manager's name; two managers leave a file of their own; the kernel of WSL
 * says what it is. Others leave nothing but what they mount.
 */
function readContainer(tree: FileTree, { mounts }: MachineSigns): string | null {
  const named = tree.text('/run/systemd/container');
  if (named !== undefined) return toWord(named.trim()) ?? 'container-other';
  if (tree.text('/run/.containerenv') !== undefined) return 'podman';
  if (tree.text('/.dockerenv') !== undefined) return 'docker';
  if (/microsoft|WSL/i.test(line(tree, '/proc/sys/kernel/osrelease') ?? '')) return 'wsl';
  return isLaidOver(mounts) ? 'container-other' : null;
}

/** Files that a manager lays over those of an image: its own network's, not the image's. */
const laidOver: ReadonlySet<string> = new Set(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']);

/** Where managers keep the layers of images. */
const imageStores = /\/(?:buildkit|containerd|containers\/storage|docker|k3s|kubelet|rancher)\//;

/** An overlay for a root is what live systems have too, but of nobody's images and with own files. */
function isLaidOver(mounts: readonly MountedFileSystem[]): boolean {
  const root = mounts.findLast(({ mountPoint }) => mountPoint === '/');
  if (root?.type !== 'overlay') return false;
  return (
    root.superOptions.some(option => option.startsWith('lowerdir') && imageStores.test(option)) ||
    mounts.some(({ mountPoint }) => laidOver.has(mountPoint))
  );
}

function toWord(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9-]{1,32}$/.test(text) ? text : undefined;
}
