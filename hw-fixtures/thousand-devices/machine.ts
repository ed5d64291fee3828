import {
  bridge,
  fileSystem,
  folder,
  gib,
  gpt,
  hid,
  input,
  type MachineDescription,
  mib,
  mount,
  networkInterface,
  nvme,
  type Part,
  part,
  partitionType,
  pci,
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

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const uuid = (kind: number, number: number): string =>
  `3c4d5e6f-8091-4a2b-94a5-${hex(kind, 4)}${hex(number, 8)}`;
/** `a` … `z`, `aa` … as the SCSI disk driver counts. */
const letters = (index: number): string =>
  (index < 26 ? '' : String.fromCharCode(96 + Math.floor(index / 26))) +
  String.fromCharCode(97 + (index % 26));
const range = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);

const diskCount = 40;

/** sd's numbers: 16 majors, 16 minors for each disk. */
function sdNumber(index: number): string {
  return index < 16 ? `8:${index * 16}` : `${64 + Math.floor(index / 16)}:${(index % 16) * 16}`;
}

/** A SAS adapter with its share of the disks. */
function shelf(slot: string, host: number, first: number, count: number): Part {
  return pci(
    slot,
    '1000:0097/1000:30e0',
    '010700',
    'mpt3sas@mpt3sas',
    scsiHost(
      host,
      ...range(count).map(index => {
        const disk = first + index;
        return folder(
          `port-${host}:${index}`,
          folder(
            `end_device-${host}:${index}`,
            scsiDisk(
              `${host}:0:${index}:0`,
              {
                name: `sd${letters(disk)}`,
                number: sdNumber(disk),
                sizeBytes: 7452 * gib,
                isRotational: true,
                holds: gpt(
                  uuid(2, disk),
                  part(
                    1,
                    7451 * gib,
                    partitionType.linux,
                    uuid(3, disk),
                    fileSystem('xfs', { uuid: uuid(4, disk), label: `brick${disk}` }),
                  ),
                ),
              },
              `pci-${slot}-sas-phy${index}-lun-0`,
            ),
          ),
        );
      }),
    ),
  );
}

/** The largest one: a storage server with 40 disks, 200 mounts and several hundred functions. */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine: `root=UUID=${uuid(1, 1)} ro`,
  processors: x86Processors({
    vendor: 'AuthenticAMD',
    family: 25,
    model: 1,
    name: 'AMD EPYC 7763 64-Core Processor',
    count: 128,
    flags: 'svm',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'Supermicro',
    product_name: 'SSG-640P-E1CR36L',
    board_vendor: 'Supermicro',
    board_name: 'X12DPI-N6',
    chassis_type: '23',
    bios_vendor: 'American Megatrends International, LLC.',
    bios_version: '1.4b',
  },
  devices: [
    ...range(16).map(root =>
      folder(
        `pci0000:${hex(root * 16, 2)}`,
        ...range(16).map(slot =>
          pci(
            `0000:${hex(root * 16, 2)}:${hex(slot + 8, 2)}.0`,
            `1022:14${hex(0x80 + slot, 2)}/15d9:1b95`,
            '060000',
            null,
          ),
        ),
        ...range(8).map(slot =>
          pci(
            `0000:${hex(root * 16, 2)}:${hex(slot + 8, 2)}.1`,
            `1022:16${hex(0x50 + slot, 2)}/15d9:1b95`,
            '110100',
            null,
          ),
        ),
      ),
    ),
    folder(
      'pci0000:80',
      bridge('0000:80:01.1', '1022:1483', shelf('0000:81:00.0', 0, 0, 20)),
      bridge('0000:80:01.2', '1022:1483', shelf('0000:82:00.0', 1, 20, diskCount - 20)),
      bridge(
        '0000:80:03.1',
        '1022:1483',
        ...range(2).map(port =>
          pci(
            `0000:83:00.${port}`,
            '15b3:1017/15b3:0006',
            '020000',
            'mlx5_core@mlx5_core',
            networkInterface(`enp131s0f${port}np${port}`),
          ),
        ),
        // Functions made for guests; none has a name that will be the same tomorrow.
        ...range(62).map(index =>
          pci(
            `0000:83:${hex(1 + Math.floor((index + 2) / 8), 2)}.${(index + 2) % 8}`,
            '15b3:1018/15b3:0006',
            '020000',
            'vfio-pci@vfio_pci',
          ),
        ),
      ),
    ),
    folder(
      'pci0000:c0',
      bridge(
        '0000:c0:01.1',
        '1022:1483',
        pci(
          '0000:c1:00.0',
          '144d:a80a/144d:a801',
          '010802',
          'nvme@nvme',
          nvme(0, 1, {
            number: '259:0',
            sizeBytes: 894 * gib,
            holds: gpt(
              uuid(1, 16),
              part(
                1,
                512 * mib,
                partitionType.esp,
                uuid(1, 17),
                fileSystem('vfat', { uuid: '3C4D-F001' }),
              ),
              part(
                2,
                800 * gib,
                partitionType.linux,
                uuid(1, 18),
                fileSystem('ext4', { uuid: uuid(1, 1) }),
              ),
              part(3, 64 * gib, partitionType.swap, uuid(1, 19), swapArea({ uuid: uuid(1, 2) })),
            ),
          }),
        ),
      ),
      bridge(
        '0000:c0:07.1',
        '1022:1484',
        pci(
          '0000:c2:00.3',
          '1022:148c/15d9:1b95',
          '0c0330',
          'xhci_hcd@xhci_pci',
          usbHost(
            1,
            2,
            usbDevice(
              '1-1',
              '0557:2419',
              { product: 'Virtual Keyboard' },
              usbInterface(
                '1.0',
                '03/01/01',
                'usbhid@usbhid',
                hid(
                  '0003:0557:2419',
                  'HID 0557:2419',
                  'hid-generic@hid_generic',
                  '0001',
                  input(
                    'HID 0557:2419',
                    'keyboard',
                    '0003 0557 2419 0100',
                    'usb-0000:c2:00.3-1/input0',
                  ),
                ),
              ),
            ),
          ),
          usbHost(2, 3),
        ),
      ),
    ),
    powerButton(),
    virtualInterface('lo'),
    ...range(40).map(index => virtualInterface(`veth${hex(index, 7)}`)),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/nvme0n1p2', '259:2'),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:1',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
    ...range(diskCount).map(index => {
      const [major = '', minor = ''] = sdNumber(index).split(':');
      return mount(
        `/bricks/${index}`,
        'xfs',
        `/dev/sd${letters(index)}1`,
        `${major}:${Number(minor) + 1}`,
        'rw,noatime',
        'rw,attr2,inode64,noquota',
      );
    }),
    ...range(140).map(index =>
      mount(
        `/var/lib/containers/storage/overlay/${hex(index, 8)}/merged`,
        'overlay',
        'overlay',
        `0:${100 + index}`,
        'rw,nodev,relatime',
        `rw,lowerdir=/var/lib/containers/storage/overlay/l/A,upperdir=/var/lib/containers/storage/overlay/${hex(index, 8)}/diff,workdir=/var/lib/containers/storage/overlay/${hex(index, 8)}/work`,
      ),
    ),
  ],
  swaps: ['/dev/nvme0n1p3 partition 67108860 -2'],
  modules: [
    'mpt3sas',
    'nvme',
    'sd_mod',
    'xhci_pci',
    'usbhid',
    'hid_generic',
    'mlx5_core',
    'vfio_pci',
    'xfs',
    'ext4',
    'vfat',
    'overlay',
    'kvm_amd',
  ],
};
