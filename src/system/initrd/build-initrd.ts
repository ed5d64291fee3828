import { GenctlError } from '../../errors.ts';
import type { KernelModules } from '../../hardware/kernel/kernel-modules.ts';
import { readKernelModules } from '../../hardware/kernel/read-kernel-modules.ts';
import type { Folder } from '../../host/folder.ts';
import type { Root } from '../../host/root.ts';
import { newDraftName } from '../../store/draft-names.ts';
import { removeStaleDrafts } from '../../store/stale-drafts.ts';
import type { Store } from '../../store/store.ts';
import { type StorePath, toStorePathName } from '../../store/store-path.ts';
import { copyOf, type Tree } from '../../store/tree.ts';
import { buildFolder } from '../build-folder.ts';
import type { Configuration } from '../declaration/declaration.ts';
import { renderInitrdInit } from './init-script.ts';
import { etcForHooks } from './initramfs-etc.ts';
import { initramfsInputs } from './initramfs-inputs.ts';
import { initramfsSettings } from './initramfs-settings.ts';
import { writeInitramfs } from './initramfs-tools.ts';
import { initrdNeeds } from './initrd-kind.ts';
import { contentHash, inputsHash, recordedInitrd, recordInitrd } from './initrd-record.ts';
import { indexModuleFiles, modulesWithDeviceAlias } from './module-files.ts';
import { neededMounts } from './needed-mounts.ts';
import { writeOwnInitrd } from './own-initrd.ts';
import { type ModuleOrigin, type ModulePlan, planModules } from './plan-modules.ts';

export interface InitrdInput {
  root: Root;
  store: Pick<Store, 'add' | 'has'>;
  configuration: Configuration;
  /** All that the system has below /etc. */
  etc: Tree;
  /** The operating-system tree whose programs go in: busybox, and for some disks initramfs-tools. */
  tree: StorePath;
  /** As `BuiltTree.modules`. */
  modules: StorePath;
  kernelRelease: string;
  /** Whether one that was made of the same inputs before will do. */
  reuse: boolean;
  /** Where modules were declared, for messages. */
  originOf: ModuleOrigin;
}

/** Says how what is recorded was made; another one when the same inputs come to other bytes. */
const recipe = 1;

/**
 * Makes the initrd of a system and adds it to the store. Same inputs, same bytes: generations with
 * one kernel and the same disks share it. Callers hold genctl's lock.
 *
 * @throws GenctlError INITRD_MODULE_MISSING, INITRD_UNSUPPORTED, INITRD_FAILED
 */
export async function buildInitrd(input: InitrdInput): Promise<StorePath> {
  const { root, configuration, modules, kernelRelease } = input;
  const { kind } = initrdNeeds(configuration);
  using folder = root.folder(`${modules}/${kernelRelease}`);
  const kernel = readKernelModules(name => folder.readFileIfThere(name), kernelRelease);
  if (kernel === undefined) {
    throw new GenctlError(
      'INITRD_FAILED',
      `cannot make the initrd: ${folder.path} has no modules.dep`,
      { hint: 'Build again with another kernelPackage: depmod has not run for this one.' },
    );
  }
  const made =
    kind === 'own' ? ownInitrd(input, kernel, folder) : byInitramfsTools(input, kernel, folder);
  return await addOnce(input, made);
}

/**
 * Packages that an initrd for these disks needs in the tree; busybox-static where it is ours.
 * Pure.
 *
 * @throws GenctlError INITRD_UNSUPPORTED
 */
export function initrdPackages(configuration: Configuration): readonly string[] {
  return initrdNeeds(configuration).packages;
}

/** An initrd that can be made. */
interface Makeable {
  /** All that its bytes depend on. */
  inputs: readonly unknown[];
  /** Makes it in an empty folder; gives the folder that it is in, and its name there. */
  make: (scratch: Folder) => Promise<{ folder: Folder; name: string }>;
}

/** Adds an initrd to the store; where it was made of the same inputs before, it is not made again. */
async function addOnce(
  { root, store, kernelRelease, reuse }: InitrdInput,
  { inputs, make }: Makeable,
): Promise<StorePath> {
  const hash = inputsHash([recipe, kernelRelease, ...inputs]);
  const recorded = reuse ? recordedInitrd(root, hash) : undefined;
  if (recorded !== undefined && (await store.has(recorded))) return recorded;
  using above = root.folderOrMake(buildFolder);
  removeStaleDrafts(above);
  const scratchName = newDraftName();
  try {
    using scratch = above.openOrMake(scratchName);
    const { folder, name } = await make(scratch);
    using _ = folder;
    const path = await store.add(toStorePathName(`initrd-${kernelRelease}`), copyOf(folder, name));
    recordInitrd(root, hash, path);
    return path;
  } finally {
    above.removeTree(scratchName);
  }
}

function ownInitrd(input: InitrdInput, kernel: KernelModules, modules: Folder): Makeable {
  const { root, configuration, tree, kernelRelease } = input;
  const { plan, modulesAlias } = planOf(input, kernel, modules);
  const init = renderInitrdInit(plan, neededMounts(configuration));
  const busyboxPath = `${tree}/usr/bin/busybox`;
  const busybox = root.readFile(busyboxPath);
  return {
    // Of the tree only busybox counts: with another package in it, this one holds.
    inputs: ['own', contentHash(busybox), input.modules, plan, init],
    make: scratch =>
      writeOwnInitrd({
        scratch,
        busyboxPath: root.onHost(busyboxPath),
        busybox,
        modules,
        kernelRelease,
        files: indexModuleFiles(modules.readFile('modules.dep').toString('latin1')),
        modulesAlias,
        plan,
        init,
      }),
  };
}

function byInitramfsTools(input: InitrdInput, kernel: KernelModules, modules: Folder): Makeable {
  const { root, configuration, tree, kernelRelease } = input;
  const { plan } = planOf(input, kernel, modules);
  const settings = initramfsSettings(configuration, plan, kernelRelease);
  const settled = [...settings.keys()].map(path => path.replace(/^etc\//, ''));
  const etc = etcForHooks(input.etc, settled);
  return {
    inputs: [
      'initramfs-tools',
      initramfsInputs(root, tree, initrdPackages(configuration), etc),
      input.modules,
      [...settings],
    ],
    make: scratch =>
      writeInitramfs({
        scratch,
        tree: root.onHost(tree),
        modules: root.onHost(input.modules),
        kernelRelease,
        etc,
        settings,
      }),
  };
}

function planOf(
  { configuration, originOf }: InitrdInput,
  kernel: KernelModules,
  modules: Folder,
): { plan: ModulePlan; modulesAlias: string } {
  const modulesAlias = modules.readFileIfThere('modules.alias')?.toString('latin1') ?? '';
  const drivers = modulesWithDeviceAlias(modulesAlias);
  const plan = planModules(configuration, kernel, name => drivers.has(name), originOf);
  return { plan, modulesAlias };
}
