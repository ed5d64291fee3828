import { GenctlError } from '../../../errors.ts';
import { nearestWord } from '../../declaration/nearest-word.ts';

const mostNearest = 3;

/**
 * An error for names that no source has, each with where it was declared and what was probably
 * meant. Pure.
 *
 * @param known names of all packages that there are
 */
export function unknownPackages(
  unknown: readonly string[],
  known: readonly string[],
  placeOf: (name: string) => string | undefined,
): GenctlError {
  const told = unknown.map(name => {
    const place = placeOf(name);
    const nearest = nearestNames(name, known);
    const meant = nearest.length === 0 ? '' : ` (did you mean ${nearest.join(' or ')}?)`;
    return `${place === undefined ? '' : `${place}: `}${name}${meant}`;
  });
  const what =
    unknown.length === 1
      ? `${told.join()}: no source of apt has a package of that name`
      : `no source of apt has packages of these names:\n${told.map(line => `  ${line}`).join('\n')}`;
  return new GenctlError('PACKAGE_UNKNOWN', what, {
    hint: 'Look for its name with `apt-cache search WORD`; names that several packages provide do not count.',
  });
}

function nearestNames(unknown: string, known: readonly string[]): string[] {
  const left = new Set(known);
  const nearest: string[] = [];
  while (nearest.length < mostNearest) {
    const next = nearestWord(unknown, left);
    if (next === undefined) break;
    nearest.push(next);
    left.delete(next);
  }
  return nearest;
}
