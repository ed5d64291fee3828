import { exitCodes, GenctlError } from '../errors.ts';
import type { Generation, Profile } from '../generations/generation.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import type { Command } from './context.ts';
import { numberBeforeCurrent } from './machine/choose-number.ts';
import { diffGenerations } from './machine/diff-generations.ts';
import { diffJson } from './machine/diff-json.ts';
import { existingGeneration } from './machine/plan-generation.ts';
import { lookAtSystems, profileNamed } from './machine/read-machine.ts';
import { sayDiff } from './machine/say-diff.ts';

export interface DiffArgs {
  /** The one before; without it the one before the current. */
  from: number | undefined;
  /** The one after; without it the current. */
  to: number | undefined;
  profile: string;
}

/** `genctl diff [FROM] [TO]`: what differs between two generations. */
export const diff: Command<DiffArgs> = async ({ root, json }, { from, to, profile: name }) => {
  const profile = profileNamed(lookAtSystems(root).systems, name);
  const before = existingGeneration(profile, from ?? numberBeforeCurrent(profile));
  const after = to === undefined ? currentGeneration(profile) : existingGeneration(profile, to);
  const found = diffGenerations(root, before, after);
  if (json) writeJson(diffJson(found));
  else writeResult(sayDiff(found));
  for (const finding of found.findings) reportFinding(finding);
  return found.findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

function currentGeneration(profile: Profile): Generation {
  if (profile.currentNumber !== undefined) {
    return existingGeneration(profile, profile.currentNumber);
  }
  throw new GenctlError(
    'NO_CURRENT_GENERATION',
    `profile ${profile.name} has no current generation`,
    { hint: 'Name the other one as well: genctl diff FROM TO' },
  );
}
