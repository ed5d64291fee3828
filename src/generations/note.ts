import { GenctlError } from '../errors.ts';
import { firstHidden } from '../printable.ts';

const mostCharacters = 500;

/**
 * A note as it is kept: one line that can be shown anywhere; undefined for a blank text.
 *
 * @throws GenctlError NOTE_UNSAFE
 */
export function checkedNote(text: string): string | undefined {
  const note = text.trim();
  const character = firstHidden(note);
  if (character !== undefined) {
    throw new GenctlError('NOTE_UNSAFE', `the note holds ${character}, which no note may hold`, {
      hint: 'Write it in one line, without control characters.',
    });
  }
  if (note.length > mostCharacters) {
    throw new GenctlError(
      'NOTE_UNSAFE',
      `the note has ${note.length} characters, and at most ${mostCharacters} are kept`,
      { hint: 'Shorten it.' },
    );
  }
  return note === '' ? undefined : note;
}
