import {
  type Driver,
  fileSystem,
  folder,
  gib,
  input,
  type MachineDescription,
  mount,
  networkInterface,
  onBus,
  type Part,
  plainDisk,
  swapArea,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `1a2b3c4d-6e7f-4809-9283-94a5b6c7d${end}`;

/** A device of Xen's bus. */
function xen(name: string, kind: string, driver: Driver, ...parts: readonly Part[]): Part {
  return onBus(
    'xen',
    name,
    driver,
    `xen:${kind}`,
    [`XENBUS_TYPE=${kind}`, `XENBUS_PATH=device/${name.replace('-', '/')}`],
    parts,
  );
}

/** A paravirtual guest of Xen: no firmware, no DMI, disks without partitions. */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine: 'root=/dev/xvda1 ro console=hvc0',
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 79,
    name: 'Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz',
    count: 2,
    flags: 'hypervisor',
  }),
  firmware: { kind: 'bios' },
  hypervisor: 'xen',
  devices: [
    xen(
      'vbd-51713',
      'vbd',
      'vbd@xen_blkfront',
      plainDisk({
        name: 'xvda1',
        number: '202:1',
        sizeBytes: 20 * gib,
        holds: fileSystem('ext4', { uuid: uuid('001') }),
      }),
    ),
    xen(
      'vbd-51714',
      'vbd',
      'vbd@xen_blkfront',
      plainDisk({
        name: 'xvda2',
        number: '202:2',
        sizeBytes: 2 * gib,
        holds: swapArea({ uuid: uuid('002') }),
      }),
    ),
    xen('vif-0', 'vif', 'vif@xen_netfront', networkInterface('eth0')),
    xen('vkbd-0', 'vkbd', 'vkbd@xen_kbdfront'),
    // Its input device names no parent, as the driver makes it.
    folder(
      'virtual',
      input('Xen Virtual Keyboard', 'keyboard', '0001 5853 FFFF 0000', 'xenbus/device/vkbd/0'),
    ),
    virtualInterface('lo'),
  ],
  mounts: [mount('/', 'ext4', '/dev/xvda1', '202:1', 'rw,noatime', 'rw,errors=remount-ro')],
  swaps: ['/dev/xvda2 partition 2097148 -2'],
  modules: ['xen_blkfront', 'xen_netfront', 'xen_kbdfront', 'ext4'],
};
