import { ifThere } from '../../host/file-error.ts';
import { type Root, split } from '../../host/root.ts';
import type { UnitFile, UnitFiles } from './unit-files.ts';

/** Larger ones are no unit files; systemd refuses them as well. */
const maxUnitBytes = 4 << 20;

/** A path that ends nowhere, be it in a circle. */
const nowhere = ['FILE_MISSING', 'NOT_A_FOLDER', 'LINK_LOOP', 'PATH_NOT_TEXT', 'PATH_IMPOSSIBLE'];

/**
 * The unit files of a root as they are, each read when it is asked for, and once. Links are
 * followed as the root's own, never out of it.
 */
export function liveUnitFiles(root: Root): UnitFiles {
  const names = remembered(folder => namesIn(root, folder));
  const files = remembered(path => fileAt(root, path));
  return { names, at: files };
}

function remembered<T>(look: (path: string) => T): (path: string) => T {
  const seen = new Map<string, { found: T }>();
  return path => {
    const known = seen.get(path) ?? { found: look(path) };
    seen.set(path, known);
    return known.found;
  };
}

function namesIn(root: Root, path: string): readonly string[] {
  const names = ifThere(() => {
    using folder = root.folder(path);
    return folder.names();
  }, nowhere);
  return names ?? [];
}

function fileAt(root: Root, path: string): UnitFile | undefined {
  return ifThere(() => {
    const { parent, name } = split(path);
    using folder = root.folder(parent);
    const target = folder.readLinkIfThere(name);
    const text = ifThere(() => textAt(root, path), nowhere);
    if (target !== undefined) return { kind: 'link', target, text };
    return text === undefined ? undefined : { kind: 'file', text };
  }, nowhere);
}

/** The text that a path leads to. A device such as /dev/null stands for an empty file. */
function textAt(root: Root, path: string): string | undefined {
  const stat = root.stat(path);
  if (stat?.kind === 'other') return '';
  if (stat?.kind !== 'file' || stat.sizeBytes > maxUnitBytes) return undefined;
  return root.readFile(path, maxUnitBytes).toString('utf8');
}
