// A random life of a machine: generations come, go, are pinned and booted; the limit and the
// policy change; disks are full, away for a while, or another system's too.
import * as assert from 'uvu/assert';
import { partitionsOf } from '../../src/boot/boot-target.ts';
import type { LoaderKind } from '../../src/boot/loader-kind.ts';
import type { Generation } from '../../src/generations/generation.ts';
import { judgeNamed } from '../../src/generations/judge-named.ts';
import { isPinned, withGood, withoutPin, withPin } from '../../src/generations/records.ts';
import { judge, type RetentionPolicy } from '../../src/generations/retention.ts';
import { isEmpty } from '../../src/transaction/plan.ts';
import type { BootVolumeId, Step } from '../../src/transaction/step.ts';
import { walkPlan } from '../transaction/walk-plan.ts';
import type { DiskKind } from './history-disk.ts';
import {
  type Change,
  foreignFile,
  HistoryMachine,
  type HistoryPlace,
  type Recipe,
  type Verb,
} from './history-machine.ts';
import { assertNoLitter, assertRoomTold, assertSafe, assertShown } from './history-promises.ts';
import { SeededRandom } from './seeded-random.ts';

const daySeconds = 24 * 3600;

type Loaders = readonly [LoaderKind, ...LoaderKind[]];

/** What a declaration may say of loaders. */
const loaderChoices: readonly [Loaders, ...Loaders[]] = [
  ['systemd-boot'],
  ['grub'],
  ['systemd-boot', 'grub'],
  ['grub', 'systemd-boot'],
];

/** What another installation of genctl has GRUB read. */
const otherGrub = 'genctl/feedbeef/entries';

export interface Tally {
  changes: number;
  refused: number;
  evicting: number;
  doneLater: number;
}

/** One life. What fails names the seed and the step. */
export function liveHistory(seed: number): Tally {
  const life = new Life(new SeededRandom(seed), `seed ${seed}`);
  for (let step = 1; step <= 14; step++) life.liveOn(step);
  return life.tally;
}

class Life {
  readonly tally: Tally = { changes: 0, refused: 0, evicting: 0, doneLater: 0 };
  readonly #random: SeededRandom;
  readonly #name: string;
  readonly #machine: HistoryMachine;
  readonly #foreign = new Map<string, string>();
  /** Places that the last change did not bring up to date. */
  readonly #behind = new Set<HistoryPlace>();
  /** Those of them that were away at some change since, or have had no menu yet. */
  readonly #astray = new Set<HistoryPlace>();
  #where = '';

  constructor(random: SeededRandom, name: string) {
    this.#random = random;
    this.#name = name;
    this.#machine = randomMachine(random);
    for (const place of this.#machine.places) {
      this.#behind.add(place);
      this.#astray.add(place);
    }
  }

  liveOn(step: number): void {
    const before = this.#where;
    this.#where = `${this.#name}, step ${step}`;
    if (this.#machine.profile.currentNumber === undefined) this.#addGeneration();
    else this.#liveOnWithGenerations();
    assert.not.equal(this.#where, before);
    this.#assertSafe(this.#machine.loaders);
  }

  /** @param loaders those of which each has to boot */
  #assertSafe(loaders: readonly LoaderKind[]): void {
    const standing = {
      foreign: this.#foreign,
      astray: this.#astray,
      behind: this.#behind,
      loaders,
    };
    assertSafe(this.#machine, standing, this.#where);
  }

  #liveOnWithGenerations(): void {
    const machine = this.#machine;
    const random = this.#random;
    machine.nowSeconds += random.below(3 * daySeconds);
    switch (random.below(19)) {
      case 0:
      case 1:
      case 2:
      case 3:
        this.#addGeneration();
        return;
      case 4:
      case 5:
        this.#switchTo(this.#anyGeneration().number);
        return;
      case 6:
        this.#rollBack();
        return;
      case 7:
        this.#pinOrUnpin();
        return;
      case 8:
        this.#reboot();
        return;
      case 9:
        this.#collectByPolicy();
        return;
      case 10:
        this.#collectNamed();
        return;
      case 11:
        machine.settings = {
          ...machine.settings,
          configurationLimit: random.pick([undefined, 1, 1, 2, 4]),
          retention: random.pick([undefined, this.#policy()]),
        };
        this.#where += ', limit changed';
        this.#change({ do: 'sync' });
        return;
      case 12:
        this.#strangers();
        return;
      case 13:
        this.#diskGoesOrComes();
        return;
      case 14:
      case 15:
        this.#foundGood();
        return;
      case 16:
        this.#declareLoaders();
        return;
      case 17:
        machine.grubVersion += 1;
        this.#where += ', GRUB upgraded';
        this.#change({ do: 'sync' });
        return;
      default:
        this.#change({ do: 'sync' });
    }
  }

  #addGeneration(): void {
    const random = this.#random;
    const kernel = `linux-${random.below(4)}`;
    const recipe: Recipe = {
      kernel: random.below(3) === 0 ? `${kernel}/again` : kernel,
      initrds: Array.from({ length: random.below(3) }, () => `initrd-${random.below(6)}`),
      specialisations: random.below(4) === 0 ? ['rescue'] : [],
    };
    const toplevel = this.#machine.build(recipe);
    this.#where += `, a new generation ${JSON.stringify(recipe)}`;
    this.#change({ do: 'switch', to: { toplevel }, activation: random.below(3) !== 0 });
  }

  #switchTo(number: number): void {
    this.#where += `, switch ${number}`;
    this.#change({ do: 'switch', to: { number }, activation: this.#random.below(2) === 0 });
  }

  /** The declaration names another loader, or one more: the next switch brings it. */
  #declareLoaders(): void {
    const { loaders, places, profile } = this.#machine;
    const isPossible = (kinds: readonly LoaderKind[]): boolean =>
      kinds.every(kind =>
        places.every(
          ({ systemdBoot, grub }) => (kind === 'grub' ? grub : systemdBoot) !== undefined,
        ),
      );
    const [first = loaderChoices[0], ...others] = loaderChoices.filter(isPossible);
    const wanted = this.#random.pick([first, ...others]);
    const { currentNumber = 0 } = profile;
    this.#where += `, ${wanted.join(' and ')} instead of ${loaders.join(' and ')}`;
    const to = { number: currentNumber };
    this.#change({ do: 'switch', to, activation: false, loaders: wanted });
  }

  #rollBack(): void {
    const { currentNumber = 0, generations } = this.#machine.profile;
    const previous = generations.findLast(({ number }) => number < currentNumber);
    if (previous !== undefined) this.#switchTo(previous.number);
  }

  #pinOrUnpin(): void {
    const machine = this.#machine;
    const generation = this.#anyGeneration();
    const { records } = machine;
    const pinned = isPinned(records, generation);
    this.#where += `, ${pinned ? 'unpin' : 'pin'} ${generation.number}`;
    machine.records = pinned ? withoutPin(records, generation) : withPin(records, generation);
    this.#change({ do: 'sync' });
  }

  #foundGood(): void {
    const machine = this.#machine;
    const booted = machine.profile.generations.find(({ target }) => target === machine.booted);
    if (booted === undefined) return;
    this.#where += `, ${booted.number} is good`;
    machine.records = withGood(machine.records, booted, machine.nowSeconds);
    this.#change({ do: 'sync' });
  }

  /** Whoever stands before the machine may choose any line of any menu. */
  #reboot(): void {
    const machine = this.#machine;
    const places = machine.places.filter(
      place => machine.isAtHand(place) && !this.#behind.has(place),
    );
    const place = places[this.#random.below(places.length)];
    if (place === undefined) return;
    const systems = place.disks.flatMap(({ volume }) =>
      [...machine.state.files].flatMap(([key, { text }]) =>
        key.startsWith(`${volume}:`) && /\/entries\/genctl-[^/]*\.(?:conf|cfg)$/.test(key)
          ? (/init=(\/nix\/store\/[^/]+)\/init/.exec(text ?? '')?.[1] ?? [])
          : [],
      ),
    );
    const system = systems[this.#random.below(systems.length)];
    if (system === undefined) return;
    this.#where += `, reboot into ${system}`;
    machine.boot(system);
    if (this.#random.below(2) === 0) this.#change({ do: 'sync' });
  }

  #collectByPolicy(): void {
    const policy = this.#policy();
    const { nowSeconds } = this.#machine;
    this.#where += `, gc ${JSON.stringify(policy)}`;
    this.#change({
      do: 'collect',
      judge: (profile, usesOf) => judge(profile, policy, nowSeconds, usesOf),
    });
  }

  #collectNamed(): void {
    const usesOf = this.#machine.usesNow();
    const numbers = this.#machine.profile.generations
      .filter(generation => usesOf(generation).length === 0 && this.#random.below(2) === 0)
      .map(({ number }) => number);
    this.#where += `, gc --delete ${numbers.join(' ')}`;
    this.#change({
      do: 'collect',
      judge: (profile, uses) => {
        const there = new Set(profile.generations.map(({ number }) => number));
        return judgeNamed(profile, new Set(numbers.filter(number => there.has(number))), uses);
      },
    });
  }

  /** Another system writes to a boot partition, or removes what it wrote. */
  #strangers(): void {
    const machine = this.#machine;
    const random = this.#random;
    const volume = machine.volumes[random.below(machine.volumes.length)] as BootVolumeId;
    const known = [...this.#foreign.keys()].filter(key => key.startsWith(`${volume}:`));
    const gone = known[random.below(known.length + 1)];
    if (gone !== undefined) {
      this.#where += `, ${gone} goes`;
      this.#foreign.delete(gone);
      machine.runAll([{ kind: 'remove-file', volume, path: gone.slice(volume.length + 1) }]);
    } else {
      const folder = random.pick(['EFI/other', 'loader/entries', 'grub', otherGrub]);
      const path = `${folder}/other-${random.below(1000)}.conf`;
      const sizeBytes = random.below(machine.disk(volume).freeBytes + 1);
      const steps: Step[] = [
        ...foldersOf(folder).map((each): Step => ({ kind: 'make-folder', volume, path: each })),
        foreignFile(volume, path, sizeBytes),
      ];
      const peak = machine.peaks(steps).get(volume) ?? 0;
      if (peak > machine.disk(volume).freeBytes || machine.state.files.has(`${volume}:${path}`))
        return;
      this.#where += `, somebody writes ${sizeBytes} bytes to ${volume}`;
      machine.runAll(steps);
      const sha256 = machine.state.files.get(`${volume}:${path}`)?.sha256 ?? '';
      this.#foreign.set(`${volume}:${path}`, sha256);
    }
    if (random.below(2) === 0) this.#change({ do: 'sync' });
  }

  #diskGoesOrComes(): void {
    const { away, places } = this.#machine;
    const [back] = away;
    if (back !== undefined) {
      this.#where += `, ${back.name} comes back`;
      away.delete(back);
      // Nobody has put it in place there while the disk was away.
      this.#machine.installSystemdBoot(back);
    } else if (places.length > 1) {
      const place = places[this.#random.below(places.length)] as HistoryPlace;
      this.#where += `, ${place.name} goes`;
      away.add(place);
    }
    this.#change({ do: 'sync' });
  }

  /** A verb is carried out, or is cut off somewhere and recovered from. */
  #change(verb: Verb): void {
    const machine = this.#machine;
    const change = machine.plan(verb);
    const { plan } = change;
    assertRoomTold(machine, change, this.#where);
    if (change.menus.length === 0) {
      this.tally.refused += 1;
      assert.ok(isEmpty(plan), `${this.#where}: refused, and yet there is work`);
      return;
    }
    this.tally.changes += 1;
    if (change.menus.some(({ leftOut }) => leftOut.length > 0)) this.tally.evicting += 1;
    const isForeign = (key: string): boolean => this.#foreign.has(key);
    // What makes room first is the most that can go wrong.
    const evictsFirst = plan.prepare.some(({ kind }) => kind === 'remove-file');
    if (evictsFirst || this.#random.below(4) === 0) {
      const recovered = 1 + this.#random.below(40);
      walkPlan(plan, machine.state, isForeign, {
        maxIndependent: 1,
        isRecovered: crash => crash % 40 === recovered % 40,
      });
    }
    const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];
    if (this.#random.below(5) === 0) {
      const most = this.#random.below(3 * steps.length + 1);
      this.#where += `, cut off after ${most} writes`;
      machine.runAll(steps, most);
      const after = change.settings.places.flatMap(({ loaders }) =>
        loaders.map(each => each.loader),
      );
      this.#assertSafe(machine.loaders.filter(loader => after.includes(loader)));
      machine.recover(change);
      this.#markBehind(change);
      return;
    }
    const usedBefore = this.#usedNumbers();
    machine.runAll(steps);
    machine.settings = change.settings;
    machine.forgetJournal();
    this.#markUpToDate(change);
    this.#assertIdempotent(verb, usedBefore);
  }

  #markUpToDate(change: Change): void {
    this.#markBehind(change);
    for (const place of this.#done(change)) {
      this.#behind.delete(place);
      this.#astray.delete(place);
      assertShown(this.#machine, place, this.#where);
      assertNoLitter(this.#machine, place, this.#foreign, this.#where);
    }
  }

  #markBehind(change: Change): void {
    const done = new Set(this.#done(change));
    for (const place of this.#machine.places) {
      if (!done.has(place)) this.#behind.add(place);
      if (this.#machine.away.has(place)) this.#astray.add(place);
    }
  }

  #done({ menus }: Change): HistoryPlace[] {
    const written = menus.flatMap(({ target }) => partitionsOf(target)).map(each => each.volume);
    return this.#machine.places.filter(({ disks }) =>
      disks.some(({ volume }) => written.includes(volume)),
    );
  }

  /**
   * A second run plans nothing. There is one exception: what was in use until the change ended that
   * had to stay whole up to the point of no return, and its room is free for others only now, or
   * its number to be collected. Then a third run plans nothing.
   *
   * @param usedBefore numbers of the generations that were in use before the change
   */
  #assertIdempotent(verb: Verb, usedBefore: ReadonlySet<number>): void {
    const machine = this.#machine;
    const { currentNumber = 0 } = machine.profile;
    const again: Verb = verb.do === 'switch' ? { ...verb, to: { number: currentNumber } } : verb;
    const repeated = [again, { do: 'sync' } as const].find(
      each => !isEmpty(machine.plan(each).plan),
    );
    if (repeated === undefined) return;
    const usedAfter = this.#usedNumbers();
    const second = machine.plan(repeated);
    const said = `${this.#where}: a second run (${repeated.do}) would do more: ${JSON.stringify(second.plan)}`;
    assert.ok(
      [...usedBefore].some(number => !usedAfter.has(number)),
      said,
    );
    this.tally.doneLater += 1;
    this.#where += `, ${repeated.do} once more`;
    assertRoomTold(machine, second, this.#where);
    const { prepare, commit, cleanup } = second.plan;
    machine.runAll([...prepare, ...commit, ...cleanup]);
    machine.forgetJournal();
    this.#markUpToDate(second);
    const third = machine.plan(repeated);
    assert.ok(isEmpty(third.plan), `${said}, and a third one still more`);
  }

  #usedNumbers(): Set<number> {
    const usesOf = this.#machine.usesNow();
    const used = this.#machine.profile.generations.filter(each => usesOf(each).length > 0);
    return new Set(used.map(({ number }) => number));
  }

  #policy(): RetentionPolicy {
    const random = this.#random;
    return {
      keep: random.below(4),
      olderThanSeconds: random.pick([undefined, 2 * daySeconds, 8 * daySeconds]),
      daily: random.below(3),
      weekly: random.below(2),
      monthly: random.below(2),
    };
  }

  #anyGeneration(): Generation {
    const { generations } = this.#machine.profile;
    return generations[this.#random.below(generations.length)] as Generation;
  }
}

/** Sometimes so small that not one kernel fits. */
function randomMachine(random: SeededRandom): HistoryMachine {
  const unit = random.pick([4 << 10, 64 << 10, 4 << 20]);
  const sizes = new Map<string, number>();
  const sizeOf = (name: string): number => {
    const share = name === 'loader' ? 0.05 : 0.3 + random.below(1000) / 400;
    const known = sizes.get(name) ?? Math.floor(unit * share);
    sizes.set(name, known);
    return known;
  };
  const count = 1 + random.below(3);
  const kind = random.pick(['systemd-boot', 'grub', 'either'] as const);
  const places = Array.from({ length: count }, (_, index): HistoryPlace => {
    const suffix = index === 0 ? '' : (`-${index + 1}` as const);
    const large = (): number => unit * (2 + random.below(16));
    const readsStore = random.below(2) === 0;
    const esp = `esp${suffix}` as BootVolumeId;
    const name = `place${suffix}`;
    if (kind === 'grub') {
      const boot = `boot${suffix}` as BootVolumeId;
      const fileSystem = random.pick(['ext4', 'fat'] as const);
      const disks = [{ volume: boot, kind: randomDisk(random, large(), fileSystem) }];
      return { name, systemdBoot: undefined, grub: { boot, readsStore }, disks };
    }
    const hasOther = random.below(3) === 0;
    const xbootldr = `xbootldr${suffix}` as BootVolumeId;
    const fileSystem = kind === 'either' ? random.pick(['ext4', 'fat'] as const) : 'fat';
    // systemd-boot reads no ext4: there the two loaders have a partition each.
    const boot = hasOther && fileSystem === 'fat' ? xbootldr : esp;
    const grub = { boot: hasOther ? xbootldr : esp, readsStore };
    const isLarge = boot === esp;
    return {
      name,
      systemdBoot: { esp, boot },
      grub: kind === 'either' ? grub : undefined,
      disks: [
        { volume: esp, kind: randomDisk(random, isLarge ? large() : unit * 8, 'fat') },
        ...(hasOther ? [{ volume: xbootldr, kind: randomDisk(random, large(), fileSystem) }] : []),
      ],
    };
  });
  const loaders = kind === 'either' ? random.pick(loaderChoices) : [kind];
  return new HistoryMachine(places, loaders, sizeOf);
}

/** With room for so many bytes beside what the loader and the folders take. */
function randomDisk(
  random: SeededRandom,
  roomBytes: number,
  fileSystem: DiskKind['fileSystem'],
): DiskKind {
  const clusterBytes = random.pick(fileSystem === 'fat' ? [512, 1024, 4096, 16_384] : [1024, 4096]);
  const overheadBytes = (48 << 10) + 24 * clusterBytes;
  return {
    fileSystem,
    clusterBytes,
    clusterCount: Math.ceil((roomBytes + overheadBytes + random.below(64 << 10)) / clusterBytes),
    rootSlots: fileSystem === 'fat' ? random.pick([undefined, 512]) : undefined,
  };
}

/** A folder, after those that it is in. */
function foldersOf(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
