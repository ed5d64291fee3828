import * as assert from 'uvu/assert';
import {
  type BootTarget,
  type LoaderPlace,
  ownedFiles,
  partitionsOf,
} from '../../src/boot/boot-target.ts';
import type { LedgerFile } from '../../src/boot/ledger.ts';
import { type LoaderKind, loaderKinds } from '../../src/boot/loader-kind.ts';
import { entryIdAt, loaderOfFile } from '../../src/boot/loaders.ts';
import type { EntryKey } from '../../src/boot/menu.ts';
import type { TargetPlan } from '../../src/boot/plan-target.ts';
import type { Generation } from '../../src/generations/generation.ts';
import { slotNames } from '../../src/transaction/ledger-slots.ts';
import { listedEntries } from '../transaction/grub-verdict.ts';
import type { Verdict } from '../transaction/walked-menu.ts';
import { type Change, type HistoryMachine, type HistoryPlace, layout } from './history-machine.ts';

/** What others have put on the boot partitions: hashes by key of the state. */
export type ForeignFiles = ReadonlyMap<string, string>;

/** What holds at any time, whatever has been done or refused. */
export interface Standing {
  foreign: ForeignFiles;
  /** Places that were away when something was changed, and are not up to date since. */
  astray: ReadonlySet<HistoryPlace>;
  /** Places that the last change left as they were: of them one loader or another boots. */
  behind: ReadonlySet<HistoryPlace>;
  /** The loaders of which each has to boot; where there are none, one of all has to. */
  loaders: readonly LoaderKind[];
}

export function assertSafe(
  machine: HistoryMachine,
  { foreign, astray, behind, loaders }: Standing,
  where: string,
): void {
  for (const [key, sha256] of foreign) {
    assert.is(machine.state.files.get(key)?.sha256, sha256, `${where}: ${key} is not ours`);
  }
  if (machine.profile.currentNumber === undefined) return;
  for (const place of machine.places) {
    if (astray.has(place)) continue;
    const all = machine.menusOf(place, loaderKinds);
    const verdicts = all.map(({ verdict }) => verdict(machine.state));
    const said = `${where}: ${place.name}: ${JSON.stringify(verdicts)}`;
    assert.ok(
      verdicts.some(verdict => 'entry' in verdict),
      said,
    );
    for (const { verdict } of behind.has(place) ? [] : machine.menusOf(place, loaders)) {
      assert.ok('entry' in verdict(machine.state), said);
    }
    const [broken] = all.flatMap(menu => menu.broken(machine.state));
    assert.is(broken, undefined, `${where}: ${broken?.key}: ${broken?.reason}`);
  }
}

/** What holds of a place that was just brought up to date, under each of its loaders. */
export function assertShown(machine: HistoryMachine, place: HistoryPlace, where: string): void {
  const target = machine.targetOf(place);
  const menus = machine.menusOf(place);
  const defaults = target.places.map((loaderPlace, index) => {
    const verdict = menus[index]?.verdict(machine.state);
    const shown = shownEntries(target, loaderPlace);
    const said = `${where}: ${place.name}, ${loaderPlace.loader}`;
    assertComplete(machine, target, shown, verdict, said);
    if (loaderPlace.loader === 'grub') assertListed(machine, loaderPlace, shown, said);
    return verdict !== undefined && 'entry' in verdict ? shown.get(verdict.entry) : undefined;
  });
  for (const key of defaults) {
    assert.equal(key, defaults[0], `${where}: the loaders of ${place.name} boot different things`);
  }
}

/** Entries of ours that a loader can show, by its own name for each. */
function shownEntries(target: BootTarget, place: LoaderPlace): Map<string, EntryKey | undefined> {
  const isThere = (path: string): boolean =>
    partitionsOf(target).some(({ sizes }) => sizes.has(path));
  return new Map(
    ownedFiles(target).flatMap(({ kind, key, path }) => {
      const id = kind === 'entry' && isThere(path) ? entryIdAt(place, path, layout) : undefined;
      return id === undefined ? [] : [[id, key] as const];
    }),
  );
}

/** Whatever is in use is there, and where a rollback goes before what nobody uses. */
function assertComplete(
  machine: HistoryMachine,
  target: BootTarget,
  entries: ReadonlyMap<string, EntryKey | undefined>,
  verdict: Verdict | undefined,
  where: string,
): void {
  const shown = new Set([...entries.values()].map(key => key?.number));
  const usesOf = machine.usesNow([target]);
  const { generations } = machine.profile;
  for (const generation of generations) {
    const uses = usesOf(generation);
    if (uses.length === 0) continue;
    assert.ok(
      shown.has(generation.number),
      `${where} lacks ${generation.number}: ${uses.join(', ')}`,
    );
  }
  const id = verdict !== undefined && 'entry' in verdict ? verdict.entry : '';
  const number = entries.get(id)?.number ?? 0;
  const previous = generations.findLast(each => each.number < number);
  const isSpare = (each: Generation): boolean =>
    shown.has(each.number) && usesOf(each).length === 0;
  const { configurationLimit = generations.length } = machine.settings;
  const isWithinLimit = generations.slice(-configurationLimit).some(each => each === previous);
  assert.ok(
    !isWithinLimit || shown.has(previous?.number) || !generations.some(isSpare),
    `${where} lacks ${previous?.number}, which a rollback goes to, and shows others`,
  );
}

/** GRUB shows what its index lists, and nothing else. */
function assertListed(
  machine: HistoryMachine,
  { boot }: LoaderPlace,
  shown: ReadonlyMap<string, unknown>,
  where: string,
): void {
  const { volume } = boot;
  const listed = listedEntries(machine.state, { volume, owner: layout.owner.slice(0, 8) });
  assert.equal([...listed].toSorted(), [...shown.keys()].toSorted(), `${where}: the index`);
}

/** Nothing of ours is there but what a ledger of the place's loaders lists. */
export function assertNoLitter(
  machine: HistoryMachine,
  place: HistoryPlace,
  foreign: ForeignFiles,
  where: string,
): void {
  const used = new Map(
    partitionsOf(machine.targetOf(place)).map(({ volume, ledger }) => [volume, ledger]),
  );
  const isDeclared = ({ path }: LedgerFile): boolean => {
    const loader = loaderOfFile(path, layout);
    return loader === undefined || machine.loaders.includes(loader);
  };
  for (const { volume } of place.disks) {
    const { files = [], grub } = used.get(volume) ?? {};
    const known = new Set(files.filter(isDeclared).map(({ path }) => path));
    const trees = grub?.trees ?? [];
    const stray = [...machine.state.files.keys()]
      .filter(key => key.startsWith(`${volume}:`) && !foreign.has(key))
      .map(key => key.slice(volume.length + 1))
      .filter(path => !known.has(path) && !slotNames.some(name => path.endsWith(`/${name}`)))
      .filter(path => !trees.some(tree => path.startsWith(`${tree}/`)));
    assert.equal(stray, [], `${where}: ${volume}: nobody will ever remove this`);
  }
}

/** What was said of room is true: what fits does, and what was refused would not have. */
export function assertRoomTold(machine: HistoryMachine, change: Change, where: string): void {
  for (const each of [...change.menus, ...change.refused]) assertNeed(machine, each, where);
}

/** A prediction may be too high by the folders of a loader, of which it sees only the size. */
const spareFolders = 4;

/** And by those of grub-install, of which nobody knows how many it needs. */
const spareFoldersOfGrub = 3;

function assertNeed(
  machine: HistoryMachine,
  { target, needs, parts }: TargetPlan,
  where: string,
): void {
  const steps = [...parts.prepare, ...parts.commit, ...parts.cleanup];
  const installsGrub = steps.some(({ kind }) => kind === 'run-grub-install');
  const peaks = machine.peaks(steps);
  for (const { partition, neededBytes } of needs) {
    const { volume, space } = partition;
    const really = peaks.get(volume) ?? 0;
    assert.ok(really <= neededBytes, `${where}: ${volume} rises by ${really}, not ${neededBytes}`);
    // What is said of ext4 is a bound for any state that such a file system may be in.
    if (!partition.isFat) continue;
    const loaders = spareFolders * target.places.length;
    const folders = loaders + (installsGrub ? spareFoldersOfGrub : 0);
    const spare = folders * space.clusterBytes + 8 * 1024;
    assert.ok(
      neededBytes <= really + spare,
      `${where}: ${volume} was said to rise by ${neededBytes}, and does by ${really}`,
    );
  }
}
