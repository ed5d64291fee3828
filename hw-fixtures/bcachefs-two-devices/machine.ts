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
  sataDisk,
  usbHost,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const rootUuid = 'b4d5e6f7-0819-42a3-9c2d-3e4f5061a001';
const uuid = (end: string): string => `b4d5e6f7-0819-42a3-9c2d-3e4f5061a${end}`;
const bcachefs = (end: string): ReturnType<typeof fileSystem> =>
  fileSystem('bcachefs', { uuid: rootUuid, memberUuid: uuid(end) });

/** One bcachefs on an NVMe drive's partition and a whole SATA disk. */
export const machine: MachineDescription = {
  release: '6.10.3',
  commandLine: 'init=/nix/store/0000-nixos-system/init',
  processors: x86Processors({
    vendor: 'AuthenticAMD',
    family: 25,
    model: 97,
    name: 'AMD Ryzen 7 7700X 8-Core Processor',
    count: 16,
    flags: 'svm',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'Micro-Star International Co., Ltd.',
    product_name: 'MS-7D75',
    board_vendor: 'Micro-Star International Co., Ltd.',
    board_name: 'MAG B650 TOMAHAWK WIFI (MS-7D75)',
    chassis_type: '3',
    bios_vendor: 'American Megatrends International, LLC.',
    bios_version: '1.A0',
  },
  devices: [
    folder(
      'pci0000:00',
      bridge(
        '0000:00:01.2',
        '1022:14db',
        pci(
          '0000:01:00.0',
          '1987:5016/1987:5016',
          '010802',
          'nvme@nvme',
          nvme(0, 1, {
            number: '259:0',
            sizeBytes: 931 * gib,
            holds: gpt(
              uuid('010'),
              part(
                1,
                1024 * mib,
                partitionType.esp,
                uuid('011'),
                fileSystem('vfat', { uuid: 'BCAC-A001' }),
              ),
              part(2, 930 * gib, partitionType.linux, uuid('012'), bcachefs('101')),
            ),
          }),
        ),
      ),
      bridge(
        '0000:00:02.1',
        '1022:14db',
        pci(
          '0000:0d:00.0',
          '1022:43f6/1b21:1062',
          '010601',
          'ahci@ahci',
          sataDisk(1, {
            name: 'sda',
            number: '8:0',
            sizeBytes: 3726 * gib,
            isRotational: true,
            holds: bcachefs('102'),
          }),
        ),
        pci(
          '0000:0c:00.0',
          '1022:43f7/1b21:1142',
          '0c0330',
          'xhci_hcd@xhci_pci',
          usbHost(1, 2),
          usbHost(2, 3),
        ),
        pci(
          '0000:0b:00.0',
          '10ec:8125/1462:7d75',
          '020000',
          'r8169@r8169',
          networkInterface('enp11s0'),
        ),
      ),
    ),
    i8042(atKeyboard()),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount(
      '/',
      'bcachefs',
      '/dev/nvme0n1p2:/dev/sda',
      '0:29',
      'rw,relatime',
      'rw,compression=zstd,background_target=hdd',
    ),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:1',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
  ],
  bcachefs: { [rootUuid]: ['nvme0n1p2', 'sda'] },
  modules: [
    'bcachefs',
    'nvme',
    'ahci',
    'sd_mod',
    'xhci_pci',
    'atkbd',
    'i8042',
    'r8169',
    'vfat',
    'kvm_amd',
  ],
};
