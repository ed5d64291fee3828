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
    status.split('\n\n').map(stanza => {
      const fields = fieldsOf(stanza);
      return [fields.get('Package') ?? '', fields] as const;
    }),
  );
  const needs = (relation: string | undefined): string[] => namesIn(relation ?? '', stanzas);
  return packages.map(({ name, version, architecture }) => {
    const fields = stanzas.get(name);
    const depends = [...needs(fields?.get('Pre-Depends')), ...needs(fields?.get('Depends'))];
    return {
      name,
      version,
      architecture,
      // deb-control(5): in KiB.
      installedSizeBytes: Number(fields?.get('Installed-Size') ?? 0) * 1024,
      depends: [...new Set(depends)].toSorted(),
      isWanted: wanted.has(name),
    };
  });
}

/** `Name: value` of one stanza; lines that go on are left out. */
function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = stanza.split('\n').map(line => /^([A-Za-z-]+): ?(.*)$/.exec(line));
  return new Map(fields.flatMap(field => (field ? [[field[1] ?? '', field[2] ?? '']] : [])));
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
