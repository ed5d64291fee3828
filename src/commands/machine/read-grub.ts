import type { GrubPlace } from '../../boot/grub/grub-place.ts';
import type { GrubSettings } from '../../boot/grub/grub-settings.ts';
import {
  readInstallation,
  type TargetDisk,
} from '../../boot/grub/installation/read-installation.ts';
import { readGrubPackages } from '../../boot/grub/installation/read-packages.ts';
import { readOtherSystems } from '../../boot/grub/other-systems/read-other-systems.ts';
import { readAssets } from '../../boot/grub/read-assets.ts';
import { readPasswords } from '../../boot/grub/read-passwords.ts';
import { readGrubPlace } from '../../boot/grub/read-place.ts';
import type { BootLayout } from '../../boot/layout.ts';
import type { SurroundingsOf } from '../../boot/read-target.ts';
import { GenctlError } from '../../errors.ts';
import { Root } from '../../host/root.ts';
import type { BootSettings } from './boot-settings.ts';

/**
 * Reads what GRUB depends on beside its partitions: how it finds them, other systems, what is
 * installed of it. No program is started in the ordinary case.
 */
export async function grubReader(
  root: Root,
  boot: BootSettings,
  layout: BootLayout,
  disk: TargetDisk,
): Promise<SurroundingsOf> {
  const { grub: settings } = boot;
  if (settings === undefined) return notAmongThem;
  const places = await readPlaces(root, boot, settings);
  if (places.size === 0) return notAmongThem;
  const passwords = readPasswords(root, settings);
  // grub-install runs here, whatever root is worked on.
  using host = new Root('/');
  const packages = readGrubPackages(host);
  return ({ boot: { top }, esp, mountPoints }, { ledger }) => {
    const place = places.get(mountPoints.boot);
    if (place === undefined || place instanceof GenctlError) {
      throw place ?? new Error(`nobody has looked at ${mountPoints.boot}`);
    }
    const { assets, findings } = readAssets(root, settings, layout);
    const others = readOtherSystems(root, {
      bootTop: top,
      espMountPoint: mountPoints.esp,
      useOSProber: settings.useOSProber,
      fsUuidOf: path => uuidOf(places.get(path)),
      nowSeconds: Math.floor(Date.now() / 1000),
    });
    return {
      surroundings: {
        place,
        settings,
        passwords: passwords.hashes,
        others: others.systems,
        assets,
        standing: [],
        ...readInstallation({
          root,
          layout,
          settings,
          place,
          mountPoints,
          esp,
          packages,
          recorded: ledger?.grub,
          disk,
        }),
      },
      findings: [...passwords.findings, ...findings, ...others.findings],
    };
  };
}

const notAmongThem: SurroundingsOf = () => {
  throw new Error('GRUB is none of the loaders');
};

/** How GRUB gets at each folder that it reads, and at each ESP that it may lead on to, by path. */
async function readPlaces(
  root: Root,
  boot: BootSettings,
  settings: GrubSettings,
): Promise<Map<string, GrubPlace | GenctlError>> {
  const declared = boot.places
    .flatMap(({ loaders }) => loaders)
    .flatMap(place => (place.loader === 'grub' ? [place] : []));
  const places = new Map<string, GrubPlace | GenctlError>();
  for (const { boot: path } of declared) {
    places.set(path, await placeOrError(root, path, boot, settings));
  }
  const byUuid = { ...settings, fsIdentifier: 'uuid' } as const;
  for (const { esp: path } of declared) {
    if (path === undefined || places.has(path)) continue;
    places.set(path, await placeOrError(root, path, boot, byUuid));
  }
  return places;
}

async function placeOrError(
  root: Root,
  bootMountPoint: string,
  { fileSystems }: BootSettings,
  { fsIdentifier, copyKernels, enableCryptodisk }: GrubSettings,
): Promise<GrubPlace | GenctlError> {
  const provided = new Map(Object.entries(fileSystems));
  try {
    const wish = { bootMountPoint, fsIdentifier, copyKernels, enableCryptodisk, provided };
    return await readGrubPlace(root, wish);
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
}

function uuidOf(place: GrubPlace | GenctlError | undefined): string | undefined {
  if (place === undefined || place instanceof GenctlError) return undefined;
  const { search } = place.boot;
  return search.by === 'fs-uuid' ? search.value : undefined;
}
