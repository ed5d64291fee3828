/**
 * An entry of the firmware's own boot menu: the variable `Boot####` (UEFI, EFI_LOAD_OPTION). Only
 * those that start a file of a partition are of interest here.
 */
export interface LoadOption {
  /** The four hexadecimal digits of the variable's name. */
  number: string;
  description: string;
  /** The GPT's UUID of the partition, in lower case. */
  partitionUuid: string;
  /** Below the top of the partition, with slashes. */
  path: string;
}

/** Types and subtypes of device path nodes. */
const node = { media: 4, hardDrive: 1, file: 4, end: 0x7f } as const;
/** The kind of signature that says: a UUID of a GPT. */
const gptSignature = 2;

/**
 * Reads a variable's content, without the attributes that its file starts with. Pure.
 *
 * @returns undefined where it starts something else than a file of a GPT's partition, or is malformed
 */
export function parseLoadOption(number: string, content: Buffer): LoadOption | undefined {
  const parts = partsOf(content);
  if (parts === undefined) return undefined;
  let partitionUuid: string | undefined;
  let path = '';
  for (const { type, subtype, data } of devicePathNodes(parts.nodes)) {
    if (type !== node.media) continue;
    if (subtype === node.hardDrive && data.length >= 38 && data[37] === gptSignature) {
      partitionUuid = uuidOf(data.subarray(20, 36));
    } else if (subtype === node.file) {
      path += data.toString('utf16le').replace(/\0.*$/s, '');
    }
  }
  if (partitionUuid === undefined || path === '') return undefined;
  return {
    number,
    description: parts.description,
    partitionUuid,
    path: path.replaceAll('\\', '/').replace(/^\/+/, ''),
  };
}

/**
 * The entries that lead into a folder of one ESP: what is left of a loader once its folder goes.
 * Pure.
 */
export function optionsInto(
  options: readonly LoadOption[],
  { partitionUuid, folder }: { partitionUuid: string; folder: string },
): LoadOption[] {
  const prefix = `${folder}/`.toLowerCase();
  return options.filter(
    option =>
      option.partitionUuid === partitionUuid.toLowerCase() &&
      option.path.toLowerCase().startsWith(prefix),
  );
}

/**
 * The same entry with another name and another file of the same partition; what it gives to the
 * program that it starts stays. Pure.
 *
 * @param content one that `parseLoadOption` reads
 */
export function withFile(
  content: Buffer,
  { description, path }: Pick<LoadOption, 'description' | 'path'>,
): Buffer {
  const parts = partsOf(content);
  if (parts === undefined) throw new Error('not an entry that starts a file');
  const devices = [...devicePathNodes(parts.nodes)].filter(
    ({ type, subtype }) => !(type === node.media && subtype === node.file),
  );
  const file = { type: node.media, subtype: node.file, data: utf16(backslashed(path)) };
  const end = { type: node.end, subtype: wholePath, data: Buffer.alloc(0) };
  const nodes = Buffer.concat([...devices, file, end].map(encodeNode));
  const head = Buffer.from(content.subarray(0, textStart));
  head.writeUInt16LE(nodes.length, pathLengthAt);
  return Buffer.concat([head, utf16(description), nodes, parts.optionalData]);
}

/** Where a load option holds the length of its device path, and where its description begins. */
const pathLengthAt = 4;
const textStart = 6;

/** The subtype by which an end node ends all of a device path. */
const wholePath = 0xff;

function partsOf(
  content: Buffer,
): { description: string; nodes: Buffer; optionalData: Buffer } | undefined {
  const textEnd = endOfText(content, textStart);
  if (textEnd === undefined) return undefined;
  const nodesAt = textEnd + 2;
  const nodesEnd = nodesAt + content.readUInt16LE(pathLengthAt);
  return {
    description: content.toString('utf16le', textStart, textEnd),
    nodes: content.subarray(nodesAt, nodesEnd),
    optionalData: content.subarray(nodesEnd),
  };
}

function backslashed(path: string): string {
  return `\\${path.replaceAll('/', '\\')}`;
}

function utf16(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le');
}

function endOfText(content: Buffer, from: number): number | undefined {
  for (let at = from; at + 1 < content.length; at += 2) {
    if (content.readUInt16LE(at) === 0) return at;
  }
  return undefined;
}

interface DevicePathNode {
  type: number;
  subtype: number;
  data: Buffer;
}

function encodeNode({ type, subtype, data }: DevicePathNode): Buffer {
  const head = Buffer.from([type, subtype, 0, 0]);
  head.writeUInt16LE(head.length + data.length, 2);
  return Buffer.concat([head, data]);
}

function* devicePathNodes(bytes: Buffer): Generator<DevicePathNode, void, undefined> {
  for (let at = 0; at + 4 <= bytes.length; ) {
    const type = bytes.readUInt8(at);
    const length = bytes.readUInt16LE(at + 2);
    if (type === node.end || length < 4 || at + length > bytes.length) return;
    yield { type, subtype: bytes.readUInt8(at + 1), data: bytes.subarray(at + 4, at + length) };
    at += length;
  }
}

/** A UUID as UEFI stores it: of the first three numbers the low byte comes first. */
function uuidOf(bytes: Buffer): string {
  const first = hex(bytes.readUInt32LE(0), 8);
  const second = hex(bytes.readUInt16LE(4), 4);
  const third = hex(bytes.readUInt16LE(6), 4);
  return `${first}-${second}-${third}-${bytes.toString('hex', 8, 10)}-${bytes.toString('hex', 10, 16)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
