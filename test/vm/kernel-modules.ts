// Which modules of a kernel to load, in which order. Read from the modules themselves, because a
// kernel that was unpacked and not installed has no modules.dep.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runTool } from './run-tool.ts';

export interface KernelModule {
  readonly name: string;
  /** Uncompressed, as `insmod` takes it. */
  readonly content: Buffer;
}

/**
 * The wanted modules after everything that they depend on. Those that are built into the kernel
 * are left out; one that is nowhere is an error. `folder` is the kernel's `lib/modules/VERSION`.
 */
export async function modulesInLoadOrder(
  folder: string,
  wanted: readonly string[],
): Promise<readonly KernelModule[]> {
  const builtin = new Set(
    (await readFile(join(folder, 'modules.builtin'), 'utf8')).split('\n').map(moduleName),
  );
  const paths = new Map<string, string>();
  for (const path of await readdir(join(folder, 'kernel'), { recursive: true })) {
    if (/\.ko(\.xz)?$/.test(path)) paths.set(moduleName(path), join(folder, 'kernel', path));
  }
  const loaded = new Map<string, KernelModule>();
  const load = async (name: string): Promise<void> => {
    if (loaded.has(name) || builtin.has(name)) return;
    const path = paths.get(name);
    if (path === undefined) throw new Error(`no kernel module ${name} in ${folder}`);
    const content = await readModule(path);
    for (const dependency of moduleDependencies(content)) await load(dependency);
    loaded.set(name, { name, content });
  };
  for (const name of wanted) await load(moduleName(name));
  return [...loaded.values()];
}

/** The kernel takes `-` and `_` for the same in a module's name; files use both. */
function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz)?$/, '')
    .replaceAll('-', '_');
}

/** From the NUL-separated `key=value` strings of the module's .modinfo section. */
function moduleDependencies(content: Buffer): readonly string[] {
  const list = /\0depends=([^\0]*)\0/.exec(content.toString('latin1'))?.[1] ?? '';
  return list.split(',').filter(Boolean).map(moduleName);
}

async function readModule(path: string): Promise<Buffer> {
  if (!path.endsWith('.xz')) return readFile(path);
  // Debian 13 compresses its modules; busybox's insmod does not take that.
  return Buffer.from(await runTool('xz', ['-dc', path], { encoding: 'latin1' }), 'latin1');
}
