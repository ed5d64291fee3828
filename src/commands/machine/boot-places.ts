import { type LoaderKind, loaderKinds } from '../../boot/loader-kind.ts';
import type { GrubMountPoints, TargetPlace } from '../../boot/target-place.ts';
import { FieldError, JsonFields } from '../../json-fields.ts';

/** Where a machine boots from, by loader; all but the first of each are mirrors. */
export interface BootPlaces {
  systemdBoot: readonly { esp: string; xbootldr: string | undefined }[];
  grub: readonly Omit<GrubMountPoints, 'loader'>[];
}

/** What is recorded of places. */
export interface RecordedPlaces {
  kinds: readonly LoaderKind[];
  places: BootPlaces;
  /** For each target, where a loader was that is given up. */
  left: readonly (readonly string[])[];
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

/** @throws FieldError */
export function recordedPlaces(record: JsonFields): RecordedPlaces {
  const kinds = kindsOf(record.all['kind']);
  const places = {
    systemdBoot: kinds.includes('systemd-boot') ? systemdBootPlaces(record) : [],
    grub: kinds.includes('grub') ? grubPlacesOf(record.all['grubPlaces']) : [],
  };
  return { kinds, places, left: leftOf(record.all['left']) };
}

function kindsOf(value: unknown): LoaderKind[] {
  const words: unknown[] = Array.isArray(value) ? value : [value];
  const kinds = words.map(word => loaderKinds.find(kind => kind === word));
  if (kinds.length === 0 || kinds.includes(undefined)) {
    throw new FieldError('boot / kind: it is no loader we know');
  }
  return kinds.flatMap(kind => kind ?? []);
}

function systemdBootPlaces(record: JsonFields): BootPlaces['systemdBoot'] {
  const esps = record.has('efiSysMountPoints')
    ? record.texts('efiSysMountPoints')
    : [record.text('efiSysMountPoint')];
  const xbootldrs = record.has('xbootldrMountPoints') ? record.texts('xbootldrMountPoints') : [];
  if (esps.length === 0) throw new FieldError('boot / efiSysMountPoints: it is empty');
  return esps.map((esp, index) => ({ esp, xbootldr: xbootldrs[index] }));
}

function grubPlacesOf(value: unknown): BootPlaces['grub'] {
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
