import type { BlockDevice, Device, Facts } from '../facts/facts.ts';
import { BlockIndex } from './block-index.ts';
import { servesBus } from './companion-devices.ts';

const known = new WeakMap<Facts, Machine>();

/** The facts of a machine with what is looked up in them by name. */
export class Machine {
  readonly facts: Facts;
  readonly blocks: BlockIndex;
  /** Devices that all others on some bus need: asked for with each device, and hardly ever there. */
  readonly serveBuses: readonly Device[];
  readonly #devices: ReadonlyMap<string, Device>;

  /** Chains, drivers and the module are planned one after another, from the same facts. */
  static of(facts: Facts): Machine {
    const machine = known.get(facts) ?? new Machine(facts);
    known.set(facts, machine);
    return machine;
  }

  constructor(facts: Facts) {
    this.facts = facts;
    this.blocks = new BlockIndex(facts.blockDevices);
    this.serveBuses = facts.devices.filter(servesBus);
    this.#devices = new Map(facts.devices.map(device => [device.path, device]));
  }

  /** The device at a path and all that it hangs on, from the nearest on. */
  chainOf(path: string | null): readonly Device[] {
    const chain: Device[] = [];
    for (let at = path ?? ''; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('/'), 0))) {
      const device = this.#devices.get(at);
      if (device !== undefined) chain.push(device);
    }
    return chain;
  }

  /** Whether a disk can be pulled out while the machine runs, or holds media that can. */
  isDetachable(disk: BlockDevice): boolean {
    return disk.isRemovable || disk.kind === 'optical' || this.isExternal(disk.device);
  }

  /** Whether a device is at a bus that leaves the machine's case. */
  isExternal(device: string | null): boolean {
    return this.chainOf(device).some(({ bus }) => bus === 'usb' || bus === 'firewire');
  }
}
