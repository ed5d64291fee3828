import type { FileTree } from '../sources/file-tree.ts';
import { systemPath } from './system-path.ts';

/** A device as a class of /sys/class lists it. */
export interface ClassDevice {
  readonly name: string;
  /** Below /sys: `/devices/pci0000:00/0000:00:02.0/virtio1/block/vda`. */
  readonly path: string;
}

/** The classes whose devices people know their hardware by. */
export const hardwareClasses = ['block', 'drm', 'input', 'net', 'tpm'] as const;

export type HardwareClass = (typeof hardwareClasses)[number];

export type ClassDevices = Readonly<Record<HardwareClass, readonly ClassDevice[]>>;

/** Looks up once where the devices of all classes are that several probes ask for. */
export function readClassDevices(tree: FileTree): ClassDevices {
  return {
    block: listClass(tree, 'block'),
    drm: listClass(tree, 'drm'),
    input: listClass(tree, 'input'),
    net: listClass(tree, 'net'),
    tpm: listClass(tree, 'tpm'),
  };
}

/**
 * The devices of one class, by name. Left out: what is no device, as /sys/class/net/bonding_masters,
 * and what has vanished since it was listed.
 */
export function listClass(tree: FileTree, name: string): readonly ClassDevice[] {
  return tree.names(`/sys/class/${name}`).flatMap(device => {
    const path = systemPath(tree, `/sys/class/${name}/${device}`);
    return path?.startsWith('/devices/') === true ? [{ name: device, path }] : [];
  });
}
