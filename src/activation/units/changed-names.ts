import { besideUnit, type UnitDefinitions } from './unit-definition.ts';
import { etcUnitFolder, type UnitFile, type UnitFiles, vendorUnitFolder } from './unit-files.ts';
import { searchNames, typeOf } from './unit-name.ts';

/**
 * Names below `/etc/systemd/system` for which something differs: of unit files, and of those that
 * a folder of drop-ins or links is beside. `a-.service` and `service` are among them where a
 * drop-in is for many units.
 */
export function changedNames(old: UnitFiles, future: UnitFiles): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const name of namesOfBoth(old, future, etcUnitFolder)) {
    const path = `${etcUnitFolder}/${name}`;
    const unit = besideUnit(name);
    if (unit === undefined && differsAt(old, future, path)) changed.add(name);
    if (unit !== undefined && differsBelow(old, future, path)) changed.add(unit);
  }
  return changed;
}

/** The same for files of packages, by the paths that differ. */
export function vendorsNames(paths: ReadonlySet<string>): ReadonlySet<string> {
  const folder = `${vendorUnitFolder}/`;
  const names = [...paths]
    .filter(path => path.startsWith(folder))
    .map(path => path.slice(folder.length).split('/')[0] ?? '');
  return new Set(names.map(name => besideUnit(name) ?? name));
}

/** Whether what differs for some names can matter to a unit. */
export function isAbout(names: ReadonlySet<string>, unit: string): boolean {
  return names.has(typeOf(unit)) || isAboutItself(names, unit);
}

/** The same, but for drop-ins that are for all units of its type. */
export function isAboutItself(names: ReadonlySet<string>, unit: string): boolean {
  return searchNames(unit).some(name => names.has(name));
}

/** The same names, and the units' own ones of those that are aliases. */
export function withOwnNames(
  names: ReadonlySet<string>,
  ...definitions: readonly UnitDefinitions[]
): ReadonlySet<string> {
  const own = definitions.flatMap(known => [...names].map(name => known.of(name).name));
  return new Set([...names, ...own]);
}

/** Whether something differs in a folder. */
export function differsBelow(old: UnitFiles, future: UnitFiles, folder: string): boolean {
  return namesOfBoth(old, future, folder).some(name => differsAt(old, future, `${folder}/${name}`));
}

/** Whether a file or a link differs. */
export function differsAt(old: UnitFiles, future: UnitFiles, path: string): boolean {
  const before = old.at(path);
  const after = future.at(path);
  // Texts are read only where they may differ.
  if (before === after) return false;
  return before?.text !== after?.text || targetOf(before) !== targetOf(after);
}

function namesOfBoth(old: UnitFiles, future: UnitFiles, folder: string): string[] {
  return [...new Set([...old.names(folder), ...future.names(folder)])];
}

function targetOf(file: UnitFile | undefined): string | undefined {
  return file?.kind === 'link' ? file.target : undefined;
}
