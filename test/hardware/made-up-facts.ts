import type { BlockDevice, Facts, MountedFileSystem } from '../../src/hardware/facts/facts.ts';

/** Facts of an empty real machine, but for what is told. */
export function madeUpFacts(told: Partial<Facts> = {}): Facts {
  return {
    platform: 'x86_64-linux',
    kernel: { release: '6.1.0-49-amd64', commandLine: null },
    cpu: {
      vendor: null,
      model: null,
      family: null,
      count: 2,
      virtualisation: null,
      isVirtual: false,
    },
    firmware: { kind: 'uefi', bits: 64, secureBoot: 'off' },
    dmi: null,
    deviceTree: null,
    virtualisation: { machine: null, container: null },
    devices: [],
    blockDevices: [],
    mounts: [],
    swaps: [],
    networkInterfaces: [],
    keyboards: [],
    graphics: [],
    tpms: [],
    loadedModules: [],
    zfsMountPoints: {},
    hostId: null,
    unknown: [],
    ...told,
  };
}

/** A disk that hangs on nothing and holds nothing, but for what is told. */
export function madeUpBlock(name: string, told: Partial<BlockDevice> = {}): BlockDevice {
  return {
    name,
    number: `8:${name.length}`,
    kind: 'disk',
    sizeBytes: 2 ** 30,
    isRemovable: false,
    isReadOnly: false,
    device: null,
    liesOn: [],
    partition: null,
    content: null,
    mapping: null,
    raid: null,
    backingFile: null,
    links: [],
    ...told,
  };
}

/** An ext4 file system that is mounted whole, but for what is told. */
export function madeUpMount(
  mountPoint: string,
  told: Partial<MountedFileSystem> = {},
): MountedFileSystem {
  return {
    mountPoint,
    type: 'ext4',
    source: '/dev/sda1',
    rootInside: '/',
    number: '8:1',
    options: ['rw', 'relatime'],
    superOptions: ['rw'],
    blockDevices: [],
    isFolder: null,
    ...told,
  };
}
