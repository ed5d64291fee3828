import { posix } from 'node:path';
import type { Root } from '../host/root.ts';
import type { Step } from '../transaction/step.ts';
import type { Generation } from './generation.ts';
import { folderOf } from './profile-layout.ts';
import type { RecordedGeneration } from './records.ts';

/** Where Nix's collector looks for what it must not collect. */
const gcRootsFolder = '/nix/var/nix/gcroots';
const pinRootsFolder = `${gcRootsFolder}/genctl`;

/** The roots by which pinned generations are kept from Nix's own collector. */
export interface PinRoots {
  /** Folders that have to be made first, outermost first; logical paths. */
  missingFolders: readonly string[];
  /** Where each link leads, by its name. */
  targets: ReadonlyMap<string, string>;
}

/** Reads the roots that there are. */
export function readPinRoots(root: Root): PinRoots {
  const missingFolders = [gcRootsFolder, pinRootsFolder].filter(
    path => root.stat(path) === undefined,
  );
  using folder = root.folderIfThere(pinRootsFolder);
  const targets = new Map<string, string>();
  for (const name of folder?.names() ?? []) {
    const target = folder?.stat(name)?.kind === 'link' ? folder.readLink(name) : undefined;
    if (target !== undefined) targets.set(name, target);
  }
  return { missingFolders, targets };
}

/** Whether a root keeps this very system of a generation. Pure. */
export function isRooted(generation: RecordedGeneration, { targets }: PinRoots): boolean {
  return targets.get(nameOfRoot(generation)) === targetOf(generation);
}

/** Keeps a generation from Nix's collector; nothing where it is kept already. Pure. */
export function gcRootSteps(generation: Generation, roots: PinRoots): Step[] {
  const target = targetOf(generation);
  const name = nameOfRoot(generation);
  const before = roots.targets.get(name);
  if (before === target) return [];
  const path = pathOfRoot(name);
  // Of a number that had another system, of which nothing is pinned any more.
  if (before !== undefined) return [{ kind: 'swap-link', path, before, after: target }];
  return [
    ...roots.missingFolders.map(
      (folder): Step => ({ kind: 'make-folder', volume: 'root', path: folder.slice(1) }),
    ),
    { kind: 'make-link', path, target, mtimeSeconds: generation.madeAtSeconds },
  ];
}

/** Leaves a generation, which may be gone, to Nix's collector; nothing where it is. Pure. */
export function withoutGcRootSteps(
  generation: { profile: string; number: number },
  { targets }: PinRoots,
): Step[] {
  const name = nameOfRoot(generation);
  const target = targets.get(name);
  return target === undefined ? [] : [{ kind: 'remove-link', path: pathOfRoot(name), target }];
}

function targetOf({ profile, target }: RecordedGeneration): string {
  return posix.resolve(folderOf(profile), target);
}

function nameOfRoot({ profile, number }: { profile: string; number: number }): string {
  return `${profile}-${number}`;
}

function pathOfRoot(name: string): string {
  return `${pinRootsFolder}/${name}`.slice(1);
}
