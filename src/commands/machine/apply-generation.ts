import type { ExitCode } from '../../errors.ts';
import { type Generation, nameOf } from '../../generations/generation.ts';
import { Lock } from '../../host/lock.ts';
import type { Root } from '../../host/root.ts';
import type { ConflictAnswer } from '../../transaction/step.ts';
import type { Context } from '../context.ts';
import { noActivation } from './activation/activation-part.ts';
import { planActivation } from './activation/plan-activation.ts';
import type { BootSettings } from './boot-settings.ts';
import { type Change, changeMachine, ofMenu } from './change-machine.ts';
import { existingGeneration, type GenerationWish, planGeneration } from './plan-generation.ts';
import { planOnce } from './plan-once.ts';
import { type Machine, profileNamed, type Systems } from './read-machine.ts';

export interface GenerationArgs {
  /** An existing generation; without it the declared system is built. */
  generation: number | undefined;
  profile: string;
}

/** How a verb goes about what is in its way, and whether it waits for a word. */
export interface ActivatingArgs {
  /** `refuse` unless told. */
  conflicts?: ConflictAnswer | undefined;
  /** Without `genctl confirm` within so many seconds, all is undone. */
  confirmSeconds?: number | undefined;
}

/** Which generation, and the settings it was declared with, if it was. */
export interface GenerationIntention {
  settings?: BootSettings;
  wish: GenerationWish | ((machine: Machine) => GenerationWish);
}

/** Makes a generation the one that boots and, unless it waits for the boot, the one that runs. */
export async function applyGeneration(
  context: Context,
  verb: string,
  args: ActivatingArgs,
  intend: () => GenerationIntention | Promise<GenerationIntention>,
): Promise<ExitCode> {
  return changeMachine(context, {
    name: verb,
    intend: async () => {
      const { settings, wish } = await intend();
      return {
        ...(settings !== undefined && { settings }),
        plan: async machine =>
          planChange(
            context.root,
            machine,
            typeof wish === 'function' ? wish(machine) : wish,
            args,
          ),
      };
    },
  });
}

/** What `switch` and `boot` are about: an existing generation, or the declared system, built. */
export async function chosenOrDeclared(
  context: Context,
  { generation, profile }: GenerationArgs,
  activation: GenerationWish['activation'],
): Promise<GenerationIntention & { wish: GenerationWish }> {
  if (generation !== undefined) {
    return { wish: { profile, system: { number: generation }, activation } };
  }
  const { buildSystem, sharesCaches } = await import('./build-system.ts');
  // What is only shown takes no lock otherwise.
  using _lock =
    context.dryRun && sharesCaches(context.root, context.config)
      ? Lock.take(context.root, 'build')
      : undefined;
  const { keepLock } = await import('./keep-lock.ts');
  const build = await buildSystem(context.root, context.config);
  keepLock(context, build);
  const { toplevel, settings } = build;
  return { settings, wish: { profile, system: { toplevel }, activation } };
}

/** Lets a generation boot next, once; nothing else of the machine changes but that it is there. */
export async function applyOnce(
  context: Context,
  verb: string,
  intend: () => Promise<{ wish: GenerationWish }>,
): Promise<ExitCode> {
  return changeMachine(context, {
    name: verb,
    intend: async () => {
      // Declared settings come into force with a default.
      const { wish } = await intend();
      return {
        plan: machine => {
          const { generation, parts, menu } = planOnce(context.root, machine, wish);
          const { profile, number, target } = generation;
          return {
            ...ofMenu(menu),
            parts,
            result: {
              json: { profile, number, system: target, activated: false, once: true },
              text: `${nameOf(generation)} boots next, once, and then the default again: ${target}\n`,
            },
          };
        },
      };
    },
  });
}

async function planChange(
  root: Root,
  machine: Machine,
  wish: GenerationWish,
  { conflicts = 'refuse', confirmSeconds }: ActivatingArgs,
): Promise<Change> {
  const system = toplevelOf(machine, wish);
  const { steps, findings, preview } =
    wish.activation === 'now'
      ? await planActivation(root, machine, { system, conflicts })
      : noActivation;
  const { generation, parts, menu } = planGeneration(root, machine, wish, steps);
  const change = ofMenu(menu);
  return {
    ...change,
    parts,
    findings: [...change.findings, ...findings],
    preview,
    confirmSeconds,
    result: describe(generation, wish),
  };
}

/** The system that a wish is about. */
export function toplevelOf(systems: Systems, { profile, system }: GenerationWish): string {
  if ('toplevel' in system) return system.toplevel;
  return existingGeneration(profileNamed(systems, profile), system.number).target;
}

function describe(
  generation: Generation,
  { activation }: GenerationWish,
): { json: object; text: string } {
  const { profile, number, target } = generation;
  const what = activation === 'now' ? 'is active and boots by default' : 'boots by default';
  return {
    json: { profile, number, system: target, activated: activation === 'now' },
    text: `${nameOf(generation)} ${what}: ${target}\n`,
  };
}
