import coreSource from '../../../../templates/grub/core.cfg.eta';
import { grubWord, template } from '../../../template.ts';
import type { GrubInstallRun } from '../../../transaction/step.ts';
import { findDevice } from '../grub-file.ts';
import { type EspUse, programPath } from './esp-use.ts';
import type { GrubPlatform } from './grub-platform.ts';
import type { InstallationWish } from './installation-wish.ts';
import { fontPath, moduleFolder } from './read-packages.ts';

const renderCore = template<{ find: string; folder: string }>(coreSource, grubWord);

/** The core image for a BIOS, below the folder of the modules. */
export const biosCore = 'core.img';

/** The first sector of a disk, to be filled in, below the folder of the modules. */
export const biosBoot = 'boot.img';

/**
 * GRUB for a BIOS where a root is assembled in a folder: all but the first sectors of the disk, which
 * is not there yet. Pure.
 *
 * @param tree the installation's own folder, below the top of the boot partition
 */
export function assembledForBios(
  wish: Pick<InstallationWish, 'place'>,
  device: string,
  tree: string,
  hasFont: boolean,
): GrubInstallRun {
  const platform = 'i386-pc';
  const output = `${wish.place.boot}/${tree}/grub/${platform}/${biosCore}`;
  return { device, ...assemble(wish, { platform, tree, hasFont, output, drivers: ['biosdisk'] }) };
}

/** GRUB for UEFI where a root is assembled in a folder. Pure. */
export function assembledForEfi(
  wish: Pick<InstallationWish, 'place'>,
  use: EspUse,
  tree: string,
  hasFont: boolean,
): GrubInstallRun {
  const { esp } = wish.place;
  return {
    device: `the ESP at ${esp}`,
    ...assemble(wish, {
      platform: use.platform,
      tree,
      hasFont,
      output: `${esp}/${programPath(use)}`,
      drivers: [],
    }),
  };
}

interface Core {
  platform: GrubPlatform;
  tree: string;
  hasFont: boolean;
  output: string;
  /** What it reads disks by, where it does not by itself. */
  drivers: readonly string[];
}

function assemble(
  { place }: Pick<InstallationWish, 'place'>,
  { platform, tree, hasFont, output, drivers }: Core,
): Pick<GrubInstallRun, 'args' | 'assembly'> {
  const { device, boot } = place;
  const grub = `${boot}/${tree}/grub`;
  const modules = { from: `${moduleFolder}/${platform}`, to: `${grub}/${platform}` };
  const folder = `${device.path}/${tree}/grub`;
  const config = {
    path: `${modules.to}/load.cfg`,
    text: renderCore({ find: findDevice(device, 'root').trimEnd(), folder }),
  };
  const font = { from: fontPath, to: `${grub}/fonts/unicode.pf2` };
  return {
    args: [
      `--format=${platform}`,
      `--directory=${modules.from}`,
      `--prefix=${folder}`,
      `--config=${config.path}`,
      `--output=${output}`,
      ...new Set([...drivers, ...device.modules, 'search']),
    ],
    assembly: { modules, ...(hasFont && { font }), config, output },
  };
}
