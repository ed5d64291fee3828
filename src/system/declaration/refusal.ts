/** Why a piece of text is not accepted. A value, so that all refusals can be gathered. */
export class Refusal {
  /** One clause without a full stop. */
  readonly reason: string;
  /** What to write instead, as one sentence in the imperative. */
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string) {
    this.reason = reason;
    this.hint = hint;
  }
}
