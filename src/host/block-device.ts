import * as fs from 'node:fs';

const { O_NONBLOCK, O_RDONLY } = fs.constants;

/**
 * Reads some bytes of a block device, for what only its own header says. Undefined where it cannot
 * be read: there is no such device, it is another one by now, it ends before, or reading takes more
 * rights than we have.
 *
 * @param name the kernel's, `nvme0n1p2`
 * @param number `259:2`, as the kernel says it of that name
 */
export function readBlockDevice(
  name: string,
  number: string,
  { offset, length }: { offset: number; length: number },
): Buffer | undefined {
  // The kernel writes `!` for `/` in names of /sys: cciss!c0d0.
  const path = `/dev/${name.replaceAll('!', '/')}`;
  try {
    const file = fs.openSync(path, O_RDONLY | O_NONBLOCK);
    try {
      const stat = fs.fstatSync(file);
      if (!stat.isBlockDevice() || numberOf(stat.rdev) !== number) return undefined;
      const bytes = Buffer.alloc(length);
      return fs.readSync(file, bytes, 0, length, offset) === length ? bytes : undefined;
    } finally {
      fs.closeSync(file);
    }
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return undefined;
    throw thrown;
  }
}

/** Linux's dev_t as glibc packs it: makedev(3). */
function numberOf(device: number): string {
  const bits = BigInt(device);
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n);
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
