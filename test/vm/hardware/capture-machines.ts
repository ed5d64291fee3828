// The machines that hardware captures are made of. Each has a script of its name in guest/layouts/
// that lays out its disks; data only.

export interface CaptureMachine {
  readonly name: string;
  /** One line for whoever picks a capture. */
  readonly shows: string;
  readonly firmware: 'uefi' | 'bios';
  /** QEMU's `-machine`, without the accelerator. */
  readonly board: string;
  /** A model that TCG can do. Default: qemu64. */
  readonly processor?: string;
  /** Of each disk in MiB: disk N is QEMU's drive `dN`, from 1. They are sparse. */
  readonly disksMiB: readonly number[];
  /** Further arguments of QEMU, the disks' devices among them. */
  readonly devices: readonly string[];
}

/** Numbers that no redacted capture may show. Layout scripts find their disks by them. */
export const secrets = {
  serial: 'SECRETSERIAL',
  mac: '52:54:00:c0:ff:e0',
  host: 'secrethost',
} as const;

function device(model: string): readonly string[] {
  return ['-device', model];
}

/** A disk on the bus that QEMU finds for it, or the one that is named. */
function disk(model: string, number: number, bus?: string): readonly string[] {
  const place = bus === undefined ? '' : `,bus=${bus}`;
  return device(`${model},drive=d${number},serial=${secrets.serial}${number}${place}`);
}

function network(model: string): readonly string[] {
  return device(`${model},mac=${secrets.mac}`);
}

/** No chip for PS/2 keyboards: what is typed comes over USB. */
const usbOnly = 'q35,i8042=off';
const usbKeyboard: readonly string[] = [
  ...device('qemu-xhci'),
  ...device(`usb-kbd,serial=${secrets.serial}K`),
];

export const captureMachines: readonly CaptureMachine[] = [
  {
    name: 'qemu-ahci-uefi',
    shows: 'AHCI, UEFI, ESP, ext4 with noatime, swap partition, e1000e, CD-ROM',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [320],
    devices: [
      ...disk('ide-hd', 1, 'ide.0'),
      ...device('ide-cd,bus=ide.1'),
      ...network('e1000e'),
      ...device('VGA'),
    ],
  },
  {
    name: 'qemu-ide-bios',
    shows: 'i440fx with PIIX IDE, BIOS, MBR, ext4, e1000',
    firmware: 'bios',
    board: 'pc',
    disksMiB: [256],
    devices: [
      ...disk('ide-hd', 1, 'ide.0'),
      ...device('ide-cd,bus=ide.1'),
      ...network('e1000'),
      ...device('cirrus-vga'),
    ],
  },
  {
    name: 'qemu-nvme-btrfs',
    shows: 'NVMe, UEFI, ESP and XBOOTLDR, btrfs subvolumes with zstd, read-only store, virtio-gpu',
    firmware: 'uefi',
    board: 'q35',
    processor: 'EPYC',
    disksMiB: [420],
    devices: [
      ...disk('nvme', 1),
      ...network('virtio-net-pci'),
      ...device('virtio-vga'),
      ...device('qemu-xhci'),
      ...device('usb-tablet'),
    ],
  },
  {
    name: 'qemu-virtio-xfs-bios',
    shows: 'virtio-blk, BIOS, xfs root, ext4 /boot, swap file',
    firmware: 'bios',
    board: 'pc',
    disksMiB: [512],
    devices: [
      ...disk('virtio-blk-pci', 1),
      ...network('virtio-net-pci'),
      ...device('virtio-rng-pci'),
      ...device('virtio-balloon-pci'),
    ],
  },
  {
    name: 'qemu-virtio-scsi-f2fs',
    shows: 'virtio-scsi, UEFI, f2fs root',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [384],
    devices: [
      ...device('virtio-scsi-pci'),
      ...disk('scsi-hd', 1),
      ...network('virtio-net-pci'),
      ...device('virtio-keyboard-pci'),
    ],
  },
  {
    name: 'qemu-lsi-scsi-bios',
    shows: 'LSI 53C895A parallel SCSI (sym53c8xx), BIOS, GPT, ext4',
    firmware: 'bios',
    board: 'pc',
    disksMiB: [256],
    devices: [...device('lsi53c895a'), ...disk('scsi-hd', 1), ...device('VGA')],
  },
  {
    name: 'qemu-mptsas-bios',
    shows: 'LSI Fusion SAS 1068 (mptsas), BIOS, GPT, ext4',
    firmware: 'bios',
    board: 'pc',
    disksMiB: [256],
    devices: [
      ...device('mptsas1068'),
      // Its driver passes over disks without an address of their own.
      ...device(`scsi-hd,drive=d1,serial=${secrets.serial}1,wwn=0x5000c50015ea71aa`),
      ...network('e1000'),
      ...device('VGA'),
    ],
  },
  {
    name: 'qemu-pvscsi-bios',
    shows: "VMware's paravirtual SCSI (vmw_pvscsi), BIOS, GPT, ext4",
    firmware: 'bios',
    board: 'pc',
    disksMiB: [256],
    devices: [
      ...device('pvscsi'),
      ...disk('scsi-hd', 1),
      ...network('vmxnet3'),
      ...device('vmware-svga'),
    ],
  },
  {
    name: 'qemu-megasas-uefi',
    shows: 'MegaRAID (megaraid_sas), UEFI, ext4, two network cards',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [256],
    devices: [
      ...device('megasas-gen2'),
      ...disk('scsi-hd', 1),
      ...network('e1000e'),
      ...device('e1000e,mac=52:54:00:c0:ff:e1'),
      ...device('VGA'),
    ],
  },
  {
    name: 'qemu-usb-root-uefi',
    shows: 'the root on a USB stick, USB keyboard, no PS/2',
    firmware: 'uefi',
    board: usbOnly,
    disksMiB: [256],
    devices: [
      ...usbKeyboard,
      ...disk('usb-storage', 1),
      ...device('usb-mouse'),
      ...network('usb-net'),
      ...device('VGA'),
    ],
  },
  {
    name: 'qemu-sdcard-uefi',
    shows: 'the root on an SD card (sdhci_pci, mmc_block), UEFI, PS/2 keyboard',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [256],
    devices: [
      ...device('sdhci-pci'),
      ...device('sd-card,drive=d1'),
      ...network('virtio-net-pci'),
      ...device('bochs-display'),
    ],
  },
  {
    name: 'qemu-luks-ext4',
    shows: 'LUKS2 on a partition, ext4 in it, separate /boot, USB keyboard without PS/2',
    firmware: 'uefi',
    board: usbOnly,
    disksMiB: [384],
    devices: [...disk('ide-hd', 1, 'ide.0'), ...usbKeyboard, ...network('e1000e')],
  },
  {
    name: 'qemu-lvm-on-luks',
    shows: 'LUKS2 with LVM in it: root, swap, home; PS/2 keyboard',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [480],
    devices: [...disk('nvme', 1), ...network('virtio-net-pci'), ...device('VGA')],
  },
  {
    name: 'qemu-luks-on-lvm',
    shows: 'LVM with LUKS2 in its volumes: root and swap; BIOS, USB keyboard on EHCI',
    firmware: 'bios',
    board: 'pc,i8042=off',
    disksMiB: [640],
    devices: [
      ...disk('virtio-blk-pci', 1),
      ...device('usb-ehci'),
      ...device(`usb-kbd,serial=${secrets.serial}K`),
      ...network('virtio-net-pci'),
    ],
  },
  {
    name: 'qemu-mdraid1',
    shows: 'two AHCI disks mirrored by md: ext4 root and swap',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [320, 320],
    devices: [
      ...disk('ide-hd', 1, 'ide.0'),
      ...disk('ide-hd', 2, 'ide.1'),
      ...network('e1000e'),
      ...device('VGA'),
    ],
  },
  {
    name: 'qemu-lvm-raid1',
    shows: 'root on an LVM raid1 volume over two whole SCSI disks, the ESP on an NVMe disk',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [256, 256, 64],
    devices: [
      ...device('virtio-scsi-pci'),
      ...disk('scsi-hd', 1),
      ...disk('scsi-hd', 2),
      ...disk('nvme', 3),
      ...network('virtio-net-pci'),
    ],
  },
  {
    name: 'qemu-random-swap',
    shows: 'swap encrypted with a new key at each boot, and zram',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [320],
    devices: [...disk('nvme', 1), ...network('e1000e'), ...device('VGA')],
  },
  {
    name: 'qemu-btrfs-two-disks',
    shows: 'one btrfs over two whole virtio disks, the ESP on a third',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [256, 256, 64],
    devices: [
      ...disk('virtio-blk-pci', 1),
      ...disk('virtio-blk-pci', 2),
      ...disk('virtio-blk-pci', 3),
      ...network('virtio-net-pci'),
    ],
  },
  {
    name: 'qemu-bcache',
    shows: 'bcache: an AHCI disk behind an NVMe one, ext4 root on it',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [320, 160],
    devices: [...disk('ide-hd', 1, 'ide.0'), ...disk('nvme', 2), ...device('VGA')],
  },
  {
    name: 'qemu-cloned-disks',
    shows: 'two AHCI disks, the one a copy of the other: each UUID and PARTUUID twice',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [112, 112],
    devices: [
      ...disk('ide-hd', 1, 'ide.0'),
      ...disk('ide-hd', 2, 'ide.1'),
      ...network('e1000e'),
      ...device('VGA'),
    ],
  },
  {
    name: 'qemu-hostile-labels',
    shows:
      'labels and mount points with quotes, ${, tab, newline; bind, tmpfs, overlay, loop mounts',
    firmware: 'uefi',
    board: 'q35',
    disksMiB: [320],
    devices: [...disk('virtio-blk-pci', 1), ...network('virtio-net-pci')],
  },
];

/** The machine of that name; an error that says which there are. */
export function captureMachine(name: string): CaptureMachine {
  const machine = captureMachines.find(candidate => candidate.name === name);
  if (machine !== undefined) return machine;
  const names = captureMachines.map(candidate => candidate.name).join(' ');
  throw new Error(`no machine ${name}; there are: ${names}`);
}
