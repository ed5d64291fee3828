import { openTargetsForChange } from '../boot/open-targets.ts';
import { needOf } from '../boot/plan-target.ts';
import type { BootPartition } from '../boot/read-boot-partition.ts';
import { readInstalledLoader } from '../boot/systemd-boot/installed-loader.ts';
import { findLoaderBinary } from '../boot/systemd-boot/loader-binary.ts';
import {
  type Installation,
  newerLoaders,
  planInstallation,
  versionInPlace,
} from '../boot/systemd-boot/plan-installation.ts';
import { type ExitCode, GenctlError } from '../errors.ts';
import { laterStateSteps, readState, stateSteps } from '../generations/state.ts';
import { readFirmware } from '../host/efi-variables.ts';
import { platform } from '../host/platform.ts';
import type { Root } from '../host/root.ts';
import { isInstalled } from '../host/run.ts';
import { joinParts } from '../transaction/plan.ts';
import type { Command, Context } from './context.ts';
import {
  type BootSettings,
  declaredSettings,
  settingsInForce,
  withSettings,
} from './machine/boot-settings.ts';
import { type Change, changeMachine } from './machine/change-machine.ts';
import type { Machine } from './machine/read-machine.ts';
import { planEach } from './machine/room.ts';

/** `genctl loader install`: makes systemd-boot the boot loader of this machine. */
export const loaderInstall: Command<object> = async context => placeLoader(context, 'install');

/** `genctl loader update`: exchanges an installed systemd-boot by the one that is at hand. */
export const loaderUpdate: Command<object> = async context => placeLoader(context, 'update');

async function placeLoader(context: Context, verb: 'install' | 'update'): Promise<ExitCode> {
  const { root, config } = context;
  return changeMachine(context, {
    name: `loader ${verb}`,
    intend: async () => {
      const settings = await settingsToInstall(root, config);
      return { settings, plan: machine => planLoader(root, machine, settings, verb) };
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

function planLoader(
  root: Root,
  machine: Machine,
  settings: BootSettings,
  verb: 'install' | 'update',
): Change {
  const binary = findLoaderBinary(root, platform(), readFirmware(root));
  using open = openTargetsForChange(root, settings.places);
  const { plans, setAside } = planEach(root, machine, target => {
    const { esp, boot } = target;
    const installation: Installation = {
      partition: esp,
      layout: machine.layout,
      owner: machine.state.owner,
      settings,
      binary,
      installed: {
        own: readInstalledLoader(open.top(esp.volume), binary.paths.own),
        removable: readInstalledLoader(open.top(esp.volume), binary.paths.removable),
      },
      bootctl: usesBootctl(root) ? { paths: bootctlPaths(esp, boot), verb } : undefined,
    };
    if (verb === 'update') assertInstalled(root, installation);
    const parts = planInstallation(installation);
    return { installation, parts, target, needs: [needOf(esp, parts)] };
  });
  const parts = joinParts(plans.map(plan => plan.parts));
  const { state } = machine;
  const places = plans.map(({ target }) => root.onHost(target.esp.mountPoint));
  const [version] = plans.map(({ installation }) => versionInPlace(installation));
  return {
    parts: {
      prepare: [...stateSteps(root, state), ...parts.prepare],
      commit: [...parts.commit, ...laterStateSteps(state, withSettings(state, settings))],
      cleanup: parts.cleanup,
    },
    targets: plans.map(({ target }) => target),
    needs: plans.flatMap(({ needs }) => needs),
    findings: plans.flatMap(({ installation }) => newerLoaders(installation)),
    setAside,
    result: {
      json: { loader: 'systemd-boot', version: version ?? null, from: binary.source },
      text: `systemd-boot ${version ?? ''} is installed on ${places.join(' and ')}\n`,
    },
  };
}

function usesBootctl(root: Root): boolean {
  return root.isLive && isInstalled('bootctl');
}

function bootctlPaths(esp: BootPartition, boot: BootPartition): string[] {
  const paths = [`--esp-path=${esp.mountPoint}`];
  return boot === esp ? paths : [...paths, `--boot-path=${boot.mountPoint}`];
}

function assertInstalled(root: Root, { installed, partition }: Installation): void {
  if (installed.own?.version !== undefined) return;
  throw new GenctlError(
    'LOADER_NOT_INSTALLED',
    `${root.onHost(partition.mountPoint)} has no systemd-boot to update`,
    { hint: 'Run `genctl loader install`.' },
  );
}
