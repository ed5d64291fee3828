import type { EtcChange } from '../../activation/diff/diff-etc.ts';
import { nameOf } from '../../generations/generation.ts';
import { unifiedDiff } from '../../output/unified-diff.ts';
import type { GenerationDiff } from './diff-generations.ts';

/** What leads from one content of a file to the other; undefined where that is not shown. */
export function hunksOf({ before, after }: GenerationDiff, change: EtcChange): string | undefined {
  const { path, texts } = change;
  if (typeof texts === 'string') return undefined;
  return unifiedDiff(
    { name: `/etc/${path} (${nameOf(before.generation)})`, text: texts.before },
    { name: `/etc/${path} (${nameOf(after.generation)})`, text: texts.after },
  );
}
