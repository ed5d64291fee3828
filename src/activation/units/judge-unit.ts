import { compareDefinitions } from './compare-definitions.ts';
import type { UnitDefinition } from './unit-definition.ts';
import { typeOf } from './unit-name.ts';
import { flagOf, type UnitText, valuesOf } from './unit-syntax.ts';
import { isFixedMount, isQuick, whyVital } from './vital-units.ts';

/** What becomes of one unit. */
export type Verdict =
  /** `replace`: stopped before `/etc` changes, started after. */
  | { act: 'nothing' | 'start' | 'stop' | 'reload' | 'restart' | 'replace' }
  | { act: 'leave'; reason: string };

/** They come and go with what they stand for; systemd follows their files by itself. */
const selfMade = new Set(['device', 'scope', 'slice']);

/** They can be active after the machine has woken up; to start them again sends it to sleep. */
const sleepTargets = new Set([
  'hibernate.target',
  'hybrid-sleep.target',
  'sleep.target',
  'suspend-then-hibernate.target',
  'suspend.target',
]);

const nothing: Verdict = { act: 'nothing' };

/** What a running unit needs to follow its files, by the rules of NixOS where it has one. Pure. */
export function judgeRunning(before: UnitDefinition, after: UnitDefinition): Verdict {
  const type = typeOf(before.name);
  if (selfMade.has(type)) return nothing;
  if (before.state !== 'present') return judgeUnknown(before, after);
  if (after.state !== 'present') return judgeGone(before);
  if (type === 'target') return judgeTarget(before, after);
  const difference = compareDefinitions(before.text, after.text);
  // systemd watches what a path unit says now as soon as it has read its files again.
  if (difference === 'none' || type === 'path') return nothing;
  if (difference === 'reload' && canReload(after)) return { act: 'reload' };
  return judgeChanged(before, after);
}

/** What becomes of a running service whose program is another one, whatever its files say. Pure. */
export function judgeRenewed(before: UnitDefinition, after: UnitDefinition): Verdict {
  const verdict = judgeRunning(before, after);
  const isEnough = verdict.act !== 'nothing' && verdict.act !== 'reload';
  return isEnough || after.state !== 'present' ? verdict : judgeChanged(before, after);
}

/** What becomes of a running unit whose own configuration differs, and not its unit file. */
export function judgeReader(unit: UnitDefinition, act: 'reload' | 'restart'): Verdict {
  if (act === 'reload' && canReload(unit)) return { act };
  const reason = whyNotRestarted(unit, unit);
  return reason === undefined ? { act: 'restart' } : { act: 'leave', reason };
}

/** Whether a unit that does not run is another one now. */
export function hasChanged(before: UnitDefinition, after: UnitDefinition): boolean {
  return before.state !== after.state || compareDefinitions(before.text, after.text) !== 'none';
}

/** Whether a unit may be started because files want it. */
export function isStartable({ name, state, text }: UnitDefinition): boolean {
  return (
    state === 'present' &&
    !selfMade.has(typeOf(name)) &&
    !isOn(text, 'RefuseManualStart') &&
    !isOn(text, 'X-OnlyManualStart')
  );
}

/** It runs by files that no unit folder has: a generator's, or none any more. */
function judgeUnknown(before: UnitDefinition, after: UnitDefinition): Verdict {
  if (!hasChanged(before, after)) return nothing;
  const reason =
    before.state === 'masked'
      ? 'it was masked while it ran'
      : 'what it was started from is in no unit folder';
  return { act: 'leave', reason };
}

/** A running unit whose files are gone, or are masked. */
export function judgeGone({ name, text }: UnitDefinition): Verdict {
  if (flagOf(text, 'X-StopOnRemoval') === false) {
    return { act: 'leave', reason: 'it says X-StopOnRemoval=false' };
  }
  const reason = isFixedMount(name)
    ? 'the system runs from it'
    : (whyVital(name) ?? whyNotStopped(text));
  return reason === undefined ? { act: 'stop' } : { act: 'leave', reason };
}

function judgeTarget(before: UnitDefinition, after: UnitDefinition): Verdict {
  if (sleepTargets.has(before.name) || !isStartable(after)) return nothing;
  const isSame = compareDefinitions(before.text, after.text) === 'none';
  const wantsTheSame =
    before.pulledIn.size === after.pulledIn.size &&
    [...after.pulledIn].every(unit => before.pulledIn.has(unit));
  if (isSame && wantsTheSame) return nothing;
  if (isOn(after.text, 'X-StopOnReconfiguration')) return { act: 'replace' };
  // To start it for what it newly wants would start all else that it wants: what somebody has
  // stopped, and jobs that have been done.
  return isSame ? nothing : { act: 'start' };
}

function judgeChanged(before: UnitDefinition, after: UnitDefinition): Verdict {
  const { name } = before;
  if (isFixedMount(name)) return { act: 'reload' };
  if (isOn(after.text, 'X-ReloadIfChanged') && canReload(after)) return { act: 'reload' };
  const reason = whyNotRestarted(before, after);
  if (reason !== undefined) return { act: 'leave', reason };
  // Only a service can do something as it stops that needs its old files.
  if (typeOf(name) !== 'service') return { act: 'restart' };
  return { act: (flagOf(after.text, 'X-StopIfChanged') ?? !isQuick(name)) ? 'replace' : 'restart' };
}

function whyNotRestarted(before: UnitDefinition, after: UnitDefinition): string | undefined {
  const wish = flagOf(after.text, 'X-RestartIfChanged');
  if (wish === false) return 'it says X-RestartIfChanged=false';
  if (isOn(after.text, 'X-OnlyManualStart')) return 'it says X-OnlyManualStart=true';
  if (isOn(after.text, 'RefuseManualStart')) return 'it refuses to be started by hand';
  return (
    whyNotStopped(before.text) ??
    whyNotStopped(after.text) ??
    (wish === true ? undefined : whyVital(before.name))
  );
}

function whyNotStopped(text: UnitText): string | undefined {
  return isOn(text, 'RefuseManualStop') ? 'it refuses to be stopped by hand' : undefined;
}

function isOn(text: UnitText, key: string): boolean {
  return flagOf(text, key) ?? false;
}

/** systemd refuses to reload what has no way to. */
function canReload({ name, text }: UnitDefinition): boolean {
  if (typeOf(name) !== 'service') return typeOf(name) === 'mount';
  return (
    valuesOf(text, 'Service', 'ExecReload').length > 0 ||
    valuesOf(text, 'Service', 'Type').at(-1) === 'notify-reload'
  );
}
