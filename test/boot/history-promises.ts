import * as assert from 'uvu/assert';
import { ownedFiles, partitionsOf } from '../../src/boot/boot-target.ts';
import type { TargetPlan } from '../../src/boot/plan-target.ts';
import type { Generation } from '../../src/generations/generation.ts';
import { slotNames } from '../../src/transaction/ledger-slots.ts';
import { bootVerdict, brokenEntries } from '../transaction/walk-plan.ts';
import type { Change, HistoryMachine, HistoryPlace } from './history-machine.ts';

/** What others have put on the boot partitions: hashes by key of the state. */
export type ForeignFiles = ReadonlyMap<string, string>;

/**
 * What holds at any time, whatever has been done or refused.
 *
 * @param astray places that were away when something was changed, and are not up to date since
 */
export function assertSafe(
  machine: HistoryMachine,
  foreign: ForeignFiles,
  astray: ReadonlySet<HistoryPlace>,
  where: string,
): void {
  for (const [key, sha256] of foreign) {
    assert.is(machine.state.files.get(key)?.sha256, sha256, `${where}: ${key} is not ours`);
  }
  if (machine.profile.currentNumber === undefined) return;
  for (const place of machine.places) {
    if (astray.has(place)) continue;
    const verdict = bootVerdict(machine.state, place);
    assert.ok('entry' in verdict, `${where}: ${place.esp}: ${JSON.stringify(verdict)}`);
    const [broken] = [place.esp, place.boot].flatMap(volume =>
      brokenEntries(machine.state, volume),
    );
    assert.is(broken, undefined, `${where}: ${broken?.key}: ${broken?.reason}`);
  }
}

/** What holds of a place that was just brought up to date. */
export function assertShown(machine: HistoryMachine, place: HistoryPlace, where: string): void {
  const target = machine.targetOf(place);
  const shown = new Set(
    ownedFiles(target).flatMap(({ kind, key, path }) =>
      kind === 'entry' && partitionsOf(target).some(({ sizes }) => sizes.has(path))
        ? key?.number
        : [],
    ),
  );
  const usesOf = machine.usesNow([target]);
  const { generations } = machine.profile;
  for (const generation of generations) {
    const uses = usesOf(generation);
    if (uses.length === 0) continue;
    assert.ok(
      shown.has(generation.number),
      `${where}: ${place.esp} lacks ${generation.number}: ${uses.join(', ')}`,
    );
  }
  const said = bootVerdict(machine.state, place);
  const id = 'entry' in said ? said.entry : '';
  const number = ownedFiles(target).find(({ path }) => path.endsWith(`/${id}`))?.key?.number ?? 0;
  const previous = generations.findLast(each => each.number < number);
  const isSpare = (each: Generation): boolean =>
    shown.has(each.number) && usesOf(each).length === 0;
  const { configurationLimit = generations.length } = machine.settings;
  const isWithinLimit = generations.slice(-configurationLimit).some(each => each === previous);
  assert.ok(
    !isWithinLimit || shown.has(previous?.number) || !generations.some(isSpare),
    `${where}: ${place.esp} lacks ${previous?.number}, which a rollback goes to, and shows others`,
  );
}

/** Nothing of ours is there but what the ledger lists. */
export function assertNoLitter(
  machine: HistoryMachine,
  place: HistoryPlace,
  foreign: ForeignFiles,
  where: string,
): void {
  for (const { volume, ledger } of partitionsOf(machine.targetOf(place))) {
    const known = new Set((ledger?.files ?? []).map(({ path }) => `${volume}:${path}`));
    const stray = [...machine.state.files.keys()].filter(
      key =>
        key.startsWith(`${volume}:`) &&
        !known.has(key) &&
        !foreign.has(key) &&
        !slotNames.some(name => key.endsWith(`/${name}`)),
    );
    assert.equal(stray, [], `${where}: nobody will ever remove this`);
  }
}

/** What was said of room is true: what fits does, and what was refused would not have. */
export function assertRoomTold(machine: HistoryMachine, change: Change, where: string): void {
  for (const each of [...change.menus, ...change.refused]) assertNeed(machine, each, where);
}

/** A prediction may be too high by the folders, of which it sees nothing but the size. */
const spareFolders = 3;

function assertNeed(machine: HistoryMachine, { needs, parts }: TargetPlan, where: string): void {
  const peaks = machine.peaks([...parts.prepare, ...parts.commit, ...parts.cleanup]);
  for (const { partition, neededBytes } of needs) {
    const { volume, space } = partition;
    const really = peaks.get(volume) ?? 0;
    assert.ok(really <= neededBytes, `${where}: ${volume} rises by ${really}, not ${neededBytes}`);
    const spare = spareFolders * space.clusterBytes + 8 * 1024;
    assert.ok(
      neededBytes <= really + spare,
      `${where}: ${volume} was said to rise by ${neededBytes}, and does by ${really}`,
    );
  }
}
