import { type Finding, GenctlError } from '../../errors.ts';
import { digestOfText } from '../../transaction/lower.ts';
import { type PlanParts, stage } from '../../transaction/plan.ts';
import type { Step } from '../../transaction/step.ts';
import type { BootLayout } from '../layout.ts';
import { type LedgerFile, renderLedger } from '../ledger.ts';
import { loaderOfFile } from '../loaders.ts';
import type { MenuSettings } from '../menu.ts';
import { missingFolders } from '../partition-steps.ts';
import { takeOver } from '../plan-boot.ts';
import type { BootPartition } from '../read-boot-partition.ts';
import { compareVersions } from './entry-order.ts';
import type { InstalledLoader } from './installed-loader.ts';
import type { LoaderBinary } from './loader-binary.ts';
import { isWrittenByGenctl, parseLoaderConf, renderLoaderConf } from './loader-conf.ts';

export interface Installation {
  /** The ESP. */
  partition: BootPartition;
  layout: BootLayout;
  owner: string;
  settings: MenuSettings;
  binary: LoaderBinary;
  /** What is at the two places of the binary now. */
  installed: { own: InstalledLoader | undefined; removable: InstalledLoader | undefined };
  /** Where `bootctl` can do it, which also registers the loader with the firmware. */
  bootctl: { paths: readonly string[]; verb: 'install' | 'update' } | undefined;
}

/** One of the two places of the binary, and what is to become of what is there. */
interface Place {
  path: string;
  found: InstalledLoader | undefined;
  /** Whether the ledger says that what is there is what we wrote. */
  isOurs: boolean;
  /** `newer`: a later systemd-boot, which boots our entries too and stays. */
  state: 'to-write' | 'current' | 'newer' | 'foreign';
}

/**
 * What makes systemd-boot the boot loader and `loader.conf` ours. The binary has two places and
 * is exchanged in one after the other, so that one of them is whole at every instant. Pure.
 *
 * @throws GenctlError LOADER_FOREIGN where another boot loader would be overwritten
 */
export function planInstallation(installation: Installation): PlanParts {
  const { partition, layout, owner, bootctl } = installation;
  const { volume } = partition;
  const owned = partition.ledger?.files ?? [];
  const places = placesOf(installation);
  const binaries = bootctl === undefined ? binarySteps(installation, places) : [];
  const conf = loaderConfStep(installation, owned);
  const ours: LedgerFile[] = [
    ...owned.filter(({ kind, path }) => kind !== 'loader' || loaderOfFile(path, layout) === 'grub'),
    ...loaderFiles(installation, owned, places),
  ];
  const after = renderLedger({ ...partition.ledger, owner, files: ours });
  const ledger: Step[] =
    after === partition.ledgerBody
      ? []
      : [
          {
            kind: 'write-ledger',
            volume,
            folder: layout.ledgerFolder,
            before: partition.ledgerBody,
            after,
          },
        ];
  const folders = missingFolders(
    [
      ...layout.systemdBoot.programFolders,
      layout.blobFolder,
      layout.systemdBoot.entryFolder,
      layout.ledgerFolder,
    ],
    partition,
  );
  return {
    prepare: stage(volume, [...folders, ...ledger, ...keepForeignConf(installation, owned)]),
    commit: stage(volume, conf),
    cleanup: [
      ...(bootctl === undefined ? [] : bootctlSteps(bootctl, places, volume)),
      ...binaries.flatMap(step => stage(volume, [step])),
    ],
  };
}

/** Says where a later systemd-boot than the one at hand stays. Pure. */
export function newerLoaders(installation: Installation): Finding[] {
  const { partition, binary } = installation;
  return placesOf(installation)
    .filter(({ state }) => state === 'newer')
    .map(({ path, found }) => ({
      code: 'LOADER_NEWER',
      subject: `${partition.mountPoint}/${path}`,
      reason: `it is systemd-boot ${found?.version}, newer than ${binary.version ?? 'the one'} at hand: it stays, and boots our entries as well`,
    }));
}

/** The version that is at the loader's own place once all is done. Pure. */
export function versionInPlace(installation: Installation): string | undefined {
  const [own] = placesOf(installation);
  return own?.state === 'newer' ? own.found?.version : installation.binary.version;
}

function placesOf({ binary, installed, partition }: Installation): Place[] {
  const place = (path: string, found: InstalledLoader | undefined): Place => {
    const isOurs =
      found !== undefined &&
      (partition.ledger?.files.some(file => file.path === path && file.sha256 === found.sha256) ??
        false);
    return { path, found, isOurs, state: stateOf(found, isOurs, binary) };
  };
  return [
    place(binary.paths.own, installed.own),
    place(binary.paths.removable, installed.removable),
  ];
}

function stateOf(
  found: InstalledLoader | undefined,
  isOurs: boolean,
  binary: LoaderBinary,
): Place['state'] {
  if (found === undefined) return 'to-write';
  if (found.sha256 === binary.sha256) return 'current';
  if (found.version === undefined) return isOurs ? 'to-write' : 'foreign';
  return compareVersions(found.version, binary.version ?? '') > 0 ? 'newer' : 'to-write';
}

function bootctlSteps(
  { paths, verb }: NonNullable<Installation['bootctl']>,
  places: readonly Place[],
  volume: BootPartition['volume'],
): Step[] {
  if (places.every(({ state }) => state === 'current' || state === 'newer')) return [];
  // Its `install` writes over anything, its `update` leaves what is newer.
  const careful = places.some(({ state }) => state === 'newer') ? 'update' : verb;
  return [{ kind: 'run-bootctl', volume, args: [...paths, careful] }];
}

function binarySteps({ binary, partition }: Installation, places: readonly Place[]): Step[] {
  const foreign = places.find(({ state }) => state === 'foreign');
  if (foreign !== undefined) {
    throw new GenctlError(
      'LOADER_FOREIGN',
      `${partition.mountPoint}/${foreign.path} is another boot loader`,
      {
        hint: 'It is left alone. Install `bootctl` (apt-get install systemd-boot), which registers systemd-boot beside it.',
      },
    );
  }
  const { source, sizeBytes, sha256 } = binary;
  return places
    .filter(({ state }) => state === 'to-write')
    .map(({ path }) => ({
      kind: 'exchange-file',
      volume: partition.volume,
      path,
      sizeBytes,
      sha256,
      content: { copyOf: source },
    }));
}

/** Settings that somebody made in `loader.conf` are kept beside it. */
function keepForeignConf(
  { partition, layout }: Installation,
  owned: readonly LedgerFile[],
): Step[] {
  const text = partition.sectors.get(layout.systemdBoot.sector);
  const isOurs = owned.some(file => file.path === layout.systemdBoot.sector);
  if (isOurs || text === undefined || isWrittenByGenctl(text)) return [];
  if (parseLoaderConf(text).size === 0) return [];
  const digest = digestOfText(text);
  const path = `${layout.systemdBoot.sector}.before-genctl-${digest.sha256.slice(0, 8)}`;
  const wasThere = partition.sizes.has(path) ? { wasThere: true } : {};
  return [
    {
      kind: 'create-file',
      volume: partition.volume,
      path,
      ...digest,
      content: { text },
      ...wasThere,
    },
  ];
}

/** What `loader.conf` becomes. Its default stays until there is a generation. */
function loaderConfText({ settings, partition, layout }: Installation): string {
  const kept =
    parseLoaderConf(partition.sectors.get(layout.systemdBoot.sector) ?? '').get('default') ?? '';
  return renderLoaderConf({
    ...settings,
    default: /^[\x21-\x7e]{1,255}$/.test(kept) ? kept : undefined,
  });
}

/** `loader.conf` as one sector of ours. Somebody may have deleted the one that the ledger lists. */
function loaderConfStep(installation: Installation, owned: readonly LedgerFile[]): Step[] {
  const { partition, layout } = installation;
  const isOurs = owned.some(file => file.path === layout.systemdBoot.sector);
  if (isOurs && partition.sectors.get(layout.systemdBoot.sector) !== undefined) return [];
  const text = loaderConfText(installation);
  if (text === partition.sectors.get(layout.systemdBoot.sector)) return [];
  return [
    takeOver(
      partition,
      layout.systemdBoot.sector,
      partition.sectors.get(layout.systemdBoot.sector),
      text,
    ),
  ];
}

function loaderFiles(
  installation: Installation,
  owned: readonly LedgerFile[],
  places: readonly Place[],
): LedgerFile[] {
  const { binary, bootctl, layout } = installation;
  const conf = owned.find(file => file.path === layout.systemdBoot.sector) ?? {
    path: layout.systemdBoot.sector,
    ...digestOfText(loaderConfText(installation)),
    kind: 'loader',
  };
  // What bootctl installs is bootctl's.
  if (bootctl !== undefined) return [conf];
  const binaries = places.flatMap(({ path, found, isOurs, state }): LedgerFile[] => {
    const { sizeBytes, sha256 } = state === 'newer' && found !== undefined ? found : binary;
    return state === 'newer' && !isOurs ? [] : [{ path, sizeBytes, sha256, kind: 'loader' }];
  });
  return [conf, ...binaries];
}
