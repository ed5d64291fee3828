import source from '../../../templates/initrd/make-initramfs.sh.eta';
import { GenctlError, messageOf } from '../../errors.ts';
import type { Folder } from '../../host/folder.ts';
import { run } from '../../host/run.ts';
import { printableLine } from '../../printable.ts';
import { layTree } from '../../store/lay-tree.ts';
import type { Tree } from '../../store/tree.ts';
import { shellWord, template } from '../../template.ts';
import type { SettingsFile } from './initramfs-settings.ts';

export interface InitramfsInput {
  /** An empty folder of the host's. */
  scratch: Folder;
  /** Where the tree is on the host. */
  tree: string;
  /** Where the folder is on the host that is shown at /usr/lib/modules. */
  modules: string;
  kernelRelease: string;
  /** What hooks are to find below /etc in place of what the tree has there, by path. */
  etc: ReadonlyMap<string, Tree>;
  /** As `initramfsSettings` makes them. */
  settings: ReadonlyMap<string, SettingsFile>;
}

interface ScriptData {
  tree: string;
  modules: string;
  kernelRelease: string;
  scratch: string;
}

const render = template<ScriptData>(source, shellWord);

/**
 * Makes an initrd by the initramfs-tools of a tree, which stays as it is.
 *
 * @returns the folder that it is in, and its name there
 * @throws GenctlError INITRD_FAILED with the last that mkinitramfs said
 */
export async function writeInitramfs(
  input: InitramfsInput,
): Promise<{ folder: Folder; name: string }> {
  const { scratch, etc, settings, ...places } = input;
  const upper = scratch.openOrMake('upper');
  for (const [path, tree] of etc) layAt(upper, ['etc', ...path.split('/')], tree);
  for (const [path, file] of settings) laySetting(upper, path.split('/'), file);
  try {
    await run('unshare', ['--mount', '--propagation', 'private', '--', 'sh', '-s'], {
      input: render({ ...places, scratch: scratch.realPath }),
    });
  } catch (thrown) {
    upper[Symbol.dispose]();
    throw new GenctlError(
      'INITRD_FAILED',
      `cannot make the initrd by initramfs-tools: ${printableLine(messageOf(thrown))}`,
      { cause: thrown, hint: 'Run genctl as root; mkinitramfs needs to mount an overlay.' },
    );
  }
  return { folder: upper, name: 'initrd' };
}

function layAt(folder: Folder, [name = '', ...rest]: readonly string[], tree: Tree): void {
  if (rest.length > 0) {
    using inner = folder.openOrMake(name);
    layAt(inner, rest, tree);
  } else {
    layTree(tree, folder, name);
  }
}

function laySetting(folder: Folder, path: readonly string[], file: SettingsFile): void {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    using inner = folder.openOrMake(name);
    laySetting(inner, rest, file);
  } else {
    const mode = file.executable ? 0o755 : 0o644;
    folder.createUnsynced(name, Buffer.from(file.text), mode);
    // A umask may have taken bits away.
    folder.setMode(name, mode);
  }
}
