import { posix } from 'node:path';
import { expandSpecifiers } from './specifiers.ts';
import { layeredFiles, textAt, type UnitFile, type UnitFiles, unitFolders } from './unit-files.ts';
import {
  instanceOf,
  isTemplate,
  isUnitName,
  searchNames,
  templateOf,
  typeOf,
  withInstance,
} from './unit-name.ts';
import { joinUnits, parseUnit, type UnitText, valuesOf } from './unit-syntax.ts';

/** What a unit is by its files (systemd.unit(5)). */
export interface UnitDefinition {
  /** Its own name, where the files know another one for it. */
  name: string;
  /** Masked: by `/dev/null` or an empty file. Absent: it has drop-ins at most. */
  state: 'present' | 'masked' | 'absent';
  /** Paths of its unit file, if it is present, and its drop-ins, in the order they are read. */
  sources: readonly string[];
  /** All of them. */
  text: UnitText;
  /** Units that it pulls in when it starts: by its text, and by links beside it. */
  pulledIn: ReadonlySet<string>;
}

/** Names of folders beside a unit whose links pull in units. */
export const linkFolders = ['.wants', '.requires', '.upholds'] as const;

const pullingKeys = ['Wants', 'Requires', 'BindsTo', 'Upholds'];

/** A unit file by the name at the end of its aliases. An empty text masks. */
interface Fragment {
  name: string;
  path: string;
  text: string;
}

/** Definitions of units by their files, each made when it is asked for. */
export class UnitDefinitions {
  readonly #files: UnitFiles;
  readonly #names: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #known = new Map<string, UnitDefinition>();
  #aliases: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(files: UnitFiles) {
    this.#files = files;
    this.#names = new Map(unitFolders.map(folder => [folder, new Set(files.names(folder))]));
  }

  /** @param unit a name, which may be an alias */
  of(unit: string): UnitDefinition {
    const known = this.#known.get(unit);
    if (known !== undefined) return known;
    const definition = this.#define(unit);
    this.#known.set(unit, definition);
    return definition;
  }

  #define(unit: string): UnitDefinition {
    const fragment = this.#fragment(unit, new Set([unit]));
    const name = fragment?.name ?? unit;
    const names = [name, ...this.#aliasesOf(name)];
    const dropIns = this.#layered(names, '.d', path => this.#isDropIn(path));
    const sources = fragment === undefined ? dropIns : [fragment.path, ...dropIns];
    const text = joinUnits(sources.map(path => parseUnit(textAt(this.#files, path) ?? '')));
    return {
      name,
      state: fragment === undefined ? 'absent' : fragment.text === '' ? 'masked' : 'present',
      sources,
      text,
      pulledIn: new Set([...this.#linked(name, names), ...namedIn(text, name)]),
    };
  }

  #fragment(unit: string, seen: ReadonlySet<string>): Fragment | undefined {
    for (const folder of this.#foldersWith(unit)) {
      const path = `${folder}/${unit}`;
      const file = this.#files.at(path);
      if (file === undefined) continue;
      const target = file.kind === 'link' ? posix.resolve(folder, file.target) : path;
      const alias = aliasFor(unit, target);
      if (alias !== undefined) return this.#unseen(alias, seen);
      const text = target === '/dev/null' ? '' : file.text;
      return text === undefined ? undefined : { name: unit, path, text };
    }
    const template = templateOf(unit);
    const found = template === undefined ? undefined : this.#unseen(template, seen);
    return found && { ...found, name: withInstance(found.name, instanceOf(unit) ?? '') };
  }

  /** Aliases may lead round in a ring. */
  #unseen(unit: string, seen: ReadonlySet<string>): Fragment | undefined {
    return seen.has(unit) ? undefined : this.#fragment(unit, new Set([...seen, unit]));
  }

  /**
   * Other names of a unit that have folders beside them, whose drop-ins and links hold for it as
   * well; those without cannot matter.
   */
  #aliasesOf(unit: string): readonly string[] {
    this.#aliases ??= this.#readAliases();
    const own = this.#aliases.get(unit) ?? [];
    const template = templateOf(unit);
    if (template === undefined) return own;
    return [...own, ...this.#aliasesOf(template).map(alias => instantiated(alias, unit))];
  }

  #readAliases(): ReadonlyMap<string, readonly string[]> {
    const aliases = new Map<string, string[]>();
    for (const name of this.#namesWithFolders()) {
      const unit = this.#fragment(name, new Set([name]))?.name ?? name;
      if (unit !== name) aliases.set(unit, [...(aliases.get(unit) ?? []), name]);
    }
    return aliases;
  }

  #namesWithFolders(): ReadonlySet<string> {
    const names = [...this.#names.values()].flatMap(inFolder => [...inFolder]);
    return new Set(names.flatMap(name => besideUnit(name) ?? []).toSorted());
  }

  #isDropIn(path: string): boolean {
    return path.endsWith('.conf') && textAt(this.#files, path) !== undefined;
  }

  /** By links that may lead nowhere: only their names count, and whether they are masked. */
  #linked(unit: string, names: readonly string[]): string[] {
    const isThere = (path: string): boolean => this.#files.at(path) !== undefined;
    return linkFolders
      .flatMap(suffix => this.#layered(names, suffix, isThere))
      .filter(path => !isMaskedLink(this.#files.at(path)))
      .map(path => instantiated(posix.basename(path), unit))
      .filter(isUnitName);
  }

  /**
   * Files of the folders beside a unit: of each of its names, folder by folder; what is for all
   * units of its type comes last.
   */
  #layered(
    names: readonly string[],
    suffix: string,
    isMeant: (path: string) => boolean,
  ): readonly string[] {
    const types = [...new Set(names.map(typeOf))];
    const beside = [...names.map(searchNames), types].flatMap(searched =>
      unitFolders.flatMap(folder =>
        searched
          .map(name => `${name}${suffix}`)
          .filter(name => this.#names.get(folder)?.has(name) === true)
          .map(name => `${folder}/${name}`),
      ),
    );
    return layeredFiles(this.#files, beside, isMeant);
  }

  #foldersWith(name: string): string[] {
    return unitFolders.filter(folder => this.#names.get(folder)?.has(name) === true);
  }
}

/** A link to a unit that is masked is left to whoever starts that: its text is not read for it. */
function isMaskedLink(file: UnitFile | undefined): boolean {
  return file?.kind === 'link' ? file.target === '/dev/null' : file?.text === '';
}

/** The unit that a folder is beside: `a.service` for `a.service.d` and `a.service.wants`. */
export function besideUnit(folder: string): string | undefined {
  const suffix = ['.d', ...linkFolders].find(suffix => folder.endsWith(suffix));
  return suffix === undefined ? undefined : folder.slice(0, -suffix.length);
}

/**
 * The unit whose other name a link is. A link out of the unit folders is a unit file that lies
 * elsewhere, whatever its name is there.
 */
function aliasFor(unit: string, target: string): string | undefined {
  if (!unitFolders.some(folder => folder === posix.dirname(target))) return undefined;
  const name = posix.basename(target);
  if (name === unit || typeOf(name) !== typeOf(unit)) return undefined;
  const other = instantiated(name, unit);
  return other === unit ? undefined : other;
}

/** A template that is pulled in by an instance, or that an instance is linked to, is its instance. */
function instantiated(name: string, by: string): string {
  const instance = instanceOf(by);
  return isTemplate(name) && instance !== undefined ? withInstance(name, instance) : name;
}

function namedIn(text: UnitText, unit: string): string[] {
  return pullingKeys
    .flatMap(key => valuesOf(text, 'Unit', key))
    .flatMap(value => value.split(/\s+/))
    .flatMap(word => expandSpecifiers(word, unit) ?? [])
    .filter(isUnitName);
}
