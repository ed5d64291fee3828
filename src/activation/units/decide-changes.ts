import {
  changedNames,
  differsAt,
  differsBelow,
  isAbout,
  isAboutItself,
  vendorsNames,
  withOwnNames,
} from './changed-names.ts';
import { type ChangedPreset, changedPresets } from './changed-presets.ts';
import { mountTable, provisionsFor, readers, vendorsPath } from './configuration.ts';
import { installLinks } from './install-links.ts';
import {
  hasChanged,
  isStartable,
  judgeGone,
  judgeReader,
  judgeRenewed,
  judgeRunning,
  type Verdict,
} from './judge-unit.ts';
import type { UnitChanges } from './unit-changes.ts';
import { type UnitDefinition, UnitDefinitions } from './unit-definition.ts';
import { etcUnitFolder, type UnitFiles } from './unit-files.ts';
import { prefixOf, templateOf, typeOf, withoutType } from './unit-name.ts';
import type { UnitState } from './unit-state.ts';
import { flagOf, valuesOf } from './unit-syntax.ts';
import { noExchange, type UsrExchange } from './usr-exchange.ts';
import { isFixedMount, whyVital } from './vital-units.ts';

/**
 * Decides what becomes of units when `/etc` changes, and `/usr` with it where that is exchanged. Only
 * units for which something differs below `/etc/systemd/system` are looked at: a drop-in of a unit
 * that lies elsewhere counts; and those that `/usr` is about. Pure.
 *
 * @param states the loaded units, those that do not run included
 * @param ownUnit the unit that the change is made from: it goes on running whatever it says
 */
export function decideUnitChanges(
  old: UnitFiles,
  future: UnitFiles,
  states: readonly UnitState[],
  ownUnit: string | undefined,
  exchange: UsrExchange = noExchange,
): UnitChanges {
  const decision = new Decision(old, future, states, ownUnit, exchange);
  decision.judgeUnits();
  decision.startWanted();
  decision.followPresets();
  decision.nameUnwanted();
  decision.rereadConfiguration();
  decision.bringDependentsBack();
  return decision.changes();
}

const disabled = 'what is disabled now runs until the next boot';

/** Keys of a path unit by which it starts its unit whenever that does not run. */
const insistingKeys = ['PathExists', 'PathExistsGlob', 'DirectoryNotEmpty'];

/** `refreshing` is one of systemd 256 and later. */
const runningStates = new Set(['active', 'activating', 'reloading', 'refreshing']);

class Decision {
  readonly #old: UnitFiles;
  readonly #future: UnitFiles;
  readonly #before: UnitDefinitions;
  readonly #after: UnitDefinitions;
  readonly #states: ReadonlyMap<string, UnitState>;
  readonly #ownUnit: string | undefined;
  readonly #exchange: UsrExchange;
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
    exchange: UsrExchange,
  ) {
    this.#old = old;
    this.#future = future;
    this.#before = new UnitDefinitions(old);
    this.#after = new UnitDefinitions(future);
    this.#states = new Map(states.map(state => [state.name, state]));
    this.#ownUnit = ownUnit;
    this.#exchange = exchange;
    const names = new Set([...changedNames(old, future), ...vendorsNames(exchange.paths)]);
    this.#changed = withOwnNames(names, this.#before, this.#after);
  }

  /** Units that run, or have failed, and for which something differs. */
  judgeUnits(): void {
    for (const state of this.#states.values()) {
      const isOf = isAbout(this.#changed, state.name) || this.#isRenewed(state.name);
      if (isTransient(state) || !isOf) continue;
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
      if (!isNew && !isAboutItself(this.#changed, unit)) continue;
      const { name } = this.#after.of(unit);
      if (!this.#runs(name) && (isNew || this.#isAnother(name))) this.#startIfPossible(name);
    }
  }

  /** What the declaration brings was enabled when it was built; this is about other units. */
  followPresets(): void {
    for (const preset of changedPresets(this.#old, this.#future)) {
      const definition = this.#after.of(preset.unit);
      if (definition.state !== 'present' || isOfEtc(definition)) continue;
      this.#preset.add(preset.unit);
      this.#followPreset(preset, definition.name);
    }
  }

  /** What no running target wants any more, and nothing else is known to need. */
  nameUnwanted(): void {
    if (this.#changed.size === 0) return;
    const wantedBefore = pulledInBy(this.#activeTargets(), this.#before);
    const unwanted = [...wantedBefore].filter(unit => !this.#wantedNow().has(unit));
    if (unwanted.length === 0) return;
    // By another name, it may be wanted still.
    const wanted = new Set([...this.#wantedNow()].map(unit => this.#after.of(unit).name));
    for (const unit of unwanted) {
      const state = this.#states.get(this.#before.of(unit).name);
      if (state === undefined || !isRunning(state) || wanted.has(state.name)) continue;
      const isNeeded = [...state.triggeredBy, ...state.stopsWithIt].some(by => this.#runs(by));
      if (!isNeeded && !this.#left.has(state.name)) this.#left.set(state.name, disabled);
    }
  }

  /** Units that read other files of `/etc` or of packages when they start. */
  rereadConfiguration(): void {
    for (const { unit, act, paths, brought = [] } of readers) {
      const isOther =
        paths.some(path => this.#differs(path)) ||
        [...paths.map(vendorsPath), ...brought].some(path => this.#isExchanged(path));
      if (!isOther) continue;
      const state = this.#states.get(unit);
      if (state !== undefined && isRunning(state)) {
        this.#follow(state, judgeReader(this.#after.of(unit), act));
      } else if (this.#wantedNow().has(unit)) this.#startIfPossible(unit);
    }
    if (this.#differs(mountTable)) {
      this.#left.set('local-fs.target', `mounts of ${mountTable} follow at the next boot`);
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
      provide: provisionsFor(this.#old, this.#future, this.#exchange.paths),
      preset: sorted(this.#preset),
      left: sorted(this.#left.keys())
        .filter(unit => !isEnded(unit))
        .map(unit => ({ unit, reason: this.#left.get(unit) ?? '' })),
      reexecute:
        this.#exchange.isManagerRenewed ||
        this.#differs('/etc/systemd/system.conf') ||
        this.#differs('/etc/systemd/system.conf.d'),
    };
  }

  /** Whether a file differs, or something in a folder. */
  #differs(path: string): boolean {
    return differsAt(this.#old, this.#future, path) || differsBelow(this.#old, this.#future, path);
  }

  /** Whether a file of packages differs, or something in a folder. */
  #isExchanged(path: string): boolean {
    const { paths } = this.#exchange;
    return paths.has(path) || [...paths].some(each => each.startsWith(`${path}/`));
  }

  #isRenewed(unit: string): boolean {
    return this.#exchange.renewed.has(unit);
  }

  #judge(state: UnitState): Verdict {
    const { name } = state;
    const before = this.#before.of(name);
    const judge = this.#isRenewed(name) ? judgeRenewed : judgeRunning;
    const verdict = this.#isDroppedInstance(name)
      ? judgeGone(before)
      : judge(before, this.#after.of(name));
    const { act } = verdict;
    if (act === 'nothing' || act === 'start') return verdict;
    if (name === this.#ownUnit) return { act: 'leave', reason: 'this change is made from it' };
    if (act === 'leave' || act === 'reload') return verdict;
    const reason = this.#whyNotEnded(state);
    return reason === undefined ? verdict : { act: 'leave', reason };
  }

  /** Why a unit goes on that would be ended by its files alone: one clause. */
  #whyNotEnded(state: UnitState): string | undefined {
    const { name } = state;
    if (this.#servesConnection(name)) return 'it serves a connection that is open';
    const isItself = isAboutItself(this.#changed, name) || this.#isRenewed(name);
    if (!isItself && !this.#isDeclared(name)) {
      return 'only what is for all units of its type has changed';
    }
    // A socket cannot start any more once its service runs.
    if (typeOf(name) === 'socket' && state.triggers.some(unit => this.#runs(unit))) {
      return 'a socket is restarted only with its service';
    }
    if (this.#isMounted(name)) return 'its file system is mounted';
    const vital = this.#vitalThatEndsWith(name);
    return vital && `${vital} would end with it`;
  }

  /** To stop an automount takes the file system away that lies over it. */
  #isMounted(unit: string): boolean {
    if (typeOf(unit) !== 'automount') return false;
    const mount = `${withoutType(unit)}.mount`;
    const isGone =
      this.#before.of(mount).state === 'present' && this.#after.of(mount).state !== 'present';
    return this.#runs(mount) && !isGone;
  }

  /** systemd ends what requires a unit along with it, however far from it. */
  #vitalThatEndsWith(unit: string): string | undefined {
    const ended = new Set([unit]);
    for (const each of ended) {
      for (const dependent of this.#states.get(each)?.stopsWithIt ?? []) {
        if (this.#runs(dependent)) ended.add(dependent);
      }
    }
    ended.delete(unit);
    return [...ended].find(
      each =>
        each === this.#ownUnit ||
        isFixedMount(each) ||
        whyVital(each) !== undefined ||
        this.#refusesHands(each),
    );
  }

  /** It could not be started again, or was not to be stopped. */
  #refusesHands(unit: string): boolean {
    const { text } = this.#before.of(unit);
    return ['RefuseManualStart', 'RefuseManualStop'].some(key => flagOf(text, key) === true);
  }

  /** Whether its unit file lies where `/etc` is about, now or afterwards. */
  #isDeclared(unit: string): boolean {
    return [this.#before, this.#after].some(known => isOfEtc(known.of(unit)));
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

  /**
   * What would start a unit again in between, by its old definition, stops with it. After it,
   * sockets start it when it is used.
   */
  #replace(state: UnitState): void {
    const { name } = state;
    if (state.upheldBy.some(unit => this.#runs(unit))) {
      this.#restart.add(name);
      return;
    }
    const sockets = this.#runningSocketsOf(state);
    if (sockets.length > 0 && !sockets.some(socket => this.#isAnother(socket))) {
      // Its sockets stay open: who connects meanwhile waits for the new one.
      this.#restart.add(name);
      return;
    }
    this.#stop.add(name);
    const triggers = [...sockets, ...this.#insistingPathsOf(state)];
    const staying = triggers.filter(unit => this.#after.of(unit).state === 'present');
    for (const unit of triggers) this.#stop.add(unit);
    for (const unit of staying) this.#start.add(unit);
    const hasSocket = staying.some(unit => sockets.includes(unit));
    if (!hasSocket || this.#wantedNow().has(name)) this.#start.add(name);
  }

  /** A path that looks for what is there, rather than for changes, starts what has ended at once. */
  #insistingPathsOf({ triggeredBy }: UnitState): string[] {
    return triggeredBy.filter(unit => {
      if (typeOf(unit) !== 'path' || !this.#runs(unit)) return false;
      const { text } = this.#before.of(unit);
      return insistingKeys.some(key => valuesOf(text, 'Path', key).length > 0);
    });
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
    // What is for all units of a type is followed at the next start.
    if (!isAboutItself(this.#changed, unit)) return false;
    return hasChanged(this.#before.of(unit), this.#after.of(unit));
  }

  #followPreset({ unit, action }: ChangedPreset, name: string): void {
    if (action === 'disable') {
      if (this.#runs(name)) this.#left.set(name, disabled);
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
  return runningStates.has(active);
}

/** Whether the unit file itself lies below `/etc`, and not only drop-ins of it. */
function isOfEtc({ state, sources }: UnitDefinition): boolean {
  return state === 'present' && sources[0]?.startsWith(`${etcUnitFolder}/`) === true;
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
