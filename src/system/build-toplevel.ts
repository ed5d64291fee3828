import { renderActivate } from '../activation/activate-script.ts';
import { etcManifest } from '../activation/etc-manifest.ts';
import { renderInit } from '../activation/init-script.ts';
import { selfPlaceholder } from '../store/self-reference.ts';
import type { Store } from '../store/store.ts';
import { type StorePath, toStorePathName } from '../store/store-path.ts';
import type { Configuration, Declaration } from './declaration/declaration.ts';
import { rootParameters } from './root-parameters.ts';
import {
  type BroughtUserland,
  type BuiltSystem,
  bootspecOf,
  type SystemParts,
  systemTree,
} from './system-tree.ts';
import type { WantedEtc } from './wanted-etc.ts';

/** What a kernel is started with. */
export interface BootFiles {
  kernel: StorePath;
  /** What the kernel's file was called where it was found: `vmlinuz-6.1.0-35-amd64`. */
  kernelName: string;
  initrds: readonly StorePath[];
  devicetree: StorePath | undefined;
}

export interface ToplevelInput {
  store: Pick<Store, 'add'>;
  declaration: Declaration;
  /** As Nix calls it, `x86_64-linux`. */
  platform: string;
  boot: BootFiles;
  wanted: WantedEtc;
  /** Undefined for the machine itself. */
  specialisation: string | undefined;
  /** Of the machine itself: those that are built already, by their names. */
  specialisations: ReadonlyMap<string, BuiltSystem>;
  /** Undefined for a system whose `/usr` is the machine's own. */
  userland: BroughtUserland | undefined;
}

/** The shell that a system's scripts run in; the machine brings it. */
const shell = '/bin/sh';

/**
 * Adds the `etc` of a system and its toplevel to the store, whose other parts are there already.
 *
 * @throws GenctlError ETC_BAD_ENTRY, ROOT_NOT_NAMEABLE, and those of the store
 */
export async function buildToplevel(input: ToplevelInput): Promise<BuiltSystem> {
  const { store, boot, wanted, userland, specialisation, specialisations } = input;
  const { configuration } = wanted;
  const { hostName } = configuration.networking;
  const name = toStorePathName(`genctl-system-${hostName ?? 'machine'}`);
  const self = selfPlaceholder(name);
  const etc = await store.add('etc', wanted.tree);
  const entries = wanted.entries(etc);
  const parts: SystemParts = {
    self,
    platform: input.platform,
    label: configuration.system.label ?? defaultLabel(boot.kernelName, hostName),
    kernel: boot.kernel,
    initrds: boot.initrds,
    devicetree: boot.devicetree,
    kernelParams: kernelParamsOf(input.declaration, configuration, specialisation),
    etc,
    scripts: {
      manifest: etcManifest(entries, etc, wanted.conflicts),
      activate: renderActivate({
        shell,
        systemPath: self,
        etcPath: etc,
        manifestPath: `${self}/etc-manifest`,
        entries,
        conflicts: wanted.conflicts,
        usr: userland,
      }),
      init: renderInit({
        shell,
        systemPath: self,
        inits: configuration.system.init,
        usr: userland,
      }),
    },
    userland,
    configuration,
    specialisations,
  };
  const inputs = [
    boot.kernel,
    ...boot.initrds,
    etc,
    ...(boot.devicetree === undefined ? [] : [boot.devicetree]),
    ...(userland === undefined ? [] : [userland.tree, userland.modules, userland.genctl]),
    ...[...specialisations.values()].map(({ toplevel }) => toplevel),
  ];
  const toplevel = await store.add(name, systemTree(parts), { inputs, mentionsSelf: true });
  return { toplevel, bootspec: bootspecOf({ ...parts, self: toplevel }) };
}

function kernelParamsOf(
  declaration: Declaration,
  configuration: Configuration,
  specialisation: string | undefined,
): string[] {
  const root = rootParameters(configuration, (option, item) =>
    declaration.origin(option, { specialisation, item, subject: '/' }),
  );
  return [...root, ...configuration.boot.kernelParams];
}

/** What the menu calls a system that has no label: its name and its kernel. */
function defaultLabel(kernelName: string, hostName: string | undefined): string {
  const version = kernelName.replace(/^(vmlinuz|vmlinux|bzImage|linux|Image)-?/, '');
  const linux = version === '' ? 'Linux' : `Linux ${version}`;
  return hostName === undefined ? linux : `${hostName}, ${linux}`;
}
