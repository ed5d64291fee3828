/**
 * The bus of a device, by the kernel's way of naming the devices of each; null where the name does
 * not tell.
 *
 * @param path below /sys
 */
export function busOfPath(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return names.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

const names: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/, 'pci'],
  [/^(?:usb[0-9]+|[0-9]+-[0-9]+(?:\.[0-9]+)*(?::[0-9]+\.[0-9]+)?|[0-9]+-0:[0-9]+\.[0-9]+)$/, 'usb'],
  [/^virtio[0-9]+$/, 'virtio'],
  [/^[0-9]+:[0-9]+:[0-9]+:[0-9]+$/, 'scsi'],
  [/^mmc[0-9]+:[0-9a-f]{4}$/, 'mmc'],
  [/^[0-9A-F]{4}:[0-9A-F]{4}:[0-9A-F]{4}\.[0-9A-F]{4}$/, 'hid'],
  [/^i2c-.|^[0-9]+-[0-9a-f]{4}$/, 'i2c'],
  [/^serio[0-9]+$/, 'serio'],
];

/** The path and those above it, below `/devices`, the nearest first. */
export function pathsUpwards(path: string): string[] {
  const paths: string[] = [];
  for (let at = path; at.length > '/devices/'.length; at = at.slice(0, at.lastIndexOf('/'))) {
    paths.push(at);
  }
  return paths;
}
