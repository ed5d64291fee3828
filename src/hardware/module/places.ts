import { hidden } from '../../printable.ts';

/**
 * What NixOS mounts before it starts the system (`pathsNeededForBoot` of its lib/utils.nix); other
 * places have to ask for it.
 */
export const mountedFirst: ReadonlySet<string> = new Set([
  '/',
  '/etc',
  '/nix',
  '/nix/store',
  '/usr',
  '/var',
  '/var/lib',
  '/var/lib/nixos',
  '/var/log',
]);

/** Where kernels and boot loaders are: the next generation does not boot if they end elsewhere. */
const bootPlace = /^\/(boot|efi)(\/|$)/;

/** Whether the machine may not come up without what is mounted at a place. */
export function isNeededToBoot(place: string): boolean {
  return mountedFirst.has(place) || bootPlace.test(place);
}

/** Whether a disk that holds this is a part of the machine, even if it is at a USB port. */
export function isPlaceOfSystem(place: string): boolean {
  return /^\/$|^\/(home|root|srv|opt)$|^\/(nix|usr|var|etc|boot|efi)(\/|$)/.test(place);
}

/** Whether a path is a folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`);
}

/** A path as the machine below `root` will see it; undefined where it is not below. */
export function belowRoot(path: string, root: string): string | undefined {
  const folder = root.replace(/\/+$/, '');
  if (folder === '') return path;
  if (path === folder) return '/';
  return path.startsWith(`${folder}/`) ? path.slice(folder.length) : undefined;
}

/** A path in a folder, of which only the rest is known: `/` or `/name`. */
export function joined(folder: string, rest: string): string {
  if (folder === '/') return rest === '' ? '/' : rest;
  return rest === '/' ? folder : `${folder}${rest}`;
}

/** Whether a path that the kernel told is one that fstab can say and that still leads somewhere. */
export function isUsablePath(path: string): boolean {
  // NixOS writes a backslash into fstab as it is, where three digits behind it are a character.
  const isPlain = !hidden.test(path) && !/\uFFFD|\\[0-7]{3}/.test(path);
  return path.startsWith('/') && isPlain && !/( \(deleted\)|\/\/deleted)$/.test(path);
}
