import { expandSpecifiers } from './specifiers.ts';
import { type UnitDefinition, UnitDefinitions } from './unit-definition.ts';
import { etcUnitFolder, type UnitFiles } from './unit-files.ts';
import { instanceOf, isTemplate, isUnitName, typeOf, withInstance } from './unit-name.ts';
import { valuesOf } from './unit-syntax.ts';

/** A link that enables a unit. */
export interface InstallLink {
  /** Absolute. */
  path: string;
  /** The unit file, as it stands in the link. */
  target: string;
}

export interface InstallLinks {
  links: readonly InstallLink[];
  /** What no link could be made of, one sentence each. */
  problems: readonly string[];
}

/** Key of [Install] and what the folder is named that its links lie in. */
const folders = [
  ['WantedBy', '.wants'],
  ['RequiredBy', '.requires'],
  ['UpheldBy', '.upholds'],
] as const;

/**
 * The links that `systemctl enable` makes for units, and for those that these name with `Also=`.
 * Pure. Specifiers that follow from a machine, such as `%H`, are problems: what is built holds for
 * any machine.
 */
export function installLinks(files: UnitFiles, units: readonly string[]): InstallLinks {
  const definitions = new UnitDefinitions(files);
  const seen = new Set(units);
  const parts: InstallLinks[] = [];
  // A set goes on with what is added to it meanwhile.
  for (const unit of seen) {
    const { also, ...part } = installOf(definitions, unit);
    parts.push(part);
    for (const other of also) seen.add(other);
  }
  const links = new Map(parts.flatMap(part => part.links.map(link => [link.path, link] as const)));
  return {
    links: [...links.values()],
    problems: parts.flatMap(part => part.problems),
  };
}

interface UnitInstall extends InstallLinks {
  also: readonly string[];
}

function installOf(definitions: UnitDefinitions, asked: string): UnitInstall {
  const definition = definitions.of(asked);
  const { name, state, sources, text } = definition;
  const [fragment] = sources;
  if (state !== 'present' || fragment === undefined) {
    const why = state === 'masked' ? 'it is masked' : 'there is no such unit file';
    return { links: [], problems: [`${asked} cannot be enabled: ${why}`], also: [] };
  }
  const enabled = enabledName(definition);
  const problems: string[] = [];
  const named = (key: string): string[] =>
    valuesOf(text, 'Install', key)
      .flatMap(value => value.split(/[ \t]+/))
      .flatMap(word => {
        const unit = expandSpecifiers(word, enabled);
        if (unit !== undefined && isUnitName(unit)) return [unit];
        problems.push(`${name}: ${key}=${word} names no unit that is the same on any machine`);
        return [];
      });
  const linkAt = (path: string): InstallLink => ({
    path: `${etcUnitFolder}/${path}`,
    target: fragment,
  });
  const aliases = named('Alias')
    .map(alias => (isTemplate(alias) ? withInstance(alias, instanceOf(name) ?? '') : alias))
    .filter(alias => alias !== name)
    .flatMap(alias => {
      if (canBeAlias(alias, name)) return [linkAt(alias)];
      problems.push(`${name}: Alias=${alias} is a name of another kind`);
      return [];
    });
  const wanted = folders.flatMap(([key, suffix]) =>
    named(key)
      // A template without an instance can be pulled in by instances only.
      .filter(by => !isTemplate(enabled) || instanceOf(by) !== undefined)
      .map(by => linkAt(`${by}${suffix}/${enabled}`)),
  );
  return { links: [...aliases, ...wanted], problems, also: named('Also') };
}

/** A template is enabled as its default instance, if it has one: specifiers mean that. */
function enabledName({ name, text }: UnitDefinition): string {
  if (!isTemplate(name)) return name;
  const value = valuesOf(text, 'Install', 'DefaultInstance').at(-1) ?? '';
  return withInstance(name, expandSpecifiers(value, name) ?? '');
}

/** A plain name for a plain unit, the same instance for an instance, and others for a template. */
function canBeAlias(alias: string, unit: string): boolean {
  if (typeOf(alias) !== typeOf(unit)) return false;
  return isTemplate(unit)
    ? instanceOf(alias) !== undefined
    : instanceOf(alias) === instanceOf(unit);
}
