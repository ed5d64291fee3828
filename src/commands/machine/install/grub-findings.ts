import { efiPlatformOf, modulePackages } from '../../../boot/grub/installation/grub-platform.ts';
import { readGrubPackages } from '../../../boot/grub/installation/read-packages.ts';
import type { Finding } from '../../../errors.ts';
import { platform } from '../../../host/platform.ts';
import { Root } from '../../../host/root.ts';
import type { Configuration } from '../../../system/declaration/declaration.ts';
import { declaredPlaces } from '../boot-places.ts';

/** How a declared machine starts GRUB; undefined where GRUB is none of its loaders. */
interface GrubUse {
  byBios: boolean;
  byUefi: boolean;
  isOnlyLoader: boolean;
}

/** What a machine is going to miss once it has been started by the GRUB that was installed on it. */
export function grubFindings(
  root: Root,
  configuration: Configuration,
  tree: string | undefined,
): Finding[] {
  const use = grubUse(configuration);
  if (use === undefined) return [];
  return [
    ...unregistered(configuration, use),
    ...(tree === undefined ? [] : notInSystem(root, tree, use)),
  ];
}

function grubUse(configuration: Configuration): GrubUse | undefined {
  const loaders = declaredPlaces(configuration)[0]?.loaders ?? [];
  const grub = loaders.flatMap(place => (place.loader === 'grub' ? [place] : []));
  if (grub.length === 0) return undefined;
  return {
    byBios: grub.some(({ devices }) => devices.some(device => device !== 'nodev')),
    byUefi: grub.some(({ esp }) => esp !== undefined),
    isOnlyLoader: grub.length === loaders.length,
  };
}

/** The firmware of another machine is not at hand: who could lead it to GRUB is not here. */
function unregistered(
  { boot: { loader } }: Configuration,
  { byBios, byUefi, isOnlyLoader }: GrubUse,
): Finding[] {
  if (byBios || !byUefi || !isOnlyLoader || loader.grub.efiInstallAsRemovable) return [];
  return [
    {
      code: 'GRUB_NOT_REGISTERED',
      subject: 'firmware',
      reason: 'it has got no boot entry for GRUB, and may find nothing to start',
      hint: `Set efiInstallAsRemovable = true in [boot.loader.grub], and install again; or choose EFI/${loader.grub.efiBootloaderId} in its setup.`,
    },
  ];
}

/** Without GRUB's programs the machine goes on to boot, and cannot renew what starts it. */
function notInSystem(root: Root, tree: string, { byBios, byUefi }: GrubUse): Finding[] {
  using system = new Root(root.onHost(tree));
  const { hasInstaller, builds } = readGrubPackages(system);
  const efi = byUefi ? efiPlatformOf(platform(), undefined) : undefined;
  const wanted = [...(byBios ? (['i386-pc'] as const) : []), ...(efi === undefined ? [] : [efi])];
  const missing = [
    ...(hasInstaller ? [] : ['grub2-common']),
    ...wanted.flatMap(each => (builds.has(each) ? [] : [modulePackages[each]])),
  ];
  if (missing.length === 0) return [];
  return [
    {
      code: 'GRUB_NOT_IN_SYSTEM',
      subject: 'packages',
      reason: `the system lacks ${missing.join(' and ')}: the machine cannot bring its own GRUB up to date`,
      hint: `Declare in [environment]: ${missing.map(name => `systemPackages = ${name}`).join(', ')}.`,
    },
  ];
}
