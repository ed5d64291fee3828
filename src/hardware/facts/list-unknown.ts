import type { HardwareSource } from '../sources/hardware-source.ts';
import type { Facts } from './facts.ts';

/** As many as a person reads. */
const mostNamed = 10;

/**
 * What could not be found out, one clause each: what the source is silent on, what could not be
 * read, and what that leaves open. To be asked last, when everything has been read.
 */
export function listUnknown(
  source: HardwareSource,
  facts: Omit<Facts, 'unknown'>,
): readonly string[] {
  return [
    ...new Set([
      ...source.silentOn,
      ...unreadable(source.tree.unreadable),
      ...leftOpen(source, facts),
    ]),
  ];
}

function unreadable(paths: readonly string[]): readonly string[] {
  const named = paths.slice(0, mostNamed).map(path => `what ${path} says`);
  const more = paths.length - named.length;
  if (more === 0) return named;
  return [...named, more === 1 ? 'what one more file says' : `what ${more} more files say`];
}

/** A source that is silent on something by its nature has said so itself. */
function leftOpen(
  { kind, tree }: HardwareSource,
  { firmware, blockDevices, mounts, zfsMountPoints }: Omit<Facts, 'unknown'>,
): readonly string[] {
  if (kind !== 'live' && kind !== 'capture') return [];
  const open: string[] = [];
  if (firmware.kind === 'uefi' && firmware.secureBoot === null) {
    open.push('whether Secure Boot is on');
  }
  const hasNameless = blockDevices.some(({ name, mapping }) => isMapping(name) && mapping === null);
  if (hasNameless) open.push('what the device mapper’s devices are');
  // A live machine’s source has asked programs, and says itself where they did not answer.
  if (kind === 'live') return open;
  const filled = blockDevices.filter(({ sizeBytes }) => sizeBytes > 0);
  const isBlind =
    filled.length > 0 &&
    filled.every(({ content }) => content === null) &&
    tree.names('/run/udev/data').length === 0;
  if (isBlind) open.push('what is on the block devices');
  const hasZfs = mounts.some(({ type }) => type === 'zfs');
  if (hasZfs && Object.keys(zfsMountPoints).length === 0) {
    open.push('which ZFS datasets are mounted by ZFS itself');
  }
  return open;
}

function isMapping(name: string): boolean {
  return name.startsWith('dm-');
}
