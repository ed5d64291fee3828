import { GenctlError } from '../../errors.ts';
import { whatFromTakes } from './accepted-sources.ts';
import type { HardwareSource } from './hardware-source.ts';
import { MemoryTree } from './memory-tree.ts';
import { silenceOfMissingTables } from './missing-tables.ts';
import { readTar } from './read-tar.ts';
import { fileEntry, type TreeEntry } from './tree-entry.ts';
import { unpackGzip } from './unpack-gzip.ts';

const knownVersion = 1;

/** What the attributes in /sys say they take, whatever is in them. */
const attributeBytes = 4096;

const redactedAway = ['MAC addresses', 'names in /dev/disk/by-id', 'serial numbers'];

/**
 * A machine's files as `genctl capture` packs them: a tar, or one inside gzip. One that was packed
 * by other means is taken where it holds anything of /sys.
 *
 * @throws GenctlError CAPTURE_NEWER, CAPTURE_UNKNOWN, and those of the tar
 */
export function captureSource(bytes: Uint8Array, name: string): HardwareSource {
  const { entries, tooLong } = readTar(unpackGzip(bytes));
  const heading = entries.get('/capture');
  if (heading?.kind !== 'file') return packedByOthers(entries, tooLong, name);
  const [first, ...rest] = Buffer.from(heading.bytes).toString('utf8').split('\n');
  checkVersion(first ?? '');
  const tree = MemoryTree.withEndsOfLinks(entries, tooLong);
  const redacted = rest.includes('redacted yes') ? redactedAway : [];
  return { kind: 'capture', name, tree, silentOn: [...silenceOfMissingTables(tree), ...redacted] };
}

function checkVersion(line: string): void {
  const version = /^genctl-capture ([0-9]{1,9})(?:\.[0-9]+)?\r?$/.exec(line)?.[1];
  if (version === undefined) {
    throw new GenctlError('CAPTURE_UNKNOWN', 'its entry `capture` does not say its version', {
      hint: whatFromTakes,
    });
  }
  if (Number(version) > knownVersion) {
    throw new GenctlError(
      'CAPTURE_NEWER',
      `it is a capture of version ${version}; this genctl reads up to version ${knownVersion}`,
      { hint: 'Read it with the genctl that took it, or with a newer one.' },
    );
  }
}

function packedByOthers(
  entries: ReadonlyMap<string, TreeEntry>,
  tooLong: readonly string[],
  name: string,
): HardwareSource {
  if (![...entries.keys()].some(path => path.startsWith('/sys/'))) {
    throw new GenctlError('CAPTURE_UNKNOWN', 'it is a tar, and not one of a machine’s /sys', {
      hint: whatFromTakes,
    });
  }
  const trimmed = new Map([...entries].map(([path, entry]) => [path, withoutFilling(entry)]));
  const tree = MemoryTree.withEndsOfLinks(trimmed, tooLong);
  return {
    kind: 'capture',
    name,
    tree,
    silentOn: [
      'what is missing in it, since it was not taken by genctl',
      ...silenceOfMissingTables(tree),
    ],
  };
}

/** tar(1) fills up with NUL what turns out shorter than it said. */
function withoutFilling(entry: TreeEntry): TreeEntry {
  if (entry.kind !== 'file' || entry.bytes.length !== attributeBytes) return entry;
  const end = entry.bytes.findLastIndex(byte => byte !== 0) + 1;
  return fileEntry(entry.bytes.subarray(0, end));
}
