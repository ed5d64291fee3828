import { renderActivate } from '../activation/activate-script.ts';
import { etcManifest } from '../activation/etc-manifest.ts';
import { renderInit } from '../activation/init-script.ts';
import { GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { selfPlaceholder } from '../store/self-reference.ts';
import type { Store } from '../store/store.ts';
import { type StorePath, toStorePathName } from '../store/store-path.ts';
import { copyOf, fileOf, folderOf, type Tree } from '../store/tree.ts';
import type { Configuration, Declaration } from './declaration/declaration.ts';
import { formatOrigin } from './declaration/problem.ts';
import { type Match, newestMatch } from './newest-match.ts';
import { type EtcFile, readEtc } from './read-etc.ts';
import { rootParameters } from './root-parameters.ts';
import { type BuiltSystem, bootspecOf, type SystemParts, systemTree } from './system-tree.ts';

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
  const specialisations = new Map<string, BuiltSystem>();
  for (const [name, configuration] of Object.entries(declaration.specialisations)) {
    specialisations.set(name, await buildOne(input, configuration, name, new Map()));
  }
  return buildOne(input, declaration, undefined, specialisations);
}

async function buildOne(
  input: BuildInput,
  configuration: Configuration,
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
  const etc = await addEtc(input, configuration);
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
    etc: etc.path,
    scripts: {
      manifest: etcManifest(etc.entries, etc.path),
      activate: renderActivate({
        shell,
        systemPath: self,
        etcPath: etc.path,
        manifestPath: `${self}/etc-manifest`,
        entries: etc.entries,
      }),
      init: renderInit({ shell, systemPath: self, inits: configuration.system.init }),
    },
    configuration,
    specialisations,
  };
  const inputs = [
    kernel.path,
    ...initrds,
    etc.path,
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

async function addEtc(
  { root, store, configFolder }: BuildInput,
  configuration: Configuration,
): Promise<{ path: StorePath; entries: Parameters<typeof etcManifest>[0] }> {
  using folder = root.folderIfThere(`${configFolder}/etc`);
  const files = readEtc(root, folder, configuration);
  const { hostName } = configuration.networking;
  const generated = new Map<string, Tree>();
  if (hostName !== undefined && !files.some(({ path }) => path === 'hostname')) {
    generated.set('hostname', fileOf(`${hostName}\n`));
  }
  const path = await store.add('etc', etcTreeOf(folder, generated));
  const all: EtcFile[] = [
    ...files,
    ...[...generated.keys()].map(name => ({ path: name, ownership: undefined })),
  ];
  const entries = all.map(file =>
    file.ownership === undefined
      ? ({ kind: 'link', path: file.path } as const)
      : ({ kind: 'copy', path: file.path, ...file.ownership } as const),
  );
  return { path, entries };
}

function etcTreeOf(folder: Folder | undefined, generated: ReadonlyMap<string, Tree>): Tree {
  const declared = (folder?.names() ?? []).map(
    name => [name, copyOf(folder as Folder, name)] as const,
  );
  return folderOf([...declared, ...generated]);
}

/** What the menu calls a system that has no label: its name and its kernel. */
function defaultLabel(kernelName: string, hostName: string | undefined): string {
  const version = kernelName.replace(/^(vmlinuz|vmlinux|bzImage|linux|Image)-?/, '');
  const linux = version === '' ? 'Linux' : `Linux ${version}`;
  return hostName === undefined ? linux : `${hostName}, ${linux}`;
}
