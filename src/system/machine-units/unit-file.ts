import { createHash } from 'node:crypto';

/** A file that makes the machine run genctl by itself: a systemd unit or a hook. */
export interface UnitFile {
  /** Logical. */
  path: string;
  text: string;
  mode: number;
}

/** Whose a file is, by what it says of itself. */
export type UnitOwner = 'ours' | 'edited' | 'foreign';

const unsigned = '0'.repeat(64);
const digestLine = /^# SHA256 with zeros in this place: ([0-9a-f]{64})$/m;

/** What each of our files begins with, behind the line of its interpreter; see `sign`. */
export const unitHeader: string = [
  '# Written by `genctl init --with-units`; `genctl init --remove-units` takes it away again.',
  '# Once it is edited, genctl neither replaces nor removes it.',
  `# SHA256 with zeros in this place: ${unsigned}`,
].join('\n');

/** Puts the digest into a text that holds the header, so that edits can be told. */
export function sign(text: string): string {
  return text.replace(unsigned, digestOf(text));
}

export function ownerOf(text: string): UnitOwner {
  const digest = digestLine.exec(text)?.[1];
  if (digest === undefined) return 'foreign';
  return digestOf(text.replace(digest, unsigned)) === digest ? 'ours' : 'edited';
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
