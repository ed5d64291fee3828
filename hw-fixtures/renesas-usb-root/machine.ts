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
  part,
  partitionType,
  pci,
  powerButton,
  scsiDisk,
  scsiHost,
  usbDevice,
  usbHost,
  usbHub,
  usbInterface,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `f8192a3b-4c5d-46e7-9061-728394a5b${end}`;

/**
 * A small computer that starts from a USB disk (USB Attached SCSI) at a Renesas controller whose
 * firmware a driver of its own loads; the keyboard is behind a hub at another controller.
 */
export const machine: MachineDescription = {
  release: '6.12.30',
  commandLine: `root=UUID=${uuid('001')} ro`,
  processors: x86Processors({
    vendor: 'AuthenticAMD',
    family: 22,
    model: 48,
    name: 'AMD GX-412TC SOC',
    count: 4,
    flags: 'svm',
  }),
  firmware: { kind: 'bios' },
  dmi: {
    sys_vendor: 'PC Engines',
    product_name: 'apu2',
    product_version: '1.0',
    board_vendor: 'PC Engines',
    board_name: 'apu2',
    chassis_type: '3',
    bios_vendor: 'coreboot',
    bios_version: 'v4.19.0.1',
  },
  devices: [
    folder(
      'pci0000:00',
      bridge(
        '0000:00:02.1',
        '1022:1439',
        pci(
          '0000:01:00.0',
          '1912:0015/ffff:ffff',
          '0c0330',
          'xhci-pci-renesas@xhci_pci_renesas',
          usbHost(1, 2),
          usbHost(
            2,
            3,
            usbDevice(
              '2-2',
              '152d:0583',
              { manufacturer: 'JMicron', product: 'External Disk 3.0' },
              usbInterface(
                '1.0',
                '08/06/62',
                'uas@uas',
                scsiHost(
                  2,
                  scsiDisk('2:0:0:0', {
                    name: 'sda',
                    number: '8:0',
                    sizeBytes: 238 * gib,
                    properties: { ID_BUS: 'usb' },
                    holds: gpt(
                      uuid('010'),
                      part(1, 1 * mib, '21686148-6449-6e6f-744e-656564454649', uuid('011'), {
                        properties: {},
                        links: [],
                      }),
                      part(
                        2,
                        237 * gib,
                        partitionType.linux,
                        uuid('012'),
                        fileSystem('ext4', { uuid: uuid('001'), label: 'root' }),
                      ),
                    ),
                  }),
                ),
              ),
            ),
          ),
        ),
      ),
      bridge(
        '0000:00:02.2',
        '1022:1439',
        pci('0000:02:00.0', '8086:157b/8086:0000', '020000', 'igb@igb', networkInterface('enp2s0')),
      ),
      pci(
        '0000:00:10.0',
        '1022:7814/1022:7814',
        '0c0330',
        'xhci_hcd@xhci_pci',
        usbHost(3, 2),
        usbHost(4, 3),
      ),
      pci(
        '0000:00:13.0',
        '1022:7808/1022:7808',
        '0c0320',
        'ehci-pci@ehci_pci',
        usbHost(
          5,
          2,
          usbHub(
            '5-1',
            '0438:7900',
            '',
            usbDevice(
              '5-1.3',
              '046d:c52b',
              { manufacturer: 'Logitech', product: 'USB Receiver' },
              usbInterface(
                '1.0',
                '03/01/01',
                'usbhid@usbhid',
                hid(
                  '0003:046D:C52B',
                  'Logitech USB Receiver',
                  'logitech-djreceiver@hid_logitech_dj',
                  '0001',
                  hid(
                    '0003:046D:4024',
                    'Logitech K400',
                    'logitech-hidpp-device@hid_logitech_hidpp',
                    '0102',
                    input(
                      'Logitech K400',
                      'keyboard',
                      '0003 046D 4024 0111',
                      'usb-0000:00:13.0-1.3/input2:1',
                    ),
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
      pci('0000:00:11.0', '1022:7801/1022:7801', '010601', 'ahci@ahci', scsiHost(0), scsiHost(1)),
    ),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [mount('/', 'ext4', '/dev/sda2', '8:2', 'rw,noatime', 'rw,errors=remount-ro')],
  modules: [
    'xhci_pci',
    'xhci_pci_renesas',
    'ehci_pci',
    'uas',
    'usb_storage',
    'sd_mod',
    'usbhid',
    'hid_logitech_dj',
    'hid_logitech_hidpp',
    'ahci',
    'igb',
    'ext4',
    'kvm_amd',
  ],
};
