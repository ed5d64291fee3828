import { judgeFile } from './edited.ts';

/** Why a file keeps what it says, and the new module goes beside it. */
export type BesideReason =
  /** Somebody has changed it since genctl wrote it; or genctl never has. */
  | 'edited'
  | 'foreign'
  /** The new one knows nothing of file systems, which the old one may. */
  | 'partial';

/** What becomes of the file of a module. */
export type FilePlan =
  | { readonly kind: 'unchanged' }
  /** It is missing, or as genctl has written it. */
  | { readonly kind: 'write' }
  | { readonly kind: 'beside'; readonly because: BesideReason };

/**
 * Decides whether a module may take the place of what is there. Pure.
 *
 * @param existing the file's text; undefined where there is none
 * @param isPartial whether the module's source could not tell what is mounted
 */
export function planFile(
  existing: string | undefined,
  wanted: string,
  { isPartial }: { isPartial: boolean },
): FilePlan {
  if (existing === undefined) return { kind: 'write' };
  if (existing === wanted) return { kind: 'unchanged' };
  const judgement = judgeFile(existing);
  if (judgement !== 'ours') return { kind: 'beside', because: judgement };
  return isPartial ? { kind: 'beside', because: 'partial' } : { kind: 'write' };
}
