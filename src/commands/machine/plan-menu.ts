import { blobSources, buildMenu, chooseGenerations } from '../../boot/build-menu.ts';
import type { BootLayout } from '../../boot/layout.ts';
import type { EntryKey, Menu, MenuDefault } from '../../boot/menu.ts';
import { planBoot } from '../../boot/plan-boot.ts';
import { readBlobs } from '../../boot/read-blobs.ts';
import type { BootPartition } from '../../boot/read-boot-partition.ts';
import { parseLoaderConf } from '../../boot/systemd-boot/loader-conf.ts';
import { matchesGlob } from '../../boot/systemd-boot/read-menu.ts';
import { renderMenu } from '../../boot/systemd-boot/render-menu.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { holdsSystem, type Profile, systemProfile } from '../../generations/generation.ts';
import { profilesFolder } from '../../generations/profile-layout.ts';
import type { Root } from '../../host/root.ts';
import type { PlanParts } from '../../transaction/plan.ts';
import { findingsOf, type Machine } from './read-machine.ts';

export interface MenuPlan {
  parts: PlanParts;
  menu: Menu;
  /** Generations that are not in the menu because they cannot be read. */
  findings: readonly Finding[];
}

/**
 * Plans the boot partition for profiles as they will be. Reads the kernels and initrds that the
 * ledger does not know yet, to name them by their content.
 *
 * @param wantedDefault what boots when nobody picks an entry
 * @throws GenctlError NO_READABLE_GENERATION: better an old menu than an empty one
 */
export function planMenu(
  root: Root,
  machine: Machine,
  profiles: readonly Profile[],
  wantedDefault: MenuDefault | undefined,
): MenuPlan {
  const { settings, layout, partition, machineId, state } = machine;
  const findings = findingsOf(profiles);
  const generations = chooseGenerations({
    profiles,
    configurationLimit: settings.configurationLimit,
    always: [
      ...protectedKeys(machine, profiles),
      ...defaultKeys(machine),
      ...(wantedDefault === undefined || 'standing' in wantedDefault ? [] : [wantedDefault]),
    ],
  });
  assertNotLost(root, machine, profiles, generations.length > 0);
  const menu = buildMenu({
    generations,
    digests: readBlobs(root, blobSources(generations), partition.ledger),
    default: wantedDefault,
    settings,
    sortKey: settings.sortKey,
    machineId,
  });
  const quarantined = profiles.flatMap(({ generations: all }) =>
    all.filter(({ system }) => 'finding' in system),
  );
  const wanted = renderMenu(menu, layout);
  const parts = planBoot({ wanted, partition, layout, owner: state.owner, quarantined });
  return { parts, menu, findings };
}

/**
 * Better an old menu than an empty one: where generations are gone that the menu shows, most
 * likely a file system is.
 *
 * @throws GenctlError NO_READABLE_GENERATION
 */
function assertNotLost(
  root: Root,
  { partition }: Machine,
  profiles: readonly Profile[],
  hasReadable: boolean,
): void {
  const entries = (partition.ledger?.files ?? []).filter(({ kind }) => kind === 'entry');
  const isSystemGone =
    entries.some(({ key }) => key?.profile === systemProfile) &&
    profiles.every(({ name, generations }) => name !== systemProfile || generations.length === 0);
  const reason = findingsOf(profiles)[0]?.reason;
  const areAllGone = !hasReadable && reason === undefined && entries.length > 0;
  const areAllBad = !hasReadable && reason !== undefined;
  if (!isSystemGone && !areAllGone && !areAllBad) return;
  throw new GenctlError(
    'NO_READABLE_GENERATION',
    areAllBad && !isSystemGone
      ? `no generation can be read, so the menu stays as it is; the first reason: ${reason}`
      : `no generation is left in ${root.onHost(profilesFolder)}, but the menu has entries, so it stays as it is`,
    { hint: 'Check the file system of /nix, or `genctl switch` to build a new generation.' },
  );
}

/**
 * The default of a menu that is only brought up to date: nobody has asked for another one, so it
 * stays what it is as long as it is there. Where it is not, it is the current generation, or the
 * newest before it that can boot (the newer ones are what somebody has gone back from), or the
 * newest at all.
 */
export function defaultToKeep(
  machine: Pick<Machine, 'defaultKey' | 'partition' | 'layout'>,
  profiles: readonly Profile[],
): MenuDefault | undefined {
  const bootable = profiles.flatMap(({ name, generations }) =>
    generations
      .filter(({ system }) => 'bootspec' in system)
      .map(({ number }): EntryKey => ({ profile: name, number })),
  );
  const { defaultKey } = machine;
  if (bootable.some(key => isSameGeneration(key, defaultKey))) return defaultKey;
  const standing = standingDefault(machine, profiles);
  if (standing !== undefined) return standing;
  const own = bootable.filter(({ profile }) => profile === systemProfile);
  const current = profiles.find(({ name }) => name === systemProfile)?.currentNumber ?? 0;
  return own.findLast(({ number }) => number <= current) ?? own.at(-1) ?? bootable.at(-1);
}

/** A default that no generation which can be read stands for, but that the menu still has. */
function standingDefault(
  { defaultKey, partition, layout }: Pick<Machine, 'defaultKey' | 'partition' | 'layout'>,
  profiles: readonly Profile[],
): MenuDefault | undefined {
  const id = parseLoaderConf(partition.loaderConf ?? '').get('default');
  if (id === undefined || !canBeWritten(id)) return undefined;
  const stays =
    defaultKey === undefined
      ? isOfOthers(id, partition, layout)
      : isQuarantined(defaultKey, profiles) && isWhole(id, partition, layout);
  return stays ? { standing: id } : undefined;
}

/** What a `loader.conf` of ours can hold without a change. */
function canBeWritten(id: string): boolean {
  const isText = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd]/.test(id);
  return isText && id !== '' && Buffer.byteLength(id) <= 255;
}

/** Whether a default names an entry that this installation has not written. */
function isOfOthers(id: string, { sizes, ledger }: BootPartition, layout: BootLayout): boolean {
  // What the loader remembers or finds by itself, in places that are not looked at here.
  if (/^(?:@|auto-)|\.efi$/i.test(id)) return true;
  const owned = new Set((ledger?.files ?? []).map(({ path }) => path));
  const start = `${layout.entryFolder}/`;
  return [...sizes.keys()].some(
    path =>
      path.startsWith(start) &&
      path.endsWith('.conf') &&
      !owned.has(path) &&
      matchesGlob(id, path.slice(start.length)),
  );
}

function isQuarantined(key: EntryKey, profiles: readonly Profile[]): boolean {
  return profiles.some(({ name, generations }) =>
    generations.some(
      ({ number, system }) =>
        'finding' in system && isSameGeneration(key, { profile: name, number }),
    ),
  );
}

/** Whether an entry of ours and all that it needs is on the boot partition. */
function isWhole(id: string, { sizes, ledger }: BootPartition, layout: BootLayout): boolean {
  const owned = new Map((ledger?.files ?? []).map(file => [file.path, file]));
  const path = `${layout.entryFolder}/${id}`;
  return [path, ...(owned.get(path)?.uses ?? [])].every(
    needed => sizes.has(needed) && sizes.get(needed) === owned.get(needed)?.sizeBytes,
  );
}

/**
 * What the machine boots by itself: what `loader.conf` says, and what the EFI variable does that
 * overrides it. A generation that one of them names must not go.
 */
export function defaultKeys({
  defaultKey,
  overridingDefault,
  partition,
  layout,
}: Pick<Machine, 'defaultKey' | 'overridingDefault'> & {
  partition: Pick<BootPartition, 'ledger'>;
  layout: Pick<BootLayout, 'entryFolder'>;
}): EntryKey[] {
  const start = `${layout.entryFolder}/`;
  const overriding = (partition.ledger?.files ?? []).flatMap(({ path, key }) =>
    overridingDefault !== undefined &&
    key !== undefined &&
    path.startsWith(start) &&
    matchesGlob(overridingDefault, path.slice(start.length))
      ? [key]
      : [],
  );
  return defaultKey === undefined ? overriding : [defaultKey, ...overriding];
}

/** Whether two keys are of one generation, whichever of its specialisations they name. */
export function isSameGeneration(left: EntryKey, right: EntryKey | undefined): boolean {
  return left.profile === right?.profile && left.number === right.number;
}

/** Generations that stay in the menu whatever its limit: the current and the booted ones. */
function protectedKeys(
  { booted, active }: Pick<Machine, 'booted' | 'active'>,
  profiles: readonly Profile[],
): EntryKey[] {
  return profiles.flatMap(({ name, currentNumber, generations }) =>
    generations
      .filter(
        generation =>
          generation.number === currentNumber ||
          holdsSystem(generation, booted) ||
          holdsSystem(generation, active),
      )
      .map(({ number }) => ({ profile: name, number })),
  );
}
