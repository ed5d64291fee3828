import type { Finding } from '../../errors.ts';
import { shellWord } from '../../template.ts';
import type { UnitRun } from '../../transaction/step.ts';
import type { ObservedUnit } from './observed-unit.ts';
import { isFollowed, isUp, type LoadedUnits } from './unit-runs.ts';

/** What was asked of systemd, and what it looked like before and afterwards. */
export interface UnitOutcome {
  before: LoadedUnits;
  after: LoadedUnits;
  /** Units that have to be up by the definition in place; a job that ends is up no more. */
  started: readonly string[];
  /** Runs that have to have ended. */
  ended: readonly UnitRun[];
  reloaded: readonly string[];
  /** Units whose presets were applied. */
  preset: readonly string[];
  complaints: readonly string[];
}

/** What did not go well with units, the failures of others in the meantime included. Pure. */
export function unitFindings(outcome: UnitOutcome): Finding[] {
  const { after, started, ended, reloaded, preset } = outcome;
  const failed = [...new Set(after.values())].filter(unit => hasFailed(unit, outcome));
  const known = new Set(failed.flatMap(({ names }) => names));
  const asked = new Set([...started, ...ended.map(({ unit }) => unit), ...reloaded, ...preset]);
  const said = [...asked].flatMap(unit => {
    const complaint = complaintAbout(unit, outcome.complaints);
    return known.has(unit) || complaint === undefined ? [] : failure(unit, complaint);
  });
  const findings = [...failed.map(unit => failure(unit.name, reasonOf(unit))), ...said];
  return [
    ...findings,
    ...oldDefinitions(outcome, new Set(findings.map(({ subject }) => subject))),
    ...(findings.length === 0 ? unattributed(outcome.complaints) : []),
  ];
}

/** What `systemctl` said of a unit, as one clause. */
export function complaintAbout(unit: string, complaints: readonly string[]): string | undefined {
  const line = complaints.find(text => !isAside(text) && isAbout(unit, text));
  return line === undefined ? undefined : `systemd says: ${clauseOf(line)}`;
}

/** A unit that failed before, and still does by the same run, is no news, unless it was started. */
function hasFailed(unit: ObservedUnit, { before, started }: UnitOutcome): boolean {
  const wasStarted = unit.names.some(name => started.includes(name));
  if (wasStarted && unit.restarts > 0 && !hasEndedWell(unit)) return true;
  if (!isFailing(unit)) return false;
  const earlier = before.get(unit.name);
  if (wasStarted || earlier === undefined || !isFailing(earlier)) return true;
  return earlier.invocationId !== unit.invocationId;
}

function isFailing({ active, sub, exitStatus }: ObservedUnit): boolean {
  return active === 'failed' || (isRestarting(sub) && exitStatus !== 0);
}

/** systemd 254 and later tell two kinds of waiting for it apart. */
function isRestarting(sub: string): boolean {
  return sub.startsWith('auto-restart');
}

function hasEndedWell({ active, result }: ObservedUnit): boolean {
  return active === 'inactive' && (result === undefined || result === 'success');
}

function reasonOf({ active, sub, result, exitStatus, restarts }: ObservedUnit): string {
  const how =
    result === 'exit-code' && exitStatus !== 0
      ? `exit code ${exitStatus}`
      : (result ?? 'no reason given');
  if (active === 'failed') return `it failed: ${how}`;
  if (isRestarting(sub)) return `it failed and will be restarted: ${how}`;
  return `it failed and was restarted ${restarts} times`;
}

function failure(unit: string, reason: string): Finding {
  const journal = `journalctl -b --unit=${word(unit)}`;
  return {
    code: 'UNIT_FAILED',
    subject: unit,
    reason,
    hint: `See \`systemctl status ${argument(unit)}\` and \`${journal}\`.`,
  };
}

/** What runs on as it was, though it was to run by another definition. */
function oldDefinitions(
  { after, started, ended }: UnitOutcome,
  known: ReadonlySet<string>,
): Finding[] {
  const ran = new Map(ended.map(run => [run.unit, run]));
  const asked = new Set([...started, ...ran.keys()]);
  return [...asked].flatMap(name => {
    const unit = after.get(name);
    if (unit === undefined || !isUp(unit) || known.has(name)) return [];
    const run = ran.get(name);
    const isOld = run?.invocationId !== undefined && !isFollowed(run, unit);
    if (!isOld && !unit.needsDaemonReload) return [];
    return {
      code: 'UNIT_OLD_DEFINITION',
      subject: name,
      reason: isOld
        ? 'it still runs by its old definition'
        : 'its files have changed since systemd read them',
      hint: isOld
        ? `Restart it: \`systemctl restart ${argument(name)}\`.`
        : 'Run `systemctl daemon-reload`, and restart it.',
    };
  });
}

/** Complaints that name nobody whom we asked. */
function unattributed(complaints: readonly string[]): Finding[] {
  const line = complaints.find(text => !isAside(text));
  if (line === undefined) return [];
  return [
    {
      code: 'UNITS_FAILED',
      subject: 'systemd',
      reason: clauseOf(line),
      hint: 'See `systemctl --failed` and `journalctl -b`.',
    },
  ];
}

/** Lines that go with a failure, or with none. */
function isAside(line: string): boolean {
  return /^\s*(?:Warning:|Hint:|See |Stopping '|Removed |Created symlink)/.test(line);
}

/** Whether a line names the unit, and not only one whose name holds it. */
function isAbout(unit: string, line: string): boolean {
  if (unit === '') return false;
  const name = unit.replaceAll(/[^\w]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w:.\\@-])${name}(?![\w\\@-]|[.:]\w)`).test(line);
}

function clauseOf(line: string): string {
  return line
    .replace(/\.? See .*$/, '')
    .trim()
    .replace(/\.$/, '');
}

/** A unit as an argument of a command that a person may copy. */
function argument(unit: string): string {
  return unit.startsWith('-') ? `-- ${word(unit)}` : word(unit);
}

function word(unit: string): string {
  return /^[\w:.@-]+$/.test(unit) ? unit : shellWord(unit);
}
