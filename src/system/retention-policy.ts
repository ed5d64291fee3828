import type { RetentionPolicy } from '../generations/retention.ts';
import type { Configuration } from './declaration/declaration.ts';

/**
 * The policy that `[gc]` declares; undefined where it has no rule that keeps anything: a number of
 * 0 is not a wish to lose all.
 */
export function retentionPolicy(gc: Configuration['gc']): RetentionPolicy | undefined {
  const policy = {
    keep: gc.keep ?? 0,
    olderThanSeconds: gc.olderThan?.seconds,
    daily: gc.keepDaily ?? 0,
    weekly: gc.keepWeekly ?? 0,
    monthly: gc.keepMonthly ?? 0,
  };
  return Object.values(policy).some(rule => rule !== undefined && rule > 0) ? policy : undefined;
}
