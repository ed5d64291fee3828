import type { StorePath } from './store-path.ts';

type ReferencesOf = (path: StorePath) => readonly StorePath[];

/** The paths and all they refer to, directly or not. */
export function reachable(from: Iterable<StorePath>, referencesOf: ReferencesOf): Set<StorePath> {
  const found = new Set(from);
  // A set's iteration goes on to what is added meanwhile.
  for (const path of found) {
    for (const reference of referencesOf(path)) found.add(reference);
  }
  return found;
}

/**
 * The paths in an order in which each comes before all it refers to, so that no instant of a
 * deletion leaves a path whose references are gone. A path may refer to itself, two never to each
 * other: each one's name is a hash of the other's.
 */
export function deletionOrder(paths: Iterable<StorePath>, referencesOf: ReferencesOf): StorePath[] {
  const left = new Set([...paths].toSorted());
  const referrers = new Map<StorePath, number>();
  for (const path of left) {
    for (const reference of referencesOf(path)) {
      if (reference !== path) referrers.set(reference, (referrers.get(reference) ?? 0) + 1);
    }
  }
  const order = [...left].filter(path => !referrers.has(path));
  for (const path of order) {
    left.delete(path);
    for (const reference of referencesOf(path)) {
      const others = (referrers.get(reference) ?? 0) - 1;
      referrers.set(reference, others);
      if (reference !== path && others === 0 && left.has(reference)) order.push(reference);
    }
  }
  // Only damaged metadata can make a circle; its paths come last.
  return [...order, ...left];
}
