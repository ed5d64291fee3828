import { GenctlError } from '../../errors.ts';
import type { Folder } from '../../host/folder.ts';
import { run } from '../../host/run.ts';
import { type CpioNode, cpioArchive } from './cpio.ts';
import {
  type ModuleFile,
  moduleFile,
  packingOf,
  trimmedIndexes,
  unpackedPath,
} from './module-files.ts';
import type { ModulePlan } from './plan-modules.ts';

export interface OwnInitrdInput {
  /** An empty folder. */
  scratch: Folder;
  /** The tree's busybox, which is linked statically: where it is on the host. */
  busyboxPath: string;
  /** Its content. */
  busybox: Uint8Array;
  /** The kernel's folder of modules; its path is one on the host. */
  modules: Folder;
  kernelRelease: string;
  files: ReadonlyMap<string, ModuleFile>;
  /** The kernel's modules.alias. */
  modulesAlias: string;
  plan: ModulePlan;
  /** The rendered `init`. */
  init: string;
}

/** What of busybox is called by name: by `init`, also in a new root. */
const applets = [
  'cat',
  'chroot',
  'cttyhack',
  'findfs',
  'grep',
  'head',
  'hexdump',
  'mkdir',
  'mount',
  'reboot',
  'sed',
  'setsid',
  'sh',
  'sleep',
  'switch_root',
  'test',
  'tr',
  'xxd',
] as const;

const emptyFolders = ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp'] as const;

/** The programs of busybox that unpack modules, by the packing. */
const unpackers: ReadonlyMap<string, string> = new Map([
  ['gz', 'gunzip'],
  ['xz', 'unxz'],
]);

/**
 * Writes genctl's own initrd into `scratch`: busybox, the modules of a plan and `init`. It is packed
 * by the tree's busybox, never by a library of the machine: the same tree gives the same bytes.
 *
 * @returns the folder that it is in, and its name there
 * @throws GenctlError INITRD_FAILED, PROGRAM_FAILED
 */
export async function writeOwnInitrd(
  input: OwnInitrdInput,
): Promise<{ folder: Folder; name: string }> {
  const { scratch, busyboxPath } = input;
  const nodes = new Map<string, CpioNode>([
    ...emptyFolders.map(path => [path, { kind: 'folder' }] as const),
    // The kernel opens it for init before there is a devtmpfs.
    ['dev/console', { kind: 'character device', major: 5, minor: 1 }],
    ['bin/busybox', { kind: 'file', content: input.busybox, executable: true }],
    // Relative: a new root reaches them by way of /proc/1/root.
    ...applets.map(name => [`bin/${name}`, { kind: 'link', target: 'busybox' }] as const),
    // The kernel itself calls it, under this name.
    ['sbin/modprobe', { kind: 'link', target: '../bin/busybox' }],
    ['init', { kind: 'file', content: Buffer.from(input.init), executable: true }],
    ...(await moduleNodes(input)),
  ]);
  scratch.createUnsynced('initrd', cpioArchive(nodes));
  await run(busyboxPath, ['gzip', '-n', '-9', `${scratch.realPath}/initrd`]);
  return { folder: scratch.duplicate(), name: 'initrd.gz' };
}

async function moduleNodes(input: OwnInitrdInput): Promise<[string, CpioNode][]> {
  const { plan, files, modulesAlias, modules, kernelRelease } = input;
  const folder = `lib/modules/${kernelRelease}`;
  const indexes = trimmedIndexes(plan.present, files, modulesAlias);
  const nodes: [string, CpioNode][] = [
    [`${folder}/modules.dep`, textOf(indexes.modulesDep)],
    [`${folder}/modules.alias`, textOf(indexes.modulesAlias)],
    // What is a part of the kernel is asked for as well, and is no failure.
    [`${folder}/modules.builtin`, { kind: 'file', content: readFile(modules, 'modules.builtin') }],
  ];
  for (const module of plan.present) {
    const file = moduleFile(files, module);
    const content = await readModule(input, file);
    nodes.push([`${folder}/${unpackedPath(file)}`, { kind: 'file', content }]);
  }
  return nodes;
}

/** A module as busybox takes it: the kernel may not unpack it by itself. */
async function readModule(
  { modules, scratch, busyboxPath }: OwnInitrdInput,
  file: ModuleFile,
): Promise<Uint8Array> {
  const packing = packingOf(file);
  const packed = readFile(modules, file.path);
  if (packing === undefined) return packed;
  const unpacker = unpackers.get(packing);
  if (unpacker === undefined) {
    throw new GenctlError(
      'INITRD_FAILED',
      `cannot make the initrd: ${file.path} is packed as ${packing}, which busybox does not unpack`,
      { hint: 'Declare another kernelPackage.' },
    );
  }
  const name = `module.ko.${packing}`;
  scratch.createUnsynced(name, packed);
  await run(busyboxPath, [unpacker, `${scratch.realPath}/${name}`]);
  const content = scratch.readFile('module.ko');
  scratch.removeFile('module.ko');
  return content;
}

/** A file of a folder, by a path of several names. */
function readFile(folder: Folder, path: string): Uint8Array {
  const slash = path.indexOf('/');
  if (slash < 0) return folder.readFile(path);
  using inner = folder.open(path.slice(0, slash));
  return readFile(inner, path.slice(slash + 1));
}

function textOf(text: string): CpioNode {
  return { kind: 'file', content: Buffer.from(text) };
}
