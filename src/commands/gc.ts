import { sameKey } from '../boot/menu.ts';
import { formatBytes } from '../bytes.ts';
import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import { type Generation, holdsSystem, type Profile } from '../generations/generation.ts';
import { unlinkStep, withoutGenerations } from '../generations/plan-generations.ts';
import { judge } from '../generations/retention.ts';
import type { Root } from '../host/root.ts';
import { readGcRoots } from '../store/gc-roots.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { isStorePath, type StorePath } from '../store/store-path.ts';
import type { Step } from '../transaction/step.ts';
import type { Command } from './context.ts';
import { type Change, changeMachine } from './machine/change-machine.ts';
import { defaultToKeep, planMenu } from './machine/plan-menu.ts';
import type { Machine } from './machine/read-machine.ts';

export interface GcArgs {
  /** How many of the newest generations of each profile stay. */
  keep: number | undefined;
}

/**
 * `genctl gc --keep N`: entries first, then links, then what no root reaches in the store, so
 * that a crash in between leaves no entry without its system.
 */
export const gc: Command<GcArgs> = async (context, { keep }) =>
  changeMachine(context, {
    name: 'gc',
    intend: async () => {
      const count = keep ?? (await declaredKeep(context.root, context.config));
      return { plan: machine => planCollection(context.root, machine, count) };
    },
  });

async function declaredKeep(root: Root, configFolder: string): Promise<number> {
  const { readDeclaration } = await import('../system/declaration/read-declaration.ts');
  const { keep } = readDeclaration(root, configFolder).gc;
  if (keep !== undefined) return keep;
  throw new GenctlError('KEEP_MISSING', 'neither --keep nor `keep` in [gc] says how many stay', {
    exitCode: exitCodes.usage,
    hint: 'For example: genctl gc --keep 5',
  });
}

async function planCollection(root: Root, machine: Machine, keep: number): Promise<Change> {
  const leaving = machine.profiles.flatMap(profile => leavingOf(profile, keep, machine));
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
function leavingOf(profile: Profile, keep: number, machine: Machine): Generation[] {
  const isProtected = (generation: Generation): boolean =>
    generation.number === profile.currentNumber ||
    holdsSystem(generation, machine.booted) ||
    holdsSystem(generation, machine.active) ||
    sameKey(
      { profile: generation.profile, number: generation.number },
      machine.defaultKey && {
        profile: machine.defaultKey.profile,
        number: machine.defaultKey.number,
      },
    );
  const verdicts = judge(profile, keep, isProtected);
  return profile.generations.filter(generation => verdicts.get(generation)?.keep === false);
}

function numbersOf(generations: readonly Generation[], profile: Profile): Set<number> {
  return new Set(
    generations.filter(each => each.profile === profile.name).map(({ number }) => number),
  );
}

type DeleteStep = Extract<Step, { kind: 'delete-store-path' }>;

/** What nothing reaches once the generations have left. Nix collects its own store itself. */
async function planSweep(
  root: Root,
  store: Store,
  { booted, active }: Machine,
  profiles: readonly Profile[],
): Promise<{ steps: DeleteStep[]; findings: Finding[] }> {
  if (store.kind === 'nix') return { steps: [], findings: [] };
  const targets = profiles.flatMap(({ generations }) => generations.map(({ target }) => target));
  const roots = [...targets, ...readGcRoots(root), booted, active].filter(
    (path): path is StorePath => path !== undefined && isStorePath(path),
  );
  const garbage = await store.garbage(roots);
  const steps: DeleteStep[] = [];
  for (const storePath of garbage.paths) {
    const info = await store.info(storePath);
    const sizeBytes = info?.kind === 'nar' ? info.narSizeBytes : (info?.sizeBytes ?? 0);
    steps.push({ kind: 'delete-store-path', storePath, sizeBytes });
  }
  return { steps, findings: garbage.findings };
}
