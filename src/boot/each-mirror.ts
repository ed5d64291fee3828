import { type Finding, GenctlError } from '../errors.ts';

/**
 * Does something with each of several places that are to be alike. One with which it cannot be
 * done is set aside, and the others are done: a disk may have been pulled.
 *
 * @param nameOf what the place is called in messages
 * @throws GenctlError what the first failed with, where it could be done with none; MIRROR_SAME,
 *   which is wrong of all of them
 */
export function eachMirror<Place, Done>(
  places: readonly Place[],
  nameOf: (place: Place) => string,
  work: (place: Place) => Done,
): { done: Done[]; setAside: Finding[] } {
  const done: Done[] = [];
  const setAside: Finding[] = [];
  let first: GenctlError | undefined;
  for (const place of places) {
    try {
      done.push(work(place));
    } catch (thrown) {
      if (!(thrown instanceof GenctlError) || thrown.code === 'MIRROR_SAME') throw thrown;
      first ??= thrown;
      setAside.push(mirrorFinding(nameOf(place), thrown));
    }
  }
  if (done.length === 0 && first !== undefined) throw first;
  return { done, setAside };
}

/** What is said of a place that is left as it is, while the others are brought up to date. */
export function mirrorFinding(subject: string, { code, message, hint }: GenctlError): Finding {
  return {
    code: 'MIRROR_BEHIND',
    subject,
    reason: `this boot partition is left as it is (${code}): ${message}`,
    hint: `${hint === undefined ? 'Mend that' : hint.replace(/\.$/, '')}; then run \`genctl menu sync\`.`,
  };
}
