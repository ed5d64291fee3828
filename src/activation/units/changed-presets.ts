import { differsBelow } from './changed-names.ts';
import { type PresetRule, presetRuleFor, presetRules, unitsEnabledBy } from './preset-rules.ts';
import { etcPresetFolder, type UnitFiles } from './unit-files.ts';
import { isTemplate, isUnitName } from './unit-name.ts';

/** A unit that shall be enabled or disabled now. */
export interface ChangedPreset {
  unit: string;
  action: 'enable' | 'disable';
}

/**
 * Units that a rule names, in the old files or in the future ones, and for which something else is
 * said now. A pattern names none: `disable *` is for units that packages bring later, and shall not
 * lock out who has just written it.
 */
export function changedPresets(old: UnitFiles, future: UnitFiles): readonly ChangedPreset[] {
  if (!differsBelow(old, future, etcPresetFolder)) return [];
  const before = presetRules(old);
  const after = presetRules(future);
  const named = new Set([...before, ...after].flatMap(namedBy));
  return [...named].flatMap(unit => {
    const action = actionFor(after, unit);
    return action === actionFor(before, unit) || action === 'ignore' ? [] : [{ unit, action }];
  });
}

function namedBy({ action, pattern, instances }: PresetRule): readonly string[] {
  const units = unitsEnabledBy({ action: 'enable', pattern, instances }, pattern);
  return action === 'ignore' ? [] : units.filter(unit => isUnitName(unit) && !isTemplate(unit));
}

/** systemd enables what no rule is about. */
function actionFor(rules: readonly PresetRule[], unit: string): PresetRule['action'] {
  return presetRuleFor(rules, unit)?.action ?? 'enable';
}
