import { ifThere } from '../../host/file-error.ts';
import { type Root, split } from '../../host/root.ts';
import { linkFile, type UnitFile, type UnitFiles } from './unit-files.ts';

/** Larger ones are no unit files; systemd refuses them as well. */
const maxUnitBytes = 4 << 20;

/** A path that ends nowhere, be it in a circle. */
const nowhere = ['FILE_MISSING', 'NOT_A_FOLDER', 'LINK_LOOP', 'PATH_NOT_TEXT', 'PATH_IMPOSSIBLE'];

/**
 * The unit files of a root as they are, each read when its text is asked for, and once. Links are
 * followed as the root's own, never out of it.
 */
export function liveUnitFiles(root: Root): UnitFiles {
  const entries = remembered(folder => entriesOf(root, folder));
  const text = remembered(path => ifThere(() => textAt(root, path), nowhere));
  const at = remembered((path): UnitFile | undefined => {
    const { parent, name } = split(path);
    const target = entries(parent).get(name);
    if (target !== undefined) return linkFile(target, () => text(path));
    const content = entries(parent).has(name) ? text(path) : undefined;
    return content === undefined ? undefined : { kind: 'file', text: content };
  });
  return { names: folder => [...entries(folder).keys()], at };
}

function remembered<T>(look: (path: string) => T): (path: string) => T {
  const seen = new Map<string, { found: T }>();
  return path => {
    const known = seen.get(path) ?? { found: look(path) };
    seen.set(path, known);
    return known.found;
  };
}

/** Names in a folder, sorted, and where those lead that are links. */
function entriesOf(root: Root, path: string): ReadonlyMap<string, string | undefined> {
  const entries = ifThere(() => {
    using folder = root.folder(path);
    const links = new Set(
      folder
        .rawEntries()
        .filter(({ kind }) => kind === 'link')
        .map(({ name }) => name.toString()),
    );
    return folder
      .names()
      .map(name => [name, links.has(name) ? folder.readLinkIfThere(name) : undefined] as const);
  }, nowhere);
  return new Map(entries);
}

/** The text that a path leads to. A device such as /dev/null stands for an empty file. */
function textAt(root: Root, path: string): string | undefined {
  const stat = root.stat(path);
  if (stat?.kind === 'other') return '';
  if (stat?.kind !== 'file' || stat.sizeBytes > maxUnitBytes) return undefined;
  return root.readFile(path, maxUnitBytes).toString('utf8');
}
