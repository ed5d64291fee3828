import { installLinks } from '../activation/units/install-links.ts';
import { isPlainName } from '../activation/units/name-pattern.ts';
import {
  type PresetRule,
  presetRuleFor,
  presetRules,
  unitsEnabledBy,
} from '../activation/units/preset-rules.ts';
import { UnitDefinitions } from '../activation/units/unit-definition.ts';
import type { UnitFiles } from '../activation/units/unit-files.ts';
import { isUnitName, templateOf } from '../activation/units/unit-name.ts';
import type { EtcSourceLink } from './read-etc.ts';

/** The links that enable units, and what was not enabled and why, one sentence each. */
export interface EnabledUnits {
  links: readonly EtcSourceLink[];
  /** Paths below /etc of links by which packages have enabled units that are disabled. */
  withoutLinks: ReadonlySet<string>;
  problems: readonly string[];
}

/**
 * The links by which those units are enabled that a declaration's own presets enable, as `systemctl
 * preset` would make them: so they are there at the first boot already. Of its own units all that
 * rules are about; of those of packages the ones that rules name, since packages have enabled what
 * they want themselves. A unit that no rule is about stays as it is. Pure.
 *
 * @param declared what the declaration brings, nothing of the machine
 * @param own the names of its own unit files
 * @param all the same, and what packages bring
 */
export function enabledUnits(
  declared: UnitFiles,
  own: readonly string[],
  all: UnitFiles,
): EnabledUnits {
  const rules = presetRules(declared);
  const units = own.filter(isUnitName);
  const definitions = new UnitDefinitions(all);
  const named = namedUnits(rules, new Set(units), definitions);
  const enabled = [...units, ...namedInstances(rules, new Set(units)), ...named].flatMap(unit => {
    const rule = presetRuleFor(rules, unit);
    return rule === undefined ? [] : unitsEnabledBy(rule, unit);
  });
  const disabled = named.filter(unit => presetRuleFor(rules, unit)?.action === 'disable');
  // What is enabled together by `Also=` is disabled each by a rule of its own.
  const withoutLinks = disabled.flatMap(unit =>
    installLinks(all, [unit]).links.filter(
      ({ target }) => target === definitions.of(unit).sources[0],
    ),
  );
  const { links, problems } = installLinks(all, enabled);
  return {
    links: links.map(({ path, target }) => ({ kind: 'link', path: belowEtc(path), target })),
    withoutLinks: new Set(withoutLinks.map(({ path }) => belowEtc(path))),
    problems,
  };
}

function belowEtc(path: string): string {
  return path.slice('/etc/'.length);
}

/** Units of packages that rules name in full; a rule may be about what no package brings yet. */
function namedUnits(
  rules: readonly PresetRule[],
  own: ReadonlySet<string>,
  definitions: UnitDefinitions,
): string[] {
  const isOwn = (unit: string): boolean => own.has(unit) || own.has(templateOf(unit) ?? '');
  return rules
    .map(({ pattern }) => pattern)
    .filter(name => isPlainName(name) && isUnitName(name) && !isOwn(name))
    .filter(name => definitions.of(name).state === 'present');
}

/** Instances of templates that rules name in full; they have no file of their own. */
function namedInstances(rules: readonly PresetRule[], own: ReadonlySet<string>): string[] {
  return rules
    .map(({ pattern }) => pattern)
    .filter(name => isPlainName(name) && !own.has(name) && own.has(templateOf(name) ?? ''));
}
