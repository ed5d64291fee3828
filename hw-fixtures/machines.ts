import type { MachineDescription } from '../test/hardware/hand-built/words.ts';
import { machine as arm64DeviceTree } from './arm64-device-tree/machine.ts';
import { machine as bcachefsTwoDevices } from './bcachefs-two-devices/machine.ts';
import { machine as broadcomWifi } from './broadcom-wifi/machine.ts';
import { machine as dockerAndSnap } from './docker-and-snap/machine.ts';
import { machine as frameworkLaptop } from './framework-laptop/machine.ts';
import { machine as hostileLabels } from './hostile-labels/machine.ts';
import { machine as hypervGuest } from './hyperv-guest/machine.ts';
import { machine as impermanence } from './impermanence/machine.ts';
import { machine as intelVmd } from './intel-vmd/machine.ts';
import { machine as laptopI2cKeyboard } from './laptop-i2c-keyboard/machine.ts';
import { machine as macbook } from './macbook/machine.ts';
import { machine as noUdevDatabase } from './no-udev-database/machine.ts';
import { machine as nvmeNativeMultipath } from './nvme-native-multipath/machine.ts';
import { machine as renesasUsbRoot } from './renesas-usb-root/machine.ts';
import { machine as serverMultipath } from './server-multipath/machine.ts';
import { machine as thousandDevices } from './thousand-devices/machine.ts';
import { machine as unreadableFiles } from './unreadable-files/machine.ts';
import { machine as vfioNvme } from './vfio-nvme/machine.ts';
import { machine as xenGuest } from './xen-guest/machine.ts';
import { machine as zfsMirror } from './zfs-mirror/machine.ts';

/** The machines described by hand, by the names of their folders. */
export const handBuiltMachines: Readonly<Record<string, MachineDescription>> = {
  'arm64-device-tree': arm64DeviceTree,
  'bcachefs-two-devices': bcachefsTwoDevices,
  'broadcom-wifi': broadcomWifi,
  'docker-and-snap': dockerAndSnap,
  'framework-laptop': frameworkLaptop,
  'hostile-labels': hostileLabels,
  'hyperv-guest': hypervGuest,
  impermanence: impermanence,
  'intel-vmd': intelVmd,
  'laptop-i2c-keyboard': laptopI2cKeyboard,
  macbook: macbook,
  'no-udev-database': noUdevDatabase,
  'nvme-native-multipath': nvmeNativeMultipath,
  'renesas-usb-root': renesasUsbRoot,
  'server-multipath': serverMultipath,
  'thousand-devices': thousandDevices,
  'unreadable-files': unreadableFiles,
  'vfio-nvme': vfioNvme,
  'xen-guest': xenGuest,
  'zfs-mirror': zfsMirror,
};
