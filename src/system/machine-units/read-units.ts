import { type Root, split } from '../../host/root.ts';
import type { FoundLink, FoundUnit, FoundUnits } from './plan-units.ts';
import { type EnabledUnit, unitFolder, unitPaths, unitsToEnable } from './render-units.ts';

/** Where systemd looks for what starts with a target. */
export function wantsFolder({ wantedBy }: EnabledUnit): string {
  return `${unitFolder}/${wantedBy}.wants`;
}

/** Larger ones are not ours. */
const maxUnitBytes = 1 << 20;

/** Looks at the places of all units and hooks. */
export function readUnits(root: Root): FoundUnits {
  const files = new Map(unitPaths().map(path => [path, readUnit(root, path)]));
  return { files, links: new Map(unitsToEnable.map(unit => [unit.name, readLink(root, unit)])) };
}

function readUnit(root: Root, path: string): FoundUnit {
  const { parent, name } = split(path);
  using folder = root.folderIfThere(parent);
  const stat = folder?.stat(name);
  if (folder === undefined || stat === undefined) return 'nothing';
  if (stat.kind !== 'file' || stat.sizeBytes > maxUnitBytes) return 'no-file';
  return { text: folder.readFile(name).toString('utf8'), mode: stat.mode };
}

/** systemctl makes absolute links; a relative one says the same. */
function readLink(root: Root, unit: EnabledUnit): FoundLink {
  using wants = root.folderIfThere(wantsFolder(unit));
  if (wants?.stat(unit.name) === undefined) return 'nothing';
  const target = wants.readLinkIfThere(unit.name);
  return target === `${unitFolder}/${unit.name}` || target === `../${unit.name}`
    ? 'ours'
    : 'foreign';
}
