import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Folder } from '../../host/folder.ts';
import type { OwnFiles } from '../../host/own-files.ts';
import type { Root } from '../../host/root.ts';
import { isStorePath, type StorePath } from '../../store/store-path.ts';

/**
 * Which store path these files have become, one line `KEY PATH`. Reading 100 MB anew for each build
 * would take longer than the rest of it. It can be made again, and is believed only where the path
 * is valid.
 */
const cacheFolder = '/var/cache/genctl';
const fileName = 'own-genctl';

/** The store path that these files became when they were as they are now. */
export function recallPath(root: Root, files: OwnFiles): StorePath | undefined {
  using folder = root.folderIfThere(cacheFolder);
  const [key, path = ''] = (folder?.readTextIfThere(fileName) ?? '').trim().split(' ');
  return key === keyOf(files) && isStorePath(path) ? path : undefined;
}

export function rememberPath(root: Root, files: OwnFiles, path: StorePath): void {
  using folder = root.folderOrMake(cacheFolder);
  const draft = `${fileName}.new`;
  folder.removeTree(draft);
  folder.createFile(draft, Buffer.from(`${keyOf(files)} ${path}\n`));
  folder.rename(draft, fileName);
}

/** Changes with every write to one of the files: nobody can set a change time. */
function keyOf(files: OwnFiles): string {
  const paths = files.kind === 'single' ? [files.executable] : [files.node, files.bundle];
  const stats = paths.map(path => {
    using folder = Folder.atHostPath(posix.dirname(path));
    const stat = folder.stat(posix.basename(path));
    return [stat?.device, stat?.inode, stat?.sizeBytes, stat?.ctimeMilliseconds];
  });
  return createHash('sha256')
    .update(JSON.stringify([files.kind, stats]))
    .digest('hex');
}
