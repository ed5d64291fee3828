import { type FileTree, line } from '../sources/file-tree.ts';
import type { NetworkInterface } from './facts.ts';
import { parseAssignments } from './parse-assignments.ts';
import type { ClassDevice } from './read-class-devices.ts';
import { systemPath } from './system-path.ts';

/** ARPHRD_ETHER and ARPHRD_LOOPBACK of Linux's if_arp.h. */
const [ethernetType, loopbackType] = ['1', '772'];

/** The network interfaces but the loopback one, by name. */
export function readNetwork(
  tree: FileTree,
  listed: readonly ClassDevice[],
): readonly NetworkInterface[] {
  return listed.flatMap(({ name, path }) => readInterface(tree, name, `/sys${path}`) ?? []);
}

function readInterface(tree: FileTree, name: string, folder: string): NetworkInterface | undefined {
  const type = line(tree, `${folder}/type`);
  const event = tree.text(`${folder}/uevent`);
  // Without either it has vanished since it was listed.
  if (type === loopbackType || (type === undefined && event === undefined)) return undefined;
  const entries = tree.names(folder);
  const isWireless =
    entries.includes('wireless') ||
    entries.includes('phy80211') ||
    parseAssignments(event ?? '').get('DEVTYPE') === 'wlan';
  const device = entries.includes('device') ? systemPath(tree, `${folder}/device`) : undefined;
  return {
    name,
    kind: isWireless ? 'wireless' : type === ethernetType ? 'ethernet' : 'other',
    device: device === undefined || device.startsWith('/devices/virtual/') ? null : device,
  };
}
