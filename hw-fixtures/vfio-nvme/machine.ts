import {
  bridge,
  drm,
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
  part,
  partitionType,
  pci,
  powerButton,
  sataDisk,
  sataEmpty,
  usbDevice,
  usbHost,
  usbInterface,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const rootUuid = '6f4c0a1d-3b2e-4c7f-9d10-0a1b2c3d2001';
const dataUuid = '6f4c0a1d-3b2e-4c7f-9d10-0a1b2c3d2002';

/**
 * A workstation that gives a graphics card, its sound, a USB controller and an NVMe drive to a
 * guest: all four are bound to vfio-pci. It starts from an NVMe drive of its own.
 */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine:
    'init=/nix/store/0000-nixos-system/init amd_iommu=on vfio-pci.ids=10de:1b80,10de:10f0,144d:a808,1b21:2142',
  processors: x86Processors({
    vendor: 'AuthenticAMD',
    family: 25,
    model: 33,
    name: 'AMD Ryzen 9 5950X 16-Core Processor',
    count: 32,
    flags: 'svm',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 0, setupMode: 1 },
  dmi: {
    sys_vendor: 'Gigabyte Technology Co., Ltd.',
    product_name: 'X570 AORUS MASTER',
    board_vendor: 'Gigabyte Technology Co., Ltd.',
    board_name: 'X570 AORUS MASTER',
    chassis_type: '3',
    bios_vendor: 'American Megatrends International, LLC.',
    bios_version: 'F37',
  },
  devices: [
    folder(
      'pci0000:00',
      pci('0000:00:00.0', '1022:1480/1022:1480', '060000', null),
      bridge(
        '0000:00:01.1',
        '1022:1483',
        pci('0000:01:00.0', '144d:a808/144d:a801', '010802', 'vfio-pci@vfio_pci'),
      ),
      bridge(
        '0000:00:01.2',
        '1022:1483',
        pci(
          '0000:02:00.0',
          '15b7:5011/15b7:5011',
          '010802',
          'nvme@nvme',
          nvme(0, 1, {
            number: '259:0',
            sizeBytes: 931 * gib,
            holds: gpt(
              '7e0d6d1c-8ad1-4f8c-8a34-3e2f1a0b2010',
              part(
                1,
                1024 * mib,
                partitionType.esp,
                '7e0d6d1c-8ad1-4f8c-8a34-3e2f1a0b2011',
                fileSystem('vfat', { uuid: '5C3B-8812' }),
              ),
              part(
                2,
                929 * gib,
                partitionType.linux,
                '7e0d6d1c-8ad1-4f8c-8a34-3e2f1a0b2012',
                fileSystem('ext4', { uuid: rootUuid }),
              ),
            ),
          }),
        ),
      ),
      bridge(
        '0000:00:03.1',
        '1022:1483',
        pci(
          '0000:0b:00.0',
          '1002:67df/1da2:e353',
          '030000',
          'amdgpu@amdgpu',
          drm(0, { 'DP-1': 'connected' }),
        ),
      ),
      bridge(
        '0000:00:03.2',
        '1022:1483',
        pci('0000:0c:00.0', '10de:1b80/1458:3702', '030000', 'vfio-pci@vfio_pci'),
        pci('0000:0c:00.1', '10de:10f0/1458:3702', '040300', 'vfio-pci@vfio_pci'),
        pci('0000:0d:00.0', '1b21:2142/1458:5007', '0c0330', 'vfio-pci@vfio_pci'),
      ),
      bridge(
        '0000:00:07.1',
        '1022:1484',
        pci(
          '0000:0e:00.3',
          '1022:149c/1458:5007',
          '0c0330',
          'xhci_hcd@xhci_pci',
          usbHost(
            1,
            2,
            usbDevice(
              '1-2',
              '04d9:0169',
              { product: 'USB Keyboard' },
              usbInterface(
                '1.0',
                '03/01/01',
                'usbhid@usbhid',
                hid(
                  '0003:04D9:0169',
                  'USB Keyboard',
                  'hid-generic@hid_generic',
                  '0001',
                  input(
                    'USB Keyboard',
                    'keyboard',
                    '0003 04D9 0169 0110',
                    'usb-0000:0e:00.3-2/input0',
                  ),
                ),
              ),
            ),
          ),
          usbHost(2, 3),
        ),
      ),
      bridge(
        '0000:00:08.2',
        '1022:1484',
        pci(
          '0000:10:00.0',
          '1022:7901/1458:b002',
          '010601',
          'ahci@ahci',
          sataDisk(1, {
            name: 'sda',
            number: '8:0',
            sizeBytes: 3726 * gib,
            isRotational: true,
            holds: gpt(
              '7e0d6d1c-8ad1-4f8c-8a34-3e2f1a0b2020',
              part(
                1,
                3725 * gib,
                partitionType.linux,
                '7e0d6d1c-8ad1-4f8c-8a34-3e2f1a0b2021',
                fileSystem('ext4', { uuid: dataUuid, label: 'vms' }),
              ),
            ),
          }),
          sataEmpty(2),
        ),
      ),
      bridge(
        '0000:00:1c.0',
        '1022:1483',
        pci('0000:05:00.0', '8086:1539/1458:e000', '020000', 'igb@igb', networkInterface('enp5s0')),
      ),
    ),
    powerButton(),
    virtualInterface('lo'),
    virtualInterface('virbr0', 'bridge', 'bridge'),
    virtualInterface('vnet0', undefined, 'tun_flags'),
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
    mount('/var/lib/libvirt/images', 'ext4', '/dev/sda1', '8:1'),
  ],
  modules: [
    'vfio_pci',
    'nvme',
    'ahci',
    'sd_mod',
    'xhci_pci',
    'usbhid',
    'hid_generic',
    'amdgpu',
    'igb',
    'ext4',
    'vfat',
    'kvm_amd',
  ],
};
