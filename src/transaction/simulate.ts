import type { DiskView, DiskWrite } from './disk-write.ts';
import { digestOfText, lower, sectorBytes } from './lower.ts';
import type { FileDigest, FilePlace, Step } from './step.ts';

/**
 * A machine's disks as a transaction sees them, in memory. Files are keyed `volume:path`; a
 * text is kept where it is known.
 */
export interface SimulatedState {
  files: ReadonlyMap<string, FileDigest & { text?: string }>;
  folders: ReadonlySet<string>;
  links: ReadonlyMap<string, string>;
  /** Texts of EFI variables, by name; of `Boot0003`, what that entry starts. */
  efiVariables: ReadonlyMap<string, string>;
  storePaths: ReadonlySet<string>;
  /** What store paths refer to; a path that is not here refers to nothing. */
  references: ReadonlyMap<string, readonly string[]>;
  /** The system whose `/etc` was applied last. */
  active: string | undefined;
  markedCommitted: boolean;
}

/** Disks with what is durable, and what has been written since and may be lost. */
export interface SimulatedDisks {
  durable: SimulatedState;
  volatile: readonly DiskWrite[];
}

function keyOf({ volume, path }: FilePlace): string {
  return `${volume}:${path}`;
}

/** The disks as running programs see them: what is volatile counts. */
export function visible({ durable, volatile }: SimulatedDisks): SimulatedState {
  return volatile.reduce(afterWrite, durable);
}

/** All writes of some steps, each with the disks that it was made on. Pure. */
export function* simulate(
  start: SimulatedDisks,
  steps: readonly Step[],
): Generator<{ before: SimulatedDisks; write: DiskWrite }, SimulatedDisks, undefined> {
  let disks = start;
  for (const step of steps) {
    for (const write of lower(step, viewOf(visible(disks)))) {
      yield { before: disks, write };
      disks = afterDurability(disks, write);
    }
  }
  return disks;
}

/** The state at the end, where nothing goes wrong. */
export function simulateAll(start: SimulatedState, steps: readonly Step[]): SimulatedState {
  const run = simulate({ durable: start, volatile: [] }, steps);
  for (;;) {
    const next = run.next();
    if (next.done === true) return visible(next.value);
  }
}

/**
 * What may be found on the disks after a crash during a write: each write that is not durable
 * may be there, be lost, or be torn, independently of the others (FAT keeps no order). Beyond
 * `maxIndependent` of them not all combinations are made, but each alone and each one missing.
 */
export function* crashStates(
  { durable, volatile }: SimulatedDisks,
  during: DiskWrite,
  maxIndependent = 6,
): Generator<SimulatedState, void, undefined> {
  const uncertain = [...volatile, during];
  for (const chosen of subsets(uncertain, maxIndependent)) {
    const state = chosen.reduce(afterWrite, durable);
    yield state;
    const last = chosen.at(-1);
    if (last === undefined) continue;
    const base = chosen.slice(0, -1).reduce(afterWrite, durable);
    for (const torn of tornStates(base, last)) yield torn;
  }
}

/** What lowering sees of a simulated state. */
export function viewOf(state: SimulatedState): DiskView {
  return {
    digest: place => state.files.get(keyOf(place)),
    text: place => state.files.get(keyOf(place))?.text,
    linkTarget: place => state.links.get(keyOf(place)),
    exists: place => {
      const key = keyOf(place);
      return state.files.has(key) || state.folders.has(key) || state.links.has(key);
    },
    efiVariable: name => state.efiVariables.get(name),
    loadOptionPath: number => state.efiVariables.get(`Boot${number}`),
    isMarkedCommitted: () => state.markedCommitted,
  };
}

function afterDurability(disks: SimulatedDisks, write: DiskWrite): SimulatedDisks {
  switch (write.do) {
    case 'sync-volume':
      return flush(disks, other => 'volume' in other && other.volume === write.volume);
    case 'sync-folder':
      return flush(disks, other => 'path' in other && inFolder(other, write));
    // These sync what they write, each in its own way, before they return.
    case 'overwrite':
    case 'rewrite':
    case 'activate':
    case 'withdraw-activation':
    case 'clear-efi-variable':
    case 'set-efi-variable':
    case 'run-bootctl':
    case 'run-grub-install':
    case 'point-load-option':
    case 'delete-load-option':
    case 'collect-garbage':
    case 'mark-committed': {
      const isOwn = (other: DiskWrite): boolean => other === write;
      return flush({ ...disks, volatile: [...disks.volatile, write] }, isOwn);
    }
    default:
      return { ...disks, volatile: [...disks.volatile, write] };
  }
}

function flush(
  { durable, volatile }: SimulatedDisks,
  isFlushed: (write: DiskWrite) => boolean,
): SimulatedDisks {
  return {
    durable: volatile.filter(isFlushed).reduce(afterWrite, durable),
    volatile: volatile.filter(write => !isFlushed(write)),
  };
}

function inFolder(write: FilePlace, folder: FilePlace): boolean {
  const at = write.path.lastIndexOf('/');
  return write.volume === folder.volume && write.path.slice(0, Math.max(at, 0)) === folder.path;
}

function afterWrite(state: SimulatedState, write: DiskWrite): SimulatedState {
  switch (write.do) {
    case 'make-folder':
      return { ...state, folders: new Set([...state.folders, keyOf(write)]) };
    case 'create': {
      const { content, digest } = write;
      const file = 'text' in content ? { ...digest, text: content.text } : digest;
      return { ...state, files: new Map(state.files).set(keyOf(write), file) };
    }
    case 'overwrite':
      return withText(state, write, overwritten(state.files.get(keyOf(write))?.text, write.text));
    case 'rewrite':
      return withText(state, write, write.text);
    case 'rename':
    case 'rename-over':
      return afterRename(state, keyOf(write), keyOf({ volume: write.volume, path: write.to }));
    case 'make-link':
      return { ...state, links: new Map(state.links).set(keyOf(write), write.target) };
    case 'unlink':
      return without(state, keyOf(write));
    case 'remove-tree':
      return withoutTree(state, keyOf(write));
    case 'activate':
      return { ...state, active: write.step.system };
    case 'withdraw-activation':
      return { ...state, active: undefined };
    case 'clear-efi-variable':
      return withoutVariable(state, write.name);
    case 'set-efi-variable':
      return withVariable(state, write.name, write.text);
    case 'point-load-option':
      return withVariable(state, `Boot${write.step.number}`, write.step.after);
    case 'delete-load-option':
      return withoutVariable(state, `Boot${write.number}`);
    case 'collect-garbage':
      return afterCollection(state);
    case 'mark-committed':
      return { ...state, markedCommitted: true };
    case 'verify-etc':
    case 'stop-units':
    case 'switch-units':
    case 'restore-units':
    case 'run-bootctl':
    case 'run-grub-install':
    case 'verify':
    case 'sync-folder':
    case 'sync-volume':
      return state;
  }
}

function afterRename(state: SimulatedState, from: string, to: string): SimulatedState {
  const file = state.files.get(from);
  const link = state.links.get(from);
  const rest = without(state, from);
  if (file !== undefined) return { ...rest, files: new Map(rest.files).set(to, file) };
  if (link !== undefined) return { ...rest, links: new Map(rest.links).set(to, link) };
  return state;
}

/** All links are roots here, and so is what was activated. */
function afterCollection(state: SimulatedState): SimulatedState {
  const alive = new Set([
    ...state.links.values(),
    ...(state.active === undefined ? [] : [state.active]),
  ]);
  // A set's iteration goes on to what is added meanwhile.
  for (const path of alive) for (const other of state.references.get(path) ?? []) alive.add(other);
  return { ...state, storePaths: new Set([...state.storePaths].filter(path => alive.has(path))) };
}

function without(state: SimulatedState, key: string): SimulatedState {
  const files = new Map(state.files);
  const links = new Map(state.links);
  files.delete(key);
  links.delete(key);
  return { ...state, files, links };
}

function withVariable(state: SimulatedState, name: string, text: string): SimulatedState {
  return { ...state, efiVariables: new Map(state.efiVariables).set(name, text) };
}

function withoutVariable(state: SimulatedState, name: string): SimulatedState {
  const efiVariables = new Map(state.efiVariables);
  efiVariables.delete(name);
  return { ...state, efiVariables };
}

function withText(state: SimulatedState, place: FilePlace, text: string): SimulatedState {
  const file = { ...digestOfText(text), text };
  return { ...state, files: new Map(state.files).set(keyOf(place), file) };
}

/** Over the first bytes; what is behind them stays. */
function overwritten(before: string | undefined, text: string): string {
  return (
    text +
    Buffer.from(before ?? '')
      .subarray(Buffer.byteLength(text))
      .toString()
  );
}

function withoutTree(state: SimulatedState, top: string): SimulatedState {
  const isWithin = (key: string): boolean => `${key}/`.startsWith(`${top}/`);
  return {
    ...state,
    files: new Map([...state.files].filter(([key]) => !isWithin(key))),
    folders: new Set([...state.folders].filter(key => !isWithin(key))),
  };
}

/** A write that was cut off in the middle. */
function* tornStates(
  base: SimulatedState,
  write: DiskWrite,
): Generator<SimulatedState, void, undefined> {
  // What fits into one sector is written as a whole.
  const isTearable = write.do === 'rewrite' && Buffer.byteLength(write.text) > sectorBytes;
  if (write.do === 'create' || isTearable) {
    const torn = write.do === 'rewrite' ? write.text.slice(0, write.text.length / 2) : '';
    const file = { ...digestOfText(torn), text: torn };
    yield { ...base, files: new Map(base.files).set(keyOf(write), file) };
  }
  if (write.do === 'remove-tree') {
    // Files go one by one, in no order, before the folders that held them.
    const top = keyOf(write);
    for (const key of base.files.keys()) {
      if (key.startsWith(`${top}/`)) yield without(base, key);
    }
    const emptied = withoutTree(base, top);
    yield { ...emptied, folders: base.folders };
    return;
  }
  if (write.do === 'rename') {
    // FAT writes the new name and removes the old one in sectors of their own.
    const from = keyOf(write);
    const file = base.files.get(from);
    if (file === undefined) return;
    const to = keyOf({ volume: write.volume, path: write.to });
    const empty = { ...digestOfText(''), text: '' };
    yield { ...base, files: new Map(base.files).set(to, file) };
    yield without(base, from);
    // vfat's new name is of no size and no clusters until the file itself is synced again.
    yield { ...base, files: new Map(base.files).set(to, empty) };
    yield { ...without(base, from), files: new Map(without(base, from).files).set(to, empty) };
  }
}

function* subsets<T>(items: readonly T[], maxIndependent: number): Generator<readonly T[]> {
  if (items.length <= maxIndependent) {
    for (let mask = 0; mask < 1 << items.length; mask++) {
      yield items.filter((_, index) => (mask & (1 << index)) !== 0);
    }
    return;
  }
  yield [];
  yield items;
  for (const item of items) {
    yield [item];
    yield items.filter(other => other !== item);
  }
}
