import { GenctlError } from '../../../errors.ts';
import { printableLine } from '../../../printable.ts';
import { lastWords } from './apt-failure.ts';

const mostClauses = 6;

/**
 * Why apt finds no way to have all wanted packages, in terms of those that were asked for. Pure.
 *
 * @param output all that `apt-get install` printed
 */
export function explainConflict(
  wanted: readonly string[],
  { stdout, stderr }: { stdout: string; stderr: string },
): GenctlError {
  const clauses = unmet(`${stdout}\n${stderr}`);
  const words = new Set(clauses.flatMap(clause => clause.match(/[a-z0-9][a-z0-9+.-]+/g) ?? []));
  const involved = wanted.filter(name => words.has(name));
  const told = clauses.slice(0, mostClauses).join('; ');
  const why = printableLine(told) || lastWords(stderr);
  const isConflict = /\b(?:Conflicts|Breaks):|conflicting assignments/.test(`${stdout}\n${stderr}`);
  if (isConflict && involved.length > 1) {
    return new GenctlError(
      'PACKAGES_CONFLICT',
      `${listed(involved)} cannot be installed together: ${why}`,
      { hint: 'Declare only one of them.' },
    );
  }
  const what = involved.length === 0 ? 'the packages' : listed(involved);
  return new GenctlError('PACKAGES_CONFLICT', `${what} cannot be installed: ${why}`, {
    hint: 'See what it needs, and whether the sources have it: the suite or a component (contrib, non-free) may be missing there.',
  });
}

/** `exim4-daemon-light: Conflicts: mail-transport-agent`, and so on. */
function unmet(output: string): string[] {
  const clauses: string[] = [];
  let isWithin = false;
  let subject = '';
  for (const line of output.split('\n')) {
    if (/unmet dependencies:|Unsatisfied dependencies:/.test(line)) isWithin = true;
    else if (isWithin && line.startsWith(' ')) {
      const [, name, clause = line] = /^ (\S+) : (.*)$/.exec(line) ?? [];
      subject = name ?? subject;
      clauses.push(`${subject}: ${clause.trim()}`);
    } else if (/^ +\d+\. /.test(line)) clauses.push(line.trim());
    else isWithin = false;
  }
  return clauses;
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
