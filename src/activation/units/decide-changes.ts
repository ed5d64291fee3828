import { changedNames, differsAt, differsBelow, isAbout, withOwnNames } from './changed-names.ts';
import { type ChangedPreset, changedPresets } from './changed-presets.ts';
import { installLinks } from './install-links.ts';
import { hasChanged, isStartable, judgeGone, judgeRunning, type Verdict } from './judge-unit.ts';
import type { UnitChanges } from './unit-changes.ts';
import { type UnitDefinition, UnitDefinitions } from './unit-definition.ts';
import { etcUnitFolder, type UnitFiles } from './unit-files.ts';
import { prefixOf, templateOf, typeOf, withoutType } from './unit-name.ts';
import type { UnitState } from './unit-state.ts';
import { flagOf, valuesOf } from './unit-syntax.ts';

/**
 * Decides what becomes of units when `/etc` changes. Only units for which something differs below
 * `/etc/systemd/system` are looked at: a drop-in of a unit that lies elsewhere counts. Pure.
 *
 * @param states the loaded units, those that do not run included
 * @param ownUnit the unit that the change is made from: it goes on running whatever it says
 */
export function decideUnitChanges(
  old: UnitFiles,
  future: UnitFiles,
  states: readonly UnitState[],
  ownUnit: string | undefined,
): UnitChanges {
  const decision = new Decision(old, future, states, ownUnit);
  decision.judgeUnits();
  decision.startWanted();
  decision.followPresets();
  decision.bringDependentsBack();
  return decision.changes();
}

class Decision {
  readonly #old: UnitFiles;
  readonly #future: UnitFiles;
  readonly #before: UnitDefinitions;
  readonly #after: UnitDefinitions;
  readonly #states: ReadonlyMap<string, UnitState>;
  readonly #ownUnit: string | undefined;
  readonly #changed: ReadonlySet<string>;
  readonly #stop = new Set<string>();
  readonly #reload = new Set<string>();
  readonly #restart = new Set<string>();
  readonly #start = new Set<string>();
  readonly #preset = new Set<string>();
  readonly #left = new Map<string, string>();
  #wanted: ReadonlySet<string> | undefined;

  constructor(
    old: UnitFiles,
    future: UnitFiles,
    states: readonly UnitState[],
    ownUnit: string | undefined,
  ) {
    this.#old = old;
    this.#future = future;
    this.#before = new UnitDefinitions(old);
    this.#after = new UnitDefinitions(future);
    this.#states = new Map(states.map(state => [state.name, state]));
    this.#ownUnit = ownUnit;
    this.#changed = withOwnNames(changedNames(old, future), this.#before, this.#after);
  }

  /** Units that run, or have failed, and for which something differs. */
  judgeUnits(): void {
    for (const state of this.#states.values()) {
      if (isTransient(state) || !isAbout(this.#changed, state.name)) continue;
      if (isRunning(state)) this.#follow(state, this.#judge(state));
      else if (state.active === 'failed') this.#startAgain(state);
    }
  }

  /** Units that do not run, and that a running target wants: newly, or as they are now. */
  startWanted(): void {
    if (this.#changed.size === 0) return;
    const wantedBefore = pulledInBy(this.#activeTargets(), this.#before);
    for (const unit of this.#wantedNow()) {
      const isNew = !wantedBefore.has(unit);
      // All others are as they were: their files need not be read.
      if (!isNew && !isAbout(this.#changed, unit)) continue;
      const { name } = this.#after.of(unit);
      if (!this.#runs(name) && (isNew || this.#isAnother(name))) this.#startIfPossible(name);
    }
  }

  /** What the declaration brings was enabled when it was built; this is about other units. */
  followPresets(): void {
    for (const preset of changedPresets(this.#old, this.#future)) {
      const { name, state, sources } = this.#after.of(preset.unit);
      const isDeclared = sources[0]?.startsWith(`${etcUnitFolder}/`) === true;
      if (state !== 'present' || isDeclared) continue;
      this.#preset.add(preset.unit);
      this.#followPreset(preset, name);
    }
  }

  /** What stops along with a unit that is stopped starts again; a restart does that by itself. */
  bringDependentsBack(): void {
    // A set's iteration goes on to what is added meanwhile.
    for (const unit of this.#stop) {
      for (const dependent of this.#states.get(unit)?.stopsWithIt ?? []) {
        if (dependent === this.#ownUnit || !this.#runs(dependent)) continue;
        if (this.#stop.has(dependent)) continue;
        this.#stop.add(dependent);
        this.#startIfPossible(dependent);
      }
    }
  }

  changes(): UnitChanges {
    const isStopped = (unit: string): boolean => this.#stop.has(unit);
    const restart = sorted(this.#restart).filter(unit => !isStopped(unit));
    const isEnded = (unit: string): boolean => isStopped(unit) || restart.includes(unit);
    return {
      stop: sorted(this.#stop),
      reload: sorted(this.#reload).filter(unit => !isEnded(unit)),
      restart,
      start: sorted(this.#start),
      preset: sorted(this.#preset),
      left: sorted(this.#left.keys())
        .filter(unit => !isEnded(unit))
        .map(unit => ({ unit, reason: this.#left.get(unit) ?? '' })),
      reexecute:
        differsAt(this.#old, this.#future, '/etc/systemd/system.conf') ||
        differsBelow(this.#old, this.#future, '/etc/systemd/system.conf.d'),
    };
  }

  #judge({ name }: UnitState): Verdict {
    const before = this.#before.of(name);
    const verdict = this.#isDroppedInstance(name)
      ? judgeGone(before)
      : judgeRunning(before, this.#after.of(name));
    const { act } = verdict;
    if (act === 'nothing' || act === 'start') return verdict;
    if (name === this.#ownUnit) return { act: 'leave', reason: 'this change is made from it' };
    if (act !== 'leave' && act !== 'reload' && this.#servesConnection(name)) {
      return { act: 'leave', reason: 'it serves a connection that is open' };
    }
    return verdict;
  }

  #follow(state: UnitState, verdict: Verdict): void {
    const { name } = state;
    switch (verdict.act) {
      case 'nothing':
        break;
      case 'leave':
        this.#left.set(name, verdict.reason);
        break;
      case 'stop':
        this.#stop.add(name);
        break;
      case 'reload':
        this.#reload.add(name);
        break;
      case 'restart':
        this.#restart.add(name);
        break;
      case 'start':
        this.#start.add(name);
        break;
      case 'replace':
        this.#replace(state);
        break;
    }
  }

  /** A service's sockets would start it again in between; after it, they start it when it is used. */
  #replace(state: UnitState): void {
    const { name } = state;
    this.#stop.add(name);
    const sockets = this.#runningSocketsOf(state);
    const staying = sockets.filter(socket => this.#after.of(socket).state === 'present');
    for (const socket of sockets) this.#stop.add(socket);
    for (const socket of staying) this.#start.add(socket);
    if (staying.length === 0 || this.#wantedNow().has(name)) this.#start.add(name);
  }

  #runningSocketsOf({ name, triggeredBy }: UnitState): string[] {
    if (typeOf(name) !== 'service') return [];
    const { text } = this.#after.of(name);
    if (flagOf(text, 'X-NotSocketActivated') === true) return [];
    const said = valuesOf(text, 'Service', 'Sockets').flatMap(value => value.split(/\s+/));
    const sockets = said.length > 0 ? said : [`${withoutType(name)}.socket`];
    const all = new Set([...triggeredBy.filter(unit => typeOf(unit) === 'socket'), ...sockets]);
    return [...all].filter(unit => this.#runs(unit));
  }

  /** Who brings drop-ins for one instance of a template wants it; without them, nobody may. */
  #isDroppedInstance(unit: string): boolean {
    if (templateOf(unit) === undefined || this.#wantedNow().has(unit)) return false;
    const hasOwn = ({ sources }: UnitDefinition): boolean =>
      sources.some(path => path.startsWith(`${etcUnitFolder}/${unit}`));
    return hasOwn(this.#before.of(unit)) && !hasOwn(this.#after.of(unit));
  }

  /** A socket with Accept=yes starts an instance for each connection. */
  #servesConnection(unit: string): boolean {
    if (templateOf(unit) === undefined || typeOf(unit) !== 'service') return false;
    return flagOf(this.#before.of(`${prefixOf(unit)}.socket`).text, 'Accept') === true;
  }

  /** What a timer or a socket starts waits for it, unless a target wants it as well. */
  #startAgain({ name, triggeredBy }: UnitState): void {
    if (!this.#isAnother(name)) return;
    if (triggeredBy.length === 0 || this.#wantedNow().has(name)) this.#startIfPossible(name);
  }

  #startIfPossible(unit: string): void {
    if (isStartable(this.#after.of(unit))) this.#start.add(unit);
  }

  #isAnother(unit: string): boolean {
    if (!isAbout(this.#changed, unit)) return false;
    return hasChanged(this.#before.of(unit), this.#after.of(unit));
  }

  #followPreset({ unit, action }: ChangedPreset, name: string): void {
    if (action === 'disable') {
      if (this.#runs(name)) this.#left.set(name, 'what is disabled now runs until the next boot');
      return;
    }
    const targets = this.#activeTargets();
    const isWanted = installLinks(this.#future, [unit]).links.some(({ path }) =>
      targets.some(target => path.startsWith(`${etcUnitFolder}/${target}.`)),
    );
    if (isWanted && !this.#runs(name)) this.#startIfPossible(name);
  }

  #wantedNow(): ReadonlySet<string> {
    this.#wanted ??= pulledInBy(this.#activeTargets(), this.#after);
    return this.#wanted;
  }

  #activeTargets(): string[] {
    return [...this.#states.values()]
      .filter(state => typeOf(state.name) === 'target' && isRunning(state))
      .map(({ name }) => name);
  }

  #runs(unit: string): boolean {
    const state = this.#states.get(unit);
    return state !== undefined && isRunning(state);
  }
}

function isRunning({ active }: UnitState): boolean {
  return active === 'active' || active === 'activating' || active === 'reloading';
}

/** Made by a program for once, as by systemd-run: it has no other definition than its own. */
function isTransient({ fragmentPath }: UnitState): boolean {
  return fragmentPath?.startsWith('/run/systemd/transient/') === true;
}

function pulledInBy(targets: readonly string[], known: UnitDefinitions): ReadonlySet<string> {
  return new Set(targets.flatMap(target => [...known.of(target).pulledIn]));
}

function sorted(units: Iterable<string>): string[] {
  return [...units].toSorted();
}
