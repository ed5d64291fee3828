import { parseStanzas } from './control-stanzas.ts';
import type { LockedPackage } from './lock/lock.ts';
import type { ListedPackage } from './package-list.ts';

/**
 * What people want to know of the packages of a system. Pure.
 *
 * @param status the text of dpkg's status file
 * @param wanted names of those that the declaration asks for
 */
export function describePackages(
  packages: readonly LockedPackage[],
  status: string,
  wanted: ReadonlySet<string>,
): ListedPackage[] {
  const stanzas = new Map(
    parseStanzas(status).map(stanza => [stanza.get('package') ?? '', stanza] as const),
  );
  const needs = (relation: string | undefined): string[] => namesIn(relation ?? '', stanzas);
  return packages.map(({ name, version, architecture }) => {
    const fields = stanzas.get(name);
    const depends = [...needs(fields?.get('pre-depends')), ...needs(fields?.get('depends'))];
    return {
      name,
      version,
      architecture,
      // deb-control(5): in KiB.
      installedSizeBytes: Number(fields?.get('installed-size') ?? 0) * 1024,
      depends: [...new Set(depends)].toSorted(),
      isWanted: wanted.has(name),
    };
  });
}

/**
 * Names in a relation of packages (deb-control(5)); of alternatives, the first that is installed
 * under its own name, or else the first.
 */
function namesIn(relation: string, installed: ReadonlyMap<string, unknown>): string[] {
  return relation.split(',').flatMap(one => {
    const names = one
      .split('|')
      .map(alternative => alternative.trim().split(/[ (:]/)[0] ?? '')
      .filter(name => name !== '');
    const name = names.find(each => installed.has(each)) ?? names[0];
    return name === undefined ? [] : [name];
  });
}
