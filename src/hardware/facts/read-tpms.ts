import type { Tpm } from './facts.ts';
import type { ClassDevice } from './read-class-devices.ts';
import { nearestAbove } from './system-path.ts';

/** The machine's TPMs, by name. */
export function readTpms(
  listed: readonly ClassDevice[],
  devices: ReadonlySet<string>,
): readonly Tpm[] {
  return listed.map(({ name, path }) => ({ name, device: nearestAbove(path, devices) }));
}
