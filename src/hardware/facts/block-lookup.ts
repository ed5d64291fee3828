import type { BlockDevice } from './facts.ts';

/** Finds block devices by what the kernel and people call them. */
export class BlockLookup {
  readonly all: readonly BlockDevice[];
  readonly #byName = new Map<string, BlockDevice>();
  readonly #byNumber = new Map<string, BlockDevice>();
  readonly #byLink = new Map<string, BlockDevice>();

  constructor(blocks: readonly BlockDevice[]) {
    this.all = blocks;
    for (const block of blocks) {
      this.#byName.set(block.name, block);
      this.#byNumber.set(block.number, block);
      for (const link of block.links) addFirst(this.#byLink, link, block);
      // Where udev does not run, libdevmapper makes this name by itself.
      if (block.mapping !== null) addFirst(this.#byLink, `mapper/${block.mapping.name}`, block);
    }
  }

  /** @param number `8:1` */
  withNumber(number: string): BlockDevice | undefined {
    return this.#byNumber.get(number);
  }

  /** The device behind a path in /dev: its own name there, or a link to it. */
  at(path: string): BlockDevice | undefined {
    if (!path.startsWith('/dev/')) return undefined;
    const name = path.slice('/dev/'.length);
    // The kernel writes `!` for `/` in names of /sys: cciss!c0d0.
    return this.#byName.get(name.replaceAll('/', '!')) ?? this.#byLink.get(name);
  }

  named(name: string): BlockDevice | undefined {
    return this.#byName.get(name);
  }

  /** All devices with content of one type, and of one uuid. */
  withContent(type: string, uuid: string): readonly BlockDevice[] {
    return this.all.filter(({ content }) => content?.type === type && content.uuid === uuid);
  }
}

function addFirst(links: Map<string, BlockDevice>, link: string, block: BlockDevice): void {
  if (!links.has(link)) links.set(link, block);
}
