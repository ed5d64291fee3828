import type { ConflictPolicies, ConflictPolicy } from '../activation/etc-tree.ts';
import type { Configuration } from './declaration/declaration.ts';

/**
 * What a configuration says about what is in the way in /etc.
 *
 * @param remade paths below /etc of files that programs make anew: what is there can always go into
 *   a backup, unless something else is said of them
 */
export function conflictPolicies(
  { activation, etc }: Configuration,
  remade: readonly string[],
): ConflictPolicies {
  const general = activation.conflicts ?? 'refuse';
  const paths = new Map<string, ConflictPolicy>();
  if (general === 'refuse') for (const path of remade) paths.set(path, 'backup');
  for (const [path, { conflicts }] of Object.entries(etc)) {
    if (conflicts === undefined) continue;
    if (conflicts === general) paths.delete(path);
    else paths.set(path, conflicts);
  }
  return { default: general, paths };
}
