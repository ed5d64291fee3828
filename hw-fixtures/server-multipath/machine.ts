import {
  bridge,
  fileSystem,
  folder,
  gib,
  hid,
  input,
  logicalVolume,
  type MachineDescription,
  mapping,
  mib,
  mount,
  networkInterface,
  type Part,
  partitionType,
  pathOfMultipath,
  pci,
  physicalVolume,
  powerButton,
  scsiDisk,
  scsiHost,
  swapArea,
  usbDevice,
  usbHost,
  usbInterface,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const wwid = '3600508b400105e210000900000490000';
const uuid = (end: string): string => `92b3c4d5-e6f7-4081-9a0b-1c2d3e4f8${end}`;
const group = 'Zx9cVb8nMa7sDf6gHj5kLq4wEr3tYu2i';

/** One port of a host adapter for Fibre Channel, that reaches the storage by two ports of its own. */
function fibreChannel(
  slot: string,
  host: number,
  disks: readonly (readonly [string, string])[],
): Part {
  return pci(
    slot,
    '1077:2532/1077:015d',
    '0c0400',
    'qla2xxx@qla2xxx',
    scsiHost(
      host,
      ...disks.map(([name, number], index) =>
        folder(
          `rport-${host}:0-${index}`,
          scsiDisk(
            `${host}:0:${index}:1`,
            { name, number, sizeBytes: 200 * gib, holds: pathOfMultipath() },
            `pci-${slot}-fc-0x50060e801047111${index}-lun-1`,
          ),
        ),
      ),
    ),
  );
}

/**
 * A server that starts from a storage network: one unit seen four times, by two adapters and two
 * ports, joined by multipath; its partitions made by kpartx, LVM on the second one.
 */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine: 'BOOT_IMAGE=/vmlinuz root=/dev/mapper/vg--san-root ro',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 85,
    name: 'Intel(R) Xeon(R) Silver 4110 CPU @ 2.10GHz',
    count: 16,
    flags: 'vmx',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'HPE',
    product_name: 'ProLiant DL360 Gen10',
    product_family: 'ProLiant',
    board_vendor: 'HPE',
    board_name: 'ProLiant DL360 Gen10',
    chassis_type: '23',
    bios_vendor: 'HPE',
    bios_version: 'U32',
  },
  devices: [
    folder(
      'pci0000:00',
      pci(
        '0000:00:14.0',
        '8086:a1af/103c:2190',
        '0c0330',
        'xhci_hcd@xhci_pci',
        // The management controller's virtual keyboard, which is what an administrator types on.
        usbHost(
          1,
          2,
          usbDevice(
            '1-2',
            '03f0:1027',
            { manufacturer: 'HP', product: 'Virtual Keyboard' },
            usbInterface(
              '1.0',
              '03/01/01',
              'usbhid@usbhid',
              hid(
                '0003:03F0:1027',
                'HP Virtual Keyboard',
                'hid-generic@hid_generic',
                '0001',
                input(
                  'HP Virtual Keyboard',
                  'keyboard',
                  '0003 03F0 1027 0101',
                  'usb-0000:00:14.0-2/input0',
                ),
              ),
            ),
          ),
        ),
        usbHost(2, 3),
      ),
      // Bound, with nothing in its ports.
      pci('0000:00:17.0', '8086:a182/1590:00e4', '010601', 'ahci@ahci', scsiHost(0)),
      bridge(
        '0000:00:1c.0',
        '8086:a190',
        pci('0000:02:00.0', '14e4:1657/103c:22be', '020000', 'tg3@tg3', networkInterface('eno1')),
      ),
    ),
    folder(
      'pci0000:3a',
      bridge(
        '0000:3a:00.0',
        '8086:2030',
        fibreChannel('0000:3b:00.0', 1, [
          ['sda', '8:0'],
          ['sdb', '8:16'],
        ]),
      ),
    ),
    folder(
      'pci0000:5d',
      bridge(
        '0000:5d:00.0',
        '8086:2030',
        fibreChannel('0000:5e:00.0', 2, [
          ['sdc', '8:32'],
          ['sdd', '8:48'],
        ]),
      ),
    ),
    mapping('dm-0', '254:0', 'mpatha', `mpath-${wwid}`, ['sda', 'sdb', 'sdc', 'sdd'], {
      sizeBytes: 200 * gib,
      content: {
        properties: { ID_PART_TABLE_TYPE: 'gpt', ID_PART_TABLE_UUID: uuid('010') },
        links: [],
      },
    }),
    ...(
      [
        [1, partitionType.esp, 512 * mib, fileSystem('vfat', { uuid: 'C0DE-8001' })],
        [2, partitionType.lvm, 199 * gib, physicalVolume('a1S2d3-F4g5-H6j7-K8l9-Z0x1-C2v3-B4n5M6')],
      ] as const
    ).map(([number, type, sizeBytes, content]) =>
      mapping(
        `dm-${number}`,
        `254:${number}`,
        `mpatha-part${number}`,
        `part${number}-mpath-${wwid}`,
        ['dm-0'],
        {
          sizeBytes,
          content,
          properties: {
            ID_PART_ENTRY_SCHEME: 'gpt',
            ID_PART_ENTRY_NUMBER: String(number),
            ID_PART_ENTRY_TYPE: type,
            ID_PART_ENTRY_UUID: uuid(`01${number}`),
          },
          links: [`disk/by-partuuid/${uuid(`01${number}`)}`],
        },
      ),
    ),
    logicalVolume(
      'dm-3',
      '254:3',
      'vg-san',
      'root',
      `${group}Pl0oKm9iJn8uHb7yGv6tFc5rDx4eSz3w`,
      ['dm-2'],
      150 * gib,
      fileSystem('xfs', { uuid: uuid('001') }),
    ),
    logicalVolume(
      'dm-4',
      '254:4',
      'vg-san',
      'swap',
      `${group}Aq1sWd2eFr3gTh4yJu5kIl6oPz7xCv8b`,
      ['dm-2'],
      16 * gib,
      swapArea({ uuid: uuid('002') }),
    ),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount(
      '/',
      'xfs',
      '/dev/mapper/vg--san-root',
      '254:3',
      'rw,relatime',
      'rw,attr2,inode64,logbufs=8,logbsize=32k,noquota',
    ),
    mount(
      '/boot/efi',
      'vfat',
      '/dev/mapper/mpatha-part1',
      '254:1',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=ascii,shortname=mixed,utf8,errors=remount-ro',
    ),
  ],
  swaps: ['/dev/dm-4 partition 16777212 -2'],
  modules: [
    'qla2xxx',
    'scsi_transport_fc',
    'sd_mod',
    'ahci',
    'dm_multipath',
    'dm_service_time',
    'scsi_dh_alua',
    'dm_mod',
    'xfs',
    'vfat',
    'xhci_pci',
    'usbhid',
    'hid_generic',
    'tg3',
    'kvm_intel',
  ],
};
