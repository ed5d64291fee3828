import { GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import type { Store } from '../store/store.ts';
import { type StorePath, toStorePathName } from '../store/store-path.ts';
import { copyOf } from '../store/tree.ts';
import { type BootFiles, buildToplevel } from './build-toplevel.ts';
import type { Configuration, Declaration } from './declaration/declaration.ts';
import { formatOrigin } from './declaration/problem.ts';
import { type Match, newestMatch } from './newest-match.ts';
import type { BuiltSystem } from './system-tree.ts';
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

/**
 * The builder `files`: a kernel and initrds that are there as files, the `etc/` tree, and the
 * same once more for each specialisation. What is in the store already is not written again.
 *
 * @throws GenctlError INPUT_MISSING, ETC_…, ROOT_NOT_NAMEABLE, and those of
 *   the store
 */
export async function buildFiles(input: BuildInput): Promise<BuiltSystem> {
  using folder = input.root.folderIfThere(`${input.configFolder}/etc`);
  const wanted = wantedEtc({ ...input, folder, packaged: undefined });
  for (const sentence of wanted.notEnabled) input.onLeftOut(sentence);
  const specialisations = new Map<string, BuiltSystem>();
  for (const [name, wantedThere] of wanted.specialisations) {
    specialisations.set(name, await buildOne(input, wantedThere, name, new Map()));
  }
  return await buildOne(input, wanted.main, undefined, specialisations);
}

async function buildOne(
  input: BuildInput,
  wanted: WantedEtc,
  specialisation: string | undefined,
  specialisations: ReadonlyMap<string, BuiltSystem>,
): Promise<BuiltSystem> {
  const { system } = wanted.configuration;
  const kernel = await addKernel(input, wanted.configuration, specialisation);
  const initrds: StorePath[] = [];
  for (const [item, glob] of system.initrd.entries()) {
    initrds.push((await addInput(input, 'initrd', glob, specialisation, item)).path);
  }
  const tree = system.devicetree;
  const devicetree =
    tree === undefined ? undefined : await addInput(input, 'devicetree', tree, specialisation);
  const boot: BootFiles = {
    kernel: kernel.path,
    kernelName: kernel.name,
    initrds,
    devicetree: devicetree?.path,
  };
  const { store, declaration, platform } = input;
  return await buildToplevel({
    store,
    declaration,
    platform,
    boot,
    wanted,
    specialisation,
    specialisations,
    userland: undefined,
  });
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
