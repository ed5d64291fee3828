import { dateOf } from './period.ts';
import type { GoReason, KeepReason, RetentionPolicy } from './retention.ts';

/** A reason of a verdict as a person reads it: one clause, to stand behind "because". */
export function sayReason(reason: KeepReason | GoReason): string {
  switch (reason.rule) {
    case 'current':
      return 'it is the current one';
    case 'booted':
      return 'it is booted';
    case 'active':
      return 'it is active';
    case 'default':
      return 'the menu boots it by default';
    case 'last-good':
      return 'it is the last one known to be good';
    case 'pinned':
      return 'it is pinned';
    case 'newest':
      return reason.of === 1
        ? 'it is the newest'
        : `it is one of the newest ${reason.of} (number ${reason.rank})`;
    case 'young':
      return `it is not older than ${sayDuration(reason.limitSeconds)}`;
    case 'daily':
    case 'weekly':
    case 'monthly':
      return `it is the last of ${reason.period}`;
    case 'undated':
      return `its date, ${dateOf(Math.floor(reason.madeAtSeconds / daySeconds))}, cannot be right, and a rule may keep it for the true one`;
    case 'unreadable':
      return 'it cannot be read, and only a person can say that it is not wanted';
    case 'not-named':
      return 'it is not named';
    case 'named':
      return 'it is named';
    case 'policy':
      return sayPolicy(reason.policy);
  }
}

function sayPolicy({ keep, olderThanSeconds, daily, weekly, monthly }: RetentionPolicy): string {
  const periods = [count(daily, 'day'), count(weekly, 'week'), count(monthly, 'month')].flat();
  const clauses = [
    keep > 0 ? [`beyond the newest${keep === 1 ? '' : ` ${keep}`}`] : [],
    olderThanSeconds === undefined ? [] : [`older than ${sayDuration(olderThanSeconds)}`],
    periods.length === 0 ? [] : [`not the last one of any of the latest ${join(periods, 'or')}`],
  ].flat();
  return clauses.length === 0 ? 'no rule keeps it' : `it is ${join(clauses, 'and')}`;
}

const daySeconds = 24 * 3600;

function sayDuration(seconds: number): string {
  const [said] = [
    ...(seconds % daySeconds === 0 ? count(seconds / daySeconds, 'day') : []),
    ...(seconds % 3600 === 0 ? count(seconds / 3600, 'hour') : []),
  ];
  return said ?? `${seconds} seconds`;
}

/** `3 days`; nothing for none. */
function count(many: number, unit: string): string[] {
  return many === 0 ? [] : [`${many} ${unit}${many === 1 ? '' : 's'}`];
}

function join(parts: readonly string[], word: string): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${word} ${last}`;
}
