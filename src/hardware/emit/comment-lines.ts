import { lineComment } from '../../template.ts';
import type { Definition, Omission } from '../module/hardware-module.ts';

/** Why a definition is there, one comment each, ready to stand behind `#`. */
export function reasonLines({ because }: Definition): string[] {
  return because.map(lineComment).filter(line => line !== '');
}

/** What was left out and why, as one comment. */
export function omissionLine({ subject, reason }: Omission): string {
  return `${lineComment(subject)}: ${lineComment(reason)}`;
}
