/** Exit codes of the `genctl` process; DESIGN: "Commands". */
export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  attention: 3,
  notUndone: 4,
  bug: 70,
  locked: 75,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface ErrorDetails {
  /** What to do next, as one sentence in the imperative. */
  hint?: string | undefined;
  /** The error below this one; its message ends up in `--verbose` output. */
  cause?: unknown;
  /** What the process ends with when nobody handles the error; 1 unless told. */
  exitCode?: ExitCode;
}

/**
 * An expected failure: something outside of genctl is not as it has to be.
 *
 * `code` is stable and meant for scripts (`ESP_NOT_MOUNTED`); the message reads `what: why`.
 * Anything that is thrown and is not a GenctlError is a bug and ends with exit code 70.
 */
export class GenctlError extends Error {
  override readonly name = 'GenctlError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? exitCodes.refused;
  }
}

/**
 * Something that was found to be wrong with one part of the machine. A finding is a value: the
 * part is set aside and named, the rest goes on (DESIGN: promise 5).
 */
export interface Finding {
  /** Stable, for scripts: `KERNEL_MISSING`. */
  code: string;
  /** What it is about: `system generation 12`, `/boot/loader/loader.conf`. */
  subject: string;
  /** Why it is a finding, one clause without a full stop. */
  reason: string;
  hint?: string;
}

/** An expected failure as a finding about one part: for verbs that look, and go on. */
export function findingOf({ code, message, hint }: GenctlError, subject: string): Finding {
  return { code, subject, reason: message, ...(hint !== undefined && { hint }) };
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
