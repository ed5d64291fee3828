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
  nvmePath,
  nvmeSubsystem,
  part,
  partitionType,
  pci,
  powerButton,
  usbHost,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `2b3c4d5e-7f80-491a-8394-a5b6c7d8e${end}`;

/**
 * A server whose NVMe drive says that it may have several controllers: the kernel puts the block
 * device under a subsystem in /sys/devices/virtual, and on the controller is only a hidden path.
 * Who walks up from the block device finds no driver at all.
 */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine: `root=UUID=${uuid('001')} ro`,
  processors: x86Processors({
    vendor: 'AuthenticAMD',
    family: 25,
    model: 1,
    name: 'AMD EPYC 7313 16-Core Processor',
    count: 32,
    flags: 'svm',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'Supermicro',
    product_name: 'AS -1114S-WN10RT',
    board_vendor: 'Supermicro',
    board_name: 'H12SSW-NTR',
    chassis_type: '1',
    bios_vendor: 'American Megatrends Inc.',
    bios_version: '2.5',
  },
  devices: [
    folder(
      'pci0000:40',
      bridge(
        '0000:40:01.1',
        '1022:1483',
        pci('0000:41:00.0', '144d:a80a/144d:aa8b', '010802', 'nvme@nvme', nvmePath(0, 0, '259:0')),
      ),
    ),
    folder(
      'pci0000:00',
      bridge(
        '0000:00:07.1',
        '1022:1484',
        pci(
          '0000:06:00.3',
          '1022:148c/15d9:1b95',
          '0c0330',
          'xhci_hcd@xhci_pci',
          usbHost(1, 2),
          usbHost(2, 3),
        ),
      ),
      bridge(
        '0000:00:03.1',
        '1022:1483',
        pci(
          '0000:02:00.0',
          '14e4:16d7/15d9:16d7',
          '020000',
          'bnxt_en@bnxt_en',
          networkInterface('eno1np0'),
        ),
      ),
    ),
    nvmeSubsystem(0, {
      number: '259:1',
      sizeBytes: 1788 * gib,
      holds: gpt(
        uuid('010'),
        part(
          1,
          512 * mib,
          partitionType.esp,
          uuid('011'),
          fileSystem('vfat', { uuid: '2B3C-E001' }),
        ),
        part(
          2,
          1787 * gib,
          partitionType.linux,
          uuid('012'),
          fileSystem('ext4', { uuid: uuid('001') }),
        ),
      ),
    }),
    i8042(atKeyboard()),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/nvme0n1p2', '259:3'),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:2',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
  ],
  modules: [
    'nvme',
    'nvme_core',
    'xhci_pci',
    'atkbd',
    'i8042',
    'bnxt_en',
    'ext4',
    'vfat',
    'kvm_amd',
  ],
};
