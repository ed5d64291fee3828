/** The rules that keep the last generation of a period. */
export const periodRules = ['daily', 'weekly', 'monthly'] as const;
export type PeriodRule = (typeof periodRules)[number];

const daySeconds = 24 * 3600;

/**
 * The day, ISO week or month of a moment, in UTC: `2026-11-22`, `2026-W47`, `2026-11`. Later ones
 * of a kind are greater as texts. A week belongs to the year that has its Thursday.
 *
 * @param seconds since the epoch
 */
export function periodOf(rule: PeriodRule, seconds: number): string {
  const day = Math.floor(seconds / daySeconds);
  switch (rule) {
    case 'daily':
      return dateOf(day);
    case 'monthly':
      return dateOf(day).slice(0, 7);
    case 'weekly': {
      // The first day of all was a Thursday.
      const thursday = Math.floor((day + 3) / 7) * 7;
      const year = dateOf(thursday).slice(0, 4);
      const firstDay = Date.parse(`${year}-01-01T00:00:00Z`) / 1000 / daySeconds;
      const week = Math.floor((thursday - firstDay) / 7) + 1;
      return `${year}-W${String(week).padStart(2, '0')}`;
    }
  }
}

/** A day as it is written; one of a year of four digits. */
export function dateOf(day: number): string {
  return new Date(day * daySeconds * 1000).toISOString().slice(0, 10);
}
