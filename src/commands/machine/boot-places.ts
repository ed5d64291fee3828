import { type LoaderKind, loaderKinds } from '../../boot/loader-kind.ts';
import type { GrubMountPoints, LoaderMountPoints, TargetPlace } from '../../boot/target-place.ts';
import { FieldError, JsonFields } from '../../json-fields.ts';
import type { Configuration } from '../../system/declaration/declaration.ts';

/** Where each loader reads a menu; all but the first of each are mirrors. */
interface PlacesByLoader {
  systemdBoot: readonly { esp: string; xbootldr: string | undefined }[];
  grub: readonly Omit<GrubMountPoints, 'loader'>[];
}

/** Where a machine boots from, as it is declared. */
export function declaredPlaces(configuration: Configuration): TargetPlace[] {
  const { kind, efiSysMountPoint, xbootldrMountPoint } = configuration.boot.loader;
  return targetPlaces(kind, {
    systemdBoot: efiSysMountPoint.map((esp, index) => ({
      esp,
      xbootldr: xbootldrMountPoint[index],
    })),
    grub: declaredGrubPlaces(configuration),
  });
}

/** The folders that GRUB reads: the machine's own, then its mirrors in the order of their paths. */
function declaredGrubPlaces({ boot, fileSystems }: Configuration): PlacesByLoader['grub'] {
  const { efiSysMountPoint, grub } = boot.loader;
  const espOf = (esp: string | undefined): string | undefined =>
    grub.efiSupport === false ? undefined : esp;
  const mirrors = Object.entries(grub.mirroredBoots).map(([path, mirror]) => ({
    boot: path,
    // A folder on the disk that it mirrors would be filled in vain.
    isMount: true,
    esp: espOf(mirror.efiSysMountPoint),
    devices: mirror.devices,
  }));
  const own = {
    boot: grub.bootMountPoint,
    isMount: Object.hasOwn(fileSystems, grub.bootMountPoint),
    esp: espOf(efiSysMountPoint[0]),
    devices: [...(grub.device === undefined ? [] : [grub.device]), ...grub.devices],
  };
  return [own, ...mirrors];
}

/** The first places of all loaders are one target, the second ones another, and so on. */
function targetPlaces(kinds: readonly LoaderKind[], places: PlacesByLoader): TargetPlace[] {
  const byLoader = kinds.map((loader): LoaderMountPoints[] =>
    loader === 'grub'
      ? places.grub.map(place => ({ loader, ...place }))
      : places.systemdBoot.map(place => ({ loader, ...place })),
  );
  const count = Math.max(...byLoader.map(all => all.length));
  return Array.from({ length: count }, (_, index) => ({
    loaders: byLoader.flatMap(all => all[index] ?? []),
    left: [],
  }));
}

/** Places as they are recorded: an older genctl reads those of systemd-boot. */
export function recordPlaces(places: readonly TargetPlace[]): object {
  const kinds = [...new Set(places.flatMap(({ loaders }) => loaders.map(({ loader }) => loader)))];
  const all = places.flatMap(({ loaders }) => loaders);
  const systemdBoot = all.flatMap(place => (place.loader === 'systemd-boot' ? [place] : []));
  const grub = all.flatMap(place => {
    if (place.loader !== 'grub') return [];
    const { boot, isMount, esp, devices } = place;
    return [{ boot, isMount, esp, devices }];
  });
  const left = places.map(each => each.left);
  return {
    kind: kinds.length === 1 ? kinds[0] : kinds,
    efiSysMountPoint: systemdBoot[0]?.esp,
    efiSysMountPoints: systemdBoot.length === 0 ? undefined : systemdBoot.map(({ esp }) => esp),
    xbootldrMountPoints:
      systemdBoot.length === 0 ? undefined : systemdBoot.flatMap(({ xbootldr }) => xbootldr ?? []),
    grubPlaces: grub.length === 0 ? undefined : grub,
    left: left.some(paths => paths.length > 0) ? left : undefined,
  };
}

/**
 * Places from a record.
 *
 * @throws FieldError
 */
export function recordedPlaces(record: JsonFields): TargetPlace[] {
  const kinds = kindsOf(record.all['kind']);
  const left = leftOf(record.all['left']);
  return targetPlaces(kinds, {
    systemdBoot: kinds.includes('systemd-boot') ? systemdBootPlaces(record) : [],
    grub: kinds.includes('grub') ? grubPlacesOf(record.all['grubPlaces']) : [],
  }).map((target, index) => ({ ...target, left: left[index] ?? [] }));
}

function kindsOf(value: unknown): LoaderKind[] {
  const words: unknown[] = Array.isArray(value) ? value : [value];
  const kinds = words.map(word => loaderKinds.find(kind => kind === word));
  if (kinds.length === 0 || kinds.includes(undefined)) {
    throw new FieldError('boot / kind: it is no loader we know');
  }
  return kinds.flatMap(kind => kind ?? []);
}

function systemdBootPlaces(record: JsonFields): PlacesByLoader['systemdBoot'] {
  const esps = record.has('efiSysMountPoints')
    ? record.texts('efiSysMountPoints')
    : [record.text('efiSysMountPoint')];
  const xbootldrs = record.has('xbootldrMountPoints') ? record.texts('xbootldrMountPoints') : [];
  if (esps.length === 0) throw new FieldError('boot / efiSysMountPoints: it is empty');
  return esps.map((esp, index) => ({ esp, xbootldr: xbootldrs[index] }));
}

function grubPlacesOf(value: unknown): PlacesByLoader['grub'] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new FieldError('boot / grubPlaces: it is no list, or empty');
  }
  return value.map((each: unknown) => {
    const place = new JsonFields(each, 'grubPlaces');
    return {
      boot: place.text('boot'),
      isMount: place.boolean('isMount'),
      esp: place.optionalText('esp'),
      devices: place.texts('devices'),
    };
  });
}

function leftOf(value: unknown): string[][] {
  if (!Array.isArray(value)) return [];
  return value.map((paths: unknown) => new JsonFields({ paths }).texts('paths'));
}
