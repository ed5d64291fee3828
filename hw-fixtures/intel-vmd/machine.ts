import {
  atKeyboard,
  bridge,
  fileSystem,
  folder,
  gib,
  gpt,
  i8042,
  input,
  type MachineDescription,
  mib,
  mount,
  networkInterface,
  nvme,
  part,
  partitionType,
  pci,
  powerButton,
  serioPort,
  swapArea,
  usbHost,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const rootUuid = '0c9c1b8e-55c1-4b9b-8a83-1c2f5c7d1001';
const swapUuid = '0c9c1b8e-55c1-4b9b-8a83-1c2f5c7d1002';

/**
 * A laptop as it is sold, with "RAID" in its firmware's settings: the NVMe drive is in a PCI domain
 * of its own behind Intel's Volume Management Device, and cannot be reached without its driver.
 */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine: 'init=/nix/store/0000-nixos-system/init',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 140,
    name: '11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz',
    count: 8,
    flags: 'vmx',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 0 },
  dmi: {
    sys_vendor: 'Dell Inc.',
    product_name: 'XPS 13 9310',
    product_family: 'XPS',
    product_sku: '0991',
    board_vendor: 'Dell Inc.',
    board_name: '0MRT12',
    chassis_type: '10',
    bios_vendor: 'Dell Inc.',
    bios_version: '3.24.0',
  },
  devices: [
    folder(
      'pci0000:00',
      pci('0000:00:00.0', '8086:9a14/1028:0991', '060000', null),
      // Its graphics are described without a driver here: the live system had `nomodeset`.
      pci('0000:00:02.0', '8086:9a49/1028:0991', '030000', null),
      pci(
        '0000:00:0e.0',
        '8086:9a0b/8086:0000',
        '010400',
        'vmd@vmd',
        folder(
          'pci10000:e0',
          // Stands for the root port whose place the VMD took.
          pci(
            '10000:e0:06.0',
            '8086:9a09',
            '060400',
            'pcieport',
            pci(
              '10000:e1:00.0',
              '1c5c:174a/1c5c:174a',
              '010802',
              'nvme@nvme',
              nvme(0, 1, {
                number: '259:0',
                sizeBytes: 476 * gib,
                holds: gpt(
                  'b0a6c7de-9a3b-4d2b-8a37-6f4a9f2f1010',
                  part(
                    1,
                    512 * mib,
                    partitionType.esp,
                    'b0a6c7de-9a3b-4d2b-8a37-6f4a9f2f1011',
                    fileSystem('vfat', { uuid: '12F4-9C0A' }),
                  ),
                  part(
                    2,
                    460 * gib,
                    partitionType.linux,
                    'b0a6c7de-9a3b-4d2b-8a37-6f4a9f2f1012',
                    fileSystem('xfs', { uuid: rootUuid }),
                  ),
                  part(
                    3,
                    15 * gib,
                    partitionType.swap,
                    'b0a6c7de-9a3b-4d2b-8a37-6f4a9f2f1013',
                    swapArea({ uuid: swapUuid }),
                  ),
                ),
              }),
            ),
          ),
        ),
      ),
      pci(
        '0000:00:14.0',
        '8086:a0ed/1028:0991',
        '0c0330',
        'xhci_hcd@xhci_pci',
        usbHost(1, 2),
        usbHost(2, 3),
      ),
      bridge(
        '0000:00:1c.0',
        '8086:a0b8',
        pci(
          '0000:72:00.0',
          '17cb:1101/1a56:a501',
          '028000',
          'ath11k_pci@ath11k_pci',
          networkInterface('wlp114s0', 'wireless'),
        ),
      ),
    ),
    i8042(
      atKeyboard(),
      serioPort(
        1,
        'psmouse@psmouse',
        'serio:ty01pr00id00ex00',
        input(
          'PS/2 Synaptics TouchPad',
          'touchpad',
          '0011 0002 0007 01B1',
          'isa0060/serio1/input0',
        ),
      ),
    ),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount(
      '/',
      'xfs',
      '/dev/nvme0n1p2',
      '259:2',
      'rw,relatime',
      'rw,attr2,inode64,logbufs=8,logbsize=32k,noquota',
    ),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:1',
      'rw,relatime',
      'rw,fmask=0022,dmask=0022,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
  ],
  swaps: ['/dev/nvme0n1p3 partition 15728636 -2'],
  modules: [
    'vmd',
    'nvme',
    'xhci_pci',
    'atkbd',
    'i8042',
    'psmouse',
    'xfs',
    'vfat',
    'ath11k_pci',
    'kvm_intel',
  ],
};
