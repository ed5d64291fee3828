import {
  array,
  atKeyboard,
  fileSystem,
  folder,
  gib,
  gpt,
  i8042,
  type MachineDescription,
  member,
  mib,
  mount,
  networkInterface,
  part,
  partitionType,
  pci,
  powerButton,
  sataDisk,
  swapArea,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `70f1b1c2-3d4e-4f5a-8b6c-7d8e9fa06${end}`;
const arrayMember = (end: string): ReturnType<typeof member> =>
  member('linux_raid_member', {
    uuid: '1c2d3e4f-5a6b-7c8d-9e0f-1a2b3c4d6001',
    memberUuid: uuid(end),
    label: 'box:0',
  });

/**
 * A machine that runs no udev (mdev, or a rescue system): what lies on its disks only blkid knows,
 * and there are no links in /dev/disk. Two disks in a mirror.
 */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine: 'root=/dev/md0 ro',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 58,
    name: 'Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz',
    count: 8,
    flags: 'vmx',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'Supermicro',
    product_name: 'X9SCL/X9SCM',
    board_vendor: 'Supermicro',
    board_name: 'X9SCL/X9SCM',
    chassis_type: '3',
    bios_vendor: 'American Megatrends Inc.',
    bios_version: '2.2',
  },
  hasUdev: false,
  devices: [
    folder(
      'pci0000:00',
      pci(
        '0000:00:19.0',
        '8086:1502/15d9:1502',
        '020000',
        'e1000e@e1000e',
        networkInterface('eth0'),
      ),
      pci(
        '0000:00:1f.2',
        '8086:1c02/15d9:0624',
        '010601',
        'ahci@ahci',
        sataDisk(1, {
          name: 'sda',
          number: '8:0',
          sizeBytes: 465 * gib,
          isRotational: true,
          holds: gpt(
            uuid('010'),
            part(
              1,
              512 * mib,
              partitionType.esp,
              uuid('011'),
              fileSystem('vfat', { uuid: '9AF0-0C11' }),
            ),
            part(2, 456 * gib, partitionType.raid, uuid('012'), arrayMember('101')),
            part(3, 8 * gib, partitionType.swap, uuid('013'), swapArea({ uuid: uuid('003') })),
          ),
        }),
        sataDisk(2, {
          name: 'sdb',
          number: '8:16',
          sizeBytes: 465 * gib,
          isRotational: true,
          holds: gpt(
            uuid('020'),
            part(2, 456 * gib, partitionType.raid, uuid('022'), arrayMember('102')),
          ),
        }),
      ),
    ),
    i8042(atKeyboard()),
    powerButton(),
    array(
      'md0',
      '9:0',
      'raid1',
      '1c2d3e4f-5a6b-7c8d-9e0f-1a2b3c4d6001',
      ['sda2', 'sdb2'],
      456 * gib - 128 * mib,
      fileSystem('ext4', { uuid: uuid('001') }),
    ),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/md0', '9:0'),
    mount(
      '/boot',
      'vfat',
      '/dev/sda1',
      '8:1',
      'rw,relatime',
      'rw,fmask=0022,dmask=0022,codepage=437,iocharset=ascii,shortname=mixed,utf8,errors=remount-ro',
    ),
  ],
  swaps: ['/dev/sda3 partition 8388604 -2'],
  mdstat: `Personalities : [raid1] \nmd0 : active raid1 sdb2[1] sda2[0]\n      478018560 blocks super 1.2 [2/2] [UU]\n      \nunused devices: <none>\n`,
  modules: [
    'ahci',
    'sd_mod',
    'raid1',
    'md_mod',
    'ext4',
    'vfat',
    'atkbd',
    'i8042',
    'e1000e',
    'kvm_intel',
  ],
};
