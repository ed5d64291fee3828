import { baseNameOf, hashPartLength, type StorePath, storeFolder } from './store-path.ts';

/** So many names fit before the first growth. */
const firstCapacity = 1024;

/**
 * Many store paths in little memory: all names in one buffer, each known by a number counted from
 * 0, and found by name. A million paths take some 70 MB where as many strings in a `Map` take
 * five times that.
 */
export class PathTable {
  #count = 0;
  #names = Buffer.allocUnsafe(firstCapacity * 48);
  /** Where each name begins; the one behind the last says where that ends. */
  #starts = new Uint32Array(firstCapacity + 1);
  /** Open addressing: a path's number plus one, 0 where a slot is free. Never more than half full. */
  #slots = new Uint32Array(firstCapacity * 2);

  /** How many paths there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a path that is not there yet, and gives its number. */
  add(path: StorePath): number {
    const name = baseNameOf(path);
    const number = this.#count;
    if (number + 1 === this.#starts.length) this.#growNumbers();
    const start = this.#starts[number] as number;
    if (start + name.length > this.#names.length) this.#growNames();
    // A store path's name is ASCII.
    this.#names.write(name, start, 'latin1');
    this.#starts[number + 1] = start + name.length;
    this.#count = number + 1;
    this.#enter(number);
    return number;
  }

  /** The number of a path, by its name in the store's folder; undefined where it is not there. */
  numberOf(baseName: string): number | undefined {
    return this.#find(baseName, baseName.length);
  }

  /** The number of a path with that hash part, whatever its name. */
  numberOfHashPart(hashPart: string): number | undefined {
    return this.#find(hashPart, undefined);
  }

  /** A path's name in the store's folder. */
  baseName(number: number): string {
    return this.#names.toString('latin1', this.#starts[number], this.#starts[number + 1]);
  }

  hashPart(number: number): string {
    const start = this.#starts[number] as number;
    return this.#names.toString('latin1', start, start + hashPartLength);
  }

  path(number: number): StorePath {
    return `${storeFolder}/${this.baseName(number)}` as StorePath;
  }

  #find(wanted: string, length: number | undefined): number | undefined {
    const mask = this.#slots.length - 1;
    let code = 0;
    for (let at = 0; at < hashPartLength; at++) code = mixed(code, wanted.charCodeAt(at));
    for (let slot = code & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return undefined;
      if (this.#isNamed(entry - 1, wanted, length)) return entry - 1;
    }
  }

  #isNamed(number: number, wanted: string, length: number | undefined): boolean {
    const start = this.#starts[number] as number;
    if (length !== undefined && (this.#starts[number + 1] as number) - start !== length) {
      return false;
    }
    for (let at = 0; at < wanted.length; at++) {
      if (this.#names[start + at] !== wanted.charCodeAt(at)) return false;
    }
    return true;
  }

  #enter(number: number): void {
    const mask = this.#slots.length - 1;
    const start = this.#starts[number] as number;
    let code = 0;
    for (let at = 0; at < hashPartLength; at++) code = mixed(code, this.#names[start + at] ?? 0);
    let slot = code & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #growNumbers(): void {
    const starts = new Uint32Array((this.#starts.length - 1) * 2 + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 0; number < this.#count; number++) this.#enter(number);
  }

  #growNames(): void {
    const names = Buffer.allocUnsafe(this.#names.length * 2);
    this.#names.copy(names);
    this.#names = names;
  }
}

function mixed(code: number, character: number): number {
  return (Math.imul(code, 31) + character) >>> 0;
}
