import { quote } from './hostile-text.ts';
import { nearestWord } from './nearest-word.ts';
import { optionsOf, type SectionName, sectionNames } from './option-table.ts';
import { Refusal } from './refusal.ts';

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

/** A section as it is written. */
export function writeSection(
  section: SectionName,
  specialisation: string | undefined,
  subject = 'PATH',
): string {
  const name =
    specialisation === undefined ? section : `specialisation.${specialisation}.${section}`;
  return section === 'etc' ? `[${name} ${quote(subject)}]` : `[${name}]`;
}

function suggestKey(key: string, where: Surroundings): string {
  const written = (section: SectionName): string => writeSection(section, where.specialisation);

  const dotted = fromDottedName(key, where.section);
  if (dotted !== undefined) return `Write ${dotted.key} under ${written(dotted.section)}.`;

  if (key === 'imports') {
    return where.specialisation === undefined
      ? 'It belongs above the first section.'
      : `It belongs under [specialisation.${where.specialisation}].`;
  }
  const home = sectionNames.find(section => Object.hasOwn(optionsOf(section), key));
  if (home !== undefined) return `It belongs under ${written(home)}.`;

  const keysHere = where.section === undefined ? ['imports'] : keysOf(where.section);
  const near = nearestWord(key, keysHere);
  if (near !== undefined) return `Did you mean ${near}?`;

  const elsewhere = sectionNames
    .filter(section => section !== 'etc')
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
  if (name.startsWith('etc.')) {
    return `Write ${writeSection('etc', specialisation, name.slice('etc.'.length))}.`;
  }
  // NixOS has `boot.loader.systemd-boot`, whose options stand one section higher here.
  const above = sectionNames.filter(known => name.startsWith(`${known}.`)).at(-1);
  const names = specialisation === undefined ? [...sectionNames, 'specialisation'] : sectionNames;
  const near = nearestWord(name, names) ?? above ?? nearestWord(name.split('.')[0] ?? '', names);
  if (near === undefined) return `There are: ${names.join(', ')}.`;
  if (near === 'specialisation') return 'Did you mean [specialisation.NAME]?';
  return `Did you mean ${writeSection(near as SectionName, specialisation)}?`;
}

function keysOf(section: SectionName): readonly string[] {
  return Object.keys(optionsOf(section));
}
