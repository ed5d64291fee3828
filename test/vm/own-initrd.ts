// The initrd that genctl makes for Debian's generations, of the kernel of the test machines.
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { folderOf } from '../../src/store/tree.ts';
import { buildInitrd } from '../../src/system/initrd/build-initrd.ts';
import { configurationOf } from '../system/initrd/sample-configuration.ts';
import type { Parts } from './parts.ts';
import { runTool } from './run-tool.ts';

const hash = '0'.repeat(32);

/** The tree whose busybox goes in. */
export const tree = `/nix/store/${hash}-tree` as StorePath;

const modules = `/nix/store/${hash}-modules` as StorePath;

/**
 * Makes the initrd of a declaration, in folders of its own below one; gives its path on the host.
 * Needs depmod.
 */
export async function makeOwnInitrd(
  folder: string,
  parts: Parts,
  declaration: string,
): Promise<string> {
  const host = join(folder, 'host');
  const path = (logicalPath: string): string => join(host, logicalPath);
  await mkdir(path(`${tree}/usr/bin`), { recursive: true });
  await cp(parts.busybox, path(`${tree}/usr/bin/busybox`));
  await mkdir(path(modules), { recursive: true });
  await cp(parts.modules, path(`${modules}/${parts.kernelVersion}`), { recursive: true });
  const lib = join(folder, 'lib');
  await mkdir(join(lib, 'lib'), { recursive: true });
  await symlink(path(modules), join(lib, 'lib/modules'));
  await runTool('depmod', ['-b', lib, parts.kernelVersion]);
  using root = new Root(host);
  const initrd = await buildInitrd({
    root,
    store: new LocalStore(root),
    configuration: configurationOf(declaration),
    etc: folderOf({}),
    tree,
    modules,
    kernelRelease: parts.kernelVersion,
    originOf: () => undefined,
    reuse: true,
  });
  return root.onHost(initrd);
}
