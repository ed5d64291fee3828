import { sealLine, sealStart } from '../emit/seal.ts';

/**
 * Whose a module's file is: as genctl has written it; written by genctl and changed since, be it
 * by an editor that changes the ends of lines; or somebody else's.
 */
export type FileJudgement = 'ours' | 'edited' | 'foreign';

/** Judges a file by its first line. A line of ours further down says that it was ours once. */
export function judgeFile(text: string): FileJudgement {
  const end = text.indexOf('\n');
  if (end !== -1 && text.slice(0, end) === sealLine(text.slice(end + 1))) return 'ours';
  const isSealed = text
    .split(/[\r\n]/)
    .some(line => line.replace(/^\ufeff/, '').startsWith(sealStart));
  return isSealed ? 'edited' : 'foreign';
}
