import { nameOf } from '../generations/generation.ts';
import { gcRootSteps, readPinRoots, withoutGcRootSteps } from '../generations/pin-roots.ts';
import { withoutPin, withoutRecords, withPin } from '../generations/records.ts';
import { stateSteps } from '../generations/state.ts';
import { nothing } from '../transaction/plan.ts';
import type { Command } from './context.ts';
import { changeSystems } from './machine/change-systems.ts';
import { generationNumbered, unknownGeneration } from './machine/plan-generation.ts';
import { profileNamed } from './machine/read-machine.ts';

export interface PinArgs {
  generation: number;
  profile: string;
}

/** `genctl pin GEN`: no collection takes it, and it stays in the menu. */
export const pin: Command<PinArgs> = async (context, { generation: number, profile }) =>
  changeSystems(context, {
    name: 'pin',
    plan: systems => {
      const generation = generationNumbered(profileNamed(systems, profile), number);
      return {
        parts: {
          ...nothing,
          prepare: [
            ...stateSteps(context.root, withPin(systems.state, generation)),
            ...gcRootSteps(generation, readPinRoots(context.root)),
          ],
        },
        result: {
          json: { profile, number, pinned: true },
          text: `${nameOf(generation)} is pinned: \`genctl gc\` keeps it, and so does the menu\n`,
        },
      };
    },
  });

/** `genctl unpin GEN`: also of one that is gone, which others than genctl may have removed. */
export const unpin: Command<PinArgs> = async (context, { generation: number, profile }) =>
  changeSystems(context, {
    name: 'unpin',
    plan: systems => {
      const { generations } = profileNamed(systems, profile);
      const generation = generations.find(each => each.number === number);
      const state =
        generation === undefined
          ? withoutRecords(systems.state, profile, new Set([number]))
          : withoutPin(systems.state, generation);
      const links = withoutGcRootSteps({ profile, number }, readPinRoots(context.root));
      const isKnown = generation !== undefined || state !== systems.state || links.length > 0;
      if (!isKnown) throw unknownGeneration(profile, number);
      return {
        parts: { ...nothing, prepare: [...stateSteps(context.root, state), ...links] },
        result: {
          json: { profile, number, pinned: false },
          text: `${nameOf({ profile, number })} is not pinned\n`,
        },
      };
    },
  });
