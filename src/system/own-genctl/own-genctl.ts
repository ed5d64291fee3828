import { posix } from 'node:path';
import { Folder } from '../../host/folder.ts';
import { type OwnFiles, ownFiles } from '../../host/own-files.ts';
import type { Root } from '../../host/root.ts';
import { selfPlaceholder } from '../../store/self-reference.ts';
import type { Store } from '../../store/store.ts';
import { type StorePath, storePathAbove, toStorePathName } from '../../store/store-path.ts';
import { copyOf, fileOf, folderOf } from '../../store/tree.ts';
import { version } from '../../version.ts';
import { recallPath, rememberPath } from './remembered-path.ts';

/** Packages of Debian that a system needs to run genctl: Node is written in C++. */
export const genctlPackages: readonly string[] = ['libstdc++6'];

const name = toStorePathName(`genctl-${version}`);

/**
 * Adds the genctl that runs to a store, as `bin/genctl` of a path of its own: the same genctl gives
 * the same path, whichever machine it is added on. Where it runs from that store, that is it.
 *
 * @param root the machine that the store is of, where it is remembered what was added
 * @throws GenctlError OWN_FILES_UNFIT, and those of the store
 */
export async function ownGenctl(root: Root, store: Pick<Store, 'add' | 'has'>): Promise<StorePath> {
  const files = ownFiles();
  const running = storePathAbove(files.kind === 'single' ? files.executable : files.bundle);
  const known = running ?? recallPath(root, files);
  if (known !== undefined && (await store.has(known))) return known;
  return await addOwnGenctl(root, store);
}

/** The same, reading all of it anew. */
export async function addOwnGenctl(root: Root, store: Pick<Store, 'add'>): Promise<StorePath> {
  const files = ownFiles();
  const added = await add(store, files);
  rememberPath(root, files, added);
  return added;
}

async function add(store: Pick<Store, 'add'>, files: OwnFiles): Promise<StorePath> {
  if (files.kind === 'single') {
    using folder = Folder.atHostPath(posix.dirname(files.executable));
    const executable = copyOf(folder, posix.basename(files.executable));
    return await store.add(name, folderOf({ bin: folderOf({ genctl: executable }) }));
  }
  using nodeFolder = Folder.atHostPath(posix.dirname(files.node));
  using bundleFolder = Folder.atHostPath(posix.dirname(files.bundle));
  const tree = folderOf({
    bin: folderOf({
      genctl: fileOf(startedBy(bundleFolder.readFile(posix.basename(files.bundle))), {
        executable: true,
      }),
      node: copyOf(nodeFolder, posix.basename(files.node)),
    }),
    // Without an ending, Node takes a file's kind from the nearest package.json.
    'package.json': fileOf('{"type":"commonjs"}\n'),
  });
  return await store.add(name, tree, { mentionsSelf: true });
}

/** A bundle whose first line names the Node beside it, whatever it named before. */
function startedBy(bundle: Buffer): Buffer {
  const rest = bundle.subarray(bundle.indexOf('\n') + 1);
  return Buffer.concat([Buffer.from(`#!${selfPlaceholder(name)}/bin/node\n`), rest]);
}
