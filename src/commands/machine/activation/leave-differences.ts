import type { ActivationItem } from '../../../activation/activation-plan.ts';
import { readAppliedManifest } from '../../../activation/activation-state.ts';
import { driftFinding, findDrift } from '../../../activation/drift.ts';
import type { Finding } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';

/** What differs from the declaration and stays so. */
export interface LeftDifferences {
  /** Files that were edited, and that the new system wants as the old one did. */
  findings: readonly Finding[];
  /** Paths below /etc that the applied `/etc` may differ at: those, and what comes back. */
  except: readonly string[];
}

/**
 * What an activation leaves alone: files of the user's that `keep` is declared for, backups that
 * come back, and edits that the declaration has not changed.
 */
export function leaveDifferences(root: Root, items: readonly ActivationItem[]): LeftDifferences {
  const touched = new Set(items.flatMap(pathOf));
  const applied = readAppliedManifest(root);
  const drift = applied === undefined ? [] : findDrift(root, applied);
  // What is missing is placed again, or it is wanted no more.
  const left = drift.filter(({ kind, path }) => kind !== 'missing' && !touched.has(path));
  const theirs = items.flatMap(item =>
    item.action === 'keep' || item.action === 'restore' ? [item.path] : [],
  );
  return {
    findings: left.map(driftFinding),
    except: [...left.map(({ path }) => path), ...theirs].toSorted(),
  };
}

/** What an item of a plan is about, below /etc. */
function pathOf(item: ActivationItem): string[] {
  if (item.action === 'static') return [item.action];
  return 'path' in item ? [item.path] : [];
}
