// Takes single packages out of Debian's archive, unpacked and never installed: no privileges needed.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool, ToolError } from './run-tool.ts';
import { removeTree } from './work-folder.ts';

/** Tells what is going on, one line at a time. */
export type Progress = (line: string) => void;

/** Downloads a package and unpacks it into `folder`, unless that exists already. */
export async function unpackPackage(
  name: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  await makeWhole(folder, async (tree, scratch) => {
    progress(`downloading ${name}`);
    await withPackageLists(progress, () =>
      runTool('apt-get', ['download', name], { cwd: scratch }),
    );
    const archive = (await readdir(scratch)).find(file => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get downloaded no package for ${name}`);
    progress(`unpacking ${archive}`);
    await runTool('dpkg-deb', ['-x', archive, tree], { cwd: scratch });
  });
}

/**
 * Unpacks packages and what they depend on into one folder, as if nothing were installed here,
 * unless that exists already. What is `unneeded` of what apt finds is downloaded and left out.
 */
export async function unpackClosure(
  packages: readonly string[],
  unneeded: RegExp,
  folder: string,
  progress: Progress,
): Promise<void> {
  await makeWhole(folder, async (tree, scratch) => {
    progress(`downloading ${packages.join(' ')} and what they depend on`);
    const archives = join(scratch, 'cache/archives');
    await mkdir(join(archives, 'partial'), { recursive: true });
    await writeFile(join(scratch, 'status'), '');
    const settings = [
      `Dir::State::status=${join(scratch, 'status')}`,
      `Dir::Cache=${join(scratch, 'cache')}`,
      'Debug::NoLocking=1',
    ].flatMap(setting => ['--option', setting]);
    const how = ['--quiet', '--yes', '--download-only', '--no-install-recommends'];
    await withPackageLists(progress, () =>
      runTool('apt-get', [...how, ...settings, 'install', ...packages]),
    );
    const found = (await readdir(archives)).filter(name => name.endsWith('.deb'));
    for (const name of found.filter(name => !unneeded.test(name)).toSorted()) {
      await runTool('dpkg-deb', ['-x', join(archives, name), tree]);
    }
  });
}

/**
 * Makes a folder, unless it exists already. Killed at any moment, it leaves either the whole folder
 * or none.
 *
 * @param fill makes `tree`, and may leave other things in `scratch`
 */
async function makeWhole(
  folder: string,
  fill: (tree: string, scratch: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  // Beside its final place, because a rename does not cross file systems.
  const scratch = await mkdtemp(join(dirname(folder), '.partial-'));
  try {
    const tree = join(scratch, 'tree');
    await fill(tree, scratch);
    await rename(tree, folder);
  } finally {
    await removeTree(scratch);
  }
}

/** The packages that the newest version of `name` depends on, first alternatives only. */
export async function packageDependencies(
  name: string,
  progress: Progress = () => undefined,
): Promise<readonly string[]> {
  const record = await withPackageLists(progress, () =>
    runTool('apt-cache', ['show', '--no-all-versions', name]),
  );
  const depends = /^Depends: (.*)$/m.exec(record)?.[1] ?? '';
  return depends.split(',').flatMap(clause => /^\s*([a-z0-9][a-z0-9.+-]*)/.exec(clause)?.[1] ?? []);
}

/** Apt's lists may be absent (a fresh container) or stale: refreshed once, where we may. */
async function withPackageLists<T>(progress: Progress, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.status === undefined) {
      throw new Error('this needs a Debian system: apt-get and apt-cache are missing', {
        cause: error,
      });
    }
    if (process.getuid?.() !== 0) {
      throw new Error(
        `${error.message}\nhint: apt's package lists may be missing or stale: sudo apt-get update`,
        { cause: error },
      );
    }
    progress("refreshing apt's package lists (apt-get update)");
    await runTool('apt-get', ['update']);
    return action();
  }
}
