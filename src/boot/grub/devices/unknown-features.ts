/**
 * Features that make GRUB 2.06 (as Debian 12 has patched it) refuse a file system, or misread it:
 * what is in its header and not in GRUB's own list. Pure.
 */

/** Where a file system's header is on its device. */
export interface HeaderPlace {
  offset: number;
  length: number;
}

interface Header extends HeaderPlace {
  /** The names of features that GRUB does not know; none where it is no such header. */
  unknown(header: Buffer): string[];
}

/** Of ext4's incompatible features (e2fsprogs' names): bits that GRUB's ext2 module does not take. */
const extNames: ReadonlyMap<number, string> = new Map([
  [0, 'compression'],
  [3, 'journal_dev'],
  [10, 'ea_inode'],
  [12, 'dirdata'],
  [15, 'inline_data'],
  [17, 'casefold'],
]);

/** filetype, needs_recovery, meta_bg, extents, 64bit, mmp, flex_bg, csum_seed, large_dir, encrypt. */
const extKnown =
  0x0002 | 0x0004 | 0x0010 | 0x0040 | 0x0080 | 0x0100 | 0x0200 | 0x2000 | 0x4000 | 0x10000;

const ext: Header = {
  offset: 1024,
  length: 1024,
  unknown: header =>
    header.readUInt16LE(0x38) === 0xef53
      ? namesOf(header.readUInt32LE(0x60), extKnown, bit => extNames.get(bit) ?? `FEATURE_I${bit}`)
      : [],
};

/** Of XFS's incompatible features (mkfs.xfs's names). */
const xfsNames: ReadonlyMap<number, string> = new Map([
  [6, 'exchange'],
  [7, 'parent'],
  [8, 'metadir'],
  [9, 'zoned'],
]);

/** ftype, sparse, meta_uuid, bigtime, needsrepair, nrext64. */
const xfsKnown = 0b111111;

const xfs: Header = {
  offset: 0,
  length: 512,
  unknown: header => {
    const isVersion5 = header.toString('latin1', 0, 4) === 'XFSB' && (header[101] ?? 0) % 16 === 5;
    // Before version 5 there are no such features.
    if (!isVersion5) return [];
    return namesOf(header.readUInt32BE(216), xfsKnown, bit => xfsNames.get(bit) ?? `bit ${bit}`);
  },
};

/** By the number in the header: zlib, lzo and xz are known. */
const squashfsCompression: Readonly<Record<number, string>> = { 2: 'lzma', 5: 'lz4', 6: 'zstd' };

const squashfs: Header = {
  offset: 0,
  length: 96,
  unknown: header => {
    if (header.toString('latin1', 0, 4) !== 'hsqs') return [];
    const name = squashfsCompression[header.readUInt16LE(20)];
    return name === undefined ? [] : [`${name} compression`];
  },
};

const headers: Readonly<Record<string, Header>> = {
  ext2: ext,
  ext3: ext,
  ext4: ext,
  xfs,
  squashfs,
};

/** Where the features of a kind of file system are told; undefined: not in one header. */
export function headerPlace(type: string): HeaderPlace | undefined {
  return Object.hasOwn(headers, type) ? headers[type] : undefined;
}

/** The features told in a header that GRUB does not know. */
export function unknownInHeader(type: string, header: Buffer): string[] {
  return Object.hasOwn(headers, type) ? (headers[type]?.unknown(header) ?? []) : [];
}

/**
 * What the kernel lists in /sys/fs/f2fs/NAME/features or as names in /sys/fs/btrfs/UUID/features, and
 * GRUB's modules, which look at no such list, do not know where it moves what they read.
 */
const misread: Readonly<Record<string, readonly string[]>> = {
  btrfs: ['extent_tree_v2', 'raid_stripe_tree', 'zoned'],
  f2fs: ['extra_attr'],
};

/** The features that GRUB does not know, of those that the kernel lists. */
export function unknownInList(type: string, listed: readonly string[]): string[] {
  const names = Object.hasOwn(misread, type) ? (misread[type] ?? []) : [];
  return names.filter(name => listed.includes(name));
}

function namesOf(bits: number, known: number, name: (bit: number) => string): string[] {
  const unknown = (bits & ~known) >>> 0;
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter(bit => ((unknown >>> bit) & 1) === 1)
    .map(name);
}
