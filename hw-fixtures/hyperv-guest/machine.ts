import {
  type Driver,
  fileSystem,
  folder,
  gib,
  gpt,
  input,
  type MachineDescription,
  mib,
  mount,
  networkInterface,
  onBus,
  type Part,
  part,
  partitionType,
  scsiCdrom,
  scsiDisk,
  scsiHost,
  serioPort,
  swapArea,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `091a2b3c-5d6e-47f8-8172-8394a5b6c${end}`;

/** A device of Hyper-V's bus; its kind is a GUID, whose bytes the modalias shows as they lie in memory. */
function vmbus(name: string, kind: string, driver: Driver, ...parts: readonly Part[]): Part {
  return onBus('vmbus', name, driver, `vmbus:${kind}`, [], parts);
}

/** A guest of Hyper-V, second generation: no PCI at all, all devices on the virtual machine bus. */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine: `root=UUID=${uuid('001')} ro`,
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 85,
    name: 'Intel(R) Xeon(R) Platinum 8171M CPU @ 2.60GHz',
    count: 2,
    flags: 'hypervisor',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 1, setupMode: 0 },
  dmi: {
    sys_vendor: 'Microsoft Corporation',
    product_name: 'Virtual Machine',
    product_version: 'Hyper-V UEFI Release v4.1',
    product_family: 'Virtual Machine',
    board_vendor: 'Microsoft Corporation',
    board_name: 'Virtual Machine',
    chassis_type: '3',
    bios_vendor: 'Microsoft Corporation',
    bios_version: 'Hyper-V UEFI Release v4.1',
  },
  devices: [
    folder(
      'LNXSYSTM:00',
      folder(
        'LNXSYBUS:00',
        folder(
          'ACPI0004:00',
          onBus(
            'acpi',
            'VMBUS:00',
            'hv_vmbus@hv_vmbus',
            'acpi:VMBUS:',
            [],
            [
              vmbus(
                'd34b2567-b9b6-42b9-8778-0a4ec0b955bf',
                '6dad12f9172bea48bd65f927a61c7684',
                'hyperv_keyboard@hyperv_keyboard',
                serioPort(
                  0,
                  'atkbd@atkbd',
                  'serio:ty06pr00id00ex00',
                  input(
                    'AT Translated Set 2 keyboard',
                    'keyboard',
                    '0011 0001 0001 AB41',
                    'd34b2567-b9b6-42b9-8778-0a4ec0b955bf/serio0/input0',
                  ),
                ),
              ),
              vmbus(
                'f8b3781a-1e82-4818-a1c3-63d806ec15bb',
                'd96361baa104294db60572e2ffb1dc7f',
                'hv_storvsc@hv_storvsc',
                scsiHost(
                  0,
                  scsiDisk(
                    '0:0:0:0',
                    {
                      name: 'sda',
                      number: '8:0',
                      sizeBytes: 64 * gib,
                      holds: gpt(
                        uuid('010'),
                        part(
                          1,
                          512 * mib,
                          partitionType.esp,
                          uuid('011'),
                          fileSystem('vfat', { uuid: '0A1B-C001' }),
                        ),
                        part(
                          2,
                          60 * gib,
                          partitionType.linux,
                          uuid('012'),
                          fileSystem('ext4', { uuid: uuid('001') }),
                        ),
                        part(
                          3,
                          2 * gib,
                          partitionType.swap,
                          uuid('013'),
                          swapArea({ uuid: uuid('002') }),
                        ),
                      ),
                    },
                    'acpi-VMBUS:00-vmbus-f8b3781a1e824818a1c363d806ec15bb-lun-0',
                  ),
                  scsiCdrom('0:0:0:1', {
                    name: 'sr0',
                    number: '11:0',
                    sizeBytes: 1 * gib,
                    isRemovable: true,
                    properties: { ID_CDROM: '1' },
                  }),
                ),
              ),
              vmbus(
                'e1f2a3b4-0000-4c5d-8e6f-708192a3b4c5',
                '635161f83edfc546913ff2d2f965ed0e',
                'hv_netvsc@hv_netvsc',
                networkInterface('eth0'),
              ),
              vmbus(
                'b6650ff7-33bc-4840-8048-e0676786f393',
                'e2d0f8a3c5b29c46a9b9b3a5f6f6a8b1',
                'hv_utils@hv_utils',
              ),
            ],
          ),
        ),
      ),
    ),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/sda2', '8:2', 'rw,relatime', 'rw,discard,errors=remount-ro'),
    mount(
      '/boot/efi',
      'vfat',
      '/dev/sda1',
      '8:1',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=ascii,shortname=mixed,utf8,errors=remount-ro',
    ),
  ],
  swaps: ['/dev/sda3 partition 2097148 -2'],
  modules: [
    'hv_vmbus',
    'hv_storvsc',
    'hv_netvsc',
    'hv_utils',
    'hyperv_keyboard',
    'atkbd',
    'sd_mod',
    'sr_mod',
    'ext4',
    'vfat',
  ],
};
