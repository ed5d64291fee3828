// What a test machine is made of, from Debian's own packages.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Progress, packageDependencies, unpackPackage } from './debian-packages.ts';

/** Paths of this machine's file system. */
export interface Parts {
  readonly kernelVersion: string;
  readonly kernel: string;
  /** The folder of the kernel's modules: `lib/modules/VERSION`. */
  readonly modules: string;
  /** Linked statically: it runs in an initrd. */
  readonly busybox: string;
  readonly systemdBoot: string;
}

/** Where what was downloaded is kept. */
export const partsCache: string = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../.cache/parts',
);

/** Shows progress where it disturbs no result. */
export const toStandardError: Progress = line => void process.stderr.write(`${line}\n`);

/**
 * The kernel, busybox and systemd-boot, downloaded on the first call and found below `.cache/` on
 * later ones; delete `.cache/parts` to take newer versions. amd64 only.
 */
export async function obtainParts(
  progress: Progress = toStandardError,
  cache: string = partsCache,
): Promise<Parts> {
  const kernelTree = join(cache, 'linux-image-cloud-amd64');
  const busyboxTree = join(cache, 'busybox-static');
  const loaderTree = join(cache, 'systemd-boot-efi');
  await unpackKernel(kernelTree, progress);
  await unpackPackage('busybox-static', busyboxTree, progress);
  await unpackPackage('systemd-boot-efi', loaderTree, progress);
  const kernel = await onlyFile(join(kernelTree, 'boot'), /^vmlinuz-/);
  const kernelVersion = kernel.replace(/^.*\/vmlinuz-/, '');
  return {
    kernelVersion,
    kernel,
    modules: join(await firstFolder(kernelTree, ['lib', 'usr/lib'], 'modules'), kernelVersion),
    busybox: join(await firstFolder(busyboxTree, ['bin', 'usr/bin'], 'busybox')),
    systemdBoot: join(loaderTree, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi'),
  };
}

/** `linux-image-cloud-amd64` is empty: the package that it depends on holds the kernel. */
async function unpackKernel(folder: string, progress: Progress): Promise<void> {
  const present = await readdir(folder).catch((): string[] => []);
  if (present.length > 0) return;
  const depends = await packageDependencies('linux-image-cloud-amd64', progress);
  const name = depends.find(candidate => /^linux-image-\d/.test(candidate));
  if (name === undefined) throw new Error('linux-image-cloud-amd64 depends on no kernel');
  await unpackPackage(name, folder, progress);
}

async function onlyFile(folder: string, pattern: RegExp): Promise<string> {
  const [found, ...more] = (await readdir(folder)).filter(name => pattern.test(name));
  if (found === undefined || more.length > 0) {
    throw new Error(`expected one file like ${pattern.source} in ${folder}`);
  }
  return join(folder, found);
}

/** Packages have moved from `/` into `/usr` between releases of Debian. */
async function firstFolder(
  tree: string,
  parents: readonly string[],
  name: string,
): Promise<string> {
  for (const parent of parents) {
    const entries = await readdir(join(tree, parent)).catch((): string[] => []);
    if (entries.includes(name)) return join(tree, parent, name);
  }
  throw new Error(`no ${name} in ${parents.join(' or ')} of ${tree}`);
}
