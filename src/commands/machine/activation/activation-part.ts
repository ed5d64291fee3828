import type { Finding } from '../../../errors.ts';
import type { ConflictAnswer, Step } from '../../../transaction/step.ts';
import type { Answer } from '../carry-out.ts';

/** A system to become the active one. */
export interface ActivationWish {
  system: string;
  conflicts: ConflictAnswer;
}

/** What makes a system the active one. */
export interface ActivationPart {
  /** None where it is active already. */
  steps: readonly Step[];
  /** What stays as it is without that being a failure. */
  findings: readonly Finding[];
  /** What a dry run says before the plan. */
  preview: Answer;
}

export const noActivation: ActivationPart = {
  steps: [],
  findings: [],
  preview: { json: {}, text: '' },
};
