import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';

/** Where Nix keeps links to what must not be collected; anybody may add to it. */
const gcRootsFolder = '/nix/var/nix/gcroots';

/** The targets of all links below it, also through the indirect ones of `auto`. */
export function readGcRoots(root: Root): string[] {
  using folder = root.folderIfThere(gcRootsFolder);
  if (folder === undefined) return [];
  return [...linkTargets(folder)].map(target => {
    // An indirect root is a link to a link in somebody's working folder.
    const isIndirect = target.startsWith('/') && !target.startsWith('/nix/store/');
    return isIndirect && root.stat(target) !== undefined ? root.realPath(target) : target;
  });
}

function* linkTargets(folder: Folder): Generator<string, void, undefined> {
  for (const name of folder.names()) {
    const kind = folder.stat(name)?.kind;
    if (kind === 'link') yield folder.readLink(name);
    if (kind === 'folder') {
      using inner = folder.open(name);
      yield* linkTargets(inner);
    }
  }
}
