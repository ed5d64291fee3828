import { installLinks } from '../activation/units/install-links.ts';
import { isPlainName } from '../activation/units/name-pattern.ts';
import {
  type PresetRule,
  presetRuleFor,
  presetRules,
  unitsEnabledBy,
} from '../activation/units/preset-rules.ts';
import type { UnitFiles } from '../activation/units/unit-files.ts';
import { isUnitName, templateOf } from '../activation/units/unit-name.ts';
import type { EtcSourceLink } from './read-etc.ts';

/** The links that enable units, and what was not enabled and why, one sentence each. */
export interface EnabledUnits {
  links: readonly EtcSourceLink[];
  problems: readonly string[];
}

/**
 * The links by which those units of a declaration are enabled that its own presets enable, as
 * `systemctl preset` would make them: so they are there at the first boot already. A unit that no
 * rule is about stays as it is. Pure.
 *
 * @param files what the declaration brings, nothing of the machine
 * @param units the names of its own unit files
 */
export function enabledUnits(files: UnitFiles, units: readonly string[]): EnabledUnits {
  const rules = presetRules(files);
  const own = units.filter(isUnitName);
  const enabled = [...own, ...namedInstances(rules, new Set(own))].flatMap(unit => {
    const rule = presetRuleFor(rules, unit);
    return rule === undefined ? [] : unitsEnabledBy(rule, unit);
  });
  const { links, problems } = installLinks(files, enabled);
  return {
    links: links.map(({ path, target }) => ({
      kind: 'link',
      path: path.slice('/etc/'.length),
      target,
    })),
    problems,
  };
}

/** Instances of templates that rules name in full; they have no file of their own. */
function namedInstances(rules: readonly PresetRule[], own: ReadonlySet<string>): string[] {
  return rules
    .map(({ pattern }) => pattern)
    .filter(name => isPlainName(name) && !own.has(name) && own.has(templateOf(name) ?? ''));
}
