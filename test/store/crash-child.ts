// What the crash tests kill: adds or deletes a system in the store below a folder.
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { selfPlaceholder } from '../../src/store/self-reference.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { fileOf, folderOf, linkTo, type Tree } from '../../src/store/tree.ts';

/** A system with all kinds of files, which mentions itself and a kernel. */
export function crashSystem(kernel: StorePath): Tree {
  const me = selfPlaceholder('system');
  return folderOf({
    init: fileOf(`#!/bin/sh\nexec ${me}/activate\n`, { executable: true }),
    kernel: linkTo(kernel),
    specialisation: folderOf({ empty: folderOf({}), note: fileOf('x') }),
  });
}

export const crashKernel = fileOf('a kernel');

export async function addBoth(
  store: LocalStore,
): Promise<{ kernel: StorePath; system: StorePath }> {
  const kernel = await store.add('kernel', crashKernel);
  const options = { inputs: [kernel], mentionsSelf: true };
  return { kernel, system: await store.add('system', crashSystem(kernel), options) };
}

const [, , verb, rootPath] = process.argv;
if (verb === 'add' || verb === 'delete') {
  const store = new LocalStore(new Root(String(rootPath)));
  if (verb === 'add') await addBoth(store);
  else await store.delete(await store.paths());
}
