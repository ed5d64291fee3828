import { quote } from './hostile-text.ts';
import { type Merged, type MergedOptions, slotName } from './merge-definitions.ts';
import { formatPlace, type Origin, type Problem, problemOf } from './problem.ts';
import { Refusal } from './refusal.ts';
import { isGrubAlone, undeclaredEsps } from './undeclared-esp.ts';

/** A partition of the boot loader; without an origin where it is the default. */
interface Place {
  readonly key: string;
  readonly path: string;
  readonly origin: Origin | undefined;
}

/**
 * What is wrong with the lists of boot partitions taken together: each place once, and as many
 * extended boot partitions as EFI system partitions, or none; under GRUB alone no extended one, and
 * one EFI system partition, since its mirrors have a section each.
 *
 * @param own what is said about this configuration itself: what a specialisation only inherits is
 *   told of the machine
 */
export function mountPointProblems(merged: MergedOptions, own: MergedOptions): Problem[] {
  const efi = slotName('boot.loader', 'efiSysMountPoint', undefined);
  const extended = slotName('boot.loader', 'xbootldrMountPoint', undefined);
  if (!own.has(efi) && !own.has(extended)) return [];
  const said = merged.get(efi);
  const efiPlaces =
    said === undefined
      ? undeclaredEsps(merged).map(path => ({
          key: 'efiSysMountPoint',
          path,
          origin: undefined,
        }))
      : placesOf(said);
  const extendedPlaces = placesOf(merged.get(extended));
  if (isGrubAlone(merged)) {
    return [...repeated(efiPlaces), ...withoutGrub(efiPlaces.slice(1), extendedPlaces)];
  }
  return [
    ...repeated([...efiPlaces, ...extendedPlaces]),
    ...unpaired(efiPlaces.length, extendedPlaces),
  ];
}

/** Places that only systemd-boot knows what to do with. */
function withoutGrub(mirrors: readonly Place[], extended: readonly Place[]): Problem[] {
  const problems = (places: readonly Place[], refusal: Refusal): Problem[] =>
    places.flatMap(({ origin }) =>
      origin === undefined ? [] : [problemOf('DECLARATION_CONFLICT', origin, refusal)],
    );
  return [
    ...problems(
      mirrors,
      new Refusal(
        'GRUB has one folder for each EFI system partition, and this is another one',
        'Name it in a section of its own: [boot.loader.grub.mirroredBoots "PATH"] efiSysMountPoint.',
      ),
    ),
    ...problems(
      extended,
      new Refusal(
        'only systemd-boot reads an extended boot partition, and kind = grub is all there is',
        'Say in [boot.loader.grub] bootMountPoint where the partition is mounted that GRUB reads.',
      ),
    ),
  ];
}

function placesOf(merged: Merged | undefined): Place[] {
  if (merged === undefined) return [];
  const { key, values, origins } = merged;
  return values.map((path, index) => ({ key, path: String(path), origin: origins[index] }));
}

function repeated(places: readonly Place[]): Problem[] {
  const first = new Map<string, Place>();
  const problems: Problem[] = [];
  for (const place of places) {
    const other = first.get(place.path);
    if (other === undefined) first.set(place.path, place);
    else if (place.origin !== undefined) {
      problems.push(problemOf('DECLARATION_CONFLICT', place.origin, refuseRepeated(place, other)));
    }
  }
  return problems;
}

function refuseRepeated({ key, path }: Place, other: Place): Refusal {
  const where =
    other.origin === undefined
      ? `is the ${other.key} where none is given`
      : `is ${other.key === key ? 'a value of it' : other.key} already, in ${formatPlace(other.origin)}`;
  return new Refusal(
    `${quote(path)} ${where}`,
    other.key === key
      ? 'Remove one of the two lines: each partition is named once.'
      : 'Name the place where each of the two partitions is mounted.',
  );
}

function unpaired(efiCount: number, extended: readonly Place[]): Problem[] {
  const origin = extended.at(-1)?.origin;
  if (origin === undefined || extended.length === efiCount) return [];
  const refusal = new Refusal(
    `the lists differ in length: ${extended.length} of xbootldrMountPoint, ${efiCount} of efiSysMountPoint`,
    'Give one xbootldrMountPoint for each efiSysMountPoint, in the same order, or none.',
  );
  return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
}
