import type { BlockDevice } from '../facts/facts.ts';
import { builtLinks } from './built-links.ts';

/** The block devices of a machine by name: what lies on what, and which of them claim a name. */
export class BlockIndex {
  readonly #byName: ReadonlyMap<string, BlockDevice>;
  readonly #claims = new Map<string, BlockDevice[]>();

  constructor(devices: readonly BlockDevice[]) {
    this.#byName = new Map(devices.map(device => [device.name, device]));
    for (const device of devices) {
      for (const link of new Set([...device.links, ...builtLinks(device)])) {
        const claimants = this.#claims.get(link);
        if (claimants === undefined) this.#claims.set(link, [device]);
        else claimants.push(device);
      }
    }
  }

  /** The devices of these kernel names, as far as they are known, each once. */
  named(names: readonly string[]): readonly BlockDevice[] {
    // Nothing, or one thing, is what most devices lie on.
    const each = names.length > 1 ? [...new Set(names)] : names;
    return each.flatMap(name => this.#byName.get(name) ?? []);
  }

  all(): Iterable<BlockDevice> {
    return this.#byName.values();
  }

  /** The devices themselves and all that they lie on, each once, what is nearer first. */
  below(devices: readonly BlockDevice[]): readonly BlockDevice[] {
    const found = new Set(devices);
    // What is added while the set is walked is walked too; what is met again is not.
    for (const device of found) {
      for (const lower of this.named(device.liesOn)) found.add(lower);
    }
    return [...found];
  }

  /** Where everything ends: the disks, discs and files below some devices. */
  disksBelow(devices: readonly BlockDevice[]): readonly BlockDevice[] {
    return this.below(devices).filter(({ liesOn }) => this.named(liesOn).length === 0);
  }

  /** All devices that are, or would be, found under a link below /dev. */
  claimants(link: string): readonly BlockDevice[] {
    return this.#claims.get(link) ?? [];
  }
}
