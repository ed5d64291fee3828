import { leftOut, withOptions } from './declare-mount.ts';
import { plainText } from './describe-block.ts';
import type { PlacedMount } from './place-mounts.ts';
import { belowRoot, isUsablePath, isWithin } from './places.ts';
import type { MountPlan } from './planned-mount.ts';

/** Whose content NixOS or a program makes at each boot. */
const madeAnew = ['/run', '/proc', '/sys', '/dev', '/tmp', '/nix/store', '/nix/.rw-store'];

/**
 * How an overlay is declared, if all its layers are folders that are there at each boot
 * (the kernel's Documentation/filesystems/overlayfs.rst).
 */
export function planOverlay(seen: PlacedMount, root: string): MountPlan {
  // Newer kernels show each lower layer by itself.
  const layers = {
    lowerdir: [...foldersOf(seen, 'lowerdir='), ...foldersOf(seen, 'lowerdir+=')],
    upperdir: foldersOf(seen, 'upperdir='),
    workdir: foldersOf(seen, 'workdir='),
  };
  const told = Object.entries(layers).map(
    ([name, folders]) => [name, folders.map(folder => belowRoot(folder, root))] as const,
  );
  const all = told.flatMap(([, folders]) => folders);
  const needs = all.filter(folder => folder !== undefined);
  // What parts layers or options, or escapes them, makes another list of them in fstab.
  const areSayable = needs.every(folder => isUsablePath(folder) && !/[,\\"]/.test(folder));
  if (layers.lowerdir.length === 0 || needs.length < all.length || !areSayable)
    return leftOut(seen, 'its layers are not folders that an option can name');
  if (needs.some(folder => madeAnew.some(above => isWithin(folder, above))))
    return leftOut(seen, 'its layers are made anew, by NixOS or at each boot');
  return withOptions(seen, {
    device: 'overlay',
    because: [`an overlay over ${plainText(needs[0] ?? '')}`],
    needs,
    options: told
      .filter(([, folders]) => folders.length > 0)
      .map(([name, folders]) => ({
        value: `${name}=${folders.join(':')}`,
        because: 'a layer of the overlay',
        isDecisive: true,
      })),
  });
}

/** Paths with a colon in them come with a backslash, and are refused for it. */
function foldersOf({ mount }: PlacedMount, prefix: string): readonly string[] {
  return mount.superOptions
    .filter(option => option.startsWith(prefix))
    .flatMap(option => option.slice(prefix.length).split(':'));
}
