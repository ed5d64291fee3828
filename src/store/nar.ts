import { GenctlError } from '../errors.ts';
import type { FileKind, Folder, Name } from '../host/folder.ts';
import { sortedEntries, type Tree, type TreeFile, type TreeFolder } from './tree.ts';

/** Large enough that system calls do not count, small enough to stay in the processor's cache. */
const bufferBytes = 512 << 10;

/** The longest run of bytes that is put in at once: a link target (PATH_MAX) with its framing. */
const longestTokenBytes = 8 << 10;

const opening = tokens('nix-archive-1');
const folderBegins = tokens('(', 'type', 'directory');
const entryBegins = tokens('entry', '(', 'name');
const nodeBegins = tokens('node');
const fileBegins = tokens('(', 'type', 'regular', 'contents');
const executableBegins = tokens('(', 'type', 'regular', 'executable', '', 'contents');
const linkBegins = tokens('(', 'type', 'symlink', 'target');
const closing = tokens(')');

/**
 * A tree as a Nix archive (NAR; Eelco Dolstra's thesis, figure 5.2, and the Nix manual, "Nix
 * Archive format"), piece by piece. Each piece is a view of one buffer that the next one
 * overwrites: use it before asking for more. Files are streamed, whatever their size.
 *
 * @throws GenctlError FILE_KIND_UNSUPPORTED, FILE_CHANGED, FILE_MISSING, TREE_NAME_INVALID
 */
export function* narOf(tree: Tree): Generator<Buffer, void, undefined> {
  const output = new Output();
  output.put(opening);
  yield* node(output, tree);
  if (output.used > 0) yield output.take();
}

function* node(output: Output, tree: Tree): Generator<Buffer, void, undefined> {
  if (output.room < longestTokenBytes) yield output.take();
  switch (tree.kind) {
    case 'copy':
      yield* copiedNode(output, tree.folder, tree.name, tree.folder.stat(tree.name)?.kind);
      break;
    case 'folder':
      yield* folderNode(output, tree);
      break;
    case 'link':
      linkNode(output, tree.target);
      break;
    case 'file':
      yield* fileNode(output, tree);
      break;
  }
}

function* fileNode(output: Output, file: TreeFile): Generator<Buffer, void, undefined> {
  const { content, executable } = file;
  output.put(executable ? executableBegins : fileBegins);
  output.putNumber(content.length);
  if (content.length <= output.room) {
    output.put(content);
  } else {
    yield output.take();
    yield content;
  }
  yield* fileEnd(output, content.length);
}

function* folderNode(output: Output, folder: TreeFolder): Generator<Buffer, void, undefined> {
  output.put(folderBegins);
  for (const { name, tree } of sortedEntries(folder)) {
    if (output.room < longestTokenBytes) yield output.take();
    entryHead(output, name);
    yield* node(output, tree);
    if (output.room < longestTokenBytes) yield output.take();
    output.put(closing);
  }
  output.put(closing);
}

/**
 * @param kind what the caller saw there; where that has changed meanwhile, opening or reading it
 *   fails
 */
function* copiedNode(
  output: Output,
  parent: Folder,
  name: Name,
  kind: FileKind | undefined,
): Generator<Buffer, void, undefined> {
  if (output.room < longestTokenBytes) yield output.take();
  switch (kind) {
    case undefined:
      throw new GenctlError(
        'FILE_MISSING',
        `cannot store ${parent.join(name)}: there is no such file`,
      );
    case 'file':
      yield* copiedFile(output, parent, name);
      break;
    case 'link':
      linkNode(output, parent.readLinkRaw(name));
      break;
    case 'folder':
      yield* copiedFolder(output, parent, name);
      break;
    case 'other':
      throw unsupportedKind(parent, name);
  }
}

function* copiedFolder(
  output: Output,
  parent: Folder,
  name: Name,
): Generator<Buffer, void, undefined> {
  output.put(folderBegins);
  using folder = parent.open(name);
  for (const inner of folder.rawEntries()) {
    if (output.room < longestTokenBytes) yield output.take();
    entryHead(output, inner.name);
    yield* copiedNode(output, folder, inner.name, inner.kind);
    if (output.room < longestTokenBytes) yield output.take();
    output.put(closing);
  }
  output.put(closing);
}

/** A file whose content is read straight into the output's buffer. */
function* copiedFile(
  output: Output,
  parent: Folder,
  name: Name,
): Generator<Buffer, void, undefined> {
  using file = parent.openFile(name);
  const { kind, mode, sizeBytes } = file.stat();
  if (kind !== 'file') throw unsupportedKind(parent, name);
  output.put((mode & 0o100) === 0 ? fileBegins : executableBegins);
  output.putNumber(sizeBytes);
  let left = sizeBytes;
  while (left > 0) {
    if (output.room === 0) yield output.take();
    const count = file.read(output.buffer, output.used, Math.min(left, output.room));
    if (count === 0) {
      throw new GenctlError(
        'FILE_CHANGED',
        `cannot store ${file.path}: it became shorter while it was read`,
        { hint: 'Try again when nothing writes into it.' },
      );
    }
    output.used += count;
    left -= count;
  }
  yield* fileEnd(output, sizeBytes);
}

function* fileEnd(output: Output, sizeBytes: number): Generator<Buffer, void, undefined> {
  if (output.room < longestTokenBytes) yield output.take();
  output.pad(sizeBytes);
  output.put(closing);
}

function linkNode(output: Output, target: Buffer): void {
  output.put(linkBegins);
  output.putBytes(target);
  output.put(closing);
}

function entryHead(output: Output, name: Buffer): void {
  output.put(entryBegins);
  output.putBytes(name);
  output.put(nodeBegins);
}

/** The error for what a store cannot hold. */
export function unsupportedKind(parent: Folder, name: Name): GenctlError {
  return new GenctlError(
    'FILE_KIND_UNSUPPORTED',
    `cannot store ${parent.join(name)}: it is a device, a socket or a named pipe, and a store holds files, folders and links only`,
    { hint: 'Remove it, or let systemd-tmpfiles make it at boot.' },
  );
}

/** The buffer that pieces are gathered in. */
class Output {
  readonly buffer = Buffer.allocUnsafe(bufferBytes);
  used = 0;

  get room(): number {
    return bufferBytes - this.used;
  }

  take(): Buffer {
    const piece = this.buffer.subarray(0, this.used);
    this.used = 0;
    return piece;
  }

  put(bytes: Buffer): void {
    if (bytes.length > this.room) throw new RangeError('a NAR token does not fit into the buffer');
    this.used += bytes.copy(this.buffer, this.used);
  }

  /** A string of the format: its length, its bytes, zeros up to a multiple of eight. */
  putBytes(bytes: Buffer): void {
    this.putNumber(bytes.length);
    this.put(bytes);
    this.pad(bytes.length);
  }

  putNumber(value: number): void {
    this.used = this.buffer.writeUInt32LE(value % 2 ** 32, this.used);
    this.used = this.buffer.writeUInt32LE(Math.floor(value / 2 ** 32), this.used);
  }

  pad(length: number): void {
    const end = this.used + ((8 - (length % 8)) % 8);
    this.buffer.fill(0, this.used, end);
    this.used = end;
  }
}

function tokens(...texts: string[]): Buffer {
  const parts = texts.map(text => {
    const padded = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8);
    padded.writeUInt32LE(text.length);
    padded.write(text, 8, 'latin1');
    return padded;
  });
  return Buffer.concat(parts);
}
