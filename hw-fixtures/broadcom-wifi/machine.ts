import {
  bridge,
  dos,
  dosPart,
  drm,
  fileSystem,
  folder,
  gib,
  hid,
  input,
  type MachineDescription,
  mount,
  networkInterface,
  pci,
  powerButton,
  sataCdrom,
  sataDisk,
  swapArea,
  usbDevice,
  usbHost,
  usbHub,
  usbInterface,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const rootUuid = 'd2f1c7a8-4a0b-4b1c-8f36-7c0e5d4f3001';
const swapUuid = 'd2f1c7a8-4a0b-4b1c-8f36-7c0e5d4f3002';

/**
 * An old desktop with a BIOS, USB 2 controllers, a DVD drive, and two of Broadcom's wireless
 * cards: one that only the vendor's driver drives well (14e4:43a0), one that b43 and wl both know
 * (14e4:432b).
 */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine:
    'BOOT_IMAGE=/boot/vmlinuz-6.1.0-49-amd64 root=UUID=d2f1c7a8-4a0b-4b1c-8f36-7c0e5d4f3001 ro quiet',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 42,
    name: 'Intel(R) Core(TM) i5-2500 CPU @ 3.30GHz',
    count: 4,
    flags: 'vmx',
  }),
  firmware: { kind: 'bios' },
  dmi: {
    sys_vendor: 'Hewlett-Packard',
    product_name: 'HP Compaq 8200 Elite SFF PC',
    board_vendor: 'Hewlett-Packard',
    board_name: '1495',
    chassis_type: '4',
    bios_vendor: 'Hewlett-Packard',
    bios_version: 'J01 v02.33',
  },
  devices: [
    folder(
      'pci0000:00',
      pci('0000:00:00.0', '8086:0100/103c:1495', '060000', null),
      pci(
        '0000:00:02.0',
        '8086:0102/103c:1495',
        '030000',
        'i915@i915',
        drm(0, { 'DP-1': 'connected', 'VGA-1': 'disconnected' }),
      ),
      pci(
        '0000:00:1a.0',
        '8086:1c2d/103c:1495',
        '0c0320',
        'ehci-pci@ehci_pci',
        usbHost(
          1,
          2,
          usbHub(
            '1-1',
            '8087:0024',
            '',
            usbDevice(
              '1-1.2',
              '0461:4d22',
              { product: 'USB Optical Mouse' },
              usbInterface(
                '1.0',
                '03/01/02',
                'usbhid@usbhid',
                hid(
                  '0003:0461:4D22',
                  'USB Optical Mouse',
                  'hid-generic@hid_generic',
                  '0001',
                  input(
                    'USB Optical Mouse',
                    'mouse',
                    '0003 0461 4D22 0111',
                    'usb-0000:00:1a.0-1.2/input0',
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
      pci(
        '0000:00:1d.0',
        '8086:1c26/103c:1495',
        '0c0320',
        'ehci-pci@ehci_pci',
        usbHost(
          2,
          2,
          usbHub(
            '2-1',
            '8087:0024',
            '',
            usbDevice(
              '2-1.5',
              '03f0:0024',
              { manufacturer: 'CHICONY', product: 'HP Basic USB Keyboard' },
              usbInterface(
                '1.0',
                '03/01/01',
                'usbhid@usbhid',
                hid(
                  '0003:03F0:0024',
                  'CHICONY HP Basic USB Keyboard',
                  'hid-generic@hid_generic',
                  '0001',
                  input(
                    'CHICONY HP Basic USB Keyboard',
                    'keyboard',
                    '0003 03F0 0024 0300',
                    'usb-0000:00:1d.0-1.5/input0',
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
      bridge(
        '0000:00:1c.0',
        '8086:1c10',
        pci('0000:02:00.0', '14e4:43a0/14e4:0619', '028000', null),
      ),
      bridge(
        '0000:00:1c.4',
        '8086:1c18',
        pci('0000:03:00.0', '14e4:432b/14e4:04b5', '028000', 'bcma-pci-bridge@bcma'),
      ),
      pci(
        '0000:00:19.0',
        '8086:1502/103c:1495',
        '020000',
        'e1000e@e1000e',
        networkInterface('enp0s25'),
      ),
      pci(
        '0000:00:1f.2',
        '8086:1c02/103c:1495',
        '010601',
        'ahci@ahci',
        sataDisk(1, {
          name: 'sda',
          number: '8:0',
          sizeBytes: 465 * gib,
          isRotational: true,
          holds: dos(
            '8d5a41f2',
            dosPart(1, 457 * gib, '0x83', fileSystem('ext4', { uuid: rootUuid })),
            dosPart(2, 8 * gib, '0x82', swapArea({ uuid: swapUuid })),
          ),
        }),
        sataCdrom(2, {
          name: 'sr0',
          number: '11:0',
          sizeBytes: 1024 * 2 ** 20 - 512,
          isRemovable: true,
          properties: { ID_CDROM: '1', ID_TYPE: 'cd' },
          links: ['cdrom'],
        }),
      ),
    ),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [mount('/', 'ext4', '/dev/sda1', '8:1', 'rw,relatime', 'rw,errors=remount-ro')],
  swaps: ['/dev/sda2 partition 8388604 -2'],
  modules: [
    'ahci',
    'sd_mod',
    'sr_mod',
    'ehci_pci',
    'usbhid',
    'hid_generic',
    'e1000e',
    'bcma',
    'i915',
    'kvm_intel',
    'ext4',
  ],
};
