/**
 * What is known of a machine. Plain data, sorted, without anything that differs from one look to
 * the next (no free space, no times, no interrupt numbers), so that equal machines give equal facts.
 */
export interface Facts {
  /** Nix's name of the platform, `x86_64-linux`; null where the source does not say. */
  readonly platform: string | null;
  readonly kernel: KernelFacts;
  readonly cpu: CpuFacts;
  readonly firmware: FirmwareFacts;
  readonly dmi: DmiFacts | null;
  readonly deviceTree: DeviceTreeFacts | null;
  readonly virtualisation: VirtualisationFacts;
  /** Devices of all buses and what they hang on, by path. */
  readonly devices: readonly Device[];
  /** By kernel name. */
  readonly blockDevices: readonly BlockDevice[];
  /** In the order of the mount table; of several at one place the last one is what is seen. */
  readonly mounts: readonly MountedFileSystem[];
  readonly swaps: readonly Swap[];
  readonly networkInterfaces: readonly NetworkInterface[];
  readonly keyboards: readonly Keyboard[];
  /** Paths of display controllers among `devices`. */
  readonly graphics: readonly string[];
  readonly tpms: readonly Tpm[];
  /** Names of the modules that the running kernel has loaded, with `_`. */
  readonly loadedModules: readonly string[];
  /** Mount point properties of ZFS datasets, by dataset; empty where nobody could ask. */
  readonly zfsMountPoints: Readonly<Record<string, string>>;
  /** ZFS's number of this machine, eight hexadecimal digits (/etc/hostid). */
  readonly hostId: string | null;
  /** What could not be found out, one clause each: from the source, or for want of permission. */
  readonly unknown: readonly string[];
}

export interface KernelFacts {
  /** `6.1.0-49-amd64` */
  readonly release: string | null;
  readonly commandLine: string | null;
}

export interface CpuFacts {
  /** `GenuineIntel`, `AuthenticAMD`; null on ARM. */
  readonly vendor: string | null;
  readonly model: string | null;
  readonly family: number | null;
  /** Logical processors. */
  readonly count: number;
  /** The extension that KVM needs. */
  readonly virtualisation: 'vmx' | 'svm' | null;
  /** Whether the processor says that it is a virtual one (CPUID's hypervisor bit). */
  readonly isVirtual: boolean;
}

export interface FirmwareFacts {
  readonly kind: 'uefi' | 'bios' | 'device-tree' | 'unknown';
  /** Of UEFI, which decides the boot loader's binary, not the kernel's. */
  readonly bits: 32 | 64 | null;
  /** Null where it is not UEFI or the variables cannot be read. */
  readonly secureBoot: 'on' | 'off' | 'setup-mode' | null;
}

/** Of /sys/class/dmi/id, without serial numbers. */
export interface DmiFacts {
  readonly systemVendor: string | null;
  readonly productName: string | null;
  readonly productVersion: string | null;
  readonly productFamily: string | null;
  readonly productSku: string | null;
  readonly boardVendor: string | null;
  readonly boardName: string | null;
  /** SMBIOS 7.4.1: 9, 10, 31 and 32 are what people call laptops. */
  readonly chassisType: number | null;
  readonly biosVendor: string | null;
  readonly biosVersion: string | null;
}

export interface DeviceTreeFacts {
  readonly model: string | null;
  readonly compatible: readonly string[];
}

/** systemd-detect-virt(1)'s words, each asked for itself. */
export interface VirtualisationFacts {
  /**
   * `qemu`, `kvm`, `vmware`, `oracle`, `microsoft`, `xen`, `parallels`, `amazon` …; `none` where
   * something says that it is a real machine, as of the first system on Xen; null: nothing says.
   */
  readonly machine: string | null;
  /**
   * `systemd-nspawn`, `docker`, `lxc`, `podman`, `wsl` …; `container-other` where only the root file
   * system tells.
   */
  readonly container: string | null;
}

/** A device of a bus, or something that devices hang on. */
export interface Device {
  /** Below /sys: `/devices/pci0000:00/0000:00:1f.2`. */
  readonly path: string;
  /** `pci`, `usb`, `hid`, `virtio`, `scsi`, `mmc`, `platform`, `i2c`, `serio` …; null: no subsystem. */
  readonly bus: string | null;
  /** Its name on its bus: `0000:00:1f.2`. */
  readonly name: string;
  /** Four hexadecimal digits each, of PCI, USB and HID devices. */
  readonly vendorId: string | null;
  readonly productId: string | null;
  /** PCI: six digits (`010601`); a USB interface: six (`080650`), a USB device: the first two or six. */
  readonly classCode: string | null;
  /** What the device calls itself: a USB product, a HID or input name. */
  readonly title: string | null;
  readonly driver: string | null;
  /** The module of its driver; null where none is bound, or where it is part of the kernel. */
  readonly module: string | null;
  readonly modalias: string | null;
  /**
   * Paths of devices that the firmware's tables say it cannot work without, though it hangs on none
   * of them (clocks, PHYs, regulators), in byte order.
   */
  readonly suppliers: readonly string[];
}

export type BlockKind =
  | 'disk'
  | 'partition'
  | 'optical'
  | 'loop'
  | 'zram'
  | 'luks'
  /** dm-crypt without a header: its key is not kept, or kept elsewhere. */
  | 'plain-crypt'
  | 'lvm'
  | 'multipath'
  | 'other-mapping'
  | 'mdraid'
  | 'bcache';

export interface BlockDevice {
  /** The kernel's name: `nvme0n1p2`, `dm-0`. */
  readonly name: string;
  /** `259:2` */
  readonly number: string;
  readonly kind: BlockKind;
  readonly sizeBytes: number;
  /** Whether the kernel says so of its disk, or it is an SD card: of readers the kernel says nothing. */
  readonly isRemovable: boolean;
  readonly isReadOnly: boolean;
  /** The path of the device among `devices` that it is, or hangs on; null for what is made of others. */
  readonly device: string | null;
  /** Kernel names of what it lies on: a partition's disk, the parts of a mapping. */
  readonly liesOn: readonly string[];
  readonly partition: PartitionFacts | null;
  /** What lies on it. */
  readonly content: ContentFacts | null;
  readonly mapping: MappingFacts | null;
  readonly raid: RaidFacts | null;
  /** The file behind a loop device, as the kernel says it. */
  readonly backingFile: string | null;
  /** Its names in /dev, without `/dev/`, in byte order: `disk/by-uuid/…`, `mapper/root`. */
  readonly links: readonly string[];
}

export interface PartitionFacts {
  readonly number: number;
  readonly table: 'gpt' | 'dos' | 'other' | null;
  readonly uuid: string | null;
  readonly name: string | null;
  /** A GUID, or `0x83`. */
  readonly type: string | null;
}

/** As blkid and udev call it. */
export interface ContentFacts {
  /** `ext4`, `btrfs`, `crypto_LUKS`, `LVM2_member`, `linux_raid_member`, `swap` … */
  readonly type: string;
  readonly uuid: string | null;
  /** Of one member of a file system on several devices. */
  readonly memberUuid: string | null;
  readonly label: string | null;
}

export interface MappingFacts {
  /** Its name below /dev/mapper. */
  readonly name: string;
  /** device-mapper's: `CRYPT-LUKS2-…`, `LVM-…`, `mpath-…`. */
  readonly uuid: string | null;
}

export interface RaidFacts {
  /** `raid1`, `raid5`, `linear` */
  readonly level: string | null;
  readonly uuid: string | null;
}

export interface MountedFileSystem {
  readonly mountPoint: string;
  /** `ext4`, `fuse.sshfs` */
  readonly type: string;
  /** As the mount table says it: `/dev/sda1`, `tmpfs`, `server:/export`. */
  readonly source: string;
  /** Which folder of the file system is mounted: `/`, or another for a bind mount, a subvolume. */
  readonly rootInside: string;
  /** `8:1`; a number of its own (`0:24`) on btrfs, tmpfs and the like. */
  readonly number: string;
  /** Of this mount: `rw`, `noatime`. */
  readonly options: readonly string[];
  /** Of the file system, `subvol=/@`. */
  readonly superOptions: readonly string[];
  /** Kernel names of all block devices that hold it; none for tmpfs, nfs … */
  readonly blockDevices: readonly string[];
  /** Whether its place is a folder, not a single file; null where nobody could look. */
  readonly isFolder: boolean | null;
}

export interface Swap {
  /** As /proc/swaps names it. */
  readonly path: string;
  readonly kind: 'partition' | 'file' | 'zram' | 'random-encrypted';
  /** The kernel name of the block device; for a file null. */
  readonly blockDevice: string | null;
  readonly sizeBytes: number;
  /** Negative: the kernel's own choice. */
  readonly priority: number;
}

export interface NetworkInterface {
  readonly name: string;
  readonly kind: 'ethernet' | 'wireless' | 'other';
  /** The path of its device; null: it is virtual (a bridge, docker0, a tunnel). */
  readonly device: string | null;
}

export interface Keyboard {
  readonly title: string;
  /** Below /sys, of the input device. */
  readonly path: string;
  /** Whether it is reached by Bluetooth: nothing connects it before the system has started. */
  readonly isBluetooth: boolean;
}

export interface Tpm {
  readonly name: string;
  readonly device: string | null;
}
