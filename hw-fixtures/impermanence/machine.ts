import {
  atKeyboard,
  bridge,
  fileSystem,
  folder,
  gib,
  gpt,
  i8042,
  type MachineDescription,
  mib,
  mount,
  networkInterface,
  nvme,
  part,
  partitionType,
  pci,
  powerButton,
  usbHost,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const btrfsUuid = 'c5e6f708-192a-43b4-8d3e-4f506172b001';
const uuid = (end: string): string => `c5e6f708-192a-43b4-8d3e-4f506172b${end}`;
const source = '/dev/nvme0n1p2';
const onBtrfs = (
  point: string,
  subvolume: string,
  id: number,
  root = subvolume,
  options = 'rw,noatime',
): ReturnType<typeof mount> =>
  mount(
    point,
    'btrfs',
    source,
    '0:30',
    options,
    `rw,compress-force=zstd:3,ssd,space_cache=v2,subvolid=${id},subvol=${subvolume}`,
    root,
  );

/**
 * A machine whose root is empty at each start: a tmpfs. What stays is bound into it from /persist:
 * folders, one of them with a blank in its name, and a single file.
 */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine: 'init=/nix/store/0000-nixos-system/init',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 140,
    name: '11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz',
    count: 8,
    flags: 'vmx',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'LENOVO',
    product_name: '20XW00A7MX',
    product_version: 'ThinkPad X1 Carbon Gen 9',
    product_family: 'ThinkPad X1 Carbon Gen 9',
    board_vendor: 'LENOVO',
    board_name: '20XW00A7MX',
    chassis_type: '10',
    bios_vendor: 'LENOVO',
    bios_version: 'N32ET75W (1.51 )',
  },
  devices: [
    folder(
      'pci0000:00',
      bridge(
        '0000:00:06.0',
        '8086:9a09',
        pci(
          '0000:04:00.0',
          '144d:a80a/144d:a801',
          '010802',
          'nvme@nvme',
          nvme(0, 1, {
            number: '259:0',
            sizeBytes: 476 * gib,
            holds: gpt(
              uuid('010'),
              part(
                1,
                512 * mib,
                partitionType.esp,
                uuid('011'),
                fileSystem('vfat', { uuid: '1E77-B001' }),
              ),
              part(
                2,
                476 * gib - 513 * mib,
                partitionType.linux,
                uuid('012'),
                fileSystem('btrfs', { uuid: btrfsUuid, memberUuid: uuid('101') }),
              ),
            ),
          }),
        ),
      ),
      pci(
        '0000:00:14.0',
        '8086:a0ed/17aa:22d5',
        '0c0330',
        'xhci_hcd@xhci_pci',
        usbHost(1, 2),
        usbHost(2, 3),
      ),
      pci(
        '0000:00:14.3',
        '8086:a0f0/8086:0070',
        '028000',
        'iwlwifi@iwlwifi',
        networkInterface('wlp0s20f3', 'wireless'),
      ),
    ),
    i8042(atKeyboard()),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'tmpfs', 'none', '0:29', 'rw,relatime', 'rw,size=2097152k,mode=755'),
    onBtrfs('/nix', '/nix', 257),
    onBtrfs('/nix/store', '/nix', 257, '/nix/store', 'ro,nosuid,nodev,noatime'),
    onBtrfs('/persist', '/persist', 258),
    onBtrfs('/etc/machine-id', '/persist', 258, '/persist/etc/machine-id'),
    onBtrfs('/etc/ssh', '/persist', 258, '/persist/etc/ssh'),
    onBtrfs('/var/lib/bluetooth', '/persist', 258, '/persist/var/lib/bluetooth'),
    onBtrfs('/var/lib/VirtualBox VMs', '/persist', 258, '/persist/var/lib/VirtualBox VMs'),
    onBtrfs('/var/log', '/persist', 258, '/persist/var/log'),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:1',
      'rw,relatime',
      'rw,fmask=0022,dmask=0022,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
  ],
  btrfs: { [btrfsUuid]: ['nvme0n1p2'] },
  modules: ['nvme', 'xhci_pci', 'atkbd', 'i8042', 'btrfs', 'vfat', 'iwlwifi', 'kvm_intel'],
};
