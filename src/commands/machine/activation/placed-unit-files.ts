import type { ActivationItem } from '../../../activation/activation-plan.ts';
import {
  type Manifest,
  readAppliedManifest,
  readSystemManifest,
} from '../../../activation/applied-manifest.ts';
import type { PlacedUnitFiles } from '../../../activation/units/future-unit-files.ts';
import type { UnitFile } from '../../../activation/units/unit-files.ts';
import type { Root } from '../../../host/root.ts';

/** Larger ones are no unit files; systemd refuses them as well. */
const maxUnitBytes = 4 << 20;

/**
 * What an activation puts into `/etc/systemd` and takes away, as unit files will be seen then.
 *
 * @param items what `activate plan` said
 */
export function placedUnitFiles(
  root: Root,
  system: string,
  items: readonly ActivationItem[],
): PlacedUnitFiles {
  const wanted = readSystemManifest(root, system);
  const applied = readAppliedManifest(root);
  const theirs = new Set(items.flatMap(item => (item.action === 'keep' ? [item.path] : [])));
  const restored = new Map(
    items.flatMap(item => (item.action === 'restore' ? [[item.path, item.backup] as const] : [])),
  );
  const paths = pathsOf(wanted).filter(path => !theirs.has(path) && !restored.has(path));
  const links = new Set(wanted.links);
  const placed = new Map<string, () => UnitFile | undefined>([
    ...paths.map(path => [`/etc/${path}`, () => wantedFile(root, wanted, links, path)] as const),
    ...[...restored].map(([path, backup]) => [`/etc/${path}`, () => fileAt(root, backup)] as const),
  ]);
  const removed = pathsOf(applied)
    .map(path => `/etc/${path}`)
    .filter(path => !placed.has(path) && !theirs.has(path.slice('/etc/'.length)));
  return {
    placedPaths: [...placed.keys()],
    placed: path => placed.get(path)?.(),
    removed: new Set(removed),
  };
}

function pathsOf(manifest: Manifest | undefined): string[] {
  if (manifest === undefined) return [];
  const { links, direct, copies } = manifest;
  const paths = [...links, ...direct.keys(), ...copies.map(({ path }) => path)];
  return paths.filter(path => path.startsWith('systemd/'));
}

function wantedFile(
  root: Root,
  { from, direct }: Manifest,
  links: ReadonlySet<string>,
  path: string,
): UnitFile | undefined {
  const target = direct.get(path);
  if (target !== undefined) {
    return { kind: 'link', target, text: textAt(root, resolved(`/etc/${path}`, target)) };
  }
  const source = `${from ?? ''}/${path}`;
  if (links.has(path))
    return { kind: 'link', target: `/etc/static/${path}`, text: textAt(root, source) };
  return fileAt(root, source);
}

function fileAt(root: Root, path: string): UnitFile | undefined {
  const text = textAt(root, path);
  return text === undefined ? undefined : { kind: 'file', text };
}

function textAt(root: Root, path: string): string | undefined {
  const kind = root.stat(path)?.kind;
  // /dev/null stands for an empty file, which masks.
  if (kind !== 'file') return kind === 'other' ? '' : undefined;
  return root.readFile(path, maxUnitBytes).toString('utf8');
}

/** Where a link leads: by the names alone, since the folders of `/etc/systemd` are none. */
function resolved(path: string, target: string): string {
  if (target.startsWith('/')) return target;
  const names = path.split('/').slice(0, -1);
  for (const name of target.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.join('/') || '/';
}
