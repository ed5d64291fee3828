import { basename, dirname, resolve } from 'node:path';
import { formatBytes } from '../bytes.ts';
import { type ExitCode, exitCodes, GenctlError } from '../errors.ts';
import { isRoot, mayChownHint } from '../host/effective-user.ts';
import { Folder } from '../host/folder.ts';
import { Interrupt } from '../host/interrupt.ts';
import { Lock } from '../host/lock.ts';
import type { Root } from '../host/root.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import type { Declaration } from '../system/declaration/declaration.ts';
import { readDeclaration } from '../system/declaration/read-declaration.ts';
import type { Command, Context } from './context.ts';
import { type Build, buildSystem, buildSystemInto } from './machine/build-system.ts';
import { type DiskLayout, diskLayout, type PartitionLayout } from './machine/image/disk-layout.ts';
import { readGrubImages } from './machine/image/grub-images.ts';
import { type BootFolders, Stage, stagedConfig } from './machine/image/stage.ts';
import { writeDisk } from './machine/image/write-disk.ts';
import { installMachine } from './machine/install/install-machine.ts';
import { keepLock } from './machine/keep-lock.ts';

export interface ImageArgs {
  /** Relative to the working folder. */
  file: string;
  /** Of the disk, in bytes. */
  size: number;
}

/** `genctl image --size SIZE FILE`: makes a bootable disk image of the declared system. */
export const image: Command<ImageArgs> = async (context, { file, size }) => {
  const declaration = readDeclaration(context.root, context.config);
  const layout = diskLayout(declaration, size);
  const path = resolve(file);
  using parent = Folder.atHostPath(dirname(path));
  assertFree(parent, basename(path));
  if (context.dryRun) {
    report(context, path, layout, undefined);
    return exitCodes.done;
  }
  if (!isRoot()) throw notRoot(context.root, declaration);
  using interrupt = new Interrupt();
  try {
    return await make(context, declaration, layout, parent, path, interrupt);
  } catch (thrown) {
    const signal = await interrupt.check();
    if (signal === undefined) throw thrown;
    throw new GenctlError('INTERRUPTED', `${path}: not made, by ${signal}`, {
      exitCode: exitCodes.interrupted,
      cause: thrown,
    });
  }
};

async function make(
  context: Context,
  declaration: Declaration,
  layout: DiskLayout,
  parent: Folder,
  path: string,
  { came: until }: Interrupt,
): Promise<ExitCode> {
  const name = basename(path);
  // Packages come from this machine's cache and go there, and its lock is written.
  using _lock =
    declaration.system.builder === 'debian' ? Lock.take(context.root, 'image') : undefined;
  const folders = bootFolders(declaration, layout);
  using stage = new Stage(parent, name);
  await stage.fill(context.root, context.config, folders);
  let system = '';
  const staged = { ...context, root: stage.root, config: stagedConfig, json: false };
  const exitCode = await installMachine(staged, {
    verb: 'image',
    declaration,
    build: () => buildFor(context, stage, declaration),
    identity: 'from-first-boot',
    disk: 'to-come',
    host: context.root,
    answer: installed => {
      ({ system } = installed);
      return { json: {}, text: '' };
    },
  });
  until.throwIfAborted();
  const { biosBoot } = layout;
  const { grub: menu } = folders;
  const grub =
    biosBoot === undefined || menu === undefined ? undefined : readGrubImages(stage.root, menu);
  const content = stage.split(folders);
  using esp = content.esp;
  using root = content.root;
  writeNotice(`writing ${path} (${formatBytes(layout.sizeBytes)})\n`);
  await writeDisk(stage.folder, 'disk', layout, { esp, root, grub }, { until });
  // Unlike renaming, this replaces nothing.
  parent.makeHardLink(stage.folder, 'disk', name);
  parent.sync();
  report(context, path, layout, system);
  return exitCode;
}

function bootFolders(
  { boot: { loader } }: Declaration,
  { esp }: Pick<DiskLayout, 'esp'>,
): BootFolders {
  return {
    esp: esp?.mountPoint,
    grub: loader.kind.includes('grub') ? loader.grub.bootMountPoint : undefined,
  };
}

/**
 * Packages are installed on the root that they are for; the files that the builder `files` takes are
 * on the machine that builds.
 */
async function buildFor(context: Context, stage: Stage, { system }: Declaration): Promise<Build> {
  if (system.builder !== 'debian') {
    return await buildSystemInto(stage.root, context.root, context.config);
  }
  const build = await buildSystem(stage.root, stagedConfig);
  await stage.returnPackages(context.root);
  keepLock(context, build);
  return build;
}

/** @throws GenctlError FILE_EXISTS */
function assertFree(parent: Folder, name: string): void {
  if (parent.stat(name) === undefined) return;
  throw new GenctlError('FILE_EXISTS', `${parent.join(name)} is there already`, {
    hint: 'Move it away, or give another name: an image is never written over anything.',
  });
}

function notRoot(root: Root, { system }: Declaration): GenctlError {
  return new GenctlError('NOT_ALLOWED', 'the files of an image belong to root, and to others', {
    hint:
      // Packages go through the cache of the root, and this one is root's.
      system.builder === 'debian' && root.isLive
        ? 'Run genctl as root, or with --root and a folder of yours that has the declaration.'
        : mayChownHint(),
  });
}

function report(
  { json }: Context,
  file: string,
  { sizeBytes, biosBoot, esp, root }: DiskLayout,
  system: string | undefined,
): void {
  const partitions = [...(esp === undefined ? [] : [esp]), root];
  if (json) {
    const facts = partitions.map(({ mountPoint, offsetBytes, sizeBytes, names }) => ({
      mountPoint,
      offsetBytes,
      sizeBytes,
      ...names,
    }));
    writeJson({ file, sizeBytes, system: system ?? null, partitions: facts });
    return;
  }
  const start = biosBoot === undefined ? [] : [`BIOS boot  ${formatBytes(biosBoot.sizeBytes)}`];
  const lines = [...start, ...partitions.map(describe)].map(line => `  ${line}\n`).join('');
  const head = system === undefined ? `${file} would be made:` : `${file} boots ${system}:`;
  writeResult(`${head}\n${lines}`);
}

function describe({ mountPoint, sizeBytes, names }: PartitionLayout): string {
  const found = Object.entries(names).map(([kind, name]) => `${kind.toUpperCase()}=${name}`);
  return [mountPoint, formatBytes(sizeBytes), ...found].join('  ');
}
