import type { BootTarget } from '../boot/boot-target.ts';
import { formatBytes, parseBytes } from '../bytes.ts';
import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import { type Generation, systemProfile } from '../generations/generation.ts';
import { unlinkStep, withoutGenerations } from '../generations/plan-generations.ts';
import { withoutRecords } from '../generations/records.ts';
import { laterStateSteps, type State, stateSteps } from '../generations/state.ts';
import type { Root } from '../host/root.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { PlanParts } from '../transaction/plan.ts';
import type { CollectGarbage } from '../transaction/step.ts';
import type { Command, Context } from './context.ts';
import type { Answer } from './machine/carry-out.ts';
import { type Change, changeMachine, ofMenu } from './machine/change-machine.ts';
import { freedRoomBytes } from './machine/freed-room.ts';
import { measureSpace } from './machine/generation-space.ts';
import { stateWithGood } from './machine/good-state.ts';
import { type Judge, judgeAll, leavingOf, type Verdicts } from './machine/judge-machine.ts';
import { type MenuPlan, menuToKeep, planMenu } from './machine/plan-menu.ts';
import { shownBeside } from './machine/plan-targets.ts';
import { postponingGrub } from './machine/postpone-grub.ts';
import { lookAtMachine, type Machine } from './machine/read-machine.ts';
import { type PolicyFlags, readPolicy } from './machine/read-policy.ts';
import { showVerdicts } from './machine/show-verdicts.ts';
import { aliveRoots } from './machine/store-roots.ts';
import { defaultKeys, usesOf } from './machine/uses.ts';

export interface GcArgs extends PolicyFlags {
  /** Generations that go, whatever the policy says, and no others. */
  delete: readonly number[] | undefined;
  /** The profile that these numbers are of, or the only one that rules apply to. */
  profile: string | undefined;
  /** Ends once so much is freed in the store: `2G`. */
  maxFreed: string | undefined;
}

/**
 * `genctl gc`: entries first, then links, then what no root reaches in the store, so that a crash
 * in between leaves no entry without its system.
 */
export const gc: Command<GcArgs> = async (context, args) => {
  const exitCode = await changeMachine(context, {
    name: 'gc',
    intend: async () => {
      const by = await judgeOf(context, args);
      const maxFreedBytes = args.maxFreed === undefined ? undefined : toBytes(args.maxFreed);
      return { plan: machine => planCollection(context, machine, by, maxFreedBytes) };
    },
  });
  if (!context.dryRun) {
    const { tidyPackages } = await import('./machine/tidy-packages.ts');
    tidyPackages(context);
  }
  return exitCode;
};

async function judgeOf(context: Context, args: GcArgs): Promise<Judge> {
  const { profile } = args;
  if (args.delete !== undefined) {
    return { named: new Set(args.delete), profile: profile ?? systemProfile };
  }
  const policy = await readPolicy(context, args);
  if (policy !== undefined) return { policy, profile };
  throw new GenctlError('KEEP_MISSING', 'neither a flag nor [gc] says what stays', {
    exitCode: exitCodes.usage,
    hint: 'For example: genctl gc --keep 5; or declare it: [gc] keep = 5.',
  });
}

/** The machine with the mirrors that can be read and not written, whose menus stay as they are. */
async function readableMachine(root: Root, machine: Machine): Promise<Machine> {
  if (machine.setAside.length === 0) return machine;
  const seen = await lookAtMachine(root, machine, machine.settings);
  return 'targets' in seen ? seen : machine;
}

function toBytes(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  throw new GenctlError('USAGE', `--max-freed ${JSON.stringify(text)} is no size`, {
    exitCode: exitCodes.usage,
    hint: 'Give a number of bytes, or one with K, M, G or T: 500M, 2G.',
  });
}

async function planCollection(
  context: Context,
  declared: Machine,
  by: Judge,
  maxFreedBytes: number | undefined,
): Promise<Change> {
  const { root } = context;
  const machine = postponingGrub(declared);
  const readable = await readableMachine(root, machine);
  const verdicts = judgeAll(machine, by, usesOf(root, machine, defaultKeys(readable)));
  const good = stateWithGood(machine);
  const { leaving, menu } = withoutGone(root, { machine, readable }, good, leavingOf(verdicts));
  const store = openStore(root, 'change');
  const sweep = await planSweep(root, store, machine, leaving, maxFreedBytes);
  const state = withoutRecordsOf(good, leaving);
  const parts = {
    prepare: [...stateSteps(root, good), ...menu.parts.prepare],
    commit: menu.parts.commit,
    cleanup: [
      ...menu.parts.cleanup,
      ...leaving.map(unlinkStep),
      ...laterStateSteps(good, state),
      ...sweep.steps,
    ],
  };
  const [step] = sweep.steps;
  const [{ target } = { target: undefined }] = menu.menus;
  return {
    ...ofMenu(menu),
    parts,
    // What of the store is not understood needs somebody to look, each day until it is mended.
    setAside: [...menu.setAside, ...sweep.findings],
    ...(context.dryRun && {
      preview: await previewOf(context, { machine, verdicts, store, parts, target }),
    }),
    result: {
      json: {
        removed: leaving.map(({ profile, number }) => ({ profile, number })),
        storePathCount: step?.storePathCount ?? 0,
        freedBytes: step?.sizeBytes ?? 0,
      },
      text: `${sayRemoved(leaving)}${saySwept(step)}\n`,
    },
  };
}

/** A collection, as it is shown before anything is done. */
interface Planned {
  machine: Machine;
  verdicts: Verdicts;
  store: Store;
  parts: PlanParts;
  /** The boot partition that is looked at. */
  target: BootTarget | undefined;
}

async function previewOf(
  { root }: Context,
  { machine, verdicts, store, parts, target }: Planned,
): Promise<Answer> {
  const space = await measureSpace(root, machine, target, store);
  return showVerdicts(verdicts, space, machine, {
    storeBytes: parts.cleanup.find(step => step.kind === 'collect-garbage')?.sizeBytes ?? 0,
    bootBytes: target === undefined ? 0 : freedRoomBytes(target, parts),
  });
}

function sayRemoved(leaving: readonly Generation[]): string {
  if (leaving.length === 0) return 'no generation goes';
  return `${leaving.length} generation${leaving.length === 1 ? '' : 's'} removed`;
}

/** What was planned; how many it were in the end is told once they are gone. */
function saySwept(step: CollectGarbage | undefined): string {
  if (step === undefined) return '';
  const { storePathCount, sizeBytes, maxFreedBytes } = step;
  const most = maxFreedBytes === undefined ? '' : `, until ${formatBytes(maxFreedBytes)} are freed`;
  const paths = `${storePathCount} store path${storePathCount === 1 ? '' : 's'}`;
  return `; ${paths} that nothing needs (${formatBytes(sizeBytes)} of content)${most}`;
}

/** Those that leave, and the menus without them. What a menu shows that cannot be changed stays. */
function withoutGone(
  root: Root,
  { machine, readable }: { machine: Machine; readable: Machine },
  state: State,
  leaving: readonly Generation[],
): { leaving: readonly Generation[]; menu: MenuPlan } {
  const profiles = machine.profiles.map(profile =>
    withoutGenerations(profile, numbersOf(leaving, profile.name)),
  );
  const menu = planMenu(root, machine, menuToKeep({ ...machine, state }, profiles));
  const planned = menu.menus.map(({ target }) => target);
  const shown = new Set(shownBeside(leaving, readable, planned));
  if (shown.size === 0) return { leaving, menu };
  const others = leaving.filter(generation => !shown.has(generation));
  return withoutGone(root, { machine, readable }, state, others);
}

function numbersOf(generations: readonly Generation[], profile: string): Set<number> {
  return new Set(generations.filter(each => each.profile === profile).map(({ number }) => number));
}

function withoutRecordsOf(state: State, leaving: readonly Generation[]): State {
  return [...new Set(leaving.map(({ profile }) => profile))].reduce(
    (before, profile) => withoutRecords(before, profile, numbersOf(leaving, profile)),
    state,
  );
}

/**
 * What nothing reaches once the generations have left. Where a link does not say what it keeps
 * alive, anything might be that: then nothing is deleted.
 */
async function planSweep(
  root: Root,
  store: Store,
  machine: Machine,
  leaving: readonly Generation[],
  maxFreedBytes: number | undefined,
): Promise<{ steps: CollectGarbage[]; findings: Finding[] }> {
  const alive = aliveRoots(root, machine, leaving);
  if (alive.unclear.length > 0) {
    return { steps: [], findings: [...alive.findings, ...alive.unclear] };
  }
  const garbage = await store.garbage(alive.roots.map(({ storePath }) => storePath));
  const findings = [...alive.findings, ...garbage.findings];
  // What only the generations that leave need is not dead for Nix yet.
  const isLater = store.kind === 'nix' && leaving.length > 0;
  if (garbage.count + garbage.leftovers.length === 0 && !isLater) {
    return { steps: [], findings };
  }
  return {
    steps: [
      {
        kind: 'collect-garbage',
        storePathCount: garbage.count,
        sizeBytes: garbage.sizeBytes,
        ...(maxFreedBytes !== undefined && { maxFreedBytes }),
      },
    ],
    findings,
  };
}
