import { fitsPattern } from './name-pattern.ts';
import { layeredFiles, presetFolders, textAt, type UnitFiles } from './unit-files.ts';
import { instanceOf, isTemplate, templateOf, withInstance } from './unit-name.ts';

/** One line of a preset file (systemd.preset(5)). */
export interface PresetRule {
  action: 'enable' | 'disable' | 'ignore';
  /** A name of a unit, or a pattern of names. */
  pattern: string;
  /** Of a template: those that are enabled. */
  instances: readonly string[];
}

/** The rules that hold, those before others first. */
export function presetRules(files: UnitFiles): readonly PresetRule[] {
  const isPreset = (path: string): boolean =>
    path.endsWith('.preset') && textAt(files, path) !== undefined;
  return layeredFiles(files, presetFolders, isPreset).flatMap(path =>
    parsePresets(textAt(files, path) ?? ''),
  );
}

/** Reads a preset file; lines that say nothing known are passed over, as systemd does. */
export function parsePresets(text: string): PresetRule[] {
  return text.split(/[\n\r\0]/).flatMap((line): PresetRule[] => {
    const [action, ...words] = line.split(/[ \t]+/).filter(word => word !== '');
    const [pattern, ...instances] = words;
    if (pattern === undefined) return [];
    if (action === 'enable') return [{ action, pattern, instances }];
    if (action !== 'disable' && action !== 'ignore') return [];
    return [{ action, pattern: words.join(' '), instances: [] }];
  });
}

/** The first rule about a unit. systemd enables a unit that none is about. */
export function presetRuleFor(rules: readonly PresetRule[], unit: string): PresetRule | undefined {
  return rules.find(
    ({ pattern, instances }) => fitsPattern(unit, pattern) || isListed(pattern, instances, unit),
  );
}

/** The units that a rule enables by a unit's name: itself, or the instances of a template. */
export function unitsEnabledBy(rule: PresetRule, unit: string): readonly string[] {
  if (rule.action !== 'enable') return [];
  if (!isTemplate(unit) || rule.instances.length === 0) return [unit];
  return rule.instances.map(instance => withInstance(unit, instance));
}

function isListed(pattern: string, instances: readonly string[], unit: string): boolean {
  return templateOf(unit) === pattern && instances.includes(instanceOf(unit) ?? '');
}
