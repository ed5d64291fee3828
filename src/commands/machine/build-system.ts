import { formatBytes } from '../../bytes.ts';
import { GenctlError } from '../../errors.ts';
import { platform } from '../../host/platform.ts';
import type { Root } from '../../host/root.ts';
import { writeNotice } from '../../host/terminal.ts';
import { ProgressLine } from '../../output/progress-line.ts';
import { printableLine } from '../../printable.ts';
import { mendingStore } from '../../store/mending-store.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store.ts';
import type { StorePath } from '../../store/store-path.ts';
import { buildFiles } from '../../system/build-files.ts';
import type { Lock } from '../../system/debian/lock/lock.ts';
import { readLock } from '../../system/debian/lock/lock-file.ts';
import type { Declaration } from '../../system/declaration/declaration.ts';
import { readDeclaration } from '../../system/declaration/read-declaration.ts';
import type { BuiltSystem } from '../../system/system-tree.ts';
import { type BootSettings, declaredSettings } from './boot-settings.ts';

/** Files from this size on take long enough on slow disks for a word about them. */
const largeBytes = 32 << 20;

export interface Build {
  toplevel: StorePath;
  settings: BootSettings;
  system: BuiltSystem;
  /** What the packages were built by, where it is not what `genctl.lock` says. */
  newLock: Lock | undefined;
}

/** Builds the system that is declared. Adding to the store changes nothing of the machine. */
export async function buildSystem(root: Root, configFolder: string): Promise<Build> {
  return await buildInto(openStore(root, 'change'), { root, configFolder, reuse: true });
}

/** The same from nothing, without what earlier builds left. */
export async function buildSystemAfresh(root: Root, configFolder: string): Promise<Build> {
  return await buildInto(openStore(root, 'change'), { root, configFolder, reuse: false });
}

/**
 * Builds what is declared on one root into the store of another one that is being made: of the first
 * one come the files that the declaration names, and the caches.
 */
export async function buildSystemInto(
  target: Root,
  root: Root,
  configFolder: string,
): Promise<Build> {
  return await buildInto(openStore(target, 'change'), { root, configFolder, reuse: true });
}

/** Builds the system that is declared, and puts its damaged parts in place anew. */
export async function rebuildSystem(root: Root, configFolder: string): Promise<Build> {
  const store = mendingStore(openStore(root, 'change'));
  return await buildInto(store, { root, configFolder, reuse: false });
}

/** Whether building what is declared uses caches that only one run at a time may write. */
export function sharesCaches(root: Root, configFolder: string): boolean {
  return readDeclaration(root, configFolder).system.builder === 'debian';
}

interface Wish {
  root: Root;
  configFolder: string;
  reuse: boolean;
}

async function buildInto(store: Store, wish: Wish): Promise<Build> {
  const declaration = readDeclaration(wish.root, wish.configFolder);
  const settings = declaredSettings(declaration);
  const { system, newLock } = await buildBy(store, wish, declaration);
  return { toplevel: system.toplevel, settings, system, newLock };
}

async function buildBy(
  store: Store,
  { root, configFolder, reuse }: Wish,
  declaration: Declaration,
): Promise<Pick<Build, 'system' | 'newLock'>> {
  const common = { root, store, configFolder, declaration, platform: platform() };
  switch (declaration.system.builder) {
    case 'files': {
      const system = await buildFiles({
        ...common,
        onInput: (name, sizeBytes) => {
          if (sizeBytes >= largeBytes) writeNotice(`reading ${name} (${formatBytes(sizeBytes)})\n`);
        },
        onLeftOut,
      });
      return { system, newLock: undefined };
    }
    case 'debian': {
      const { buildDebian } = await import('../../system/debian/build-debian.ts');
      using progress = new ProgressLine();
      const lock = readLock(root, configFolder);
      const built = await buildDebian({
        ...common,
        lock,
        reuse,
        onProgress: line => progress.say(line),
        onPackage: ({ name, number, count }) =>
          progress.say(`installing ${name} (${number} of ${count})`),
        onWhole: reason => {
          progress.clear();
          writeNotice(`installing all packages anew: ${printableLine(reason)}\n`);
        },
        onLeftOut: sentence => {
          progress.clear();
          onLeftOut(sentence);
        },
      });
      const isSame = JSON.stringify(built.lock) === JSON.stringify(lock);
      return { system: built.system, newLock: isSame ? undefined : built.lock };
    }
    case 'nix':
      throw new GenctlError('BUILDER_UNSUPPORTED', '[system] builder = nix: not in this version', {
        hint: 'Use builder = files or builder = debian.',
      });
  }
}

function onLeftOut(sentence: string): void {
  writeNotice(`${printableLine(sentence)}\n`);
}
