// A machine in memory with everything that a change needs: links, records, a store, and boot
// partitions of which every cluster is known. Its verbs are joined from the parts that the
// commands use.
import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import {
  type BootTarget,
  type LoaderPlace,
  mapPartitions,
  mountPointOf,
  partitionsOf,
  plannedVolumes,
  type SystemdBootPlace,
} from '../../src/boot/boot-target.ts';
import { foldSectors } from '../../src/boot/fold-sectors.ts';
import type { GrubDevice } from '../../src/boot/grub/grub-place.ts';
import type { GrubSettings } from '../../src/boot/grub/grub-settings.ts';
import { renderStub } from '../../src/boot/grub/render-stub.ts';
import {
  type GrubInstallation,
  type GrubSurroundings,
  noAssets,
} from '../../src/boot/grub/surroundings.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import { parseLedger, stubPath } from '../../src/boot/ledger.ts';
import type { LoaderKind } from '../../src/boot/loader-kind.ts';
import { defaultKeyOf } from '../../src/boot/loaders.ts';
import { partitionAfter } from '../../src/boot/partition-after.ts';
import { needOf, type TargetPlan } from '../../src/boot/plan-target.ts';
import type { BootPartition } from '../../src/boot/read-boot-partition.ts';
import { fits } from '../../src/boot/space/space-need.ts';
import {
  type Installation,
  planInstallation,
} from '../../src/boot/systemd-boot/plan-installation.ts';
import type { LoaderMountPoints, TargetPlace } from '../../src/boot/target-place.ts';
import type { Bootspec } from '../../src/bootspec/bootspec.ts';
import {
  type BootSettings,
  withLeft,
  withoutLeft,
} from '../../src/commands/machine/boot-settings.ts';
import { defaultToKeep } from '../../src/commands/machine/default-to-keep.ts';
import {
  chooseShown,
  type MenuWish,
  planShown,
  shownBeside,
} from '../../src/commands/machine/plan-targets.ts';
import type { Machine } from '../../src/commands/machine/read-machine.ts';
import { defaultKeys, usesOfPaths } from '../../src/commands/machine/uses.ts';
import { type Generation, type Profile, systemProfile } from '../../src/generations/generation.ts';
import {
  linkStep,
  selectSteps,
  unlinkStep,
  withGeneration,
  withoutGenerations,
} from '../../src/generations/plan-generations.ts';
import { generationLink, parseGenerationLinkName } from '../../src/generations/profile-layout.ts';
import { withoutRecords } from '../../src/generations/records.ts';
import type { UsesOf, Verdict } from '../../src/generations/retention.ts';
import {
  laterStateSteps,
  nextNumber,
  type State,
  withNumber,
} from '../../src/generations/state.ts';
import { chooseSlots, slotNames } from '../../src/transaction/ledger-slots.ts';
import { digestOfText } from '../../src/transaction/lower.ts';
import {
  joinParts,
  makePlan,
  nothing,
  type Plan,
  type PlanParts,
} from '../../src/transaction/plan.ts';
import { recovery } from '../../src/transaction/recovery.ts';
import {
  type SimulatedState,
  simulate,
  simulateAll,
  viewOf,
  visible,
} from '../../src/transaction/simulate.ts';
import type { BootVolumeId, CollectGarbage, FileDigest, Step } from '../../src/transaction/step.ts';
import { grubMenu } from '../transaction/grub-verdict.ts';
import { systemdBootMenu, type WalkedTarget } from '../transaction/walk-plan.ts';
import type { WalkedMenu } from '../transaction/walked-menu.ts';
import { plainSettings } from './grub/plain-settings.ts';
import { type DiskKind, HistoryDisk } from './history-disk.ts';

const owner = '11111111-2222-4333-8444-555555555555';
export const layout = layoutOf(owner);
const loaderSource = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';
const stateFile = 'root:nix/var/genctl/state.json';
const bootedLink = 'root:run/booted-system';

const grubSettings: GrubSettings = { ...plainSettings, unrestricted: false };

/** What a system is made of. What is before a slash names the content, the whole name the path. */
export interface Recipe {
  kernel: string;
  initrds: readonly string[];
  specialisations: readonly string[];
}

/** A disk that the machine can boot from, by one loader or another. */
export interface HistoryPlace {
  name: string;
  /** Undefined where systemd-boot cannot be used. */
  systemdBoot: WalkedTarget | undefined;
  /** Undefined where GRUB cannot be used. */
  grub: { boot: BootVolumeId; readsStore: boolean } | undefined;
  /** Its partitions. */
  disks: readonly { volume: BootVolumeId; kind: DiskKind }[];
}

/** What a verb would do. */
export interface Change {
  plan: Plan;
  /** What is written to which target; where there is none, all is refused, and the plan empty. */
  menus: readonly TargetPlan[];
  /** What there is no room for. */
  refused: readonly TargetPlan[];
  /** How the machine boots once all is done. */
  settings: BootSettings;
}

/** What a person asks for. */
export type Verb =
  | {
      do: 'switch';
      to: { number: number } | { toplevel: string };
      activation: boolean;
      /** What the declaration says by now; what is in force unless said. */
      loaders?: readonly LoaderKind[];
    }
  | { do: 'sync' }
  | { do: 'collect'; judge: (profile: Profile, usesOf: UsesOf) => Map<Generation, Verdict> };

export class HistoryMachine {
  readonly places: readonly HistoryPlace[];
  /** Places that nothing can be read from or written to now. */
  readonly away = new Set<HistoryPlace>();
  readonly #disks: ReadonlyMap<BootVolumeId, HistoryDisk>;
  readonly #bootspecs = new Map<string, Bootspec>();
  readonly #madeAt = new Map<number, number>();
  readonly #digests = new Map<string, FileDigest>();
  readonly #sizeOf: (blob: string) => number;
  settings: BootSettings;
  state: SimulatedState;
  nowSeconds = 1_790_000_000;
  /** Of GRUB's packages: with another one it is installed anew. */
  grubVersion = 1;

  /** @param sizeOf how large the kernels and initrds of some names are */
  constructor(
    places: readonly HistoryPlace[],
    loaders: readonly LoaderKind[],
    sizeOf: (blob: string) => number,
  ) {
    this.places = places;
    this.#sizeOf = sizeOf;
    this.#disks = new Map(
      places.flatMap(({ disks }) =>
        disks.map(({ volume, kind }) => [volume, new HistoryDisk(volume, kind)]),
      ),
    );
    this.settings = {
      timeout: 5,
      editor: true,
      consoleMode: 'keep',
      places: places.map(place => declaredPlace(place, loaders)),
      grub: grubSettings,
      fileSystems: {},
      configurationLimit: undefined,
      sortKey: 'genctl',
      retention: undefined,
    };
    this.state = {
      files: new Map(),
      folders: new Set(['root:nix/var/nix/profiles', 'root:nix/var/genctl']),
      links: new Map(),
      efiVariables: new Map(),
      storePaths: new Set(),
      references: new Map(),
      active: undefined,
      markedCommitted: false,
    };
    for (const place of places) this.installSystemdBoot(place);
  }

  get booted(): string | undefined {
    return this.state.links.get(bootedLink);
  }

  disk(volume: BootVolumeId): HistoryDisk {
    return this.#disks.get(volume) as HistoryDisk;
  }

  get volumes(): readonly BootVolumeId[] {
    return [...this.#disks.keys()];
  }

  isAtHand(place: HistoryPlace): boolean {
    return !this.away.has(place);
  }

  /** Everything that the commands would read. */
  read(): Machine {
    const targets = this.places
      .filter(place => this.isAtHand(place))
      .map(place => this.targetOf(place));
    const [first] = targets;
    return {
      state: this.records,
      profiles: [this.profile],
      booted: this.booted,
      active: this.state.active,
      settings: this.settings,
      layout,
      targets,
      setAside: [],
      machineId: undefined,
      defaultKey: first && defaultKeyOf(first, layout),
      overridingDefault: undefined,
      oneShot: { obstacle: undefined, value: undefined },
      defaultsOfOthers: [],
    };
  }

  /** The loaders that are in force. */
  get loaders(): LoaderKind[] {
    const all = this.settings.places.flatMap(({ loaders }) => loaders.map(each => each.loader));
    return [...new Set(all)];
  }

  targetOf(place: HistoryPlace, { places }: BootSettings = this.settings): BootTarget {
    const { loaders, left } = places[this.places.indexOf(place)] as TargetPlace;
    const seen = new Map<string, BootPartition>();
    const at = (mountPoint: string): BootPartition => {
      const partition =
        seen.get(mountPoint) ?? this.#partition(mountPoint.slice(1) as BootVolumeId);
      seen.set(mountPoint, partition);
      return partition;
    };
    const [first, ...others] = loaders.map((loader): LoaderPlace => {
      if (loader.loader === 'systemd-boot') {
        return { ...loader, esp: at(loader.esp), boot: at(loader.xbootldr ?? loader.esp) };
      }
      const boot = at(loader.boot);
      const surroundings = this.#surroundings(place, boot);
      return { loader: 'grub', esp: undefined, boot, surroundings, findings: [] };
    });
    return { places: [first as LoaderPlace, ...others], left: left.map(at) };
  }

  /** The menus of a place, as they are judged: those of some loaders. */
  menusOf(place: HistoryPlace, loaders: readonly LoaderKind[] = this.loaders): WalkedMenu[] {
    const { systemdBoot, grub } = place;
    const menus = {
      'systemd-boot': systemdBoot && systemdBootMenu(systemdBoot),
      grub: grub && grubMenu({ volume: grub.boot, owner: owner.slice(0, 8) }),
    };
    return loaders.flatMap(loader => menus[loader] ?? []);
  }

  get records(): State {
    const text = this.state.files.get(stateFile)?.text;
    return text === undefined ? { version: 1, owner, profiles: {} } : (JSON.parse(text) as State);
  }

  set records(records: State) {
    this.runAll(laterStateSteps(this.records, records));
  }

  get profile(): Profile {
    const generations: Generation[] = [];
    let currentNumber: number | undefined;
    for (const [key, target] of this.state.links) {
      const name = key.slice(key.lastIndexOf('/') + 1);
      if (name === systemProfile) currentNumber = parseGenerationLinkName(target)?.number;
      const number = parseGenerationLinkName(name)?.number;
      if (number !== undefined) generations.push(this.#generation(number, target));
    }
    const sorted = generations.toSorted((left, right) => left.number - right.number);
    const highestNumber = sorted.at(-1)?.number ?? 0;
    return { name: systemProfile, currentNumber, generations: sorted, highestNumber };
  }

  /**
   * What the machine uses its generations for.
   *
   * @param targets those whose defaults count
   */
  usesNow(targets: readonly BootTarget[] = this.read().targets): UsesOf {
    const machine = { ...this.read(), targets };
    return usesOfPaths(machine, defaultKeys(machine), path => [path]);
  }

  /** Adds a system to the store. */
  build(recipe: Recipe): string {
    const name = JSON.stringify([recipe, this.#bootspecs.size]);
    const bootspec = this.#bootspec(name, recipe, recipe.specialisations);
    const inner = [...bootspec.specialisations.values()];
    const storePaths = new Set(this.state.storePaths);
    const references = new Map(this.state.references);
    for (const { toplevel, kernel, initrds, specialisations } of [bootspec, ...inner]) {
      const needed = [
        kernel,
        ...initrds,
        ...[...specialisations.values()].map(one => one.toplevel),
      ];
      references.set(toplevel, needed);
      for (const path of [toplevel, ...needed]) storePaths.add(path);
    }
    for (const each of [bootspec, ...inner]) this.#bootspecs.set(each.toplevel, each);
    this.state = { ...this.state, storePaths, references };
    return bootspec.toplevel;
  }

  /** The machine starts anew with a system. */
  boot(toplevel: string): void {
    const links = new Map(this.state.links).set(bootedLink, toplevel);
    this.state = { ...this.state, links, active: toplevel };
  }

  /** What a verb would do. */
  plan(verb: Verb): Change {
    const machine = this.read();
    switch (verb.do) {
      case 'switch':
        return this.#planSwitch(machine, verb);
      case 'sync':
        return this.#planChange('menu sync', machine, this.#menuToKeep(machine, machine.profiles));
      case 'collect':
        return this.#planCollection(machine, verb);
    }
  }

  /**
   * Carries steps out, on the state and on the disks.
   *
   * @param most ends after so many writes, as if killed
   * @returns how many writes there were
   */
  runAll(steps: readonly Step[], most = Number.POSITIVE_INFINITY): number {
    const run = simulate({ durable: this.state, volatile: [] }, steps);
    let count = 0;
    for (;;) {
      const next = run.next();
      if (next.done === true) {
        this.state = visible(next.value);
        return count;
      }
      const { before, write } = next.value;
      if (count === most) {
        this.state = visible(before);
        return count;
      }
      count += 1;
      if (write.do === 'create' && 'copyOf' in write.content) {
        const { copyOf } = write.content;
        const isAtHand = copyOf === loaderSource || visible(before).storePaths.has(copyOf);
        assert.ok(isAtHand, `${copyOf} is copied, but it is gone`);
      }
      for (const [volume, disk] of this.#disks) {
        disk.write(write);
        assert.not.ok(disk.isOverfull, `${volume} overflows at ${JSON.stringify(write)}`);
      }
    }
  }

  /** How far steps really raise the use of each partition, above where it is. Changes nothing. */
  peaks(steps: readonly Step[]): Map<BootVolumeId, number> {
    const disks = [...this.#disks].map(([volume, disk]) => ({ volume, disk: disk.copy() }));
    const peaks = new Map(disks.map(({ volume }) => [volume, 0]));
    const run = simulate({ durable: this.state, volatile: [] }, steps);
    for (let next = run.next(); next.done !== true; next = run.next()) {
      for (const { volume, disk } of disks) {
        disk.write(next.value.write);
        const risen = disk.usedBytes - this.disk(volume).usedBytes;
        peaks.set(volume, Math.max(peaks.get(volume) ?? 0, risen));
      }
    }
    return peaks;
  }

  /** Ends what was interrupted. */
  recover({ plan, settings }: Change): void {
    const { direction, steps, cleanup } = recovery(plan, viewOf(this.state), {
      bootedSince: false,
    });
    this.runAll([...steps, ...cleanup]);
    if (direction === 'forward') this.settings = settings;
    this.forgetJournal();
  }

  forgetJournal(): void {
    this.state = { ...this.state, markedCommitted: false };
  }

  #planSwitch(seen: Machine, { to, activation, loaders }: Verb & { do: 'switch' }): Change {
    const machine = loaders === undefined ? seen : this.#withLoaders(seen, loaders);
    const [profile] = machine.profiles as [Profile];
    const isKnown = profile.generations.find(({ number, target }) =>
      'number' in to ? number === to.number : target === to.toplevel,
    );
    const generation =
      isKnown ??
      this.#generation(nextNumber(machine.state, profile), 'toplevel' in to ? to.toplevel : '');
    this.#madeAt.set(generation.number, generation.madeAtSeconds);
    const { profile: name, number, target } = generation;
    const future = isKnown === undefined ? withGeneration(profile, generation) : profile;
    const state = isKnown === undefined ? withNumber(machine.state, name, number) : machine.state;
    const wish: MenuWish = {
      profiles: [{ ...future, currentNumber: number }],
      state,
      active: activation ? target : machine.active,
      defaultOf: () => ({ profile: name, number }),
      always: [],
    };
    const previous = machine.active;
    return this.#planChange('switch', machine, wish, menu => ({
      prepare: [
        ...laterStateSteps(machine.state, state),
        ...(isKnown === undefined ? [linkStep(generation)] : []),
        ...menu.prepare,
        ...(activation && previous !== target
          ? [{ kind: 'activate', system: target, previous } as const]
          : []),
      ],
      commit: [...menu.commit, ...selectSteps(future, number)],
      cleanup: menu.cleanup,
    }));
  }

  #planCollection(machine: Machine, { judge }: Verb & { do: 'collect' }): Change {
    const uses = usesOfPaths(machine, defaultKeys(machine), path => [path]);
    const judged = machine.profiles.flatMap(profile =>
      [...judge(profile, uses)].flatMap(([generation, { keep }]) => (keep ? [] : [generation])),
    );
    return this.#planWithout(machine, judged);
  }

  #planWithout(machine: Machine, leaving: readonly Generation[]): Change {
    const numbers = new Set(leaving.map(({ number }) => number));
    const profiles = machine.profiles.map(profile => withoutGenerations(profile, numbers));
    const sweep: CollectGarbage = { kind: 'collect-garbage', storePathCount: 1, sizeBytes: 1 };
    const links = leaving.map(unlinkStep);
    const swept = simulateAll(this.state, [...links, sweep]);
    const state = withoutRecords(machine.state, systemProfile, numbers);
    const change = this.#planChange('gc', machine, this.#menuToKeep(machine, profiles), menu => ({
      ...menu,
      cleanup: [
        ...menu.cleanup,
        ...links,
        ...laterStateSteps(machine.state, state),
        ...(swept.storePaths.size < this.state.storePaths.size ? [sweep] : []),
      ],
    }));
    const planned = change.menus.map(({ target }) => target);
    const shown = shownBeside(leaving, machine, planned);
    if (shown.length === 0) return change;
    return this.#planWithout(
      machine,
      leaving.filter(generation => !shown.includes(generation)),
    );
  }

  #menuToKeep(machine: Machine, profiles: readonly Profile[]): MenuWish {
    return {
      profiles,
      state: machine.state,
      active: machine.active,
      defaultOf: target => defaultToKeep(machine, target, profiles),
      always: [],
    };
  }

  #planChange(
    name: string,
    machine: Machine,
    wish: MenuWish,
    around: (menu: PlanParts) => PlanParts = menu => menu,
  ): Change {
    const moved = this.#moveLoaders(machine);
    const judging = {
      usesOf: (
        systems: Parameters<typeof usesOfPaths>[0],
        defaults: Parameters<typeof usesOfPaths>[1],
      ) => usesOfPaths(systems, defaults, path => [path]),
      nowSeconds: this.nowSeconds,
    };
    const plans = moved.map(({ target, before, parts }): TargetPlan => {
      const shown = chooseShown(machine, target, wish, judging);
      const menu = planShown(machine, target, wish, shown, this.#digests);
      if (parts === nothing) return menu;
      const all = foldSectors(joinParts([parts, menu.parts]));
      const needs = partitionsOf(before).map(partition => needOf(partition, all));
      return { ...menu, parts: all, needs };
    });
    const menus = plans.filter(({ needs }) => needs.every(fits));
    const plan = makePlan(
      name,
      plannedVolumes(
        menus.map(({ target }) => target),
        layout,
      ),
      () => 'history',
      menus.length === 0 ? nothing : around(joinParts(menus.map(({ parts }) => parts))),
    );
    return {
      plan,
      menus,
      refused: plans.filter(each => !menus.includes(each)),
      settings: withoutLeft(
        machine.settings,
        new Set(menus.map(({ target }) => mountPointOf(target))),
      ),
    };
  }

  /** The machine with what the declaration says of its loaders. */
  #withLoaders(machine: Machine, loaders: readonly LoaderKind[]): Machine {
    const places = this.places.map(place => declaredPlace(place, loaders));
    const settings = withLeft({ ...this.settings, places }, this.settings);
    const targets = this.places
      .filter(place => this.isAtHand(place))
      .map(place => this.targetOf(place, settings));
    const [first] = targets;
    return { ...machine, settings, targets, defaultKey: first && defaultKeyOf(first, layout) };
  }

  /** systemd-boot is put in place where it follows another loader. */
  #moveLoaders({
    targets,
  }: Machine): { target: BootTarget; before: BootTarget; parts: PlanParts }[] {
    return targets.map(before => {
      const place = systemdBootOf(before);
      if (place === undefined || isInstalled(place.esp)) {
        return { target: before, before, parts: nothing };
      }
      const parts = planInstallation(this.#installation(place.esp));
      const target = mapPartitions(before, partition => partitionAfter(partition, parts));
      return { target, before, parts };
    });
  }

  #generation(number: number, target: string): Generation {
    const bootspec = this.#bootspecs.get(target);
    const isThere = bootspec !== undefined && this.state.storePaths.has(target);
    return {
      profile: systemProfile,
      number,
      target,
      madeAtSeconds: this.#madeAt.get(number) ?? this.nowSeconds,
      system: isThere
        ? { bootspec }
        : { finding: { code: 'SYSTEM_MISSING', subject: target, reason: 'it is gone' } },
    };
  }

  #bootspec(name: string, { kernel, initrds }: Recipe, inner: readonly string[]): Bootspec {
    const toplevel = storePath('system', name);
    return {
      system: 'x86_64-linux',
      toplevel,
      init: `${toplevel}/init`,
      kernel: this.#blob(kernel),
      initrds: initrds.map(initrd => this.#blob(initrd)),
      kernelParams: ['quiet'],
      label: 'test',
      specialisations: new Map(
        inner.map(each => [
          each,
          this.#bootspec(`${name} ${each}`, { kernel, initrds, specialisations: [] }, []),
        ]),
      ),
    };
  }

  #blob(name: string): string {
    const source = storePath('blob', name);
    const [content = name] = name.split('/');
    this.#digests.set(source, { sizeBytes: this.#sizeOf(content), sha256: hash(content) });
    return source;
  }

  #partition(volume: BootVolumeId): BootPartition {
    const files = new Map(
      [...this.state.files].flatMap(([key, file]) =>
        key.startsWith(`${volume}:`) ? [[key.slice(volume.length + 1), file] as const] : [],
      ),
    );
    const { ledgerFolder, blobFolder, systemdBoot, grub } = layout;
    const body = chooseSlots(slotNames.map(name => files.get(`${ledgerFolder}/${name}`)?.text))
      .newest?.body;
    const ledger = body === undefined ? undefined : parseLedger(body);
    const seen = [
      blobFolder,
      ledgerFolder,
      'loader',
      systemdBoot.entryFolder,
      ...systemdBoot.programFolders,
      grub.folder,
      grub.entryFolder,
    ];
    const stubs = (ledger?.grub?.trees ?? []).map(stubPath);
    const sectors = [systemdBoot.sector, grub.sector, ...stubs];
    const disk = this.disk(volume);
    return {
      volume,
      mountPoint: `/${volume}`,
      isFat: disk.kind.fileSystem === 'fat',
      space: disk.space,
      ledger,
      ledgerBody: body,
      sizes: new Map(
        [...files].flatMap(([path, { sizeBytes }]) =>
          seen.includes(path.slice(0, path.lastIndexOf('/'))) || stubs.includes(path)
            ? [[path, sizeBytes] as const]
            : [],
        ),
      ),
      folders: new Map(
        [...disk.folders()].filter(
          ([path]) => path === '' || seen.some(each => `${each}/`.startsWith(`${path}/`)),
        ),
      ),
      sectors: new Map(
        sectors.flatMap(path => {
          const text = files.get(path)?.text;
          return text === undefined ? [] : [[path, text] as const];
        }),
      ),
      damaged: new Set(),
      findings: [],
    };
  }

  /** What GRUB has to know beside its partition. */
  #surroundings({ grub }: HistoryPlace, boot: BootPartition): GrubSurroundings {
    const place = {
      boot: deviceAt(''),
      store:
        grub?.readsStore === true ? deviceAt('/nix/store') : { unreachable: 'it is encrypted' },
    };
    const state = `version ${this.grubVersion}`;
    const isInPlace = boot.ledger?.grub?.state === state;
    const tree = `${layout.grub.folder}/grub-${hash(state).slice(0, 12)}`;
    const installation: GrubInstallation = {
      state,
      tree,
      stub: renderStub(place, layout),
      runs: [{ args: [tree], device: '/dev/sda' }],
      version: undefined,
      isInPlace,
      sizeBytes: isInPlace ? 0 : this.#sizeOf('loader'),
      fileCount: isInPlace ? 0 : 3,
      esp: undefined,
    };
    return {
      place,
      settings: grubSettings,
      passwords: new Map(),
      others: [],
      assets: noAssets,
      standing: [],
      installation,
      installationAnew: () => installation,
    };
  }

  /** `genctl loader install`, on one place and where that is still to be done. */
  installSystemdBoot(place: HistoryPlace): void {
    const esp = systemdBootOf(this.targetOf(place))?.esp;
    if (esp === undefined || isInstalled(esp)) return;
    const parts = planInstallation(this.#installation(esp));
    this.runAll([...parts.prepare, ...parts.commit, ...parts.cleanup]);
  }

  #installation(esp: BootPartition): Installation {
    return {
      partition: esp,
      layout,
      owner,
      settings: this.settings,
      binary: {
        sizeBytes: this.#sizeOf('loader'),
        sha256: hash('loader'),
        source: loaderSource,
        paths: { own: 'EFI/systemd/systemd-bootx64.efi', removable: 'EFI/BOOT/BOOTX64.EFI' },
        version: '257',
        isSigned: false,
      },
      installed: { own: undefined, removable: undefined },
      bootctl: undefined,
    };
  }
}

function systemdBootOf({ places }: BootTarget): SystemdBootPlace | undefined {
  return places.find(place => place.loader === 'systemd-boot');
}

function isInstalled({ ledger }: BootPartition): boolean {
  return ledger?.files.some(({ path }) => path === layout.systemdBoot.sector) === true;
}

/** What a declaration with some loaders says of a place. */
function declaredPlace(
  { systemdBoot, grub }: HistoryPlace,
  loaders: readonly LoaderKind[],
): TargetPlace {
  const declared = loaders.flatMap((loader): LoaderMountPoints[] => {
    if (loader === 'systemd-boot') {
      if (systemdBoot === undefined) return [];
      const { esp, boot } = systemdBoot;
      return [{ loader, esp: `/${esp}`, xbootldr: boot === esp ? undefined : `/${boot}` }];
    }
    if (grub === undefined) return [];
    return [
      { loader, boot: `/${grub.boot}`, isMount: true, esp: undefined, devices: ['/dev/sda'] },
    ];
  });
  return { loaders: declared, left: [] };
}

function deviceAt(path: string): GrubDevice {
  return {
    modules: ['part_gpt', 'ext2'],
    cryptodisks: [],
    search: { by: 'fs-uuid', value: '0a1b2c3d-0000-4000-8000-000000000000' },
    path,
    unwritable: undefined,
  };
}

/** The link of a generation, as the state knows it. */
export function linkKey(number: number): string {
  return `root:${generationLink(systemProfile, number).slice(1)}`;
}

/** A text's file, for what others put on a boot partition. */
export function foreignFile(volume: BootVolumeId, path: string, sizeBytes: number): Step {
  const text = 'x'.repeat(Math.min(sizeBytes, 16));
  return { kind: 'create-file', volume, path, ...digestOfText(text), sizeBytes, content: { text } };
}

function storePath(kind: string, name: string): string {
  return `/nix/store/${hash(`${kind} ${name}`).slice(0, 32)}-${kind}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
