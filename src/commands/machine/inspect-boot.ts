import {
  type BootTarget,
  mapPartitions,
  ownedFiles,
  partitionsOf,
  sectorPartition,
} from '../../boot/boot-target.ts';
import { defaultIdAt, renderAt, verifySectorAt } from '../../boot/loaders.ts';
import { type Mirror, mirrorDrift } from '../../boot/mirror-drift.ts';
import type { OpenTargets } from '../../boot/open-targets.ts';
import type { BootPartition } from '../../boot/read-boot-partition.ts';
import { sayStray, strayFiles } from '../../boot/stray-files.ts';
import { type DamagedFile, sayDamage, verifyFiles } from '../../boot/verify-files.ts';
import { formatBytes } from '../../bytes.ts';
import type { Finding } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { writeNotice } from '../../host/terminal.ts';
import type { BootVolumeId } from '../../transaction/step.ts';
import type { MenuPlan } from './plan-menu.ts';
import type { Machine } from './read-machine.ts';

/** Files from this size on take long enough on slow disks for a word about them. */
const largeBytes = 8 << 20;

/** A file of ours, and where it is. */
export interface PlacedFile {
  volume: BootVolumeId;
  /** From the top of the volume on. */
  path: string;
  /** Where it is on the host. */
  hostPath: string;
  /** Whether it is the loader's program, which is not the menu's to write. */
  isProgram: boolean;
}

/** What a look at every file of ours on the boot partitions has shown. */
export interface BootInspection {
  /** How many files were read. */
  fileCount: number;
  findings: readonly Finding[];
  /** The files that are not as they were written. */
  damaged: readonly PlacedFile[];
  /** The targets, with what is damaged on them. */
  targets: readonly BootTarget[];
}

/** Reads everything of ours on the boot partitions back, and compares it with the ledgers. */
export function inspectBoot(
  root: Root,
  { targets, layout }: Machine,
  open: OpenTargets,
): BootInspection {
  const findings: Finding[] = [];
  const seen = targets.map(target =>
    mapPartitions(target, partition => {
      const { ledger } = partition;
      if (ledger === undefined) return partition;
      const top = open.top(partition.volume);
      const place = root.onHost(partition.mountPoint);
      const damaged = verifyFiles(top, ledger, layout, file => {
        if (file.sizeBytes >= largeBytes) {
          writeNotice(`reading ${place}/${file.path} (${formatBytes(file.sizeBytes)})\n`);
        }
      });
      findings.push(
        ...partition.findings,
        ...damaged.map(each => damageFinding(each, place)),
        ...strayFiles(top, ledger, layout).map(stray => sayStray(stray, place)),
      );
      const paths = damaged.filter(({ damage }) => damage !== 'incomplete');
      return { ...partition, damaged: new Set(paths.map(({ file }) => file.path)) };
    }),
  );
  const damaged = seen
    .flatMap(partitionsOf)
    .flatMap(partition => [...partition.damaged].map(path => placed(root, partition, path)));
  for (const target of targets) {
    const onHost = mapPartitions(target, partition => ({
      ...partition,
      mountPoint: root.onHost(partition.mountPoint),
    }));
    for (const [index, place] of onHost.places.entries()) {
      const flaws = verifySectorAt(place, layout);
      findings.push(...flaws);
      const inTarget = target.places[index];
      if (inTarget !== undefined) {
        damaged.push(...damagedFiles(root, sectorPartition(inTarget), flaws));
      }
    }
  }
  return {
    fileCount: targets.flatMap(ownedFiles).length,
    findings,
    damaged,
    targets: seen,
  };
}

/** The files of a partition that are not as they were written, of those that change in place. */
function damagedFiles(
  root: Root,
  partition: BootPartition,
  flaws: readonly Finding[],
): PlacedFile[] {
  const top = `${root.onHost(partition.mountPoint)}/`;
  return flaws
    .filter(({ code }) => code === 'BOOT_FILE_DAMAGED' || code === 'BOOT_FILE_MISSING')
    .map(({ subject }) => placed(root, partition, subject.slice(top.length)));
}

function placed(
  root: Root,
  { volume, mountPoint, ledger }: BootPartition,
  path: string,
): PlacedFile {
  const isProgram =
    /\.efi$/i.test(path) &&
    (ledger?.files.some(file => file.path === path && file.kind === 'loader') ?? false);
  return { volume, path, hostPath: `${root.onHost(mountPoint)}/${path}`, isProgram };
}

/** A loader's program is not the menu's to write. */
function damageFinding(damaged: DamagedFile, place: string): Finding {
  const finding = sayDamage(damaged, place);
  if (damaged.file.kind !== 'loader') return finding;
  return {
    ...finding,
    hint:
      damaged.damage === 'missing'
        ? 'Run `genctl loader install`, which puts it there again.'
        : 'If nobody has put another program there, remove it and run `genctl loader install`.',
  };
}

/** Where several boot partitions differ, by the menus that they are to show. */
export function driftFindings(root: Root, { layout }: Machine, { menus }: MenuPlan): Finding[] {
  const mirrors = menus.map(({ target, menu }): Mirror => {
    const [place] = target.places;
    const { files } = renderAt(place, menu, layout);
    return {
      mountPoint: root.onHost(place.boot.mountPoint),
      ledger: place.boot.ledger,
      sizes: new Map(partitionsOf(target).flatMap(({ sizes }) => [...sizes])),
      defaultId: defaultIdAt(place, layout),
      expected: new Set(files.filter(({ kind }) => kind === 'entry').map(({ path }) => path)),
    };
  });
  return mirrors.length < 2 ? [] : mirrorDrift(mirrors);
}
