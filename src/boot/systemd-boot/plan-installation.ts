import { GenctlError } from '../../errors.ts';
import { digestOfText } from '../../transaction/lower.ts';
import { type PlanParts, stage } from '../../transaction/plan.ts';
import type { Step } from '../../transaction/step.ts';
import type { BootLayout } from '../layout.ts';
import { type LedgerFile, renderLedger } from '../ledger.ts';
import type { MenuSettings } from '../menu.ts';
import { missingFolders, takeOver } from '../plan-boot.ts';
import type { BootPartition } from '../read-boot-partition.ts';
import type { InstalledLoader } from './installed-loader.ts';
import type { LoaderBinary } from './loader-binary.ts';
import { parseLoaderConf, renderLoaderConf } from './loader-conf.ts';

export interface Installation {
  partition: BootPartition;
  layout: BootLayout;
  owner: string;
  settings: MenuSettings;
  binary: LoaderBinary;
  /** What is at the two places of the binary now. */
  installed: { own: InstalledLoader | undefined; removable: InstalledLoader | undefined };
  /** Where `bootctl` can do it, which also registers the loader with the firmware. */
  bootctl: { espPath: string; verb: 'install' | 'update' } | undefined;
}

/**
 * What makes systemd-boot the boot loader and `loader.conf` ours. The binary has two places and
 * is exchanged in one after the other, so that one of them is whole at every instant. Pure.
 *
 * @throws GenctlError LOADER_FOREIGN where another boot loader would be overwritten
 */
export function planInstallation(installation: Installation): PlanParts {
  const { partition, layout, owner, bootctl } = installation;
  const owned = partition.ledger?.files ?? [];
  const binaries = bootctl === undefined ? binarySteps(installation) : [];
  const conf = loaderConfStep(installation, owned);
  const ours: LedgerFile[] = [
    ...owned.filter(file => file.kind !== 'loader'),
    ...loaderFiles(installation, owned),
  ];
  const after = renderLedger({ ...partition.ledger, owner, files: ours });
  const ledger: Step[] =
    after === partition.ledgerBody
      ? []
      : [
          {
            kind: 'write-ledger',
            volume: 'esp',
            folder: layout.ledgerFolder,
            before: partition.ledgerBody,
            after,
          },
        ];
  const folders = missingFolders(
    [...layout.loaderFolders, layout.blobFolder, layout.entryFolder, layout.ledgerFolder],
    partition,
  );
  return {
    prepare: stage('esp', [...folders, ...ledger, ...keepForeignConf(installation, owned)]),
    commit: stage('esp', conf),
    cleanup: [
      ...(bootctl === undefined || isCurrent(installation)
        ? []
        : [bootctlStep(bootctl.verb, bootctl.espPath)]),
      ...binaries.flatMap(step => stage('esp', [step])),
    ],
  };
}

function bootctlStep(verb: string, espPath: string): Step {
  return { kind: 'run-bootctl', args: [`--esp-path=${espPath}`, verb] };
}

/** Whether both places hold this very binary. */
function isCurrent({ binary, installed }: Installation): boolean {
  return [installed.own, installed.removable].every(found => found?.sha256 === binary.sha256);
}

function binarySteps({ binary, installed, partition }: Installation): Step[] {
  const foreign = installed.removable;
  if (foreign !== undefined && foreign.version === undefined) {
    throw new GenctlError(
      'LOADER_FOREIGN',
      `${partition.mountPoint}/${binary.paths.removable} is another boot loader`,
      {
        hint: 'It is left alone. Install `bootctl` (apt-get install systemd-boot), which registers systemd-boot beside it.',
      },
    );
  }
  const { source, sizeBytes, sha256 } = binary;
  const step = (path: string): Step => ({
    kind: 'exchange-file',
    volume: 'esp',
    path,
    sizeBytes,
    sha256,
    content: { copyOf: source },
  });
  return [
    ...(installed.own?.sha256 === sha256 ? [] : [step(binary.paths.own)]),
    ...(installed.removable?.sha256 === sha256 ? [] : [step(binary.paths.removable)]),
  ];
}

/** Settings that somebody made in `loader.conf` are kept beside it. */
function keepForeignConf(
  { partition, layout }: Installation,
  owned: readonly LedgerFile[],
): Step[] {
  const text = partition.loaderConf;
  const isOurs = owned.some(file => file.path === layout.loaderConf);
  if (isOurs || text === undefined || parseLoaderConf(text).size === 0) return [];
  const digest = digestOfText(text);
  const path = `${layout.loaderConf}.before-genctl-${digest.sha256.slice(0, 8)}`;
  return [{ kind: 'create-file', volume: 'esp', path, ...digest, content: { text } }];
}

/** What `loader.conf` becomes. Its default stays until there is a generation. */
function loaderConfText({ settings, partition }: Installation): string {
  const kept = parseLoaderConf(partition.loaderConf ?? '').get('default') ?? '';
  return renderLoaderConf({
    ...settings,
    default: /^[\x21-\x7e]{1,255}$/.test(kept) ? kept : undefined,
  });
}

/** `loader.conf` as one sector of ours. */
function loaderConfStep(installation: Installation, owned: readonly LedgerFile[]): Step[] {
  const { partition, layout } = installation;
  if (owned.some(file => file.path === layout.loaderConf)) return [];
  const text = loaderConfText(installation);
  return [takeOver(partition, layout.loaderConf, partition.loaderConf, text)];
}

function loaderFiles(installation: Installation, owned: readonly LedgerFile[]): LedgerFile[] {
  const { binary, bootctl, layout } = installation;
  const conf = owned.find(file => file.path === layout.loaderConf) ?? {
    path: layout.loaderConf,
    ...digestOfText(loaderConfText(installation)),
    kind: 'loader',
  };
  const { sizeBytes, sha256 } = binary;
  // What bootctl installs is bootctl's.
  if (bootctl !== undefined) return [conf];
  const places = [binary.paths.own, binary.paths.removable];
  return [conf, ...places.map(path => ({ path, sizeBytes, sha256, kind: 'loader' as const }))];
}
