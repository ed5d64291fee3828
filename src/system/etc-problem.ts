import { GenctlError } from '../errors.ts';
import { formatOrigin, type Origin } from './declaration/problem.ts';

/** Something that is wrong with the declaration's `etc/`, or with a section about a file of it. */
export interface EtcProblem {
  code:
    | 'ETC_BAD_ENTRY'
    | 'ETC_BAD_LINK'
    | 'ETC_FILE_MISSING'
    | 'ETC_UNKNOWN_ACCOUNT'
    | 'ETC_UNSUPPORTED';
  /** What it is about: a file as the user would open it, a section with its line. */
  subject: string;
  /** One clause without a full stop. */
  reason: string;
  hint: string;
}

const mostShown = 50;

/**
 * @throws GenctlError where something is wrong: all of it, each problem once; several under
 *   ETC_INVALID, one under its own code
 */
export function refuseEtc(problems: readonly EtcProblem[]): void {
  // A specialisation repeats what is wrong with the machine itself.
  const once = [...new Map(problems.map(problem => [told(problem), problem])).values()];
  const [first] = once;
  if (first === undefined) return;
  if (once.length === 1) throw new GenctlError(first.code, told(first), { hint: first.hint });
  const lines = once
    .slice(0, mostShown)
    .flatMap(problem => [`  ${told(problem)}`, `    hint: ${problem.hint}`]);
  if (once.length > mostShown) lines.push(`  and ${once.length - mostShown} more`);
  throw new GenctlError(
    'ETC_INVALID',
    `what is declared for /etc has ${once.length} errors:\n${lines.join('\n')}`,
  );
}

/** How a section, or one key of it, is named in a problem; its line is known where `origin` is. */
export function sectionSubject(path: string, origin: Origin | undefined): string {
  return origin === undefined ? `[etc ${JSON.stringify(path)}]` : formatOrigin(origin);
}

function told({ subject, reason }: EtcProblem): string {
  return `${subject}: ${reason}`;
}
