import { byBytes } from '../../host/folder.ts';
import { unescapeOctal } from '../../host/mounts.ts';
import type { FileTree } from '../sources/file-tree.ts';
import type { BlockLookup } from './block-lookup.ts';
import type { BlockDevice, Swap } from './facts.ts';
import { readByteText } from './read-byte-text.ts';

/** What the machine swaps to (/proc/swaps), by path. A swap file that is deleted is left out. */
export function readSwaps(tree: FileTree, blocks: BlockLookup): readonly Swap[] {
  const [, ...lines] = readByteText(tree, '/proc/swaps').split('\n');
  return lines
    .flatMap(line => readSwap(line, blocks) ?? [])
    .toSorted((left, right) => byBytes(left.path, right.path));
}

/** Path, type, KiB, KiB in use, priority; blanks in the path are written in octal digits. */
function readSwap(line: string, blocks: BlockLookup): Swap | undefined {
  const match = /^(\S+)\s+(\S+)\s+(\d{1,15})\s+\d+\s+(-?\d{1,9})\s*$/.exec(line);
  if (match === null) return undefined;
  const path = unescapeOctal(match[1] ?? '');
  if (path.endsWith(' (deleted)')) return undefined;
  const block = match[2] === 'file' ? undefined : blocks.at(path);
  return {
    path,
    kind: match[2] === 'file' ? 'file' : swapKind(path, block),
    blockDevice: block?.name ?? null,
    sizeBytes: Number(match[3]) * 1024,
    priority: Number(match[4]),
  };
}

/** dm-crypt without a header is what a swap with a new key at each boot lies on. */
function swapKind(path: string, block: BlockDevice | undefined): Swap['kind'] {
  if (block?.kind === 'zram' || /^\/dev\/zram\d/.test(path)) return 'zram';
  return block?.kind === 'plain-crypt' ? 'random-encrypted' : 'partition';
}
