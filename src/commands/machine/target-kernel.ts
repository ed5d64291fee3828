import { resolve } from 'node:path';
import { GenctlError } from '../../errors.ts';
import { inRole, type KernelModules } from '../../hardware/kernel/kernel-modules.ts';
import { readKernelModules } from '../../hardware/kernel/read-kernel-modules.ts';
import { Root } from '../../host/root.ts';
import { compareKernelNames, newestMatch } from '../../system/newest-match.ts';
import { readDeclared } from './read-declared.ts';

/** Where kernels keep their modules: Debian before and after its merge of /usr, and NixOS. */
const moduleFolders = [
  '/lib/modules',
  '/usr/lib/modules',
  '/run/booted-system/kernel-modules/lib/modules',
  '/run/current-system/kernel-modules/lib/modules',
];

/**
 * The modules of the kernel in a folder that somebody has named.
 *
 * @param folder a path of the host: `/lib/modules/VERSION`
 * @throws GenctlError KERNEL_UNKNOWN
 */
export function kernelIn(folder: string): KernelModules {
  const found = modulesAt(readOfHost, resolve(folder));
  if (found !== undefined) return found;
  throw new GenctlError('KERNEL_UNKNOWN', `--kernel ${folder}: there is no modules.dep in it`, {
    hint: 'Give the folder of one kernel’s modules, such as /lib/modules/6.1.0-49-amd64; `depmod` writes modules.dep.',
  });
}

/**
 * The modules of the kernel that a machine shall boot: of the declared one, or else of the one
 * that runs. An installation whose kernel is not there yet, as is NixOS's, has the running one to
 * call modules by. Undefined where its modules are not there.
 *
 * @param running the release of the running kernel
 */
export async function kernelToBoot(
  root: Root,
  config: string,
  running: string | null,
): Promise<KernelModules | undefined> {
  const declared = await declaredRelease(root, config);
  const ofDeclared = declared === undefined ? undefined : find(readOf(root), declared);
  if (ofDeclared !== undefined) return ofDeclared;
  const ofRunning = running === null ? undefined : find(readOf(root), running);
  if (root.isLive) return ofRunning === undefined ? undefined : inRole(ofRunning, 'runs');
  // An installation target has a kernel of its own, which is not the one that runs.
  const installed = ofRunning ?? newestIn(root);
  if (installed !== undefined || running === null) return installed;
  const ofHost = find(readOfHost, running);
  return ofHost === undefined ? undefined : inRole(ofHost, 'names');
}

/** The modules of the kernel that ran where a capture was taken, if this machine keeps them. */
export function kernelOfRelease(release: string): KernelModules | undefined {
  const found = find(readOfHost, release);
  return found === undefined ? undefined : inRole(found, 'runs');
}

/** Reads a file by its path; undefined where there is none. */
type Read = (path: string) => Buffer | undefined;

function readOf(root: Root): Read {
  return path => root.readFileIfThere(path);
}

/** A kernel's files are read when they are asked for, so the root is opened for each of them. */
function readOfHost(path: string): Buffer | undefined {
  using host = new Root('/');
  return host.readFileIfThere(path);
}

function find(read: Read, release: string): KernelModules | undefined {
  if (!/^[A-Za-z0-9_+~.-]+$/.test(release) || release.startsWith('.')) return undefined;
  for (const folder of moduleFolders) {
    const found = modulesAt(read, `${folder}/${release}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function newestIn(root: Root): KernelModules | undefined {
  for (const folder of moduleFolders.slice(0, 2)) {
    using open = root.folderIfThere(folder);
    const names = open?.names() ?? [];
    const newest = names.toSorted(compareKernelNames).at(-1);
    const found = newest === undefined ? undefined : modulesAt(readOf(root), `${folder}/${newest}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function modulesAt(read: Read, path: string): KernelModules | undefined {
  const release = path.slice(path.lastIndexOf('/') + 1);
  return readKernelModules(name => read(`${path}/${name}`), release);
}

/** The release of the kernel that is declared, by the name of its file. */
async function declaredRelease(root: Root, config: string): Promise<string | undefined> {
  const declaration = await readDeclared(root, config);
  if (declaration?.system.kernel === undefined) return undefined;
  try {
    const { folder, name } = newestMatch(root, declaration.system.kernel);
    folder[Symbol.dispose]();
    return /^(?:vmlinuz|vmlinux|bzImage|Image)-(.+)$/.exec(name)?.[1];
  } catch (thrown) {
    // Building says why; the running kernel is the next best guess.
    if (thrown instanceof GenctlError) return undefined;
    throw thrown;
  }
}
