import { GenctlError } from '../errors.ts';
import type { ConflictPolicy } from './etc-tree.ts';
import { parseStateLines, type StateLine } from './state-lines.ts';

/**
 * What is in the way: a file, folder, link or device that is not ours, or an edited copy; `same`
 * is a file that says what ours will, which is backed up and nothing to refuse.
 */
export type Obstacle = (typeof obstacles)[number];

/** What nothing can be done about: a mount at, above or below a path, or one that is read-only. */
export type Blocker = 'mount' | 'read-only';

/** One thing that `activate` would do. Paths are relative to /etc; backups are absolute. */
export type ActivationItem =
  | { action: 'folder' | 'link' | 'remove' | 'remove-folder'; path: string }
  | { action: 'copy'; path: string; mode: number; uid: number; gid: number }
  /** A link straight to `target`. */
  | { action: 'direct'; path: string; target: string }
  /** Something is in the way and is moved to `backup`, unless its policy lets it be refused. */
  | {
      action: 'backup';
      path: string;
      backup: string;
      obstacle: Obstacle;
      policy: Exclude<ConflictPolicy, 'keep'>;
    }
  /** Something is in the place of ours, and stays. */
  | { action: 'keep'; path: string; obstacle: Obstacle }
  /** Nothing can be changed at `path`, which is `.` for all of /etc. */
  | { action: 'blocked'; path: string; reason: Blocker }
  /** A backup comes back. */
  | { action: 'restore'; path: string; backup: string }
  /** A backup would come back, but something else is there by now. */
  | { action: 'forget'; path: string; backup: string }
  /** A backup that does not come back stays when the rest is withdrawn. */
  | { action: 'leave'; path: string; backup: string }
  /** Where /etc/static (`static`) or /run/current-system (`current`) will point to. */
  | { action: 'static' | 'current'; target: string }
  /** What will be mounted at /usr: the `usr/` of an operating-system tree. */
  | { action: 'usr'; target: string }
  /** /run/current-system goes, which points to `target`. */
  | { action: 'remove-current'; target: string }
  /** Something that an `activate` newer than this genctl does. */
  | { action: 'other'; words: readonly string[] };

const obstacles = ['file', 'folder', 'link', 'special', 'edited', 'same'] as const;

/**
 * Reads what `activate plan` and `activate plan withdraw` print: one item a line, in the order in
 * which they would be done, an action and words in single quotes.
 *
 * @throws GenctlError ACTIVATION_PLAN_UNREADABLE
 */
export function activationPlan(text: string): ActivationItem[] {
  const { lines, broken } = parseStateLines(text);
  const [first] = broken;
  if (first !== undefined) fail(first);
  return lines.map(toItem);
}

function toItem({ verb: action, words, text }: StateLine): ActivationItem {
  const word = (index: number): string => words[index] ?? fail(text);
  const number = (index: number, radix: number): number => {
    const value = Number.parseInt(word(index), radix);
    return Number.isNaN(value) ? fail(text) : value;
  };
  switch (action) {
    case 'folder':
    case 'link':
    case 'remove':
    case 'remove-folder':
      return { action, path: word(0) };
    case 'copy':
      return { action, path: word(0), mode: number(1, 8), uid: number(2, 10), gid: number(3, 10) };
    case 'direct':
      return { action, path: word(0), target: word(1) };
    case 'backup': {
      // An older `activate` has no policies: it backs up.
      const policy = words[3] === 'refuse' ? 'refuse' : 'backup';
      return { action, path: word(0), backup: word(1), obstacle: obstacleOf(word(2)), policy };
    }
    case 'keep':
      return { action, path: word(0), obstacle: obstacleOf(word(1)) };
    case 'blocked':
      return { action, path: word(0), reason: word(1) === 'mount' ? 'mount' : 'read-only' };
    case 'restore':
    case 'forget':
    case 'leave':
      return { action, path: word(0), backup: word(1) };
    case 'static':
    case 'usr':
    case 'current':
    case 'remove-current':
      return { action, target: word(0) };
    default:
      return { action: 'other', words: [action, ...words] };
  }
}

function obstacleOf(word: string): Obstacle {
  return obstacles.find(known => known === word) ?? 'special';
}

function fail(line: string): never {
  throw new GenctlError(
    'ACTIVATION_PLAN_UNREADABLE',
    `activate plan: a line that is not understood: ${JSON.stringify(line)}`,
  );
}
