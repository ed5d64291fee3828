import type { Root } from '../../../host/root.ts';
import {
  type EfiPlatform,
  type GrubPlatform,
  grubPlatforms,
  machineTypes,
} from './grub-platform.ts';

/** What of GRUB the distribution has installed. */
export interface GrubPackages {
  /** Whether `grub-install` is there. */
  hasInstaller: boolean;
  /** Of each platform that has modules, which build of GRUB they are. */
  builds: ReadonlyMap<GrubPlatform, string>;
  signed: ReadonlyMap<EfiPlatform, SignedGrub>;
  /** Whether there is the font that GRUB draws with where none is declared. */
  hasFont: boolean;
}

/** GRUB as the distribution has signed it, with the shim that lets firmware start it. */
export interface SignedGrub {
  /** Which build of both it is. */
  build: string;
  /**
   * Where it looks for `grub.cfg` first, below the top of its ESP: `EFI/debian`. The signature
   * covers that.
   */
  prefix: string;
}

/** GRUB's modules and images, a folder a platform. */
export const moduleFolder = '/usr/lib/grub';

/** The font that `grub-install --fonts=unicode` copies. */
export const fontPath = '/usr/share/grub/unicode.pf2';

/**
 * Reads what of GRUB is installed, without starting a program.
 *
 * @param root where the programs are that will be run: the live one, whatever root is worked on
 */
export function readGrubPackages(root: Root): GrubPackages {
  const builds = new Map<GrubPlatform, string>();
  const signed = new Map<EfiPlatform, SignedGrub>();
  for (const platform of grubPlatforms) {
    const build = readBuild(root, platform);
    if (build !== undefined) builds.set(platform, build);
    if (platform === 'i386-pc') continue;
    const found = readSigned(root, platform);
    if (found !== undefined) signed.set(platform, found);
  }
  const programs = ['/usr/sbin/grub-install', '/usr/bin/grub-install'];
  return {
    hasInstaller: programs.some(path => root.stat(path)?.kind === 'file'),
    builds,
    signed,
    hasFont: root.stat(fontPath)?.kind === 'file',
  };
}

/**
 * `modinfo.sh` holds the version of the package. Somebody who builds GRUB may leave that as it is,
 * so its time counts as well; a package has the same one on all machines.
 */
function readBuild(root: Root, platform: GrubPlatform): string | undefined {
  const path = `${moduleFolder}/${platform}/modinfo.sh`;
  const stat = root.stat(path);
  if (stat?.kind !== 'file') return undefined;
  const version = packageVersion(root.readFile(path).toString('utf8')) ?? '';
  return `${version} ${stat.mtimeSeconds}`;
}

/** The version that a `modinfo.sh` names: modules are of the package that it came with. */
export function packageVersion(modinfo: string): string | undefined {
  return /^grub_package_version="?([^"\n]+)"?$/m.exec(modinfo)?.[1];
}

function readSigned(root: Root, platform: EfiPlatform): SignedGrub | undefined {
  const type = machineTypes[platform];
  const image = `${moduleFolder}/${platform}-signed/grub${type}.efi.signed`;
  const stats = [image, `/usr/lib/shim/shim${type}.efi.signed`].map(path => root.stat(path));
  if (stats.some(stat => stat?.kind !== 'file')) return undefined;
  const prefix = bakedPrefix(root.readFile(image));
  // Where it would look is not known: it must not be relied on.
  if (prefix === undefined) return undefined;
  return { build: stats.map(stat => `${stat?.sizeBytes} ${stat?.mtimeSeconds}`).join(' '), prefix };
}

/** `grub-mkimage` puts the prefix behind all modules: it is the last such path of the image. */
function bakedPrefix(image: Buffer): string | undefined {
  const at = image.lastIndexOf('/EFI/');
  if (at < 0) return undefined;
  return /^\/(EFI\/[\w.-]+)\0/.exec(image.toString('latin1', at, at + 256))?.[1];
}
