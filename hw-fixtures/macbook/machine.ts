import {
  bridge,
  drm,
  fileSystem,
  folder,
  gib,
  gpt,
  input,
  luks,
  type MachineDescription,
  mib,
  mount,
  networkInterface,
  nvme,
  onBus,
  opened,
  part,
  partitionType,
  pci,
  platform,
  powerButton,
  usbHost,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const rootUuid = 'a41c2d77-6b0f-4f0a-8f4f-5a2d0b1c4001';
const luksUuid = 'a41c2d77-6b0f-4f0a-8f4f-5a2d0b1c4002';

/**
 * A MacBook Pro whose keyboard and trackpad hang on SPI behind Intel's low power subsystem, with
 * Apple's own NVMe controller (of class 018002: only its id tells) and an encrypted root.
 */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine: 'init=/nix/store/0000-nixos-system/init',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 142,
    name: 'Intel(R) Core(TM) i5-7360U CPU @ 2.30GHz',
    count: 4,
    flags: 'vmx',
  }),
  firmware: { kind: 'uefi', bits: 64 },
  dmi: {
    sys_vendor: 'Apple Inc.',
    product_name: 'MacBookPro14,1',
    product_version: '1.0',
    product_family: 'MacBook Pro',
    board_vendor: 'Apple Inc.',
    board_name: 'Mac-B4831CEBD52A0C4C',
    chassis_type: '9',
    bios_vendor: 'Apple Inc.',
    bios_version: '529.140.2.0.0',
  },
  devices: [
    folder(
      'pci0000:00',
      pci('0000:00:00.0', '8086:5904/106b:0172', '060000', null),
      pci(
        '0000:00:02.0',
        '8086:5926/106b:0172',
        '030000',
        'i915@i915',
        drm(0, { 'eDP-1': 'connected' }),
      ),
      pci(
        '0000:00:14.0',
        '8086:9d2f/8086:7270',
        '0c0330',
        'xhci_hcd@xhci_pci',
        usbHost(1, 2),
        usbHost(2, 3),
      ),
      bridge(
        '0000:00:1c.0',
        '8086:9d10',
        pci(
          '0000:01:00.0',
          '106b:2003/106b:2003',
          '018002',
          'nvme@nvme',
          nvme(0, 1, {
            number: '259:0',
            sizeBytes: 233 * gib,
            holds: gpt(
              'e55b0d1c-0f1f-4f0e-9b0c-6d8a7b5c4010',
              part(
                1,
                300 * mib,
                partitionType.esp,
                'e55b0d1c-0f1f-4f0e-9b0c-6d8a7b5c4011',
                fileSystem('vfat', { uuid: '67E3-17ED', label: 'EFI' }),
                'EFI System Partition',
              ),
              part(
                2,
                232 * gib,
                partitionType.linux,
                'e55b0d1c-0f1f-4f0e-9b0c-6d8a7b5c4012',
                luks(luksUuid, 1),
              ),
            ),
          }),
        ),
      ),
      bridge(
        '0000:00:1c.4',
        '8086:9d14',
        pci(
          '0000:02:00.0',
          '14e4:43a3/106b:0150',
          '028000',
          'brcmfmac@brcmfmac',
          networkInterface('wlp2s0', 'wireless'),
        ),
      ),
      pci(
        '0000:00:1e.3',
        '8086:9d2a/106b:0172',
        '118000',
        'intel-lpss@intel_lpss_pci',
        platform(
          'pxa2xx-spi.2',
          'pxa2xx-spi@spi_pxa2xx_platform',
          'platform:pxa2xx-spi',
          folder(
            'spi_master',
            folder(
              'spi1',
              onBus(
                'spi',
                'spi-APP000D:00',
                'applespi@applespi',
                'acpi:APP000D:apple-topcase:',
                [],
                [
                  input(
                    'Apple SPI Keyboard',
                    'keyboard',
                    '001C 05AC 0279 0111',
                    'spi-APP000D:00/input0',
                  ),
                  input(
                    'Apple SPI Touchpad',
                    'touchpad',
                    '001C 05AC 0417 0111',
                    'spi-APP000D:00/input1',
                  ),
                ],
              ),
            ),
          ),
        ),
      ),
    ),
    powerButton(),
    opened(
      'dm-0',
      '254:0',
      'luks-root',
      luksUuid,
      'nvme0n1p2',
      232 * gib - 2 * mib,
      fileSystem('ext4', { uuid: rootUuid }),
      1,
    ),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/mapper/luks-root', '254:0'),
    mount(
      '/boot',
      'vfat',
      '/dev/nvme0n1p1',
      '259:1',
      'rw,relatime',
      'rw,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
    ),
  ],
  modules: [
    'nvme',
    'xhci_pci',
    'applespi',
    'spi_pxa2xx_platform',
    'intel_lpss_pci',
    'brcmfmac',
    'i915',
    'dm_crypt',
    'ext4',
    'vfat',
  ],
};
