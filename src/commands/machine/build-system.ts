import { formatBytes } from '../../bytes.ts';
import { platform } from '../../host/platform.ts';
import type { Root } from '../../host/root.ts';
import { writeNotice } from '../../host/terminal.ts';
import { printableLine } from '../../printable.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store.ts';
import type { StorePath } from '../../store/store-path.ts';
import { buildFiles } from '../../system/build-files.ts';
import { readDeclaration } from '../../system/declaration/read-declaration.ts';
import type { BuiltSystem } from '../../system/system-tree.ts';
import { type BootSettings, declaredSettings } from './boot-settings.ts';

/** Files from this size on take long enough on slow disks for a word about them. */
const largeBytes = 32 << 20;

export interface Build {
  toplevel: StorePath;
  settings: BootSettings;
  system: BuiltSystem;
}

/** Builds the system that is declared. Adding to the store changes nothing of the machine. */
export async function buildSystem(root: Root, configFolder: string): Promise<Build> {
  return await buildInto(openStore(root, 'change'), root, configFolder);
}

/** Builds the system that is declared, and puts its damaged parts in place anew. */
export async function rebuildSystem(root: Root, configFolder: string): Promise<Build> {
  const store = openStore(root, 'change');
  const add: Store['add'] = (name, tree, options) => store.addAnew(name, tree, options);
  return await buildInto({ add }, root, configFolder);
}

async function buildInto(
  store: Pick<Store, 'add'>,
  root: Root,
  configFolder: string,
): Promise<Build> {
  const declaration = readDeclaration(root, configFolder);
  const settings = declaredSettings(declaration);
  const system = await buildFiles({
    root,
    store,
    configFolder,
    declaration,
    platform: platform(),
    onInput: (name, sizeBytes) => {
      if (sizeBytes >= largeBytes) writeNotice(`reading ${name} (${formatBytes(sizeBytes)})\n`);
    },
    onLeftOut: sentence => writeNotice(`${printableLine(sentence)}\n`),
  });
  return { toplevel: system.toplevel, settings, system };
}
