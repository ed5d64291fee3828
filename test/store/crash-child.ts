// What the crash tests kill: adds, collects or optimises in the store below a folder, adds a tree;
// and what builds beside a collector.
import { Folder } from '../../src/host/folder.ts';
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

const [, , verb, rootPath, sourcePath] = process.argv;

/** Adds paths that refer to those before them, says which, and stays until it is let go. */
async function build(store: LocalStore): Promise<void> {
  const added: StorePath[] = [];
  for (let index = 0; index < 30; index++) {
    const inputs = added.slice(-2);
    const entries = inputs.map((path, at) => [`${at}`, linkTo(path)] as const);
    const tree = folderOf([...entries, ['same', fileOf('the same')]]);
    added.push(await store.add(`built-${index}`, tree, { inputs }));
  }
  process.stdout.write(`${added.join(' ')}\n`);
  process.stdin.resume();
}

if (verb === 'build') await build(new LocalStore(new Root(String(rootPath))));
if (verb === 'add' || verb === 'collect' || verb === 'optimise') {
  const store = new LocalStore(new Root(String(rootPath)));
  if (verb === 'add') await addBoth(store);
  else if (verb === 'collect') await store.collect([]);
  else await store.optimise();
}
if (verb === 'add-os-tree') {
  const store = new LocalStore(new Root(String(rootPath)));
  await store.osTrees.add('tree', Folder.atHostPath(String(sourcePath)), 'tree');
}
