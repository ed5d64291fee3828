import type { Folder } from '../../host/folder.ts';
import { type Root, split } from '../../host/root.ts';
import type { FoundUnit, FoundUnits } from './plan-units.ts';
import { timerName, unitFolder, unitPaths } from './render-units.ts';

/** Where systemd looks for what starts with its timers. */
export const wantsFolder = `${unitFolder}/timers.target.wants`;

/** Larger ones are not ours. */
const maxUnitBytes = 1 << 20;

/** Looks at the places of all units and hooks. */
export function readUnits(root: Root): FoundUnits {
  const files = new Map(unitPaths().map(path => [path, readUnit(root, path)]));
  using wants = root.folderIfThere(wantsFolder);
  return { files, timerLink: wants === undefined ? 'nothing' : readTimerLink(wants) };
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
function readTimerLink(wants: Folder): FoundUnits['timerLink'] {
  if (wants.stat(timerName) === undefined) return 'nothing';
  const target = wants.readLinkIfThere(timerName);
  return target === `${unitFolder}/${timerName}` || target === `../${timerName}`
    ? 'ours'
    : 'foreign';
}
