// A machine in memory: profiles, a boot partition, and the plans that the verbs make for them,
// by the same pure functions.
import { createHash } from 'node:crypto';
import { buildMenu, chooseGenerations } from '../../src/boot/build-menu.ts';
import { type BootLayout, layoutOf } from '../../src/boot/layout.ts';
import { parseLedger, renderLedger } from '../../src/boot/ledger.ts';
import { planBoot } from '../../src/boot/plan-boot.ts';
import type { BootPartition } from '../../src/boot/read-boot-partition.ts';
import { renderLoaderConf } from '../../src/boot/systemd-boot/loader-conf.ts';
import { renderMenu } from '../../src/boot/systemd-boot/render-menu.ts';
import type { Bootspec } from '../../src/bootspec/bootspec.ts';
import type { Generation, Profile } from '../../src/generations/generation.ts';
import { linkStep, selectSteps, unlinkStep } from '../../src/generations/plan-generations.ts';
import { chooseSlots, encodeSlot, slotNames } from '../../src/transaction/ledger-slots.ts';
import { digestOfText } from '../../src/transaction/lower.ts';
import { makePlan, type Plan, type PlannedVolume } from '../../src/transaction/plan.ts';
import type { SimulatedState } from '../../src/transaction/simulate.ts';
import type { FileDigest, Step } from '../../src/transaction/step.ts';

const owner = '11111111-2222-4333-8444-555555555555';
const layout: BootLayout = layoutOf(owner);

/** Which kernel and initrd a generation has; equal names are equal contents. */
export interface Recipe {
  number: number;
  kernel: string;
  initrds: readonly string[];
  specialisations?: readonly string[];
  params?: readonly string[];
}

export interface Model {
  recipes: readonly Recipe[];
  current: number | undefined;
  state: SimulatedState;
}

/** A machine whose boot loader is installed and that has no generation yet. */
export function emptyMachine(foreign: Readonly<Record<string, string>> = {}): Model {
  const conf = renderLoaderConf({ ...settings, default: undefined });
  const body = renderLedger({
    owner,
    files: [{ path: layout.systemdBoot.sector, ...digestOfText(conf), kind: 'loader' }],
  });
  const text = encodeSlot({ sequence: 1, body });
  const file = (content: string) => ({ ...digestOfText(content), text: content });
  return {
    recipes: [],
    current: undefined,
    state: {
      files: new Map([
        ['esp:loader/loader.conf', file(conf)],
        [`esp:${layout.ledgerFolder}/ledger-a`, file(text)],
        ...Object.entries(foreign).map(([path, content]) => [path, file(content)] as const),
      ]),
      folders: new Set(['esp:loader', 'esp:loader/entries']),
      links: new Map(),
      efiVariables: new Map(),
      storePaths: new Set(),
      references: new Map(),
      active: undefined,
      markedCommitted: false,
    },
  };
}

const settings = { timeout: 5, editor: true, consoleMode: 'keep' } as const;

export function toplevelOf(recipe: Recipe, specialisation = ''): string {
  return `/nix/store/${hash(JSON.stringify([recipe, specialisation])).slice(0, 32)}-system`;
}

/** Plans that these recipes become the profile, with one of them current and the default. */
export function planChange(
  model: Model,
  recipes: readonly Recipe[],
  current: number,
  { activate = true, limit = undefined as number | undefined } = {},
): Plan {
  const before = profileOf(model.recipes, model.current);
  const after = profileOf(recipes, current);
  const generations = chooseGenerations({
    profiles: [after],
    configurationLimit: limit,
    always: [{ profile: 'system', number: current }],
  });
  const sources = recipes.flatMap(({ kernel, initrds }) => [kernel, ...initrds]);
  const menu = buildMenu({
    generations,
    digests: new Map(sources.map(name => [storePath(name), digestOf(name)])),
    default: { profile: 'system', number: current },
    settings,
    sortKey: 'genctl',
    machineId: undefined,
  });
  const partition = partitionOf(model.state);
  const wanted = renderMenu(menu, layout);
  const place = { loader: 'systemd-boot', esp: partition, boot: partition } as const;
  const parts = planBoot({
    menus: [{ place, wanted }],
    target: { places: [place], left: [] },
    layout,
    owner,
    quarantined: [],
    leftOut: [],
    mayGoFirst: () => false,
  });
  const isNew = ({ number }: Generation): boolean =>
    !model.recipes.some(recipe => recipe.number === number);
  const isGone = ({ number }: Generation): boolean =>
    !recipes.some(recipe => recipe.number === number);
  const target = after.generations.find(({ number }) => number === current)?.target ?? '';
  const activation: Step[] =
    activate && model.state.active !== target
      ? [{ kind: 'activate', system: target, previous: model.state.active }]
      : [];
  return makePlan('switch', [plannedEsp(model.state)], () => 'test', {
    prepare: [
      ...stateSteps(model.state, `{"highest":${Math.max(...recipes.map(each => each.number))}}`),
      ...after.generations.filter(isNew).map(linkStep),
      ...parts.prepare,
      ...activation,
    ],
    commit: [...parts.commit, ...selectSteps({ ...after, currentNumber: model.current }, current)],
    cleanup: [
      ...parts.cleanup,
      ...before.generations.filter(isGone).map(unlinkStep),
      ...(before.generations.some(isGone)
        ? [{ kind: 'collect-garbage', storePathCount: 1, sizeBytes: 1 } as const]
        : []),
    ],
  });
}

function stateSteps(state: SimulatedState, after: string): Step[] {
  const path = 'nix/var/genctl/state.json';
  return state.files.get(`root:${path}`)?.text === after
    ? []
    : [{ kind: 'write-state', path, after }];
}

/** The machine after a change, with its systems in the store before it begins. */
export function withStore(model: Model, recipes: readonly Recipe[]): Model {
  const paths = recipes.flatMap(recipe => [
    toplevelOf(recipe),
    ...(recipe.specialisations ?? []).map(name => toplevelOf(recipe, name)),
  ]);
  const storePaths = new Set([...model.state.storePaths, ...paths]);
  const references = new Map([
    ...model.state.references,
    ...recipes.map(
      recipe =>
        [
          toplevelOf(recipe),
          (recipe.specialisations ?? []).map(name => toplevelOf(recipe, name)),
        ] as const,
    ),
  ]);
  return { ...model, state: { ...model.state, storePaths, references } };
}

function profileOf(recipes: readonly Recipe[], current: number | undefined): Profile {
  return {
    name: 'system',
    currentNumber: current,
    highestNumber: Math.max(0, ...recipes.map(({ number }) => number)),
    generations: recipes.map(recipe => ({
      profile: 'system',
      number: recipe.number,
      target: toplevelOf(recipe),
      madeAtSeconds: 1_790_000_000 + recipe.number,
      system: { bootspec: bootspecOf(recipe) },
    })),
  };
}

function bootspecOf(recipe: Recipe, specialisation?: string): Bootspec {
  const toplevel = toplevelOf(recipe, specialisation);
  const names = specialisation === undefined ? (recipe.specialisations ?? []) : [];
  return {
    system: 'x86_64-linux',
    toplevel,
    init: `${toplevel}/init`,
    kernel: storePath(recipe.kernel),
    initrds: recipe.initrds.map(storePath),
    kernelParams: recipe.params ?? ['quiet'],
    label: 'test',
    specialisations: new Map(names.map(name => [name, bootspecOf(recipe, name)])),
  };
}

export function plannedEsp(state: SimulatedState): PlannedVolume {
  return {
    volume: 'esp',
    mountPoint: '/boot',
    target: 0,
    ledgerFolder: layout.ledgerFolder,
    ledgerBody: partitionOf(state).ledgerBody,
  };
}

export function partitionOf(state: SimulatedState): BootPartition {
  const onEsp = [...state.files].flatMap(([key, file]) =>
    key.startsWith('esp:') ? [[key.slice(4), file] as const] : [],
  );
  const texts = slotNames.map(name => state.files.get(`esp:${layout.ledgerFolder}/${name}`)?.text);
  const body = chooseSlots(texts).newest?.body;
  return {
    volume: 'esp',
    mountPoint: '/boot',
    isFat: true,
    space: { typeMagic: 0x4d44, clusterBytes: 4096, totalBytes: 1e9, freeBytes: 1e9, freeFiles: 0 },
    ledger: body === undefined ? undefined : parseLedger(body),
    ledgerBody: body,
    sizes: new Map(onEsp.map(([path, { sizeBytes }]) => [path, sizeBytes])),
    folders: new Map(
      [...state.folders].flatMap(key =>
        key.startsWith('esp:') ? [[key.slice(4), { sizeBytes: 4096 }] as const] : [],
      ),
    ),
    sectors: sectorsOf(state),
    damaged: new Set(),
    findings: [],
  };
}

function sectorsOf({ files }: SimulatedState): ReadonlyMap<string, string> {
  const text = files.get(`esp:${layout.systemdBoot.sector}`)?.text;
  return new Map(text === undefined ? [] : [[layout.systemdBoot.sector, text]]);
}

function storePath(name: string): string {
  return `/nix/store/${hash(name).slice(0, 32)}-${name}`;
}

function digestOf(name: string): FileDigest {
  return { sizeBytes: 1000 + name.length, sha256: hash(name) };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
