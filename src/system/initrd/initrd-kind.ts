import { GenctlError } from '../../errors.ts';
import type { Configuration } from '../declaration/declaration.ts';
import { quote } from '../declaration/hostile-text.ts';
import { neededMounts } from './needed-mounts.ts';

/** Who makes an initrd: genctl itself, or Debian's initramfs-tools in the system's own tree. */
export type InitrdKind = 'own' | 'initramfs-tools';

/** What a system's disks ask of its initrd. */
export interface InitrdNeeds {
  readonly kind: InitrdKind;
  /** Why, one clause for a person. */
  readonly reason: string;
  /** Packages that the tree has to have for it, sorted. */
  readonly packages: readonly string[];
}

/** Something that only programs of its own put together or open, and the packages of those. */
interface Demand {
  readonly reason: string;
  readonly packages: readonly string[];
}

/** Names that the kernel does not give by itself; tags say the same as by-uuid, by-label and the like. */
const isUdevs = /^\/dev\/(?:md|dm-|(?!disk\/by-(?:part)?(?:uuid|label)\/)[^/]+\/)/;

/** The kernel tells the label of a partition in ASCII, with something else for what is none. */
const isOtherLabel = /^(?:PARTLABEL=|\/dev\/disk\/by-partlabel\/).*[^ -~]/;

/** How logical volumes are called: `/dev/mapper/GROUP-NAME`, `/dev/GROUP/NAME`. */
const isVolume = /^\/dev\/(?!disk\/|md\/)[^/]+\//;

/** Stage 2 runs in it, whatever has made the initrd. */
const stage2Package = 'busybox-static';

/**
 * Which initrd these disks need. genctl's own mounts a file system that is on a partition; what has
 * to be opened, put together or scanned first is left to initramfs-tools. Pure.
 *
 * @throws GenctlError INITRD_UNSUPPORTED for what neither of them can mount
 */
export function initrdNeeds(configuration: Configuration): InitrdNeeds {
  const demands = [...declaredDemands(configuration), ...mountDemands(configuration)];
  const [first] = demands;
  if (first === undefined) {
    const reason = 'all that is needed at boot is on plain partitions';
    return { kind: 'own', reason, packages: [stage2Package] };
  }
  const packages = new Set([
    stage2Package,
    'initramfs-tools',
    ...demands.flatMap(({ packages }) => packages),
  ]);
  return { kind: 'initramfs-tools', reason: first.reason, packages: [...packages].toSorted() };
}

function declaredDemands({ boot }: Configuration): Demand[] {
  const demands: Demand[] = [];
  const [luks] = Object.keys(boot.initrd.luks.devices);
  if (luks !== undefined) {
    demands.push({ reason: `${quote(luks)} is encrypted`, packages: ['cryptsetup-initramfs'] });
  }
  if (boot.initrd.services.lvm.enable === true) {
    demands.push({ reason: 'logical volumes have to be activated', packages: ['lvm2'] });
  }
  if (boot.swraid.enable === true) {
    demands.push({ reason: 'software RAID has to be assembled', packages: ['mdadm'] });
  }
  if (boot.initrd.services.bcache.enable === true) {
    demands.push({ reason: 'bcache devices have to be put together', packages: ['bcache-tools'] });
  }
  return demands;
}

function mountDemands(configuration: Configuration): Demand[] {
  const { boot, fileSystems } = configuration;
  const root = fileSystems['/'];
  const mounts = [{ place: '/', device: root?.device, fsType: root?.fsType }];
  return [...mounts, ...neededMounts(configuration)].flatMap(({ place, device = '', fsType }) => {
    if (fsType === 'zfs' || fsType === 'bcachefs') {
      throw new GenctlError(
        'INITRD_UNSUPPORTED',
        `[fileSystems ${JSON.stringify(place)}]: an initrd that mounts ${fsType} cannot be made from Debian's packages`,
        { hint: 'Put what is needed at boot on another kind of file system, such as ext4.' },
      );
    }
    const demands: Demand[] = [];
    if (fsType === 'btrfs') {
      demands.push({
        reason: `${place} is a btrfs, which may have several devices`,
        packages: ['btrfs-progs'],
      });
    }
    const [, name] = /^\/dev\/mapper\/(.+)$/.exec(device) ?? [];
    const isOpened = name !== undefined && Object.hasOwn(boot.initrd.luks.devices, name);
    if (isUdevs.test(device) || isOtherLabel.test(device)) {
      const packages = isVolume.test(device) && !isOpened ? ['lvm2'] : [];
      demands.push({ reason: `only udev finds ${quote(device)}`, packages });
    }
    return demands;
  });
}
