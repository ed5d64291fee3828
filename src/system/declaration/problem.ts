import { GenctlError } from '../../errors.ts';
import { escapeForbidden } from './hostile-text.ts';
import type { Refusal } from './refusal.ts';

export type ProblemCode =
  | 'DECLARATION_SYNTAX'
  | 'DECLARATION_UNKNOWN_SECTION'
  | 'DECLARATION_UNKNOWN_KEY'
  | 'DECLARATION_WRONG_TYPE'
  | 'DECLARATION_CONFLICT'
  | 'DECLARATION_IMPORT_CYCLE'
  | 'DECLARATION_FILE_MISSING'
  | 'DECLARATION_FILE_UNREADABLE';

/** The place in a declaration that something was read from. */
export interface Origin {
  /** The path that the user would open, on the host. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** As it stands between the brackets; undefined above the first section. */
  readonly section: string | undefined;
  readonly key: string | undefined;
}

/** Something that is wrong with a declaration. */
export interface Problem {
  readonly code: ProblemCode;
  readonly origin: Origin;
  /** One clause without a full stop. */
  readonly reason: string;
  readonly hint: string | undefined;
}

const mostShown = 50;

/** All that is wrong with a declaration, as one error. */
export class DeclarationError extends GenctlError {
  readonly problems: readonly Problem[];

  private constructor(
    code: string,
    message: string,
    hint: string | undefined,
    problems: readonly Problem[],
  ) {
    super(code, message, { hint });
    this.problems = problems;
  }

  /**
   * One problem is told with its own code and hint; several are told together, each with its
   * hint below it, under DECLARATION_INVALID.
   */
  static of(problems: readonly Problem[]): DeclarationError {
    const [first] = problems;
    if (first === undefined) throw new Error('there is nothing wrong with the declaration');
    if (problems.length === 1) {
      return new DeclarationError(first.code, formatProblem(first), first.hint, problems);
    }
    const told = problems.slice(0, mostShown).flatMap(problem => {
      const line = `  ${formatProblem(problem)}`;
      return problem.hint === undefined ? [line] : [line, `    hint: ${problem.hint}`];
    });
    if (problems.length > mostShown) told.push(`  and ${problems.length - mostShown} more`);
    return new DeclarationError(
      'DECLARATION_INVALID',
      `the declaration has ${problems.length} errors:\n${told.join('\n')}`,
      undefined,
      problems,
    );
  }
}

export function problemOf(code: ProblemCode, origin: Origin, refusal: Refusal): Problem {
  return { code, origin, reason: refusal.reason, hint: refusal.hint };
}

/** `FILE:LINE`, the form that editors open. */
export function formatPlace(origin: Origin): string {
  return escapeForbidden(`${origin.file}:${origin.line}`);
}

/** `FILE:LINE: [section] key`. */
export function formatOrigin(origin: Origin): string {
  const section = origin.section === undefined ? [] : [`[${origin.section}]`];
  const key = origin.key === undefined ? [] : [origin.key];
  const what = [...section, ...key].join(' ');
  return what === '' ? formatPlace(origin) : `${formatPlace(origin)}: ${escapeForbidden(what)}`;
}

function formatProblem(problem: Problem): string {
  return `${formatOrigin(problem.origin)}: ${problem.reason}`;
}
