import { platform } from '../../host/platform.ts';
import type { Root } from '../../host/root.ts';
import { openStore } from '../../store/open-store.ts';
import type { StorePath } from '../../store/store-path.ts';
import { buildFiles } from '../../system/build-files.ts';
import { readDeclaration } from '../../system/declaration/read-declaration.ts';
import type { BuiltSystem } from '../../system/system-tree.ts';
import { type BootSettings, declaredSettings } from './boot-settings.ts';

export interface Build {
  toplevel: StorePath;
  settings: BootSettings;
  system: BuiltSystem;
}

/** Builds the system that is declared. Adding to the store changes nothing of the machine. */
export async function buildSystem(root: Root, configFolder: string): Promise<Build> {
  const declaration = readDeclaration(root, configFolder);
  const settings = declaredSettings(declaration);
  const store = openStore(root, 'change');
  const system = await buildFiles({
    root,
    store,
    configFolder,
    declaration,
    platform: platform(),
  });
  return { toplevel: system.toplevel, settings, system };
}
