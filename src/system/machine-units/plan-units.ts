import type { Finding } from '../../errors.ts';
import { type EnabledUnit, unitFolder, unitsToEnable } from './render-units.ts';
import { ownerOf, type UnitFile } from './unit-file.ts';

/** What is at the place of a unit: a file with its text, nothing, or something that is no file. */
export type FoundUnit = { text: string; mode: number } | 'nothing' | 'no-file';

/** What stands where the link goes by which systemd starts a unit. */
export type FoundLink = 'ours' | 'nothing' | 'foreign';

/** What is at the places of all units, and which are enabled. */
export interface FoundUnits {
  /** By logical path. */
  files: ReadonlyMap<string, FoundUnit>;
  /** By the unit's name. */
  links: ReadonlyMap<string, FoundLink>;
}

/** What is to be done; paths are logical. */
export interface UnitPlan {
  write: readonly UnitFile[];
  remove: readonly string[];
  enable: readonly EnabledUnit[];
  disable: readonly EnabledUnit[];
  findings: readonly Finding[];
}

/** Plans nothing. */
export const noUnits: UnitPlan = { write: [], remove: [], enable: [], disable: [], findings: [] };

/** Plans to have these files in their places, and those enabled that systemd shall start. */
export function planInstallation(wanted: readonly UnitFile[], found: FoundUnits): UnitPlan {
  const plans = wanted.map(file => {
    const there = found.files.get(file.path) ?? 'nothing';
    const finding = inTheWay(file.path, there);
    const isThere = typeof there === 'object' && there.text === file.text;
    return {
      file,
      finding,
      isDue: finding === undefined && !(isThere && there.mode === file.mode),
    };
  });
  const isOurs = ({ name }: EnabledUnit): boolean =>
    plans.some(({ file, finding }) => file.path === `${unitFolder}/${name}` && !finding);
  return {
    write: plans.flatMap(({ file, isDue }) => (isDue ? [file] : [])),
    remove: [],
    enable: unitsToEnable.filter(
      unit => isOurs(unit) && (found.links.get(unit.name) ?? 'nothing') === 'nothing',
    ),
    disable: [],
    findings: plans.flatMap(({ finding }) => finding ?? []),
  };
}

/** Plans to have none of our files, and none enabled. */
export function planRemoval(found: FoundUnits): UnitPlan {
  const plans = [...found.files].map(([path, there]) => ({
    path,
    finding: inTheWay(path, there),
    isDue: there !== 'nothing',
  }));
  const isTheirs = ({ name }: EnabledUnit): boolean =>
    plans.some(({ path, finding }) => path === `${unitFolder}/${name}` && finding);
  return {
    write: [],
    remove: plans.flatMap(({ path, finding, isDue }) => (isDue && !finding ? [path] : [])),
    enable: [],
    disable: unitsToEnable.filter(unit => found.links.get(unit.name) === 'ours' && !isTheirs(unit)),
    findings: plans.flatMap(({ finding }) => finding ?? []),
  };
}

function inTheWay(path: string, there: FoundUnit): Finding | undefined {
  if (there === 'nothing') return undefined;
  const owner = there === 'no-file' ? 'foreign' : ownerOf(there.text);
  if (owner === 'ours') return undefined;
  if (owner === 'foreign') {
    return {
      code: 'UNIT_FOREIGN',
      subject: path,
      reason: 'genctl has not written it, so it stays as it is',
      hint: 'Move it away, and run this again.',
    };
  }
  return {
    code: 'UNIT_EDITED',
    subject: path,
    reason: 'it was edited since genctl wrote it, so it stays as it is',
    hint: path.startsWith(unitFolder)
      ? 'Move it away, run this again, and put what you need into a drop-in: systemctl edit.'
      : 'Move it away, and run this again.',
  };
}
