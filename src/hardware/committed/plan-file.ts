import { judgeFile } from './edited.ts';

/** What becomes of the file of a module. */
export type FilePlan =
  | { readonly kind: 'unchanged' }
  /** It is missing, or as genctl has written it. */
  | { readonly kind: 'write' }
  /** Somebody has written or changed it: the new one goes beside it. */
  | { readonly kind: 'beside'; readonly because: 'edited' | 'foreign' };

/**
 * Decides whether a module may take the place of what is there. Pure.
 *
 * @param existing the file's text; undefined where there is none
 */
export function planFile(existing: string | undefined, wanted: string): FilePlan {
  if (existing === undefined) return { kind: 'write' };
  if (existing === wanted) return { kind: 'unchanged' };
  const judgement = judgeFile(existing);
  return judgement === 'ours' ? { kind: 'write' } : { kind: 'beside', because: judgement };
}
