import { posix } from 'node:path';
import type { ActivationItem } from '../../../activation/activation-plan.ts';
import { readAppliedManifest } from '../../../activation/activation-state.ts';
import { type Manifest, readSystemManifest } from '../../../activation/read-manifest.ts';
import { isConfiguration } from '../../../activation/units/configuration.ts';
import type { PlacedUnitFiles } from '../../../activation/units/future-unit-files.ts';
import { linkFile, type UnitFile, type UnitFiles } from '../../../activation/units/unit-files.ts';
import type { Root } from '../../../host/root.ts';
import { holdTheSame, textAt } from './placed-files.ts';

/**
 * What an activation puts into `/etc` and takes away of what systemd and its units read, as it will
 * be seen then. All that it leaves as it is, edits included, is left out.
 *
 * @param live the files as they are
 * @param items what `activate plan` said
 */
export function placedUnitFiles(
  root: Root,
  live: UnitFiles,
  system: string,
  items: readonly ActivationItem[],
): PlacedUnitFiles {
  const wanted = readSystemManifest(root, system);
  const placed = new Map<string, UnitFile>();
  const removed = new Set<string>();
  const place = (path: string, file: UnitFile | undefined): void => {
    if (file !== undefined) placed.set(`/etc/${path}`, file);
  };
  for (const path of changedLinks(root, readAppliedManifest(root), wanted)) {
    place(path, staticLink(root, wanted, path));
  }
  for (const item of items) {
    if (!('path' in item) || !isConfiguration(`/etc/${item.path}`)) continue;
    const { path } = item;
    switch (item.action) {
      case 'link':
        place(path, staticLink(root, wanted, path));
        break;
      case 'direct':
        place(path, directLink(root, path, item.target));
        break;
      case 'copy':
        place(path, copiedFile(root, wanted, path));
        break;
      case 'restore':
        place(path, live.at(item.backup));
        break;
      case 'keep':
        placed.delete(`/etc/${path}`);
        break;
      case 'backup':
      case 'remove':
      case 'remove-folder':
        // What takes its place has an item of its own.
        removed.add(`/etc/${path}`);
        break;
      default:
        break;
    }
  }
  return { placed, removed };
}

/** Links of ours that stay, and that lead to another content now that /etc/static changes. */
function changedLinks(root: Root, applied: Manifest | undefined, wanted: Manifest): string[] {
  if (applied === undefined || applied.from === wanted.from) return [];
  const before = new Set(applied.links);
  const folders = new Map<string, string[]>();
  for (const path of wanted.links) {
    if (!before.has(path) || !isConfiguration(`/etc/${path}`)) continue;
    const folder = posix.dirname(path);
    folders.set(folder, [...(folders.get(folder) ?? []), posix.basename(path)]);
  }
  return [...folders].flatMap(([folder, names]) => {
    using old = root.folderIfThere(`${applied.from ?? ''}/${folder}`);
    using future = root.folderIfThere(`${wanted.from ?? ''}/${folder}`);
    return names
      .filter(name => !holdTheSame(name, old, future))
      .map(name => posix.join(folder, name));
  });
}

function staticLink(root: Root, { from }: Manifest, path: string): UnitFile {
  return linkFile(`/etc/static/${path}`, () => textAt(root, `${from ?? ''}/${path}`));
}

function directLink(root: Root, path: string, target: string): UnitFile {
  const end = posix.resolve(posix.dirname(`/etc/${path}`), target);
  return linkFile(target, () => textAt(root, end));
}

function copiedFile(root: Root, { from }: Manifest, path: string): UnitFile | undefined {
  const text = textAt(root, `${from ?? ''}/${path}`);
  return text === undefined ? undefined : { kind: 'file', text };
}
