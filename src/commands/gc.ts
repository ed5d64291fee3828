import { formatBytes } from '../bytes.ts';
import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import { type Generation, holdsSystem, nameOf, type Profile } from '../generations/generation.ts';
import { unlinkStep, withoutGenerations } from '../generations/plan-generations.ts';
import { folderOf } from '../generations/profile-layout.ts';
import { judge, type Retention } from '../generations/retention.ts';
import type { Root } from '../host/root.ts';
import { type Link, readGcRoots, storePathsBehind } from '../store/gc-roots.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { StorePath } from '../store/store-path.ts';
import { parseDuration } from '../system/declaration/duration.ts';
import type { Step } from '../transaction/step.ts';
import type { Command, Context } from './context.ts';
import { type Change, changeMachine } from './machine/change-machine.ts';
import { defaultKeys, defaultToKeep, isSameGeneration, planMenu } from './machine/plan-menu.ts';
import type { Machine } from './machine/read-machine.ts';

export interface GcArgs {
  /** How many of the newest generations of each profile stay. */
  keep: number | undefined;
  /** The age below which none goes: `30d`. */
  olderThan: string | undefined;
}

/**
 * `genctl gc [--keep N] [--older-than AGE]`: entries first, then links, then what no root reaches
 * in the store, so that a crash in between leaves no entry without its system.
 */
export const gc: Command<GcArgs> = async (context, args) =>
  changeMachine(context, {
    name: 'gc',
    intend: async () => {
      const retention = await retentionOf(context, args);
      return { plan: machine => planCollection(context.root, machine, retention) };
    },
  });

/** What the flags say, and for what they leave open the declaration. */
async function retentionOf(context: Context, { keep, olderThan }: GcArgs): Promise<Retention> {
  const age = olderThan === undefined ? undefined : toSeconds(olderThan);
  const isComplete = keep !== undefined && age !== undefined;
  const declared = isComplete ? {} : await declaredRetention(context, keep ?? age);
  const newest = keep ?? declared.keep;
  const olderThanSeconds = age ?? declared.olderThan?.seconds;
  if (newest === undefined && olderThanSeconds === undefined) {
    throw new GenctlError('KEEP_MISSING', 'neither --keep nor `keep` in [gc] says how many stay', {
      exitCode: exitCodes.usage,
      hint: 'For example: genctl gc --keep 5',
    });
  }
  const nowSeconds = Math.floor(Date.now() / 1000);
  return { keep: newest ?? 0, olderThanSeconds, nowSeconds };
}

function toSeconds(age: string): number {
  const duration = parseDuration(age);
  if (duration !== undefined) return duration.seconds;
  throw new GenctlError('USAGE', `--older-than ${JSON.stringify(age)} is no age`, {
    exitCode: exitCodes.usage,
    hint: 'Give a number of hours, days or weeks: 12h, 30d, 4w.',
  });
}

/**
 * @param given what a flag says; with that a machine needs no declaration, but one that cannot be
 *   read is refused even so: it may keep what would be deleted
 */
async function declaredRetention(
  { root, config }: Context,
  given: number | undefined,
): Promise<{ keep?: number | undefined; olderThan?: { seconds: number } | undefined }> {
  using folder = root.folderIfThere(config);
  if (given !== undefined && folder?.stat('system.conf') === undefined) return {};
  const { readDeclaration } = await import('../system/declaration/read-declaration.ts');
  return readDeclaration(root, config).gc;
}

async function planCollection(root: Root, machine: Machine, retention: Retention): Promise<Change> {
  const leaving = machine.profiles.flatMap(profile => leavingOf(root, profile, retention, machine));
  const profiles = machine.profiles.map(profile =>
    withoutGenerations(profile, numbersOf(leaving, profile)),
  );
  const menu = planMenu(root, machine, profiles, defaultToKeep(machine, profiles));
  const store = openStore(root, 'change');
  const garbage = await planSweep(root, store, machine, profiles);
  const freedBytes = garbage.steps.reduce((sum, step) => sum + step.sizeBytes, 0);
  return {
    parts: {
      prepare: menu.parts.prepare,
      commit: menu.parts.commit,
      cleanup: [...menu.parts.cleanup, ...leaving.map(unlinkStep), ...garbage.steps],
    },
    findings: [...menu.findings, ...garbage.findings],
    result: {
      json: {
        removed: leaving.map(({ profile, number }) => ({ profile, number })),
        deletedStorePaths: garbage.steps.map(({ storePath }) => storePath),
        freedBytes,
      },
      text: `${leaving.length} generations and ${garbage.steps.length} store paths removed, ${formatBytes(freedBytes)} in the store\n`,
    },
  };
}

/** The current, booted, active and default ones never leave. */
function leavingOf(
  root: Root,
  profile: Profile,
  retention: Retention,
  machine: Machine,
): Generation[] {
  const defaults = defaultKeys(machine);
  const running = runLinks(machine).flatMap(({ link }) => storePathsBehind(root, link));
  const isProtected = (generation: Generation): boolean =>
    generation.number === profile.currentNumber ||
    running.some(storePath => holdsSystem(generation, storePath)) ||
    defaults.some(key => isSameGeneration(key, generation));
  const verdicts = judge(profile, retention, isProtected);
  return profile.generations.filter(generation => verdicts.get(generation)?.keep === false);
}

/** The links by which a running machine says what it runs. */
function runLinks({ booted, active }: Machine): { subject: string; link: Link }[] {
  const links = { 'booted-system': booted, 'current-system': active };
  return Object.entries(links).flatMap(([name, target]) =>
    target === undefined ? [] : [{ subject: `/run/${name}`, link: { folder: '/run', target } }],
  );
}

function numbersOf(generations: readonly Generation[], profile: Profile): Set<number> {
  return new Set(
    generations.filter(each => each.profile === profile.name).map(({ number }) => number),
  );
}

type DeleteStep = Extract<Step, { kind: 'delete-store-path' }>;

/**
 * What nothing reaches once the generations have left. Nix collects its own store itself. Where a
 * link does not say what it keeps alive, anything might be that: then nothing is deleted.
 */
async function planSweep(
  root: Root,
  store: Store,
  machine: Machine,
  profiles: readonly Profile[],
): Promise<{ steps: DeleteStep[]; findings: Finding[] }> {
  if (store.kind === 'nix') return { steps: [], findings: [] };
  const generationLinks = profiles.flatMap(({ name, generations }) =>
    generations.map(generation => ({
      subject: nameOf(generation),
      link: { folder: folderOf(name), target: generation.target },
    })),
  );
  const roots = new Set(readGcRoots(root));
  const unclear: Finding[] = [];
  for (const { subject, link } of [...generationLinks, ...runLinks(machine)]) {
    const kept = storePathsBehind(root, link);
    for (const storePath of kept) roots.add(storePath);
    if (kept.length === 0) unclear.push(unclearRoot(subject, link));
  }
  if (unclear.length > 0) return { steps: [], findings: unclear };
  const garbage = await store.garbage(roots);
  return { steps: await deletions(store, garbage.paths), findings: garbage.findings };
}

function unclearRoot(subject: string, { target }: Link): Finding {
  return {
    code: 'STORE_ROOT_UNCLEAR',
    subject,
    reason: `its link leads to ${target}, which is not in the store; what it needs is not known, so nothing of the store is deleted`,
    hint: 'Mend or remove that link, and run `genctl gc` again.',
  };
}

async function deletions(store: Store, paths: readonly StorePath[]): Promise<DeleteStep[]> {
  const steps: DeleteStep[] = [];
  for (const storePath of paths) {
    const info = await store.info(storePath);
    const sizeBytes = info?.kind === 'nar' ? info.narSizeBytes : (info?.sizeBytes ?? 0);
    steps.push({ kind: 'delete-store-path', storePath, sizeBytes });
  }
  return steps;
}
