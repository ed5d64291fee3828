/** The GPT's UUID of the partition that every such option names. */
export const uuid = '6f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b';

/** A load option as firmware stores it. */
export function loadOption(description: string, file: string): Buffer {
  const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf16le');
  const pathNode = (type: number, subtype: number, data: Buffer): Buffer => {
    const head = Buffer.from([type, subtype, 0, 0]);
    head.writeUInt16LE(4 + data.length, 2);
    return Buffer.concat([head, data]);
  };
  const disk = Buffer.alloc(38);
  // The bytes of the UUID above, the first three numbers with their low bytes first.
  Buffer.from('3c2b1a6f5e4d604f8a9b0c1d2e3f4a5b', 'hex').copy(disk, 20);
  disk[36] = 2;
  disk[37] = 2;
  const nodes = Buffer.concat([
    pathNode(4, 1, disk),
    pathNode(4, 4, text(file)),
    pathNode(0x7f, 0xff, Buffer.alloc(0)),
  ]);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(1, 0);
  head.writeUInt16LE(nodes.length, 4);
  return Buffer.concat([head, text(description), nodes]);
}
