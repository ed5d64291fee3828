import { renderActivate } from '../activation/activate-script.ts';
import { etcManifest } from '../activation/etc-manifest.ts';
import { renderInit } from '../activation/init-script.ts';
import { GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import { selfPlaceholder } from '../store/self-reference.ts';
import type { Store } from '../store/store.ts';
import { type StorePath, toStorePathName } from '../store/store-path.ts';
import { copyOf } from '../store/tree.ts';
import type { Configuration, Declaration } from './declaration/declaration.ts';
import { formatOrigin } from './declaration/problem.ts';
import { type Match, newestMatch } from './newest-match.ts';
import { rootParameters } from './root-parameters.ts';
import { type BuiltSystem, bootspecOf, type SystemParts, systemTree } from './system-tree.ts';
import { type WantedEtc, wantedEtc } from './wanted-etc.ts';

export interface BuildInput {
  root: Root;
  store: Pick<Store, 'add'>;
  /** The declaration's folder, a logical path; its `etc/` appears under /etc. */
  configFolder: string;
  declaration: Declaration;
  /** As Nix calls it, `x86_64-linux`. */
  platform: string;
  /** Told before a file is added, which takes a while for a large one. */
  onInput: (name: string, sizeBytes: number) => void;
  /** Told of each thing that is declared and was left out, one sentence each. */
  onLeftOut: (sentence: string) => void;
}

/** The shell that a system's scripts run in; the machine brings it. */
const shell = '/bin/sh';

/**
 * The builder `files`: a kernel and initrds that are there as files, the `etc/` tree, and the
 * same once more for each specialisation. What is in the store already is not written again.
 *
 * @throws GenctlError BUILDER_UNSUPPORTED, INPUT_MISSING, ETC_…, ROOT_NOT_NAMEABLE, and those of
 *   the store
 */
export async function buildFiles(input: BuildInput): Promise<BuiltSystem> {
  const { declaration } = input;
  if (declaration.system.builder !== 'files') {
    throw new GenctlError(
      'BUILDER_UNSUPPORTED',
      `[system] builder = ${declaration.system.builder}: not in this version`,
      { hint: 'Use builder = files.' },
    );
  }
  using folder = input.root.folderIfThere(`${input.configFolder}/etc`);
  const wanted = wantedEtc({ ...input, folder });
  for (const sentence of wanted.notEnabled) input.onLeftOut(sentence);
  const specialisations = new Map<string, BuiltSystem>();
  for (const [name, wantedThere] of wanted.specialisations) {
    specialisations.set(name, await buildOne(input, wantedThere, name, new Map()));
  }
  return await buildOne(input, wanted.main, undefined, specialisations);
}

async function buildOne(
  input: BuildInput,
  { configuration, ...wanted }: WantedEtc,
  specialisation: string | undefined,
  specialisations: ReadonlyMap<string, BuiltSystem>,
): Promise<BuiltSystem> {
  const { store, platform } = input;
  const { hostName } = configuration.networking;
  const name = toStorePathName(`genctl-system-${hostName ?? 'machine'}`);
  const self = selfPlaceholder(name);
  const kernel = await addKernel(input, configuration, specialisation);
  const initrds: StorePath[] = [];
  for (const [item, glob] of configuration.system.initrd.entries()) {
    initrds.push((await addInput(input, 'initrd', glob, specialisation, item)).path);
  }
  const { devicetree: tree } = configuration.system;
  const devicetree =
    tree === undefined ? undefined : await addInput(input, 'devicetree', tree, specialisation);
  const etc = await store.add('etc', wanted.tree);
  const entries = wanted.entries(etc);
  const parts: SystemParts = {
    self,
    platform,
    label: configuration.system.label ?? defaultLabel(kernel.name, hostName),
    kernel: kernel.path,
    initrds,
    devicetree: devicetree?.path,
    kernelParams: [
      ...rootParameters(configuration, (option, item) =>
        input.declaration.origin(option, { specialisation, item, subject: '/' }),
      ),
      ...configuration.boot.kernelParams,
    ],
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
      }),
      init: renderInit({ shell, systemPath: self, inits: configuration.system.init }),
    },
    configuration,
    specialisations,
  };
  const inputs = [
    kernel.path,
    ...initrds,
    etc,
    ...(devicetree === undefined ? [] : [devicetree.path]),
    ...[...specialisations.values()].map(({ toplevel }) => toplevel),
  ];
  const toplevel = await store.add(name, systemTree(parts), { inputs, mentionsSelf: true });
  return { toplevel, bootspec: bootspecOf({ ...parts, self: toplevel }) };
}

interface AddedFile {
  path: StorePath;
  /** What the file was called where it was found. */
  name: string;
}

async function addKernel(
  input: BuildInput,
  configuration: Configuration,
  specialisation: string | undefined,
): Promise<AddedFile> {
  const { kernel } = configuration.system;
  if (kernel === undefined) {
    throw new GenctlError('KERNEL_NOT_DECLARED', 'no kernel is declared', {
      hint: 'Add one to [system], for example: kernel = /boot/vmlinuz-*',
    });
  }
  return addInput(input, 'kernel', kernel, specialisation);
}

/** Adds a declared file to the store; an error names the line that declared it. */
async function addInput(
  { root, store, declaration, onInput }: BuildInput,
  key: 'kernel' | 'initrd' | 'devicetree',
  pathOrGlob: string,
  specialisation: string | undefined,
  item?: number,
): Promise<AddedFile> {
  let match: Match;
  try {
    match = newestMatch(root, pathOrGlob);
  } catch (thrown) {
    const origin = declaration.origin(`system.${key}`, { specialisation, item });
    if (!(thrown instanceof GenctlError) || origin === undefined) throw thrown;
    throw new GenctlError(thrown.code, `${formatOrigin(origin)}: ${thrown.message}`, {
      cause: thrown,
      hint: thrown.hint ?? 'Give the path of a file that is there, or a glob that matches one.',
    });
  }
  using folder = match.folder;
  onInput(match.name, folder.stat(match.name)?.sizeBytes ?? 0);
  const path = await store.add(toStorePathName(match.name), copyOf(folder, match.name));
  return { path, name: match.name };
}

/** What the menu calls a system that has no label: its name and its kernel. */
function defaultLabel(kernelName: string, hostName: string | undefined): string {
  const version = kernelName.replace(/^(vmlinuz|vmlinux|bzImage|linux|Image)-?/, '');
  const linux = version === '' ? 'Linux' : `Linux ${version}`;
  return hostName === undefined ? linux : `${hostName}, ${linux}`;
}
