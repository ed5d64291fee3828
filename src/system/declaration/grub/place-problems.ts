import { quote } from '../hostile-text.ts';
import { type MergedOptions, slotName } from '../merge-definitions.ts';
import { optionTable } from '../option-table.ts';
import { formatPlace, type Origin, type Problem, problemOf } from '../problem.ts';
import type { Named } from '../recognise-file.ts';
import { Refusal } from '../refusal.ts';
import { undeclaredEsps } from '../undeclared-esp.ts';

/** A path that is said somewhere; without an origin where it is a default. */
interface SaidPath {
  /** The option that says it, or the header. */
  readonly what: string;
  readonly path: string;
  readonly origin: Origin | undefined;
}

/** A folder that GRUB reads a menu in, and what starts the GRUB that does. */
interface GrubPlace {
  readonly boot: SaidPath;
  readonly esp: SaidPath | undefined;
  readonly devices: readonly SaidPath[];
  /** What names the place: `kind = grub`, or the header of a mirror. */
  readonly origin: Origin | undefined;
}

const section = 'boot.loader.grub';
const mirrorSection = 'boot.loader.grub.mirroredBoots';

/**
 * What is wrong with the places that GRUB boots from, taken together: each partition and each disk
 * belongs to one of them, and each of them is started from something.
 */
export function grubPlaceProblems(merged: MergedOptions, named: readonly Named[]): Problem[] {
  const kind = merged.get(slotName('boot.loader', 'kind', undefined));
  const item = kind?.values.indexOf('grub') ?? -1;
  if (kind === undefined || item === -1) return [];
  const places = [firstPlace(merged, kind.origins[item]), ...mirrors(merged, named)];
  return [
    ...sharedPaths(places),
    ...places.flatMap(({ devices }) => contradictions(devices)),
    ...sharedDisks(places),
    ...places.flatMap(neverStarted),
    ...unusableEfi(merged, places),
    ...sharedRemovablePath(merged, places),
  ];
}

function firstPlace(merged: MergedOptions, origin: Origin | undefined): GrubPlace {
  const [fallback] = undeclaredEsps(merged);
  const [esp] = said(merged, 'boot.loader', 'efiSysMountPoint');
  const byDefault = { what: 'efiSysMountPoint', path: fallback ?? '', origin: undefined };
  const [boot] = said(merged, section, 'bootMountPoint');
  return {
    boot: boot ?? {
      what: 'bootMountPoint',
      path: optionTable[section].bootMountPoint.fallback,
      origin: undefined,
    },
    esp: withEfi(merged, esp ?? (fallback === undefined ? undefined : byDefault)),
    devices: [...said(merged, section, 'device'), ...said(merged, section, 'devices')],
    origin,
  };
}

function mirrors(merged: MergedOptions, named: readonly Named[]): GrubPlace[] {
  const headers = new Map<string, Origin>();
  for (const { section: of, subject, origin } of named) {
    if (of === mirrorSection && !headers.has(subject)) headers.set(subject, origin);
  }
  return [...headers].map(([path, origin]) => {
    const [esp] = said(merged, mirrorSection, 'efiSysMountPoint', path);
    return {
      boot: { what: 'the path of a mirror', path, origin },
      esp: withEfi(merged, esp),
      devices: said(merged, mirrorSection, 'devices', path),
      origin,
    };
  });
}

/** An EFI system partition as far as GRUB is to be installed there. */
function withEfi(merged: MergedOptions, esp: SaidPath | undefined): SaidPath | undefined {
  const [efiSupport] = merged.get(slotName(section, 'efiSupport', undefined))?.values ?? [];
  return efiSupport === false ? undefined : esp;
}

function said(
  merged: MergedOptions,
  of: 'boot.loader' | typeof section | typeof mirrorSection,
  key: string,
  subject?: string,
): SaidPath[] {
  const found = merged.get(slotName(of, key, subject));
  if (found === undefined) return [];
  return found.values.map((path, index) => ({
    what: key,
    path: String(path),
    origin: found.origins[index],
  }));
}

/** Within one place, the folder may be the EFI system partition itself. */
function sharedPaths(places: readonly GrubPlace[]): Problem[] {
  const first = new Map<string, { place: GrubPlace; by: SaidPath }>();
  const problems: Problem[] = [];
  for (const place of places) {
    for (const by of [place.boot, place.esp]) {
      if (by === undefined) continue;
      const other = first.get(by.path);
      if (other === undefined) first.set(by.path, { place, by });
      else if (other.place !== place) {
        problems.push(...repeated(by, other.by, 'Each place that GRUB boots from has its own.'));
      }
    }
  }
  return problems;
}

function sharedDisks(places: readonly GrubPlace[]): Problem[] {
  const first = new Map<string, SaidPath>();
  const problems: Problem[] = [];
  for (const disk of places.flatMap(({ devices }) => devices)) {
    if (disk.path === 'nodev') continue;
    const other = first.get(disk.path);
    if (other === undefined) first.set(disk.path, disk);
    else {
      problems.push(
        ...repeated(disk, other, 'Remove one of the two lines: a disk starts one GRUB.'),
      );
    }
  }
  return problems;
}

function repeated(again: SaidPath, other: SaidPath, hint: string): Problem[] {
  const origin = again.origin ?? other.origin;
  if (origin === undefined) return [];
  const [told, where] = again.origin === undefined ? [other, again] : [again, other];
  const elsewhere =
    where.origin === undefined
      ? `is the ${where.what} where none is given`
      : `is ${where.what} already, in ${formatPlace(where.origin)}`;
  const refusal = new Refusal(`${quote(told.path)} ${elsewhere}`, hint);
  return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
}

/** `nodev` says that no disk is meant, so nothing stands beside it. */
function contradictions(devices: readonly SaidPath[]): Problem[] {
  if (devices.length < 2) return [];
  return devices.flatMap(({ path, origin }) => {
    if (path !== 'nodev' || origin === undefined) return [];
    const refusal = new Refusal(
      'nodev leaves all disks alone, and another device is given beside it',
      'Keep either nodev or the disks.',
    );
    return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
  });
}

function neverStarted({ boot, esp, devices, origin }: GrubPlace): Problem[] {
  if (esp !== undefined || devices.length > 0 || origin === undefined) return [];
  const isMirror = boot.origin === origin;
  const of = isMirror ? `[${mirrorSection} ${quote(boot.path)}]` : `[${section}]`;
  const efi = isMirror ? 'efiSysMountPoint there' : 'efiSysMountPoint in [boot.loader]';
  const refusal = new Refusal(
    `nothing would start the GRUB that reads ${quote(boot.path)}: neither a disk nor an EFI system partition is given`,
    `Name a disk in ${of} (\`${isMirror ? 'devices' : 'device'} = /dev/disk/by-id/…\`), or ${efi}; \`nodev\` where something else starts it.`,
  );
  return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
}

/** Options about UEFI that nothing is installed by. */
function unusableEfi(merged: MergedOptions, places: readonly GrubPlace[]): Problem[] {
  if (places.some(({ esp }) => esp !== undefined)) return removableAndEntry(merged);
  return (['efiSupport', 'efiInstallAsRemovable'] as const).flatMap(key => {
    const option = merged.get(slotName(section, key, undefined));
    const [origin] = option?.origins ?? [];
    if (option?.values[0] !== true || origin === undefined) return [];
    const refusal = new Refusal(
      'there is no EFI system partition to install to',
      'Name it in [boot.loader] efiSysMountPoint, or leave the line out.',
    );
    return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
  });
}

function removableAndEntry(merged: MergedOptions): Problem[] {
  const removable = merged.get(slotName(section, 'efiInstallAsRemovable', undefined));
  const entry = merged.get(slotName('boot.loader.efi', 'canTouchEfiVariables', undefined));
  const [origin] = removable?.origins ?? [];
  const [other] = entry?.origins ?? [];
  if (removable?.values[0] !== true || entry?.values[0] !== true) return [];
  if (origin === undefined || other === undefined) return [];
  const refusal = new Refusal(
    `canTouchEfiVariables is true in ${formatPlace(other)}, and at the removable path GRUB has no boot entry`,
    'Keep one of the two lines.',
  );
  return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
}

/** Firmware starts one program at the path that takes no boot entry: systemd-boot is always there. */
function sharedRemovablePath(merged: MergedOptions, places: readonly GrubPlace[]): Problem[] {
  const kinds = merged.get(slotName('boot.loader', 'kind', undefined))?.values ?? [];
  const removable = merged.get(slotName(section, 'efiInstallAsRemovable', undefined));
  const [origin] = removable?.origins ?? [];
  if (!kinds.includes('systemd-boot') || removable?.values[0] !== true) return [];
  if (origin === undefined || places.every(({ esp }) => esp === undefined)) return [];
  const refusal = new Refusal(
    'systemd-boot is at the removable path, and each of the two would replace the other',
    'Leave the line out, or keep one kind of boot loader.',
  );
  return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
}
