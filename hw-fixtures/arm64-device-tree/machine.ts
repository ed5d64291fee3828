import {
  arm64Processors,
  fileSystem,
  folder,
  gib,
  gpt,
  hid,
  input,
  type MachineDescription,
  mib,
  mmc,
  mount,
  networkInterface,
  ofPlatform,
  part,
  partitionType,
  platform,
  usbDevice,
  usbHost,
  usbInterface,
  virtualInterface,
} from '../../test/hardware/hand-built/words.ts';

const rootUuid = '44444444-4444-4444-8888-888888880001';

/**
 * A board with a Rockchip RK3399: no PCI in use, no DMI, no UEFI; U-Boot starts it. The root is on
 * the eMMC, a card with pictures is in the slot, a keyboard hangs on the platform's own xHCI.
 */
export const machine: MachineDescription = {
  release: '6.6.40',
  commandLine: 'init=/nix/store/0000-nixos-system/init console=ttyS2,1500000n8 loglevel=4',
  processors: arm64Processors(6, '0xd03'),
  firmware: { kind: 'device-tree' },
  deviceTree: {
    model: 'Pine64 RockPro64 v2.1',
    compatible: ['pine64,rockpro64-v2.1', 'pine64,rockpro64', 'rockchip,rk3399'],
  },
  devices: [
    folder(
      'platform',
      ofPlatform('fe310000.mmc', 'dwmmc_rockchip@dw_mmc_rockchip', '/mmc@fe310000', [
        'rockchip,rk3399-dw-mshc',
        'rockchip,rk3288-dw-mshc',
      ]),
      ofPlatform(
        'fe320000.mmc',
        'dwmmc_rockchip@dw_mmc_rockchip',
        '/mmc@fe320000',
        ['rockchip,rk3399-dw-mshc', 'rockchip,rk3288-dw-mshc'],
        mmc(
          1,
          { address: 'aaaa', type: 'SD', name: 'SC32G' },
          {
            name: 'mmcblk1',
            number: '179:16',
            sizeBytes: 32 * gib,
            isRemovable: true,
            holds: gpt(
              '44444444-4444-4444-8888-888888880020',
              part(
                1,
                31 * gib,
                partitionType.microsoftData,
                '44444444-4444-4444-8888-888888880021',
                fileSystem('exfat', { uuid: '3663-3861', label: 'PICTURES' }),
              ),
            ),
          },
        ),
      ),
      ofPlatform(
        'fe330000.mmc',
        'sdhci-arasan@sdhci_of_arasan',
        '/mmc@fe330000',
        ['rockchip,rk3399-sdhci-5.1', 'arasan,sdhci-5.1'],
        mmc(
          2,
          { address: '0001', type: 'MMC', name: 'DG4064' },
          {
            name: 'mmcblk2',
            number: '179:0',
            sizeBytes: 58 * gib,
            holds: gpt(
              '44444444-4444-4444-8888-888888880010',
              part(
                1,
                256 * mib,
                partitionType.esp,
                '44444444-4444-4444-8888-888888880011',
                fileSystem('vfat', { uuid: '2178-694E', label: 'FIRMWARE' }),
              ),
              part(
                2,
                57 * gib,
                partitionType.linux,
                '44444444-4444-4444-8888-888888880012',
                fileSystem('ext4', { uuid: rootUuid, label: 'NIXOS_SD' }),
              ),
            ),
          },
          { name: 'mmcblk2boot0', number: '179:32', sizeBytes: 4 * mib, isReadOnly: true },
          { name: 'mmcblk2boot1', number: '179:64', sizeBytes: 4 * mib, isReadOnly: true },
        ),
      ),
      ofPlatform(
        'usb@fe800000',
        'dwc3-of-simple@dwc3_of_simple',
        '/usb@fe800000',
        ['rockchip,rk3399-dwc3'],
        ofPlatform(
          'fe800000.usb',
          'dwc3@dwc3',
          '/usb@fe800000/usb@fe800000',
          ['snps,dwc3'],
          platform(
            'xhci-hcd.0.auto',
            'xhci-hcd@xhci_plat_hcd',
            'platform:xhci-hcd',
            usbHost(
              1,
              2,
              usbDevice(
                '1-1',
                '046d:c31c',
                { manufacturer: 'Logitech', product: 'USB Keyboard' },
                usbInterface(
                  '1.0',
                  '03/01/01',
                  'usbhid@usbhid',
                  hid(
                    '0003:046D:C31C',
                    'Logitech USB Keyboard',
                    'hid-generic@hid_generic',
                    '0001',
                    input(
                      'Logitech USB Keyboard',
                      'keyboard',
                      '0003 046D C31C 0110',
                      'usb-xhci-hcd.0.auto-1/input0',
                    ),
                  ),
                ),
              ),
            ),
            usbHost(2, 3),
          ),
        ),
      ),
      ofPlatform(
        'fe300000.ethernet',
        'rk_gmac-dwmac@dwmac_rk',
        '/ethernet@fe300000',
        ['rockchip,rk3399-gmac'],
        networkInterface('end0'),
      ),
      ofPlatform(
        'gpio-keys',
        'gpio-keys@gpio_keys',
        '/gpio-keys',
        ['gpio-keys'],
        input('gpio-keys', 'powerButton', '0019 0001 0001 0100', 'gpio-keys/input0'),
      ),
    ),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/mmcblk2p2', '179:2'),
    mount(
      '/nix/store',
      'ext4',
      '/dev/mmcblk2p2',
      '179:2',
      'ro,nosuid,nodev,relatime',
      'rw',
      '/nix/store',
    ),
  ],
  modules: [
    'sdhci_of_arasan',
    'mmc_block',
    'dw_mmc_rockchip',
    'dwc3',
    'xhci_plat_hcd',
    'usbhid',
    'hid_generic',
    'dwmac_rk',
    'ext4',
  ],
};
