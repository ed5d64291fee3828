import type { ConflictPolicies, ConflictPolicy } from '../activation/etc-tree.ts';
import type { Configuration } from './declaration/declaration.ts';

/** What a configuration says about what is in the way in /etc. */
export function conflictPolicies({ activation, etc }: Configuration): ConflictPolicies {
  const general = activation.conflicts ?? 'refuse';
  const paths = new Map<string, ConflictPolicy>();
  for (const [path, { conflicts = general }] of Object.entries(etc)) {
    if (conflicts !== general) paths.set(path, conflicts);
  }
  return { default: general, paths };
}
