import { printableLine } from '../../printable.ts';
import { attributesOf } from './listing.ts';
import type { OsTreeEntry } from './os-tree-entry.ts';
import { canonicalSeconds } from './os-tree-pool.ts';
import type { FoundEntry } from './read-os-tree.ts';

/** What of a tree is not as it was added. */
export interface Difference {
  /** As it was; as it is where it was not there. */
  entry: OsTreeEntry;
  /** A clause about the file: `its mode is 755, and was 4755`. */
  reason: string;
  /** What it has that it had not, by name: of a file whose metadata alone is another one. */
  extraAttributes: readonly string[];
  /** Whether its metadata alone is another one, which the listing tells. */
  isMendable: boolean;
}

/** Where a tree differs from what was recorded of it, in the order of the listing. */
export function* differences(
  recorded: readonly OsTreeEntry[],
  found: readonly FoundEntry[],
): Generator<Difference, void, undefined> {
  const left = new Map(found.map(each => [each.entry.path, each]));
  for (const entry of recorded) {
    const there = left.get(entry.path);
    left.delete(entry.path);
    const reason = there === undefined ? 'it is missing' : contentFlaw(entry, there.entry);
    if (reason !== undefined) yield unmendable(entry, reason);
    else if (there !== undefined) yield* metadataDifference(entry, there);
  }
  for (const { entry } of left.values()) yield unmendable(entry, 'it was not there');
}

/** One difference as a sentence's part. */
export function describeDifference({ entry, reason }: Difference): string {
  return `${entry.path === '' ? 'the tree itself' : printableLine(entry.path)}: ${reason}`;
}

function unmendable(entry: OsTreeEntry, reason: string): Difference {
  return { entry, reason, extraAttributes: [], isMendable: false };
}

function contentFlaw(was: OsTreeEntry, is: OsTreeEntry): string | undefined {
  if (was.kind !== is.kind) return `it is a ${is.kind}, and was a ${was.kind}`;
  if (was.kind === 'link' && is.kind === 'link' && was.target !== is.target) {
    return `it leads to ${printableLine(is.target)}, and led to ${printableLine(was.target)}`;
  }
  if (was.kind === 'file' && is.kind === 'file' && was.sha256 !== is.sha256) {
    return 'its content is not what was added';
  }
  return undefined;
}

function* metadataDifference(
  was: OsTreeEntry,
  { entry: is, stat }: FoundEntry,
): Generator<Difference, void, undefined> {
  const reason = metadataFlaw(was, is, stat?.mtimeSeconds);
  if (reason === undefined) return;
  const before = was.kind === 'link' ? undefined : was.attributes;
  const now = is.kind === 'link' ? [] : [...is.attributes.keys()];
  const extraAttributes = now.filter(name => before?.has(name) !== true);
  yield { entry: was, reason, extraAttributes, isMendable: true };
}

function metadataFlaw(
  was: OsTreeEntry,
  is: OsTreeEntry,
  mtimeSeconds: number | undefined,
): string | undefined {
  if (was.uid !== is.uid || was.gid !== is.gid) {
    return `its owner is ${is.uid}:${is.gid}, and was ${was.uid}:${was.gid}`;
  }
  if (was.kind !== 'link' && is.kind !== 'link') {
    if (was.mode !== is.mode) {
      return `its mode is ${is.mode.toString(8)}, and was ${was.mode.toString(8)}`;
    }
    const name = changedAttribute(was.attributes, is.attributes);
    if (name !== undefined) {
      return `its attribute ${printableLine(name)} is not what was added`;
    }
  }
  if (mtimeSeconds !== canonicalSeconds) return 'its time is not 1, as all times in the store are';
  return undefined;
}

function changedAttribute(
  was: ReadonlyMap<string, Buffer>,
  is: ReadonlyMap<string, Buffer>,
): string | undefined {
  if (attributesOf(was) === attributesOf(is)) return undefined;
  return [...was.keys(), ...is.keys()].find(name => {
    const [before, now] = [was.get(name), is.get(name)];
    return before === undefined || now === undefined || !before.equals(now);
  });
}
