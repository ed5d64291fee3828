import type { PlanParts } from '../transaction/plan.ts';
import type { Step } from '../transaction/step.ts';

/**
 * Parts in which each default moves once. Where a loader is installed and shown a menu in one
 * transaction its sector would be written twice, and the first of both could not be told from the
 * outside to be the point of no return. Pure.
 */
export function foldSectors(parts: PlanParts): PlanParts {
  return { ...parts, commit: parts.commit.flatMap((step, index) => folded(step, index, parts)) };
}

function folded(step: Step, index: number, { commit }: PlanParts): Step[] {
  if (step.kind === 'overwrite-sector' && commit.slice(0, index).some(isTakingOver(step))) {
    return [];
  }
  if (step.kind !== 'take-over-sector') return [step];
  const later = commit
    .slice(index + 1)
    .findLast(other => other.kind === 'overwrite-sector' && isTakingOver(other)(step));
  return [later?.kind === 'overwrite-sector' ? { ...step, after: later.after } : step];
}

function isTakingOver({ volume, path }: { volume: string; path: string }): (step: Step) => boolean {
  return step => step.kind === 'take-over-sector' && step.volume === volume && step.path === path;
}
