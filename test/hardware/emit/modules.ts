import type {
  Definition,
  HardwareModule,
  Item,
  ModuleOrigin,
  OptionPath,
  Value,
} from '../../../src/hardware/module/hardware-module.ts';

/** `boot.kernelModules`, or the parts where one of them is a name. */
function pathOf(option: string | OptionPath): OptionPath {
  return typeof option === 'string' ? option.split('.') : option;
}

export function value(
  option: string | OptionPath,
  to: Value['value'],
  ...because: readonly string[]
): Value {
  return {
    kind: 'value',
    option: pathOf(option),
    value: to,
    isDefault: false,
    because,
    neededToBoot: false,
  };
}

export function item(
  option: string | OptionPath,
  to: Item['value'],
  ...because: readonly string[]
): Item {
  return { kind: 'item', option: pathOf(option), value: to, because, neededToBoot: false };
}

/** `lib.mkDefault`, for short. */
export function byDefault(definition: Value): Value {
  return { ...definition, isDefault: true };
}

export function needed<D extends Definition>(definition: D): D {
  return { ...definition, neededToBoot: true };
}

export function moduleOf(...definitions: readonly Definition[]): HardwareModule {
  return { definitions, omissions: [] };
}

export const live: ModuleOrigin = { source: 'live', kernelRelease: '6.1.0-49-amd64' };

const root = '/dev/disk/by-uuid/1c9a2d6e-0f6e-4a2c-9d9b-2a4f1f0c9e11';
const swap = '/dev/disk/by-partuuid/7b0c7c1e-02';
const crypt = ['boot', 'initrd', 'luks', 'devices', 'cryptroot', 'device'];

/** A laptop: LUKS, btrfs, swap that is encrypted anew at each boot. */
export const laptop: HardwareModule = {
  definitions: [
    item('imports', { nix: '(modulesPath + "/installer/scan/not-detected.nix")' }),
    needed(item('boot.initrd.availableKernelModules', 'nvme', 'nvme: 0000:01:00.0 144d:a808')),
    needed(item('boot.initrd.availableKernelModules', 'xhci_pci', 'a keyboard', 'usb: 8086:a0ed')),
    item('boot.kernelModules', 'kvm_intel', 'the processor has vmx'),
    needed(value(['fileSystems', '/', 'device'], '/dev/mapper/cryptroot', 'btrfs on LUKS')),
    needed(value(['fileSystems', '/', 'fsType'], 'btrfs', 'btrfs on LUKS')),
    needed(item(['fileSystems', '/', 'options'], 'subvol=/@', 'as mounted')),
    item(['fileSystems', '/', 'options'], 'noatime', 'as mounted'),
    needed(value(crypt, root, 'below /')),
    value(['swapDevices', swap, 'device'], swap, 'swap'),
    value(['swapDevices', swap, 'priority'], 5, 'swap'),
    value(['swapDevices', swap, 'randomEncryption', 'enable'], true, 'a key of each boot'),
    byDefault(value('nixpkgs.hostPlatform', 'x86_64-linux')),
    byDefault(value('networking.useDHCP', true)),
    byDefault(
      value(
        'hardware.cpu.intel.updateMicrocode',
        { nix: 'config.hardware.enableRedistributableFirmware' },
        'GenuineIntel',
      ),
    ),
  ],
  omissions: [
    { subject: '/media/stick', reason: 'it is removable' },
    { subject: 'network interface docker0', reason: 'it is virtual' },
  ],
};

/** Storage that has to be put together in an order, each with an option of its own. */
export const assembled: HardwareModule = moduleOf(
  value('boot.initrd.services.bcache.enable', true, '/ on bcache'),
  value('services.lvm.boot.thin.enable', true, '/srv on a thin volume'),
  value(['fileSystems', '/', 'device'], '/dev/disk/by-uuid/0a1b', 'xfs'),
  value(['fileSystems', '/', 'stratis', 'poolUuid'], 'aa-bb', 'Stratis'),
  value(['boot', 'initrd', 'luks', 'devices', 'crypt', 'device'], root, 'below /srv'),
  value(
    ['boot', 'initrd', 'luks', 'devices', 'crypt', 'preLVM'],
    { nix: 'config.boot.initrd.systemd.enable' },
    'on LVM',
  ),
);
