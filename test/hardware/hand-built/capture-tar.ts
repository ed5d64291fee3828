import { gzipSync } from 'node:zlib';

/** What stands at one place of a capture. */
export type Entry =
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

const blockBytes = 512;
const typeFlags = { file: '0', link: '2', folder: '5' } as const;

/**
 * A gzipped tar that depends on nothing but its entries: sorted by their bytes after the first
 * one, which is `capture`; no times, no owners. Paths that do not fit into the old header come
 * with a pax header (POSIX.1-2001), as those of sysfs often have to.
 */
export function packCapture(entries: ReadonlyMap<string, Entry>): Buffer {
  const paths = [...entries.keys()].toSorted((one, other) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  );
  const blocks: Buffer[] = [];
  for (const path of ['capture', ...paths.filter(path => path !== 'capture')]) {
    const entry = entries.get(path);
    if (entry !== undefined) blocks.push(...packEntry(path, entry));
  }
  blocks.push(Buffer.alloc(2 * blockBytes));
  // Node writes no time into the header and always the same system's number.
  return gzipSync(Buffer.concat(blocks), { level: 9 });
}

function packEntry(path: string, entry: Entry): Buffer[] {
  const name = entry.kind === 'folder' ? `${path}/` : path;
  const target = entry.kind === 'link' ? entry.target : '';
  const long = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(target) > 100 ? [paxRecord('linkpath', target)] : []),
  ].join('');
  const bytes = entry.kind === 'file' ? entry.bytes : Buffer.alloc(0);
  return [
    ...(long === ''
      ? []
      : [header('pax', 'x', Buffer.byteLength(long), ''), padded(Buffer.from(long))]),
    header(name, typeFlags[entry.kind], bytes.length, target),
    padded(bytes),
  ];
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function header(name: string, typeFlag: string, sizeBytes: number, target: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name.slice(0, 100), 0, 100, 'utf8');
  block.write(typeFlag === '5' ? '0000755\0' : '0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(typeFlag, 156);
  block.write(target.slice(0, 100), 157, 100, 'utf8');
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(bytes: Buffer): Buffer {
  const missing = (blockBytes - (bytes.length % blockBytes)) % blockBytes;
  return Buffer.concat([bytes, Buffer.alloc(missing)]);
}
