import { exitCodes, GenctlError } from '../../errors.ts';
import type { RetentionPolicy } from '../../generations/retention.ts';
import { parseDuration } from '../../system/declaration/duration.ts';
import { retentionPolicy } from '../../system/retention-policy.ts';
import type { Context } from '../context.ts';

/** What a command line says of a policy; undefined for what it leaves open. */
export interface PolicyFlags {
  /** How many of the newest generations of each profile stay. */
  keep: number | undefined;
  /** The age below which none goes: `30d`. */
  olderThan: string | undefined;
  keepDaily: number | undefined;
  keepWeekly: number | undefined;
  keepMonthly: number | undefined;
}

export const noFlags: PolicyFlags = {
  keep: undefined,
  olderThan: undefined,
  keepDaily: undefined,
  keepWeekly: undefined,
  keepMonthly: undefined,
};

/**
 * The policy that flags and declaration say together; undefined where neither says anything. With
 * a flag a machine needs no declaration, but one that cannot be read is refused even so: it may
 * keep what would be deleted.
 *
 * @throws GenctlError USAGE, and those of reading a declaration
 */
export async function readPolicy(
  { root, config }: Context,
  flags: PolicyFlags,
): Promise<RetentionPolicy | undefined> {
  const said = definedOf({
    keep: flags.keep,
    olderThanSeconds: flags.olderThan === undefined ? undefined : toSeconds(flags.olderThan),
    daily: flags.keepDaily,
    weekly: flags.keepWeekly,
    monthly: flags.keepMonthly,
  });
  const hasFlags = Object.keys(said).length > 0;
  using folder = root.folderIfThere(config);
  if (hasFlags && folder?.stat('system.conf') === undefined) return { ...keepingNothing, ...said };
  const { readDeclaration } = await import('../../system/declaration/read-declaration.ts');
  const declared = retentionPolicy(readDeclaration(root, config).gc);
  return hasFlags ? { ...keepingNothing, ...declared, ...said } : declared;
}

const keepingNothing: RetentionPolicy = {
  keep: 0,
  olderThanSeconds: undefined,
  daily: 0,
  weekly: 0,
  monthly: 0,
};

function definedOf(policy: Partial<Record<keyof RetentionPolicy, number | undefined>>) {
  return Object.fromEntries(
    Object.entries(policy).filter(([, value]) => value !== undefined),
  ) as Partial<RetentionPolicy>;
}

function toSeconds(age: string): number {
  const duration = parseDuration(age);
  if (duration !== undefined) return duration.seconds;
  throw new GenctlError('USAGE', `--older-than ${JSON.stringify(age)} is no age`, {
    exitCode: exitCodes.usage,
    hint: 'Give a number of hours, days or weeks: 12h, 30d, 4w.',
  });
}
