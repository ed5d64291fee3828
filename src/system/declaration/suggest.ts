import { quote } from './hostile-text.ts';
import { nearestWord } from './nearest-word.ts';
import { optionsOf, type SectionName, sectionNames } from './option-table.ts';
import { Refusal } from './refusal.ts';
import { isSubjectSection, subjectRule, subjectSections } from './section-subjects.ts';

/** Where an unknown key was found. */
export interface Surroundings {
  /** Undefined where only `imports` can stand: above the first section. */
  readonly section: SectionName | undefined;
  readonly specialisation: string | undefined;
}

/** Why a key is refused that the section does not have, and which was probably meant. */
export function refuseUnknownKey(key: string, where: Surroundings): Refusal {
  return new Refusal('there is no such option', suggestKey(key, where));
}

/** Why a section is refused that there is not, and which was probably meant. */
export function refuseUnknownSection(name: string, specialisation: string | undefined): Refusal {
  return new Refusal('there is no such section', suggestSection(name, specialisation));
}

/**
 * A section as it is written.
 *
 * @param subject what stands in its quotes, where it has some; what is to be put there if left out
 */
export function writeSection(
  section: SectionName,
  specialisation: string | undefined,
  subject: string | undefined,
): string {
  const name =
    specialisation === undefined ? section : `specialisation.${specialisation}.${section}`;
  const rule = subjectRule(section);
  return rule === undefined ? `[${name}]` : `[${name} ${quote(subject ?? rule.placeholder)}]`;
}

function suggestKey(key: string, where: Surroundings): string {
  const written = (section: SectionName): string =>
    writeSection(section, where.specialisation, undefined);

  const dotted = fromDottedName(key, where.section);
  if (dotted !== undefined) return `Write ${dotted.key} under ${written(dotted.section)}.`;

  if (key === 'imports') {
    return where.specialisation === undefined
      ? 'It belongs above the first section.'
      : `It belongs under [specialisation.${where.specialisation}].`;
  }
  const homes = sectionNames.filter(section => Object.hasOwn(optionsOf(section), key));
  if (homes.length > 0) return `It belongs under ${homes.map(written).join(' or ')}.`;

  const keysHere = where.section === undefined ? ['imports'] : keysOf(where.section);
  const near = nearestWord(key, keysHere);
  if (near !== undefined) return `Did you mean ${near}?`;

  const elsewhere = sectionNames
    .filter(section => !isSubjectSection(section))
    .map(section => ({ section, near: nearestWord(key, keysOf(section)) }))
    .find(found => found.near !== undefined);
  if (elsewhere !== undefined) {
    return `Did you mean ${elsewhere.near} under ${written(elsewhere.section)}?`;
  }
  return where.section === undefined
    ? 'Only imports can stand here; every other option has its section.'
    : `There are: ${keysHere.join(', ')}.`;
}

/** NixOS's way of writing: `boot.loader.timeout`, or `loader.timeout` in `[boot]`. */
function fromDottedName(
  key: string,
  section: SectionName | undefined,
): { section: SectionName; key: string } | undefined {
  if (!key.includes('.')) return undefined;
  const last = key.slice(key.lastIndexOf('.') + 1);
  const before = key.slice(0, key.lastIndexOf('.'));
  const found = sectionNames.find(
    name => name === before || (section !== undefined && name === `${section}.${before}`),
  );
  return found !== undefined && Object.hasOwn(optionsOf(found), last)
    ? { section: found, key: last }
    : undefined;
}

function suggestSection(name: string, specialisation: string | undefined): string {
  // In NixOS, what the quotes hold is a part of the name.
  const dotted = subjectSections.find(section => name.startsWith(`${section}.`));
  if (dotted !== undefined) {
    return `Write ${writeSection(dotted, specialisation, name.slice(dotted.length + 1) || undefined)}.`;
  }
  // NixOS has `boot.loader.systemd-boot`, whose options stand one section higher here.
  const above = sectionNames
    .filter(known => name.startsWith(`${known}.`))
    .toSorted((left, right) => right.length - left.length)[0];
  const names = specialisation === undefined ? [...sectionNames, 'specialisation'] : sectionNames;
  const near = nearestWord(name, names) ?? above ?? nearestWord(name.split('.')[0] ?? '', names);
  if (near === undefined) return `There are: ${names.join(', ')}.`;
  if (near === 'specialisation') return 'Did you mean [specialisation.NAME]?';
  return `Did you mean ${writeSection(near as SectionName, specialisation, undefined)}?`;
}

function keysOf(section: SectionName): readonly string[] {
  return Object.keys(optionsOf(section));
}
