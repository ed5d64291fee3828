import {
  atKeyboard,
  bridge,
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
  nvme,
  type Part,
  part,
  partitionType,
  pci,
  powerButton,
  swapArea,
  usbHost,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `a3c4d5e6-f708-4192-8b1c-2d3e4f509${end}`;

/** An NVMe drive with an ESP, half of the pool, and an area of swap. */
function half(slot: string, controller: number, number: string, digit: string, esp: string): Part {
  return pci(
    slot,
    '144d:a808/144d:a801',
    '010802',
    'nvme@nvme',
    nvme(controller, 1, {
      number,
      sizeBytes: 931 * gib,
      holds: gpt(
        uuid(`${digit}10`),
        part(
          1,
          1024 * mib,
          partitionType.esp,
          uuid(`${digit}11`),
          fileSystem('vfat', { uuid: esp }),
        ),
        part(
          2,
          900 * gib,
          partitionType.zfs,
          uuid(`${digit}12`),
          member('zfs_member', {
            uuid: '11846531095824873361',
            memberUuid: `90871234567812345${digit}1`,
            label: 'rpool',
          }),
        ),
        part(
          3,
          16 * gib,
          partitionType.swap,
          uuid(`${digit}13`),
          swapArea({ uuid: uuid(`${digit}03`) }),
        ),
      ),
    }),
  );
}

/** A server with a mirrored ZFS pool; some datasets are mounted by fstab (legacy), some by ZFS. */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine: 'init=/nix/store/0000-nixos-system/init root=fstab',
  processors: x86Processors({
    vendor: 'AuthenticAMD',
    family: 23,
    model: 113,
    name: 'AMD Ryzen 5 3600 6-Core Processor',
    count: 12,
    flags: 'svm',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 1 },
  dmi: {
    sys_vendor: 'ASUS',
    product_name: 'System Product Name',
    board_vendor: 'ASUSTeK COMPUTER INC.',
    board_name: 'Pro WS 565-ACE',
    chassis_type: '3',
    bios_vendor: 'American Megatrends Inc.',
    bios_version: '9903',
  },
  devices: [
    folder(
      'pci0000:00',
      bridge('0000:00:01.1', '1022:1483', half('0000:01:00.0', 0, '259:0', '1', 'AA01-9001')),
      bridge('0000:00:01.2', '1022:1483', half('0000:02:00.0', 1, '259:4', '2', 'AA02-9002')),
      bridge(
        '0000:00:07.1',
        '1022:1484',
        pci(
          '0000:07:00.3',
          '1022:149c/1043:87c0',
          '0c0330',
          'xhci_hcd@xhci_pci',
          usbHost(1, 2),
          usbHost(2, 3),
        ),
      ),
      bridge(
        '0000:00:08.1',
        '1022:1484',
        pci('0000:08:00.0', '8086:1533/1043:8557', '020000', 'igb@igb', networkInterface('enp8s0')),
      ),
    ),
    i8042(atKeyboard()),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'zfs', 'rpool/root', '0:32', 'rw,relatime', 'rw,xattr,posixacl,casesensitive'),
    mount('/nix', 'zfs', 'rpool/nix', '0:33', 'rw,noatime', 'rw,xattr,posixacl,casesensitive'),
    mount('/home', 'zfs', 'rpool/home', '0:40', 'rw,relatime', 'rw,xattr,posixacl,casesensitive'),
    mount('/srv/data', 'zfs', 'rpool/data', '0:41', 'rw,relatime', 'rw,xattr,noacl,casesensitive'),
    mount('/var', 'zfs', 'rpool/var', '0:42', 'rw,relatime', 'rw,xattr,posixacl,casesensitive'),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:1',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
    mount(
      '/boot-fallback',
      'vfat',
      '/dev/nvme1n1p1',
      '259:5',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
  ],
  swaps: ['/dev/nvme0n1p3 partition 16777212 -2', '/dev/nvme1n1p3 partition 16777212 -3'],
  zfs: {
    rpool: 'none',
    'rpool/root': 'legacy',
    'rpool/nix': 'legacy',
    'rpool/home': '/home',
    'rpool/data': '/srv/data',
    'rpool/var': '/var',
  },
  modules: ['zfs', 'spl', 'nvme', 'xhci_pci', 'atkbd', 'i8042', 'igb', 'vfat', 'kvm_amd'],
};
