import type { BlockDevice } from '../facts/facts.ts';

/** What stratisd calls its mappings (its src/engine/strat_engine/names.rs). */
const ofStratis = /^stratis-1-/;

/** A file system of a pool, by the two UUIDs without their dashes. */
const fileSystem =
  /^stratis-1-([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})-thin-fs-[0-9a-f]{32}$/;

/** Whether a mapping is one that Stratis puts together, and opens if it is encrypted. */
export function isOfStratis({ mapping }: BlockDevice): boolean {
  return ofStratis.test(mapping?.name ?? '');
}

/** The UUID of the pool that a file system of Stratis is in; undefined for any other device. */
export function stratisPool({ mapping }: BlockDevice): string | undefined {
  const [, ...parts] = fileSystem.exec(mapping?.name ?? '') ?? [];
  return parts.length === 0 ? undefined : parts.join('-');
}
