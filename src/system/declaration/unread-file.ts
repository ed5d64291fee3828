import type { ProblemCode } from './problem.ts';
import { Refusal } from './refusal.ts';

/** Why a file that a value names cannot be read. */
export class UnreadFile extends Refusal {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, reason: string, hint?: string) {
    super(reason, hint);
    this.code = code;
  }
}
