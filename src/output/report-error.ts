import { type ExitCode, exitCodes, type Finding, GenctlError, messageOf } from '../errors.ts';
import { writeNotice } from '../host/terminal.ts';
import { printable } from '../printable.ts';
import { noticeColours } from './colours.ts';
import { writeJson } from './write-json.ts';

export interface ErrorStyle {
  json: boolean;
  verbose: boolean;
}

/** Tells the user what went wrong, and gives the process its exit code. */
export function reportError(thrown: unknown, style: ErrorStyle): ExitCode {
  const { code, message, hint, exitCode } = describe(thrown);
  if (style.json && code !== 'OUTPUT_FAILED') {
    writeJson({ error: { code, message, hint: hint ?? null } });
  }
  writeNotice(`${noticeColours.red(`error[${code}]:`)} ${printable(message)}\n`);
  reportHint(hint);
  const isBug = exitCode === exitCodes.bug;
  if ((style.verbose || isBug) && thrown instanceof Error) {
    writeNotice(`${printable(stackOf(thrown))}\n`);
  }
  return exitCode;
}

/** Findings go to standard error, one line each, also beside `--json`. */
export function reportFinding(finding: Finding): void {
  const { code, subject, reason, hint } = finding;
  writeNotice(
    `${noticeColours.yellow(`warning[${code}]:`)} ${printable(`${subject}: ${reason}`)}\n`,
  );
  reportHint(hint);
}

function reportHint(hint: string | undefined): void {
  if (hint !== undefined) writeNotice(`${noticeColours.cyan('hint:')} ${printable(hint)}\n`);
}

function describe(thrown: unknown): {
  code: string;
  message: string;
  hint: string | undefined;
  exitCode: ExitCode;
} {
  if (thrown instanceof GenctlError) return thrown;
  return {
    code: 'BUG',
    message: `genctl has a bug: ${messageOf(thrown)}`,
    hint: 'Please report it with the lines below. An interrupted change is finished or undone by `genctl recover`.',
    exitCode: exitCodes.bug,
  };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
