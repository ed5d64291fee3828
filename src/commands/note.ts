import { nameOf } from '../generations/generation.ts';
import { recordOf, withNote } from '../generations/records.ts';
import { stateSteps } from '../generations/state.ts';
import { nothing } from '../transaction/plan.ts';
import type { Command } from './context.ts';
import { changeSystems } from './machine/change-systems.ts';
import { generationNumbered } from './machine/plan-generation.ts';
import { profileNamed } from './machine/read-machine.ts';

export interface NoteArgs {
  generation: number;
  profile: string;
  /** Word by word; none takes the note away. */
  text: readonly string[];
}

/** `genctl note GEN TEXT`: what a person wants to remember of it; `list` and `why` show it. */
export const note: Command<NoteArgs> = async (context, { generation: number, profile, text }) =>
  changeSystems(context, {
    name: 'note',
    plan: systems => {
      const generation = generationNumbered(profileNamed(systems, profile), number);
      const state = withNote(systems.state, generation, text.join(' '));
      const written = recordOf(state, generation)?.note ?? null;
      const said = written === null ? 'has no note' : 'has a note';
      return {
        parts: { ...nothing, prepare: stateSteps(context.root, state) },
        result: {
          json: { profile, number, note: written },
          text: `${nameOf(generation)} ${said}\n`,
        },
      };
    },
  });
