import { byBytes } from '../../host/folder.ts';
import type { Device } from './facts.ts';
import type { ClassDevice } from './read-class-devices.ts';
import { nearestAbove } from './system-path.ts';

/**
 * Paths of display controllers: of PCI all that say they are one, and what else has a card in the
 * class `drm`. What the firmware has left of its screen (simpledrm) is none.
 *
 * @param cards devices of the class `drm`, connectors among them
 */
export function readGraphics(
  devices: readonly Device[],
  cards: readonly ClassDevice[],
): readonly string[] {
  const byPath = new Map(devices.map(device => [device.path, device]));
  const paths = new Set(byPath.keys());
  const found = new Set(devices.filter(isPciDisplay).map(({ path }) => path));
  for (const card of cards) {
    if (!/^card\d+$/.test(card.name)) continue;
    const device = byPath.get(nearestAbove(card.path, paths) ?? '');
    if (device === undefined || device.driver === null) continue;
    if (device.driver === 'simple-framebuffer') continue;
    // A virtio card hangs on a PCI device that is here already.
    if (nearestAbove(`${device.path}/card`, found) === null) found.add(device.path);
  }
  return [...found].toSorted(byBytes);
}

/** PCI's base class 03, display controller. */
function isPciDisplay({ bus, classCode }: Device): boolean {
  return bus === 'pci' && classCode?.startsWith('03') === true;
}
