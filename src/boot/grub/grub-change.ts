import { digestOfText } from '../../transaction/lower.ts';
import { type PlanParts, stage } from '../../transaction/plan.ts';
import type { RunGrubInstall, Step } from '../../transaction/step.ts';
import type { BootLayout } from '../layout.ts';
import { type InstalledGrub, type LedgerFile, stubPath } from '../ledger.ts';
import type { PartitionWish } from '../partition-wish.ts';
import type { BootPartition } from '../read-boot-partition.ts';
import { emptyEnvironment } from './environment-block.ts';
import { noContents } from './installation/esp-contents.ts';
import { planEsp } from './installation/plan-esp.ts';
import type { GrubInstallation } from './surroundings.ts';

/** What becomes of GRUB itself on a partition, with its entries left aside. */
export interface GrubChange {
  /** What the ledger says of it while that is under way, and in the end. */
  begun: InstalledGrub | undefined;
  installed: InstalledGrub | undefined;
  /** What of it is ours, as it is written first. */
  files: readonly LedgerFile[];
  prepare: PlanParts['prepare'];
  /** Behind the point of no return: what boots from now on. */
  install: readonly Step[];
  /** Last of all: what nothing boots from any more. */
  removal: readonly Step[];
}

/** What of a partition's wish concerns GRUB. */
type GrubPartWish = Pick<PartitionWish, 'menus' | 'layout' | 'partitions' | 'leftOnEsp'>;

/**
 * Plans what GRUB needs beside a menu: its environment block, its modules and core images. Each
 * installation has a folder of its own, so that an old core image never meets new modules. Pure.
 *
 * @throws GenctlError what keeps GRUB from being installed, where it is not installed yet
 */
export function grubChange(partition: BootPartition, wish: GrubPartWish): GrubChange {
  const recorded = partition.ledger?.grub;
  const menu = wish.menus.find(({ place }) => place.loader === 'grub' && place.boot === partition);
  if (menu?.place.loader !== 'grub') return givenUp(partition, wish);
  const { volume } = partition;
  const environment = environmentFile(wish.layout);
  const prepare: Step[] = partition.sizes.has(environment.path)
    ? []
    : [{ kind: 'create-file', volume, ...environment, content: { text: emptyEnvironment } }];
  const { path, text } = menu.wanted.defaultSector;
  const files: LedgerFile[] = [
    { path, ...digestOfText(text), kind: 'loader' },
    { ...environment, kind: 'loader' },
  ];
  const { installation } = menu.place.surroundings;
  const isInstalled = recorded?.state !== undefined;
  const asItIs = { begun: recorded, installed: recorded, files, prepare, install: [], removal: [] };
  if ('code' in installation) {
    if (!isInstalled) throw installation;
    return asItIs;
  }
  if (isInstalled && installation.isPostponed === true) return asItIs;
  const change = installing(partition, installation, recorded, wish);
  return { ...change, files, prepare: [...prepare, ...change.prepare] };
}

/** GRUB is none of the loaders, or not any more. */
function givenUp({ ledger, volume }: BootPartition, wish: GrubPartWish): GrubChange {
  const recorded = ledger?.grub;
  return {
    begun: recorded,
    installed: undefined,
    files: [],
    prepare: [],
    install: [],
    removal: [
      ...removalFromEsp(recorded?.esp, wish),
      ...(recorded?.trees ?? []).map((path): Step => ({ kind: 'remove-tree', volume, path })),
    ],
  };
}

function removalFromEsp(
  recorded: InstalledGrub['esp'],
  { partitions, leftOnEsp }: GrubPartWish,
): readonly Step[] {
  const esp = partitions.find(({ mountPoint }) => mountPoint === recorded?.mountPoint);
  if (recorded === undefined || esp === undefined) return [];
  const { volume, mountPoint } = esp;
  const left = leftOnEsp?.mountPoint === mountPoint ? leftOnEsp : undefined;
  const { removal } = planEsp({
    volume,
    mountPoint,
    use: undefined,
    contents: left?.contents ?? noContents,
    replaced: left?.replaced ?? [],
    recorded: recorded.folders,
    firmware:
      recorded.hasEntries === true ? { description: '', entries: left?.entries ?? [] } : undefined,
    sizeBytes: 0,
    fileCount: 0,
  });
  return stage(volume, removal);
}

/** GRUB stays as it is installed, or is installed into a folder of its own. */
function installing(
  { volume, sizes, sectors }: BootPartition,
  installation: GrubInstallation,
  recorded: InstalledGrub | undefined,
  wish: GrubPartWish,
): Omit<GrubChange, 'files'> {
  const { state, tree, stub, isInPlace, esp } = installation;
  const onEsp =
    esp &&
    planEsp({
      ...esp,
      recorded: recorded?.esp?.mountPoint === esp.mountPoint ? recorded.esp.folders : [],
    });
  const older = (recorded?.trees ?? []).filter(each => each !== tree);
  const formerEsp = recorded?.esp?.mountPoint === esp?.mountPoint ? undefined : recorded?.esp;
  // What is out of reach may be started still, and needs its modules.
  const isOutOfReach =
    formerEsp !== undefined &&
    wish.partitions.every(({ mountPoint }) => mountPoint !== formerEsp.mountPoint);
  const removal = [
    ...removalFromEsp(formerEsp, wish),
    ...(esp === undefined || onEsp === undefined ? [] : stage(esp.volume, onEsp.removal)),
    ...(isOutOfReach ? [] : older).map((path): Step => ({ kind: 'remove-tree', volume, path })),
  ];
  const installed: InstalledGrub = {
    state,
    trees: isOutOfReach ? [...older, tree] : [tree],
    ...recordOfEsp(esp, onEsp?.installed),
  };
  const stubFile = { path: stubPath(tree), ...digestOfText(stub) };
  const wasThere = sizes.has(stubFile.path) ? { wasThere: true } : {};
  const writeStub: Step = {
    kind: 'create-file',
    volume,
    ...stubFile,
    content: { text: stub },
    ...wasThere,
  };
  if (isInPlace && sizes.has(stubFile.path)) {
    const prepare = sectors.get(stubFile.path) === stub ? [] : [writeStub];
    return { begun: recorded, installed, prepare, install: [], removal };
  }
  return {
    begun: {
      state: recorded?.state,
      trees: [...older, tree],
      ...recordOfEsp(esp, onEsp?.begun),
    },
    installed,
    prepare: [
      { kind: 'make-folder', volume, path: tree },
      { kind: 'make-folder', volume, path: `${tree}/grub` },
      writeStub,
    ],
    install: installSteps(volume, installation, onEsp?.lead ?? []),
    removal,
  };
}

/** @param lead lets the firmware start what is durable by then */
function installSteps(
  volume: BootPartition['volume'],
  { runs, sizeBytes, fileCount, esp }: GrubInstallation,
  lead: readonly Step[],
): Step[] {
  if (runs.length === 0) return [];
  return [
    { kind: 'run-grub-install', volume, runs, sizeBytes, fileCount, ...onEspOf(esp) },
    { kind: 'sync-volume', volume },
    ...(esp === undefined ? [] : [{ kind: 'sync-volume', volume: esp.volume } as const]),
    ...lead,
  ];
}

/** What the ledger says of an ESP; nothing where no folder of it is GRUB's. */
function recordOfEsp(
  esp: GrubInstallation['esp'],
  folders: readonly string[] = [],
): Pick<InstalledGrub, 'esp'> {
  if (esp === undefined || folders.length === 0) return {};
  const { mountPoint, firmware } = esp;
  return { esp: { mountPoint, folders, ...(firmware !== undefined && { hasEntries: true }) } };
}

/** What is written over there gives its room first. */
function onEspOf(esp: GrubInstallation['esp']): Pick<RunGrubInstall, 'esp'> {
  if (esp === undefined || esp.fileCount === 0) return {};
  const { volume, sizeBytes, fileCount, contents } = esp;
  const addedBytes = Math.max(0, sizeBytes - contents.replacedBytes);
  return { esp: { volume, sizeBytes: addedBytes, fileCount } };
}

function environmentFile({ grub }: BootLayout): Omit<LedgerFile, 'kind'> {
  return { path: grub.environment, ...digestOfText(emptyEnvironment) };
}
