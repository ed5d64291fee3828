// Walks every prefix of a plan, with what was not durable lost or torn, and asks after each of
// these crashes: does it boot, is all foreign intact, and does recovery lead to one of two ends?
import * as assert from 'uvu/assert';
import { parseBootEntry } from '../../src/boot/systemd-boot/boot-entry.ts';
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
import type { Step } from '../../src/transaction/step.ts';

export interface Walk {
  /** How many crashes were looked at. */
  crashes: number;
}

/** What the firmware boots from a boot partition in some state, or why it cannot. */
export function bootVerdict(state: SimulatedState): { entry: string } | { broken: string } {
  const conf = state.files.get('esp:loader/loader.conf')?.text;
  const id = parseLoaderConf(conf ?? '').get('default');
  if (id === undefined) return { broken: 'loader.conf names no default' };
  const text = state.files.get(`esp:loader/entries/${id}`)?.text;
  const entry = parseBootEntry(text ?? '');
  if (entry === undefined) return { broken: `the default ${id} is missing or torn` };
  if (!entry.options.includes('init=/nix/store/')) return { broken: `${id} is cut off` };
  for (const path of [entry.linux, ...entry.initrds]) {
    const file = state.files.get(`esp:${path.slice(1)}`);
    // A blob's name holds the beginning of its hash.
    const hash = /-([0-9a-f]{32})\.[a-z]+$/.exec(path)?.[1];
    if (hash !== undefined && file?.sha256.startsWith(hash) !== true) {
      return { broken: `${path} is missing or torn` };
    }
  }
  const system = /init=(\/nix\/store\/[^/]+)\/init/.exec(entry.options)?.[1];
  if (system !== undefined && !state.storePaths.has(system)) {
    return { broken: `${id} boots ${system}, which is gone` };
  }
  return { entry: id };
}

/**
 * @param start the disks before the plan; they boot
 * @param isForeign which files are not genctl's
 */
export function walkPlan(
  plan: Plan,
  start: SimulatedState,
  isForeign: (key: string) => boolean,
): Walk {
  const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];
  const end = simulateAll(start, steps);
  const [oldVerdict, newVerdict] = [bootVerdict(start), bootVerdict(end)];
  const expected = new Set([JSON.stringify(oldVerdict), JSON.stringify(newVerdict)]);
  const judge = (state: SimulatedState, where: string): void => {
    const verdict = JSON.stringify(bootVerdict(state));
    assert.ok(
      expected.has(verdict),
      `${where}: ${verdict} instead of ${[...expected].join(' or ')}`,
    );
    assertForeignIntact(start, state, isForeign, where);
  };
  let crashes = 0;
  for (const { state, where } of crashesOf(start, steps)) {
    crashes += 1;
    judge(state, where);
    for (const bootedSince of [false, true]) {
      const { direction, steps, cleanup } = recovery(plan, viewOf(state), { bootedSince });
      const todo = [...steps, ...cleanup];
      // The recovery may be cut off as well; what it has done is judged at each of its writes.
      for (const inner of simulatedStates(state, todo)) judge(inner, `${where}, then recovering`);
      const recovered = simulateAll(state, todo);
      const wanted = direction === 'forward' ? end : start;
      assertSameOutcome(recovered, wanted, `${where}, recovered ${direction}`, bootedSince);
    }
  }
  return { crashes };
}

function* crashesOf(
  start: SimulatedState,
  steps: readonly Step[],
): Generator<{ state: SimulatedState; where: string }> {
  const run = simulate({ durable: start, volatile: [] }, steps);
  let count = 0;
  for (let next = run.next(); next.done !== true; next = run.next()) {
    count += 1;
    const { before, write } = next.value;
    for (const state of crashStates(before, write)) {
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
  return 'path' in write ? `${write.do} ${write.path}` : write.do;
}

function assertForeignIntact(
  start: SimulatedState,
  state: SimulatedState,
  isForeign: (key: string) => boolean,
  where: string,
): void {
  for (const [key, file] of start.files) {
    if (!isForeign(key)) continue;
    assert.is(state.files.get(key)?.sha256, file.sha256, `${where}: ${key} is not ours`);
  }
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
