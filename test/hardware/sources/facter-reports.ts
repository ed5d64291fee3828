/** Made-up reports, shaped like those that nixos-facter writes. */

interface Described {
  readonly [field: string]: unknown;
}

function id(value: number): Described {
  return { hex: value.toString(16).padStart(4, '0'), value };
}

export function pciDevice(
  address: string,
  alias: string,
  driver: string,
  module?: string,
): Described {
  return {
    index: 1,
    bus_type: { hex: '0004', name: 'PCI', value: 4 },
    sysfs_id: `/devices/pci0000:00/${address}`,
    sysfs_bus_id: address.split('/').at(-1),
    driver,
    ...(module === undefined ? {} : { driver_module: module, driver_modules: [module] }),
    drivers: [driver],
    module_alias: alias,
  };
}

/** A rented server: two NVMe disks, one network card, started by a BIOS as far as it says. */
export function server(): Described {
  const disk = (name: string, address: string, minor: number): Described => ({
    class_list: ['disk', 'block_device', 'nvme'],
    model: 'SAMSUNG MZVLB512HAJQ-00000',
    sysfs_id: `/class/block/${name}n1`,
    sysfs_device_link: `/devices/pci0000:00/${address}/nvme/${name}`,
    unix_device_name: `/dev/${name}n1`,
    unix_device_number: { type: 98, major: 259, minor, range: 0 },
    unix_device_names: [
      '/dev/disk/by-diskseq/10',
      `/dev/disk/by-path/pci-${address.split('/')[1]}-nvme-1`,
      `/dev/${name}n1`,
    ],
    resources: [{ type: 'size', unit: 'sectors', value_1: 1_000_215_216, value_2: 512 }],
    driver: 'nvme',
    driver_module: 'nvme',
    drivers: ['nvme'],
    driver_modules: ['nvme'],
  });
  return {
    version: 1,
    system: 'x86_64-linux',
    virtualisation: 'none',
    hardware: {
      bios: { smbios_version: 768 },
      cpu: [
        {
          architecture: 'x86_64',
          vendor_name: 'GenuineIntel',
          family: 6,
          model: 158,
          features: ['fpu', 'lm', 'vmx'],
          siblings: 8,
          cores: 4,
        },
      ],
      disk: [
        disk('nvme0', '0000:00:1c.0/0000:01:00.0', 1),
        disk('nvme1', '0000:00:1d.0/0000:02:00.0', 0),
      ],
      memory: [{ index: 11, model: 'Main Memory' }],
      network_controller: [
        pciDevice(
          '0000:00:1f.6',
          'pci:v00008086d000015B7sv00001734sd0000121Fbc02sc00i00',
          'e1000e',
          'e1000e',
        ),
      ],
      network_interface: [
        {
          sub_class: { hex: '0001', name: 'Ethernet', value: 1 },
          sysfs_id: '/class/net/enp0s31f6',
          sysfs_device_link: '/devices/pci0000:00/0000:00:1f.6',
        },
        { sub_class: { hex: '0000', name: 'Loopback', value: 0 }, sysfs_id: '/class/net/lo' },
      ],
      storage_controller: [
        pciDevice(
          '0000:00:1c.0/0000:01:00.0',
          'pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02',
          'nvme',
          'nvme',
        ),
        pciDevice(
          '0000:00:1d.0/0000:02:00.0',
          'pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02',
          'nvme',
          'nvme',
        ),
      ],
      system: { form_factor: 'desktop' },
    },
    smbios: {
      bios: { vendor: 'FUJITSU', version: 'V5', date: '05/28/2020' },
      board: { manufacturer: 'FUJITSU', product: 'D3401-H2' },
      chassis: [{ manufacturer: 'FUJITSU', chassis_type: id(3) }],
      processor: [{ version: 'Intel(R) Core(TM) i7-7700 CPU @ 3.60GHz' }],
      system: { manufacturer: 'FUJITSU', product: 'ESPRIMO', version: '' },
    },
  };
}

/** A virtual machine: a disk of virtio-scsi, a CD drive, a USB tablet, keyboards, UEFI, swap. */
export function virtualMachine(): Described {
  return {
    version: 1,
    system: 'x86_64-linux',
    virtualisation: 'kvm',
    uefi: { supported: true, platform_size: 64 },
    hardware: {
      cdrom: [
        {
          sysfs_id: '/class/block/sr0',
          sysfs_device_link: '/devices/pci0000:00/0000:00:1f.2/ata1/host1/target1:0:0/1:0:0:0',
          unix_device_names: ['/dev/cdrom', '/dev/sr0'],
          driver: 'ahci',
          driver_module: 'ahci',
          drivers: ['ahci', 'sr'],
          driver_modules: ['ahci', 'sr_mod'],
        },
      ],
      disk: [
        {
          vendor: 'QEMU',
          sysfs_id: '/class/block/sda',
          sysfs_device_link:
            '/devices/pci0000:00/0000:00:02.5/0000:06:00.0/virtio5/host0/target0:0:0/0:0:0:0',
          unix_device_names: ['/dev/disk/by-path/pci-0000:06:00.0-scsi-0:0:0:0', '/dev/sda'],
          driver: 'virtio_scsi',
          driver_module: 'virtio_scsi',
          drivers: ['sd', 'virtio_scsi'],
          driver_modules: ['sd_mod', 'virtio_scsi'],
        },
        {
          sysfs_id: '/class/block/vda',
          sysfs_device_link: '/devices/pci0000:00/0000:00:05.0/virtio1',
          unix_device_names: ['/dev/vda'],
          driver: 'virtio_blk',
          driver_module: 'virtio_blk',
          drivers: ['virtio_blk'],
          driver_modules: ['virtio_blk'],
        },
      ],
      keyboard: [
        {
          model: 'AT Translated Set 2 keyboard',
          unix_device_names: [
            '/dev/input/by-path/platform-i8042-serio-0-event-kbd',
            '/dev/input/event0',
          ],
        },
        {
          model: 'QEMU USB Keyboard',
          sysfs_id: '/devices/pci0000:00/0000:00:02.1/0000:02:00.0/usb1/1-2/1-2:1.0',
          driver: 'usbhid',
          driver_module: 'usbhid',
          module_alias: 'usb:v0627p0001d0000dc00dsc00dp00ic03isc01ip01in00',
        },
      ],
      mouse: [{ sysfs_id: '/devices/platform/i8042/serio3/input/input27' }],
      storage_controller: [
        pciDevice(
          '0000:00:02.5/0000:06:00.0',
          'pci:v00001AF4d00001048sv00001AF4sd00001100bc01sc00i00',
          'virtio-pci',
          'virtio_pci',
        ),
        pciDevice(
          '0000:00:1f.2',
          'pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01',
          'ahci',
          'ahci',
        ),
      ],
    },
    swap: [
      {
        type: 'partition',
        path: '/dev/disk/by-id/scsi-0-part 2',
        size: 1024,
        used: 0,
        priority: -2,
      },
      { type: 'file', path: '/swap', size: 2048, used: 0, priority: 5 },
    ],
  };
}
