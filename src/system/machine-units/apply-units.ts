import type { Folder } from '../../host/folder.ts';
import { type Root, split } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { hasServiceManager } from '../../host/service-manager.ts';
import type { UnitPlan } from './plan-units.ts';
import { wantsFolder } from './read-units.ts';
import { type EnabledUnit, unitFolder } from './render-units.ts';
import type { UnitFile } from './unit-file.ts';

/**
 * Carries a plan out. Files come first and go last, so that systemd is never told of one that is
 * not there.
 *
 * @throws GenctlError PROGRAM_FAILED where systemd refuses; run again, the rest is done then
 */
export async function applyUnits(root: Root, plan: UnitPlan): Promise<void> {
  const hasSystemd = hasServiceManager(root);
  for (const unit of plan.disable) {
    if (hasSystemd) await run('systemctl', ['disable', ...now(unit), unit.name]);
    else removeLink(root, unit);
  }
  for (const file of plan.write) writeUnit(root, file);
  for (const path of plan.remove) removeUnit(root, path);
  const changed = [...plan.write.map(({ path }) => path), ...plan.remove];
  if (hasSystemd && changed.some(path => path.startsWith(`${unitFolder}/`))) {
    await run('systemctl', ['daemon-reload']);
  }
  for (const unit of plan.enable) {
    if (hasSystemd) await run('systemctl', ['enable', ...now(unit), unit.name]);
    else makeLink(root, unit);
  }
}

function writeUnit(root: Root, { path, text, mode }: UnitFile): void {
  const { parent, name } = split(path);
  using folder = root.folderOrMake(parent);
  // Neither run-parts nor kernel-install nor systemd takes such a name.
  const partial = `${name}.genctl-part`;
  folder.removeTree(partial);
  folder.createFile(partial, Buffer.from(text), mode);
  folder.rename(partial, name);
  folder.sync();
}

function removeUnit(root: Root, path: string): void {
  const { parent, name } = split(path);
  using folder = root.folder(parent);
  removeName(folder, name);
}

function now({ startsNow }: EnabledUnit): string[] {
  return startsNow ? ['--now'] : [];
}

function makeLink(root: Root, unit: EnabledUnit): void {
  using wants = root.folderOrMake(wantsFolder(unit));
  wants.makeLink(unit.name, `${unitFolder}/${unit.name}`);
  wants.sync();
}

function removeLink(root: Root, unit: EnabledUnit): void {
  using wants = root.folder(wantsFolder(unit));
  removeName(wants, unit.name);
}

function removeName(folder: Folder, name: string): void {
  folder.removeFile(name);
  folder.sync();
}
