import {
  type ActivationItem,
  activationPlan,
  type Obstacle,
} from '../../../activation/activation-plan.ts';
import { GenctlError } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';
import type { ActivationWish } from './activation-part.ts';
import { runActivate } from './run-activate.ts';

type Backup = Extract<ActivationItem, { action: 'backup' }>;
type Blocked = Extract<ActivationItem, { action: 'blocked' }>;

/** More of them are counted: nobody reads them. */
const maxShown = 50;

/**
 * Lets a system's `activate` say what it would do.
 *
 * @throws GenctlError ETC_IN_THE_WAY with all that is in the way
 */
export async function askActivate(
  root: Root,
  { system, conflicts }: ActivationWish,
): Promise<ActivationItem[]> {
  const { stdout } = await runActivate(root, system, ['plan'], conflicts);
  const items = activationPlan(stdout);
  const blocked = items.filter(item => item.action === 'blocked');
  const refused = conflicts === 'refuse' ? items.filter(isRefused) : [];
  if (blocked.length + refused.length > 0) throw inTheWay(blocked, refused);
  return items;
}

function isRefused(item: ActivationItem): item is Backup {
  return item.action === 'backup' && item.policy === 'refuse' && item.obstacle !== 'same';
}

function inTheWay(blocked: readonly Blocked[], refused: readonly Backup[]): GenctlError {
  const lines = [
    ...blocked.map(({ path, reason }) => `${inEtc(path)}: ${blockedBy[reason]}`),
    ...refused.map(({ path, obstacle }) => `${inEtc(path)}: ${obstacleWords[obstacle]}`),
  ];
  const shown = lines.slice(0, maxShown);
  const more = lines.length > maxShown ? [`and ${lines.length - maxShown} more`] : [];
  return new GenctlError(
    'ETC_IN_THE_WAY',
    `cannot apply /etc: nothing was changed, because this is in the way:\n  ${[...shown, ...more].join('\n  ')}`,
    { hint: hintFor(blocked, refused) },
  );
}

/** Where a path of `activate` is; `.` is all of /etc. */
function inEtc(path: string): string {
  return path === '.' ? '/etc' : `/etc/${path}`;
}

const blockedBy: Readonly<Record<Blocked['reason'], string>> = {
  mount: 'another file system is mounted there',
  'read-only': 'it is mounted read-only',
};

const obstacleWords: Readonly<Record<Obstacle, string>> = {
  file: 'a file that genctl did not make',
  folder: 'a folder, where a file or a link shall be',
  link: 'a link that genctl did not make',
  special: 'no file, folder or link',
  edited: 'it was edited since genctl wrote it, and the declaration wants it otherwise now',
  same: 'a file that genctl did not make, which says the same',
};

function hintFor(blocked: readonly Blocked[], refused: readonly Backup[]): string {
  if (refused.length === 0) return 'Unmount it, or mount it writable, and run the command again.';
  const keep = 'Put what you need into the declaration, move these away, or run the command again';
  const also = blocked.length === 0 ? '' : ' Mounts have to go in any case.';
  return `${keep} with --conflicts backup: they are kept below /etc/.genctl and come back when they can.${also}`;
}
