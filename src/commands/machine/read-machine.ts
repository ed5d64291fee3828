import { withKnownEntries } from '../../boot/adoption/known-entries.ts';
import type { OneShot } from '../../boot/boot-once.ts';
import { type BootTarget, mapPartitions, partitionsOf } from '../../boot/boot-target.ts';
import type { TargetDisk } from '../../boot/grub/installation/read-installation.ts';
import { type BootLayout, layoutOf } from '../../boot/layout.ts';
import { defaultKeyOf } from '../../boot/loaders.ts';
import type { EntryKey } from '../../boot/menu.ts';
import { type OpenTargets, openTargets } from '../../boot/open-targets.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { type Profile, systemProfile } from '../../generations/generation.ts';
import { readProfiles } from '../../generations/read-profiles.ts';
import { lookAtState, readState, type State } from '../../generations/state.ts';
import { readLoaderVariable } from '../../host/efi-variables.ts';
import type { Root } from '../../host/root.ts';
import { fingerprintOf } from '../../transaction/plan.ts';
import type { BootSettings } from './boot-settings.ts';
import { defaultsOfOthers } from './defaults-of-others.ts';
import { grubReader } from './read-grub.ts';
import { readOneShot } from './read-one-shot.ts';

/** The machine as far as profiles and /run tell; no boot partition is needed. */
export interface Systems {
  state: State;
  /** `system` is always among them, if need be without generations. */
  profiles: readonly Profile[];
  /** The system that runs since boot: the target of /run/booted-system. */
  booted: string | undefined;
  /** The system that was activated last: the target of /run/current-system. */
  active: string | undefined;
}

/** The whole machine, as the changing verbs need it. */
export interface Machine extends Systems {
  settings: BootSettings;
  layout: BootLayout;
  /** Where it boots from; never empty. The first one decides, the others are its mirrors. */
  targets: readonly BootTarget[];
  /** The declared places that are not among them, with the reason. */
  setAside: readonly Finding[];
  machineId: string | undefined;
  /** What the first target boots by itself; undefined where that is none of our entries. */
  defaultKey: EntryKey | undefined;
  /** An EFI variable that overrides `loader.conf`. */
  overridingDefault: string | undefined;
  oneShot: OneShot;
  /** Generations that boot by default through entries which are not ours. */
  defaultsOfOthers: readonly EntryKey[];
}

/** For verbs that only look: a state that cannot be read is a finding there. */
export function lookAtSystems(root: Root): { systems: Systems; findings: Finding[] } {
  const { state, finding } = lookAtState(root);
  return { systems: systemsOf(root, state), findings: finding === undefined ? [] : [finding] };
}

export function readSystems(root: Root): Systems {
  return systemsOf(root, readState(root));
}

function systemsOf(root: Root, state: State): Systems {
  const profiles = readProfiles(root);
  const hasSystem = profiles.some(({ name }) => name === systemProfile);
  const empty: Profile = {
    name: systemProfile,
    currentNumber: undefined,
    generations: [],
    highestNumber: 0,
  };
  return {
    state,
    profiles: hasSystem ? profiles : [empty, ...profiles],
    booted: readRunLink(root, 'booted-system'),
    active: readRunLink(root, 'current-system'),
  };
}

export async function readMachine(
  root: Root,
  systems: Systems,
  settings: BootSettings,
  open: OpenTargets,
  disk: TargetDisk = 'there',
): Promise<Machine> {
  const layout = layoutOf(systems.state.owner);
  const surroundingsOf = await grubReader(root, settings, layout, disk);
  const { targets: read, setAside } = open.read(root, layout, surroundingsOf);
  const targets = read.map(target =>
    mapPartitions(target, partition =>
      withKnownEntries(partition, open.top(partition.volume), systems.profiles),
    ),
  );
  const overridingDefault = readLoaderVariable(root, 'LoaderEntryDefault');
  return {
    ...systems,
    settings,
    layout,
    targets,
    setAside,
    machineId: readMachineId(root),
    defaultKey: targets[0] && defaultKeyOf(targets[0], layout),
    overridingDefault,
    oneShot: readOneShot(root),
    defaultsOfOthers: defaultsOfOthers(open, targets, layout, systems.profiles, overridingDefault),
  };
}

/**
 * The boot partitions for verbs that only look: where none can be read, the reason.
 */
export async function lookAtMachine(
  root: Root,
  systems: Systems,
  settings: BootSettings,
): Promise<Machine | Finding> {
  try {
    using open = openTargets(root, settings.places);
    return await readMachine(root, systems, settings, open);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    const finding = { code: thrown.code, subject: 'boot partition', reason: thrown.message };
    return thrown.hint === undefined ? finding : { ...finding, hint: thrown.hint };
  }
}

/** Digest of all that a plan is made from. */
export function fingerprintOfMachine(machine: Machine): string {
  return fingerprintOf({
    systems: fingerprintOfSystems(machine),
    partitions: machine.targets.flatMap(partitionsOf).map(partition => ({
      mountPoint: partition.mountPoint,
      sizes: [...partition.sizes],
      ledger: partition.ledgerBody,
      sectors: [...partition.sectors],
    })),
  });
}

/** The same where no boot partition matters. */
export function fingerprintOfSystems({ profiles, state, active }: Systems): string {
  return fingerprintOf({
    profiles: profiles.map(({ name, currentNumber, generations }) => [
      name,
      currentNumber,
      generations.map(({ number, target }) => [number, target]),
    ]),
    profilesOfState: state.profiles,
    active,
  });
}

export function profileNamed(systems: Systems, name: string): Profile {
  const profile = systems.profiles.find(candidate => candidate.name === name);
  if (profile !== undefined) return profile;
  const known = systems.profiles.map(candidate => candidate.name).join(', ');
  throw new GenctlError('PROFILE_UNKNOWN', `there is no profile ${name}`, {
    hint: `Profiles of this machine: ${known}.`,
  });
}

/** All that cannot be read, as findings. */
export function findingsOf(profiles: readonly Profile[]): Finding[] {
  return profiles.flatMap(profile =>
    profile.generations.flatMap(({ system }) => ('finding' in system ? [system.finding] : [])),
  );
}

function readRunLink(root: Root, name: string): string | undefined {
  using run = root.folderIfThere('/run');
  return run?.readLinkIfThere(name);
}

/** UAPI.1 wants 32 hexadecimal digits; a fresh image has an empty file, or `uninitialized`. */
function readMachineId(root: Root): string | undefined {
  const text = root.readFileIfThere('/etc/machine-id', 4096)?.toString('latin1').trim();
  return text !== undefined && /^[0-9a-f]{32}$/.test(text) ? text : undefined;
}
