// Walks every prefix of a plan, with what was not durable lost or torn, and asks after each of
// these crashes: does every target boot, can every line of its menu boot, is all foreign intact,
// and does recovery lead to one of two ends?
import * as assert from 'uvu/assert';
import { type BootEntry, parseBootEntry } from '../../src/boot/systemd-boot/boot-entry.ts';
import { parseLoaderConf } from '../../src/boot/systemd-boot/loader-conf.ts';
import type { DiskWrite } from '../../src/transaction/disk-write.ts';
import type { Plan } from '../../src/transaction/plan.ts';
import { recovery } from '../../src/transaction/recovery.ts';
import {
  crashStates,
  type SimulatedState,
  simulate,
  simulateAll,
  viewOf,
} from '../../src/transaction/simulate.ts';
import type { BootVolumeId, FileDigest, Step } from '../../src/transaction/step.ts';
import { diskOf, grubFolders, grubMenu } from './grub-verdict.ts';
import type { BrokenEntry, Verdict, WalkedMenu } from './walked-menu.ts';

/** A place that firmware starts from. */
export interface WalkedTarget {
  esp: BootVolumeId;
  /** Holds entries and kernels; the ESP itself where there is no other partition for them. */
  boot: BootVolumeId;
}

export interface Walk {
  /** How many crashes were looked at. */
  crashes: number;
}

/** How closely a plan is walked; all of it unless said. */
export interface WalkOptions {
  /** Up to so many writes that are not durable, each combination of lost ones is made. */
  maxIndependent?: number;
  /** Which of the crashes, counted from 1, are recovered from. */
  isRecovered?: (crash: number) => boolean;
  /** What else has to hold of each state that a loader may find. */
  judgeState?: (state: SimulatedState, where: string) => void;
}

const onlyEsp: WalkedTarget = { esp: 'esp', boot: 'esp' };

/** What the firmware boots from a target in some state, or why it cannot. */
export function bootVerdict(state: SimulatedState, target: WalkedTarget = onlyEsp): Verdict {
  const id = defaultOf(state.files.get(`${target.esp}:loader/loader.conf`)?.text);
  if (id === undefined) return { broken: 'loader.conf names no default' };
  const places = [target.boot, target.esp].map(volume => ({
    volume,
    text: state.files.get(`${volume}:loader/entries/${id}`)?.text,
  }));
  // A torn entry is no entry for the loader, which shows the other partition's then.
  const found = places.find(({ text }) => entryOf(text) !== undefined);
  const entry = entryOf(found?.text);
  if (found === undefined || entry === undefined) {
    return { broken: `the default ${id} is missing or torn` };
  }
  if (!entry.options.includes('init=/nix/store/')) return { broken: `${id} is cut off` };
  const lost = lostBlob(state, found.volume, entry);
  if (lost !== undefined) return { broken: `${lost} is missing or torn` };
  const system = systemOf(entry);
  if (system !== undefined && !state.storePaths.has(system)) {
    return { broken: `${id} boots ${system}, which is gone` };
  }
  return { entry: id };
}

/** The menus of systemd-boot and of GRUB that are there before a plan, or behind it. */
function menusOf(plan: Plan, start: SimulatedState, end: SimulatedState): WalkedMenu[] {
  const volumes = plan.volumes.map(({ volume }) => volume);
  const folders = [start, end].flatMap(state => grubFolders(state, volumes));
  const grub = new Map(folders.map(folder => [`${folder.volume}:${folder.owner}`, folder]));
  return [...targetsOf(plan, start).map(systemdBootMenu), ...[...grub.values()].map(grubMenu)];
}

/** The menu of systemd-boot as a walk judges it. */
export function systemdBootMenu(target: WalkedTarget): WalkedMenu {
  const { esp, boot } = target;
  return {
    name: esp,
    disk: diskOf(esp),
    verdict: state => bootVerdict(state, target),
    chosen: state => defaultOf(state.files.get(`${esp}:loader/loader.conf`)?.text),
    broken: state => [...new Set([esp, boot])].flatMap(volume => brokenEntries(state, volume)),
  };
}

/** The targets that a plan writes to; a partition beside an ESP is there if anything is on it. */
export function targetsOf({ volumes }: Plan, state: SimulatedState): WalkedTarget[] {
  const esps = volumes.map(({ volume }) => volume.replace('xbootldr', 'esp') as BootVolumeId);
  return [...new Set(esps)].map(esp => {
    const xbootldr = esp.replace('esp', 'xbootldr') as BootVolumeId;
    const keys = [...state.files.keys(), ...state.folders];
    const isThere =
      volumes.some(({ volume }) => volume === xbootldr) ||
      keys.some(key => key.startsWith(`${xbootldr}:`));
    return { esp, boot: isThere ? xbootldr : esp };
  });
}

/**
 * Entries of ours on a volume that boot nothing, or not what they did: by their key in the state,
 * with the reason. Torn ones, which no loader shows, are not among them.
 */
export function brokenEntries(state: SimulatedState, volume: BootVolumeId): BrokenEntry[] {
  const start = `${volume}:loader/entries/genctl-`;
  const linked = new Set(state.links.values());
  return [...state.files].flatMap(([key, { text }]) => {
    const entry = key.startsWith(start) && key.endsWith('.conf') ? entryOf(text) : undefined;
    if (entry === undefined) return [];
    const lost = lostBlob(state, volume, entry);
    if (lost !== undefined) return [{ key, reason: `${lost} is missing or torn` }];
    const system = systemOf(entry) ?? 'no system';
    if (!state.storePaths.has(system)) return [{ key, reason: `${system} is gone` }];
    // A specialisation is kept by its generation's link; of a system without records nobody knows.
    const isKept =
      linked.has(system) ||
      !state.references.has(system) ||
      [...state.references].some(([path, inner]) => linked.has(path) && inner.includes(system));
    return isKept ? [] : [{ key, reason: `no link leads to ${system}` }];
  });
}

/** Files are looked at again and again, and one text always means the same. */
const parsed = new Map<string, BootEntry | undefined>();
const defaults = new Map<string, string | undefined>();

function entryOf(text: string | undefined): BootEntry | undefined {
  if (text === undefined) return undefined;
  if (!parsed.has(text)) parsed.set(text, parseBootEntry(text));
  return parsed.get(text);
}

/** The entry that a loader.conf names; of a missing one, none. */
function defaultOf(text = ''): string | undefined {
  if (!defaults.has(text)) defaults.set(text, parseLoaderConf(text).get('default'));
  return defaults.get(text);
}

/** A kernel or initrd that an entry needs and its own partition lacks. */
function lostBlob(
  state: SimulatedState,
  volume: BootVolumeId,
  entry: BootEntry,
): string | undefined {
  return [entry.linux, ...entry.initrds].find(path => {
    const file = state.files.get(`${volume}:${path.slice(1)}`);
    // A blob's name holds the beginning of its hash.
    const hash = /-([0-9a-f]{32})\.[a-z]+$/.exec(path)?.[1];
    return hash !== undefined && file?.sha256.startsWith(hash) !== true;
  });
}

function systemOf({ options }: BootEntry): string | undefined {
  return /init=(\/nix\/store\/[^/]+)\/init/.exec(options)?.[1];
}

/**
 * @param start the disks before the plan; they boot
 * @param isForeign which files are not genctl's
 */
export function walkPlan(
  plan: Plan,
  start: SimulatedState,
  isForeign: (key: string) => boolean,
  { maxIndependent = 6, isRecovered = () => true, judgeState }: WalkOptions = {},
): Walk {
  const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];
  const end = simulateAll(start, steps);
  const judgeBoot = bootJudge(plan, start, end);
  const foreign = [...start.files].filter(([key]) => isForeign(key));
  const judged = new WeakSet<SimulatedState>();
  const judge = (state: SimulatedState, where: string): void => {
    // Writes that are not durable yet leave the very same state durable.
    if (judged.has(state)) return;
    judgeBoot(state, where);
    judgeState?.(state, where);
    assertIntact(foreign, state, where);
    judged.add(state);
  };
  // A crash a moment later may lose the later write, and leave what an earlier one left.
  const recoveredFrom = new Set<string>();
  let crashes = 0;
  for (const { state, where } of crashesOf(start, steps, maxIndependent)) {
    crashes += 1;
    if (!isRecovered(crashes)) {
      judge(state, where);
      continue;
    }
    const content = contentOf(state);
    if (recoveredFrom.has(content)) continue;
    recoveredFrom.add(content);
    judge(state, where);
    for (const bootedSince of [false, true]) {
      const { direction, steps, cleanup } = recovery(plan, viewOf(state), { bootedSince });
      const todo = [...steps, ...cleanup];
      // The recovery may be cut off as well; what it has done is judged at each of its writes.
      for (const inner of simulatedStates(state, todo)) judge(inner, `${where}, then recovering`);
      const recovered = simulateAll(state, todo);
      judge(recovered, `${where}, recovered`);
      const wanted = direction === 'forward' ? end : backEnd(plan, start, recovered);
      assertSameOutcome(recovered, wanted, `${where}, recovered ${direction}`, bootedSince);
    }
  }
  return { crashes };
}

/** A default that did not boot, as far as the plan's partitions tell, may do so on the way. */
function expectedOf(start: SimulatedState, end: SimulatedState, menu: WalkedMenu): Set<string> {
  const [before, after] = [start, end].map(menu.verdict);
  const id = menu.chosen(start);
  const mended =
    before !== undefined && 'broken' in before && id !== undefined ? [{ entry: id }] : [];
  return new Set([before, after, ...mended].map(verdict => JSON.stringify(verdict)));
}

/**
 * Each menu boots its old default or its new one, and no line of a menu stops booting. One that is
 * given up boots its old default until another one of the same disk boots the new one.
 */
function bootJudge(
  plan: Plan,
  start: SimulatedState,
  end: SimulatedState,
): (state: SimulatedState, where: string) => void {
  const menus = menusOf(plan, start, end).map(menu => ({
    menu,
    expected: expectedOf(start, end, menu),
    isGivenUp: 'entry' in menu.verdict(start) && 'broken' in menu.verdict(end),
  }));
  const brokenBefore = new Set(menus.flatMap(({ menu }) => menu.broken(start).map(keyOfEntry)));
  const hasSuccessor = (state: SimulatedState, { disk }: WalkedMenu): boolean =>
    menus.some(({ menu, isGivenUp }) => {
      if (isGivenUp || menu.disk !== disk) return false;
      const verdict = menu.verdict(state);
      return 'entry' in verdict && JSON.stringify(verdict) === JSON.stringify(menu.verdict(end));
    });
  for (const { menu, isGivenUp } of menus) {
    assert.ok(!isGivenUp || hasSuccessor(end, menu), `${menu.name} boots nothing in the end`);
  }
  return (state, where) => {
    for (const { menu, expected, isGivenUp } of menus) {
      const verdict = JSON.stringify(menu.verdict(state));
      assert.ok(
        expected.has(verdict) || (isGivenUp && hasSuccessor(state, menu)),
        `${where}: ${menu.name}: ${verdict} instead of ${[...expected].join(' or ')}`,
      );
      const broken = menu.broken(state).find(({ key }) => !brokenBefore.has(key));
      assert.is(broken, undefined, `${where}: ${broken?.key}: ${broken?.reason}`);
    }
  };
}

function keyOfEntry({ key }: BrokenEntry): string {
  return key;
}

/**
 * Where an undone plan leads: to where it began, but that what went to make room does not come
 * back. It went with what it needed, or stays with it: `judge` sees to that.
 */
function backEnd(plan: Plan, start: SimulatedState, recovered: SimulatedState): SimulatedState {
  const evicted = new Set(
    plan.prepare.flatMap(step =>
      step.kind === 'remove-file' ? [`${step.volume}:${step.path}`] : [],
    ),
  );
  const files = [...start.files].filter(([key]) => !evicted.has(key) || recovered.files.has(key));
  return { ...start, files: new Map(files) };
}

function* crashesOf(
  start: SimulatedState,
  steps: readonly Step[],
  maxIndependent: number,
): Generator<{ state: SimulatedState; where: string }> {
  const run = simulate({ durable: start, volatile: [] }, steps);
  let count = 0;
  for (let next = run.next(); next.done !== true; next = run.next()) {
    count += 1;
    const { before, write } = next.value;
    for (const state of crashStates(before, write, maxIndependent)) {
      yield { state, where: `crash at write ${count} (${describe(write)})` };
    }
  }
}

function* simulatedStates(
  start: SimulatedState,
  steps: readonly Step[],
): Generator<SimulatedState> {
  const run = simulate({ durable: start, volatile: [] }, steps);
  for (let next = run.next(); next.done !== true; next = run.next()) {
    // All that is not durable lost: the worst that a recovery can be interrupted with.
    yield next.value.before.durable;
  }
}

function describe(write: DiskWrite): string {
  return 'path' in write ? `${write.do} ${write.volume}:${write.path}` : write.do;
}

function assertIntact(
  foreign: readonly (readonly [string, FileDigest])[],
  state: SimulatedState,
  where: string,
): void {
  for (const [key, { sha256 }] of foreign) {
    const found = state.files.get(key)?.sha256;
    if (found !== sha256) assert.is(found, sha256, `${where}: ${key} is not ours`);
  }
}

/** All of a state that the judges and a recovery look at, as one text. */
function contentOf(state: SimulatedState): string {
  const files = [...state.files].map(
    ([key, { sha256, text }]) => `${key} ${sha256} ${text === undefined}`,
  );
  const { folders, links, efiVariables, storePaths, active, markedCommitted } = state;
  const rest = [folders, links, efiVariables, storePaths].map(part => [...part]);
  return JSON.stringify([files, rest, active, markedCommitted]);
}

/** Two states are the same outcome if they differ in nothing but the ledger's copies. */
function assertSameOutcome(
  state: SimulatedState,
  wanted: SimulatedState,
  where: string,
  bootedSince: boolean,
): void {
  const names = ({ files }: SimulatedState): string[] =>
    [...files]
      .filter(([key]) => !/\/ledger-[ab]$/.test(key) && !key.startsWith('root:nix/var/genctl/'))
      // What a loader was told for one boot is not told again after that boot.
      .filter(([key]) => !bootedSince || !key.endsWith('/grubenv'))
      .map(([key, { sha256 }]) => `${key} ${sha256}`)
      .toSorted();
  assert.equal(names(state), names(wanted), `${where}: files`);
  assert.equal(
    new Map([...state.links].toSorted(byName)),
    new Map([...wanted.links].toSorted(byName)),
    `${where}: links`,
  );
  assert.equal(
    [...state.storePaths].toSorted(),
    [...wanted.storePaths].toSorted(),
    `${where}: store`,
  );
  // After a boot in between, the generation that was booted has applied its own /etc.
  if (!bootedSince) assert.is(state.active, wanted.active, `${where}: active system`);
}

function byName([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}
