import {
  bridge,
  drm,
  fileSystem,
  folder,
  gib,
  gpt,
  hid,
  i2cAdapter,
  input,
  luks,
  type MachineDescription,
  mib,
  mount,
  networkInterface,
  nvme,
  onBus,
  opened,
  type Part,
  part,
  partitionType,
  pci,
  platform,
  powerButton,
  swapArea,
  tpm,
  usbDevice,
  usbHost,
  usbInterface,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

/** An I²C controller of Intel's low power subsystem with one HID device on it. */
function lowPowerI2c(slot: string, ids: string, number: number, client: Part): Part {
  return pci(
    slot,
    ids,
    '0c8000',
    'intel-lpss@intel_lpss_pci',
    platform(
      `i2c_designware.${number}`,
      'i2c_designware@i2c_designware_platform',
      'platform:i2c_designware',
      i2cAdapter(`i2c-${number}`, 'Synopsys DesignWare I2C adapter', client),
    ),
  );
}

const keyboard = onBus(
  'i2c',
  'i2c-ASUE140A:00',
  'i2c_hid_acpi@i2c_hid_acpi',
  'acpi:ASUE140A:PNP0C50:',
  [],
  [
    hid(
      '0018:0B05:8585',
      'ASUE140A:00 0B05:8585',
      'asus@hid_asus',
      '0001',
      input('ASUE140A:00 0B05:8585 Keyboard', 'keyboard', '0018 0B05 8585 0100', 'i2c-ASUE140A:00'),
    ),
  ],
);

const touchpad = onBus(
  'i2c',
  'i2c-ASUE1407:00',
  'i2c_hid_acpi@i2c_hid_acpi',
  'acpi:ASUE1407:PNP0C50:',
  [],
  [
    hid(
      '0018:04F3:3242',
      'ASUE1407:00 04F3:3242',
      'hid-multitouch@hid_multitouch',
      '0004',
      input('ASUE1407:00 04F3:3242 Touchpad', 'touchpad', '0018 04F3 3242 0100', 'i2c-ASUE1407:00'),
    ),
  ],
);

const rootUuid = '5f0a3c2e-7d0b-4a55-9c3e-1f8de6a0b001';
const luksUuid = '9b1de0c4-33a7-4be2-8f61-2c7be90ad002';
const swapUuid = 'c58e3a90-61fb-47cd-93a5-6d3b7a11e003';
const swapLuksUuid = '1d9f7b52-0c84-4e1a-a2b7-88f0c4d6e004';

/** A laptop whose keyboard hangs on I²C: nobody types a passphrase without six modules. */
export const machine: MachineDescription = {
  release: '6.12.30',
  commandLine: 'init=/nix/store/0000-nixos-system/init loglevel=4',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 190,
    name: 'Intel(R) Core(TM) i3-N305',
    count: 8,
    flags: 'vmx',
  }),
  firmware: { kind: 'uefi', bits: 64, secureBoot: 1, setupMode: 0 },
  dmi: {
    sys_vendor: 'ASUSTeK COMPUTER INC.',
    product_name: 'Vivobook_ASUSLaptop E1504GA_E1504GA',
    product_family: 'Vivobook',
    product_version: '1.0',
    board_vendor: 'ASUSTeK COMPUTER INC.',
    board_name: 'E1504GA',
    chassis_type: '10',
    bios_vendor: 'American Megatrends International, LLC.',
    bios_version: 'E1504GA.311',
  },
  devices: [
    folder(
      'pci0000:00',
      pci('0000:00:00.0', '8086:461c/1043:1462', '060000', null),
      pci(
        '0000:00:02.0',
        '8086:46d0/1043:1462',
        '030000',
        'i915@i915',
        drm(0, { 'eDP-1': 'connected', 'HDMI-A-1': 'disconnected' }),
      ),
      bridge(
        '0000:00:1d.0',
        '8086:54b0',
        pci(
          '0000:01:00.0',
          '144d:a80a/144d:a801',
          '010802',
          'nvme@nvme',
          nvme(0, 1, {
            number: '259:0',
            sizeBytes: 476 * gib,
            holds: gpt(
              'aa6dd6ab-92a5-44c9-8a36-8e5c1dbbf010',
              part(
                1,
                512 * mib,
                partitionType.esp,
                '0b8b1c30-6a2e-4b47-b1f6-3f3d2c26e011',
                fileSystem('vfat', { uuid: '7A1C-0F3E', label: 'ESP' }),
                'EFI system partition',
              ),
              part(
                2,
                459 * gib,
                partitionType.luks,
                '2d1c5a9e-4c1b-4f5d-94c1-7be1c9a3d012',
                luks(luksUuid),
                'root',
              ),
              part(
                3,
                16 * gib,
                partitionType.luks,
                '3e5a7f10-88ab-4d20-9a35-0c6f1e2b7013',
                luks(swapLuksUuid),
                'swap',
              ),
            ),
          }),
        ),
      ),
      pci(
        '0000:00:14.0',
        '8086:54ed/1043:201f',
        '0c0330',
        'xhci_hcd@xhci_pci',
        usbHost(
          1,
          2,
          usbDevice(
            '1-7',
            '13d3:56eb',
            { class: 'ef/02/01', product: 'USB2.0 FHD UVC WebCam' },
            usbInterface(
              '1.0',
              '0e/01/00',
              'uvcvideo@uvcvideo',
              input('USB2.0 FHD UVC WebCam: USB2.0 F', 'fewKeys', '0003 13D3 56EB 1915'),
            ),
          ),
          usbDevice(
            '1-10',
            '8087:0033',
            { class: 'e0/01/01' },
            usbInterface('1.0', 'e0/01/01', 'btusb@btusb'),
          ),
        ),
        usbHost(2, 3),
      ),
      pci(
        '0000:00:14.3',
        '8086:54f0/8086:0094',
        '028000',
        'iwlwifi@iwlwifi',
        networkInterface('wlp0s20f3', 'wireless'),
      ),
      lowPowerI2c('0000:00:15.0', '8086:54e8/1043:1462', 0, keyboard),
      lowPowerI2c('0000:00:15.1', '8086:54e9/1043:1462', 1, touchpad),
      pci(
        '0000:00:1f.3',
        '8086:54c8/1043:1462',
        '040100',
        'sof-audio-pci-intel-tgl@snd_sof_pci_intel_tgl',
      ),
    ),
    // What tells the keyboard's interrupts apart: nothing hangs on it, and without it no key arrives.
    folder(
      'platform',
      platform('INTC1057:00', 'alderlake-pinctrl@pinctrl_alderlake', 'acpi:INTC1057:'),
    ),
    powerButton(),
    tpm(),
    opened(
      'dm-0',
      '254:0',
      'cryptroot',
      luksUuid,
      'nvme0n1p2',
      459 * gib - 16 * mib,
      fileSystem('ext4', { uuid: rootUuid, label: 'nixos' }),
    ),
    opened(
      'dm-1',
      '254:1',
      'cryptswap',
      swapLuksUuid,
      'nvme0n1p3',
      16 * gib - 16 * mib,
      swapArea({ uuid: swapUuid }),
    ),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/mapper/cryptroot', '254:0', 'rw,noatime'),
    mount(
      '/nix/store',
      'ext4',
      '/dev/mapper/cryptroot',
      '254:0',
      'ro,nosuid,nodev,noatime',
      'rw',
      '/nix/store',
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
  swaps: ['/dev/dm-1 partition 16760828 -2'],
  modules: [
    'nvme',
    'xhci_pci',
    'i2c_hid_acpi',
    'hid_asus',
    'hid_multitouch',
    'i915',
    'iwlwifi',
    'dm_crypt',
    'ext4',
    'vfat',
    'kvm_intel',
    'pinctrl_alderlake',
  ],
};
