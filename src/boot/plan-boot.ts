import { GenctlError } from '../errors.ts';
import { sectorBytes } from '../transaction/lower.ts';
import { joinParts, type PlanParts, stage } from '../transaction/plan.ts';
import type { Step } from '../transaction/step.ts';
import {
  type BootTarget,
  bootPartition,
  type LoaderPlace,
  partitionsOf,
  sectorPartition,
} from './boot-target.ts';
import { programPath } from './grub/installation/esp-use.ts';
import type { BootLayout } from './layout.ts';
import type { PartitionWish } from './partition-wish.ts';
import { planPartition } from './plan-partition.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { PlacedFiles } from './wanted.ts';

/** What a target shall have: of `menus`, one for each of its places, in their order. */
export interface BootWish extends Omit<PartitionWish, 'partitions' | 'leftOnEsp' | 'replaced'> {
  target: BootTarget;
}

/**
 * What has to be written so that a target shows a menu: what is missing first, then the default,
 * and only behind that point what is not wanted any more. Pure.
 *
 * @throws GenctlError LOADER_NOT_INSTALLED where the `loader.conf` of systemd-boot is not ours, or
 *   not there; what keeps GRUB from being installed
 */
export function planBoot(wish: BootWish): PlanParts {
  const { target, menus, layout, leftOut } = wish;
  const partitions = partitionsOf(target);
  const files = partitions.map(partition =>
    planPartition(partition, {
      ...wish,
      partitions,
      leftOnEsp: target.leftOnEsp,
      replaced: menus.flatMap(({ place }) => replacedOn(partition, place)),
      menus: menus.filter(
        ({ place }) => place.boot === partition || sectorPartition(place) === partition,
      ),
      // What was left out of the menu is remembered where it would be.
      leftOut: partition === bootPartition(target) ? leftOut : [],
    }),
  );
  const parts = joinParts(files);
  const lastOfAll = files.flatMap(({ farewell }) => farewell);
  return {
    prepare: parts.prepare,
    commit: menus.flatMap(menu =>
      stage(sectorPartition(menu.place).volume, moveDefault(menu, layout)),
    ),
    cleanup: [...parts.cleanup, ...lastOfAll],
  };
}

/** The program that firmware starts without an entry, where GRUB puts its own in its place. */
function replacedOn(partition: BootPartition, place: LoaderPlace): string[] {
  if (place.loader !== 'grub' || place.esp !== partition) return [];
  const { installation } = place.surroundings;
  const use = 'esp' in installation ? installation.esp?.use : undefined;
  return use?.isRemovable === true ? [programPath(use)] : [];
}

function moveDefault({ place, wanted }: PlacedFiles, layout: BootLayout): Step[] {
  const partition = sectorPartition(place);
  const { path, text } = wanted.defaultSector;
  const { volume } = partition;
  const before = partition.sectors.get(path);
  if (place.loader === 'systemd-boot') assertInstalled(partition, layout);
  else assertOneSector(partition, path);
  if (before === text) return [];
  if (before !== undefined && Buffer.byteLength(before) === sectorBytes) {
    return [{ kind: 'overwrite-sector', volume, path, before, after: text }];
  }
  return [takeOver(partition, path, before, text)];
}

/** `default.cfg` of GRUB is ours alone. One that was made longer, or no text, cannot be changed in one write. */
function assertOneSector({ mountPoint, sizes, sectors }: BootPartition, path: string): void {
  const sizeBytes = sizes.get(path) ?? 0;
  const isText = sectors.get(path)?.includes('\ufffd') !== true;
  if (sizeBytes <= sectorBytes && isText) return;
  throw new GenctlError(
    'GRUB_SECTOR_DAMAGED',
    `${mountPoint}/${path} is not as genctl writes it: ${isText ? `it has ${sizeBytes} bytes, and never more than ${sectorBytes}` : 'it is no text'}`,
    {
      hint: 'Somebody has changed it, or it is damaged. Remove it and run `genctl menu repair` before the next boot: GRUB has no menu without it.',
    },
  );
}

/** systemd-boot is installed by a verb of its own, which makes `loader.conf` ours. */
function assertInstalled(
  { mountPoint, ledger, sectors }: BootPartition,
  { systemdBoot: { sector } }: BootLayout,
): void {
  if (ledger?.files.some(file => file.path === sector) !== true) {
    throw new GenctlError(
      'LOADER_NOT_INSTALLED',
      `${mountPoint}: the boot loader has not been installed by genctl yet`,
      { hint: 'Run `genctl loader install` once.' },
    );
  }
  if (!sectors.has(sector)) {
    throw new GenctlError(
      'LOADER_NOT_INSTALLED',
      `${mountPoint}/${sector}: somebody has deleted it`,
      { hint: 'Run `genctl loader install`, which makes it anew.' },
    );
  }
}

/**
 * Somebody's own settings of a loader become ours.
 *
 * @throws GenctlError LOADER_CONF_TOO_LONG where that cannot be done without a torn moment
 */
export function takeOver(
  partition: BootPartition,
  path: string,
  before: string | undefined,
  after: string,
): Step {
  if (before?.includes('\ufffd')) {
    throw new GenctlError(
      'LOADER_CONF_NOT_TEXT',
      `${partition.mountPoint}/${path} holds bytes that are no UTF-8: it could not be given back as it is`,
      { hint: 'Correct its comments, or move it away, and run the command again.' },
    );
  }
  const sizeBytes = Buffer.byteLength(before ?? '');
  if (sizeBytes > sectorBytes) {
    throw new GenctlError(
      'LOADER_CONF_TOO_LONG',
      `${partition.mountPoint}/${path} has ${sizeBytes} bytes: one of more than ${sectorBytes} cannot be changed safely on FAT`,
      { hint: 'Keep a copy of it elsewhere, remove its comments, and run the command again.' },
    );
  }
  return { kind: 'take-over-sector', volume: partition.volume, path, before, after };
}
