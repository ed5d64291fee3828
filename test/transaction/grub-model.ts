// A boot partition as GRUB reads it, and the plans that change its menu: files by content, then one
// sector that names the menu and its default.
import { createHash } from 'node:crypto';
import { changeEnvironment, emptyEnvironment } from '../../src/boot/grub/environment-block.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import { encodeSlot } from '../../src/transaction/ledger-slots.ts';
import { digestOfText, padToSector } from '../../src/transaction/lower.ts';
import { makePlan, type Plan, type PlanParts, stage } from '../../src/transaction/plan.ts';
import type { SimulatedState } from '../../src/transaction/simulate.ts';
import type { Step } from '../../src/transaction/step.ts';

const layout = layoutOf('11111111-2222-4333-8444-555555555555');
const volume = 'boot';
const { folder, sector, environment } = layout.grub;

/** Entries of a menu, newest first, with the kernel that each boots. */
export interface GrubMenu {
  entries: readonly { id: string; kernel: string }[];
  default: string;
}

export const keyOfSector = `${volume}:${sector}`;
export const keyOfEnvironment = `${volume}:${environment}`;
export const programFolder = (state: string): string => `${folder}/grub-${state}`;

interface File {
  path: string;
  text: string;
}

const blobOf = (kernel: string): File => ({
  path: `${layout.blobFolder}/linux-${hash(kernel)}.efi`,
  text: kernel,
});

const entryOf = ({ id, kernel }: GrubMenu['entries'][number]): File => ({
  path: `${layout.grub.entryFolder}/${id}.cfg`,
  text: `${id} boots ${blobOf(kernel).path}\n`,
});

function indexOf({ entries }: GrubMenu): File {
  const text = entries.map(entry => `${entryOf(entry).path}\n`).join('');
  return { path: `${folder}/menu-${hash(text)}.cfg`, text };
}

function sectorOf(menu: GrubMenu): string {
  return padToSector(`default ${menu.default}\nmenu ${indexOf(menu).path}\n`);
}

function filesOf(menu: GrubMenu): { blobs: File[]; entries: File[] } {
  const kernels = [...new Set(menu.entries.map(({ kernel }) => kernel))];
  return { blobs: kernels.map(blobOf), entries: menu.entries.map(entryOf) };
}

/** A partition on which GRUB is installed and shows a menu. */
export function grubPartition(menu: GrubMenu, foreign: Readonly<Record<string, string>>) {
  const { blobs, entries } = filesOf(menu);
  const all: readonly File[] = [
    ...blobs,
    ...entries,
    indexOf(menu),
    { path: sector, text: sectorOf(menu) },
    { path: environment, text: emptyEnvironment },
    { path: `${programFolder('old')}/grub/i386-pc/normal.mod`, text: 'old module' },
    { path: `${programFolder('old')}/grub/grub.cfg`, text: 'old stub' },
    { path: `${layout.ledgerFolder}/ledger-a`, text: encodeSlot({ sequence: 1, body: 'old' }) },
  ];
  const state: SimulatedState = {
    files: new Map([
      ...all.map(
        ({ path, text }) => [`${volume}:${path}`, { ...digestOfText(text), text }] as const,
      ),
      ...Object.entries(foreign).map(
        ([key, text]) => [key, { ...digestOfText(text), text }] as const,
      ),
    ]),
    folders: new Set(
      [folder, programFolder('old'), `${programFolder('old')}/grub`].map(
        path => `${volume}:${path}`,
      ),
    ),
    links: new Map(),
    efiVariables: new Map(),
    storePaths: new Set(),
    references: new Map(),
    active: undefined,
    markedCommitted: false,
  };
  return state;
}

/** From one menu to a longer one, with GRUB itself installed anew, and an entry chosen for one boot. */
export function planGrub(before: GrubMenu, after: GrubMenu, once: string): Plan {
  const [old, next] = [filesOf(before), filesOf(after)];
  const ledger = (from: string, to: string): Step => ({
    kind: 'write-ledger',
    volume,
    folder: layout.ledgerFolder,
    before: from,
    after: to,
  });
  const isNew = ({ path }: File): boolean =>
    ![...old.entries, ...old.blobs, indexOf(before)].some(file => file.path === path);
  const parts: PlanParts = {
    prepare: [
      ...stage(volume, [ledger('old', 'begun')]),
      ...stage(volume, next.blobs.filter(isNew).map(toCreation)),
      ...next.blobs.filter(isNew).map(toVerification),
      ...stage(volume, next.entries.filter(isNew).map(toCreation)),
      ...stage(volume, [indexOf(after)].filter(isNew).map(toCreation)),
    ],
    commit: [
      ...stage(volume, [
        {
          kind: 'overwrite-sector',
          volume,
          path: sector,
          before: sectorOf(before),
          after: sectorOf(after),
        },
      ]),
      ...stage(volume, [bootOnce(once)]),
    ],
    cleanup: [
      ...stage(volume, [
        {
          kind: 'run-grub-install',
          volume,
          runs: [{ args: ['/dev/sda'], device: '/dev/sda' }],
          sizeBytes: 1,
          fileCount: 1,
        },
      ]),
      ...stage(volume, [{ kind: 'remove-tree', volume, path: programFolder('old') }]),
      ledger('begun', 'done'),
    ],
  };
  return makePlan('switch', [plannedVolume], () => 'test', parts);
}

export function bootOnce(id: string): Step {
  const after = changeEnvironment(emptyEnvironment, new Map([['next_entry', id]]), environment);
  return {
    kind: 'write-grub-environment',
    volume,
    path: environment,
    before: emptyEnvironment,
    after,
  };
}

export const plannedVolume = {
  volume,
  mountPoint: '/boot',
  target: 0,
  ledgerFolder: layout.ledgerFolder,
  ledgerBody: 'old',
} as const;

/** What GRUB boots from what it sees, or why it cannot. */
export function grubVerdict(state: SimulatedState): string {
  const textOf = (path: string | undefined): string | undefined =>
    state.files.get(`${volume}:${path}`)?.text;
  const [, chosen, named] = /^default (\S+)\nmenu (\S+)\n/.exec(textOf(sector) ?? '') ?? [];
  if (chosen === undefined) return 'broken: no default';
  const isIndex = (key: string): boolean =>
    key.startsWith(`${volume}:${folder}/menu-`) && key.endsWith('.cfg');
  // Any other menu will do where the names of the newest are in the journal only.
  const other = [...state.files.keys()].find(isIndex)?.slice(volume.length + 1);
  const index = textOf(named) ?? textOf(other);
  if (index === undefined) return 'broken: no menu';
  const entries = index.split('\n').filter(path => path !== '');
  const entry = entries.find(path => path.endsWith(`/${chosen}.cfg`)) ?? entries[0];
  const [, id, kernel] = /^(\S+) boots (\S+)\n$/.exec(textOf(entry) ?? '') ?? [];
  if (kernel === undefined) return `broken: ${entry} is missing or torn`;
  const blob = textOf(kernel);
  if (blob === undefined || !kernel.includes(hash(blob))) return `broken: ${kernel}`;
  return `boots ${id}`;
}

function toCreation({ path, text }: File): Step {
  return { kind: 'create-file', volume, path, content: { text }, ...digestOfText(text) };
}

function toVerification({ path, text }: File): Step {
  return { kind: 'verify-file', volume, path, ...digestOfText(text) };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
