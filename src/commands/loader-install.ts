import {
  type BootTarget,
  type GrubLoaderPlace,
  type LoaderPlace,
  mapPlaces,
  mountPointOf,
} from '../boot/boot-target.ts';
import { foldSectors } from '../boot/fold-sectors.ts';
import type { LoaderKind } from '../boot/loader-kind.ts';
import { openTargetsForChange } from '../boot/open-targets.ts';
import { type ExitCode, GenctlError } from '../errors.ts';
import { laterStateSteps, readState, stateSteps } from '../generations/state.ts';
import type { Root } from '../host/root.ts';
import { joinParts } from '../transaction/plan.ts';
import type { Command, Context } from './context.ts';
import {
  type BootSettings,
  declaredSettings,
  settingsInForce,
  withSettings,
} from './machine/boot-settings.ts';
import type { Answer } from './machine/carry-out.ts';
import { type Change, changeMachine } from './machine/change-machine.ts';
import {
  installSystemdBoot,
  isSamePlace,
  type SystemdBootInstallation,
  withTargets,
} from './machine/install-systemd-boot.ts';
import { menuToKeep, planMenu } from './machine/plan-menu.ts';
import type { Machine } from './machine/read-machine.ts';

/** `genctl loader install`: makes the declared boot loader the one of this machine. */
export const loaderInstall: Command<object> = async context => placeLoader(context, 'install');

/** `genctl loader update`: exchanges an installed loader by the one that is at hand. */
export const loaderUpdate: Command<object> = async context => placeLoader(context, 'update');

async function placeLoader(context: Context, verb: 'install' | 'update'): Promise<ExitCode> {
  const { root, config } = context;
  return changeMachine(context, {
    name: `loader ${verb}`,
    intend: async () => {
      const settings = await settingsToInstall(root, config);
      return { settings, plan: machine => planLoaders(root, machine, verb) };
    },
  });
}

/** What is declared, since the ESP may have moved; else, what is in force. */
async function settingsToInstall(root: Root, config: string): Promise<BootSettings> {
  if (root.stat(`${config}/system.conf`) === undefined) {
    return settingsInForce(root, config, readState(root));
  }
  const { readDeclaration } = await import('../system/declaration/read-declaration.ts');
  return declaredSettings(readDeclaration(root, config));
}

function planLoaders(root: Root, machine: Machine, verb: 'install' | 'update'): Change {
  using open = openTargetsForChange(root, machine.settings.places);
  const uses = (loader: LoaderKind): boolean =>
    machine.targets.some(({ places }) => places.some(place => place.loader === loader));
  const systemdBoot = uses('systemd-boot')
    ? installSystemdBoot(root, machine, open, verb)
    : undefined;
  // GRUB goes with its menu, which may be beside the entries of systemd-boot.
  const seen = systemdBoot === undefined ? machine : withTargets(machine, systemdBoot.targets);
  const byLoader: Record<LoaderKind, Change | undefined> = {
    'systemd-boot': systemdBoot && ofSystemdBoot(root, systemdBoot),
    grub: uses('grub') ? planGrub(root, seen, verb) : undefined,
  };
  const changes = [byLoader['systemd-boot'], byLoader.grub].filter(each => each !== undefined);
  const first = machine.targets[0]?.places[0].loader;
  const parts = foldSectors(joinParts(changes.map(change => change.parts)));
  const { state, settings } = machine;
  return {
    parts: {
      prepare: [...stateSteps(root, state), ...parts.prepare],
      commit: [...parts.commit, ...laterStateSteps(state, withSettings(state, settings))],
      cleanup: parts.cleanup,
    },
    targets: machine.targets.filter(target =>
      changes.some(change => change.targets.some(other => isSamePlace(target, other))),
    ),
    needs: changes.flatMap(({ needs }) => needs),
    findings: changes.flatMap(({ findings }) => findings),
    setAside: changes.flatMap(({ setAside }) => setAside),
    result: {
      json: (first && byLoader[first]?.result.json) ?? {},
      text: changes.map(({ result }) => result.text).join(''),
    },
  };
}

function ofSystemdBoot(
  root: Root,
  { version, source, ...installation }: SystemdBootInstallation,
): Change {
  return {
    ...installation,
    result: {
      json: { loader: 'systemd-boot', version: version ?? null, from: source },
      text: `systemd-boot ${version ?? ''} is installed on ${placesOf(root, installation.targets)}\n`,
    },
  };
}

/** GRUB goes with its menu, which it cannot boot without. */
function planGrub(root: Root, machine: Machine, verb: 'install' | 'update'): Change {
  const seen = verb === 'install' ? installingAnew(machine) : withGrub(root, machine);
  const { menus, ...plan } = planMenu(root, seen, menuToKeep(seen, seen.profiles));
  const targets = menus.map(({ target }) => target);
  return { ...plan, targets, result: grubAnswer(root, targets) };
}

function grubAnswer(root: Root, targets: readonly BootTarget[]): Answer {
  const version = targets
    .flatMap(({ places }) => places)
    .flatMap(place => (place.loader === 'grub' ? [versionAt(place)] : []))[0];
  return {
    json: { loader: 'grub', version: version ?? null, from: '/usr/lib/grub' },
    text: `GRUB${version === undefined ? '' : ` ${version}`} is installed for ${placesOf(root, targets)}\n`,
  };
}

function versionAt({ surroundings: { installation } }: GrubLoaderPlace): string | undefined {
  return 'version' in installation ? installation.version : undefined;
}

function placesOf(root: Root, targets: readonly BootTarget[]): string {
  return targets.map(target => root.onHost(mountPointOf(target))).join(' and ');
}

/** The machine as if GRUB had not been installed from what is at hand: then it is, anew. */
function installingAnew(machine: Machine): Machine {
  const anew = (place: LoaderPlace): LoaderPlace => {
    if (place.loader !== 'grub' || place.boot.ledger?.grub?.state === undefined) return place;
    const { surroundings } = place;
    const installation = surroundings.installationAnew();
    return { ...place, surroundings: { ...surroundings, installation } };
  };
  return { ...machine, targets: machine.targets.map(target => mapPlaces(target, anew)) };
}

/** @throws GenctlError LOADER_NOT_INSTALLED */
function withGrub(root: Root, machine: Machine): Machine {
  const grubs = machine.targets.flatMap(({ places }) =>
    places.filter(({ loader }) => loader === 'grub'),
  );
  const lacking = grubs.find(({ boot }) => boot.ledger?.grub?.state === undefined);
  if (lacking === undefined) return machine;
  throw new GenctlError(
    'LOADER_NOT_INSTALLED',
    `${root.onHost(lacking.boot.mountPoint)} has no GRUB of genctl's to update`,
    { hint: 'Run `genctl loader install`.' },
  );
}
