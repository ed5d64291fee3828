import { closingQuote, decodeDoubleQuoted, decodeValue } from './decode-value.ts';
import { forbiddenCharacter, quote } from './hostile-text.ts';
import { type Origin, type Problem, type ProblemCode, problemOf } from './problem.ts';
import { Refusal } from './refusal.ts';
import { type Line, splitLines } from './split-lines.ts';

/** What one file says, before anybody has asked whether its sections and keys exist. */
export interface ParsedFile {
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

export interface Section {
  /** Undefined for what stands above the first section. */
  readonly header: Header | undefined;
  readonly origin: Origin;
  readonly assignments: readonly Assignment[];
}

/** `[boot.loader]`, or `[etc "ssh/sshd_config"]` with the subject in quotes. */
export interface Header {
  readonly name: string;
  readonly subject: string | undefined;
}

/** One `key = value`. */
export interface Assignment {
  readonly key: string;
  /** Written as `key! = value`. */
  readonly overrides: boolean;
  readonly text: string;
  readonly origin: Origin;
}

interface OpenSection {
  readonly header: Header | undefined;
  readonly origin: Origin;
  readonly assignments: Assignment[];
}

const longestName = 100;
const keyForm = /^([A-Za-z_][A-Za-z0-9_.-]{0,99})\s*(!?)$/;

/**
 * Reads the lines of one file: structure and places by this pass, the values by `ini`. A line
 * that cannot be read is a problem and left out; the lines after it are still read.
 *
 * @param file the path that the user would open, for messages
 */
export function parseFile(bytes: Uint8Array, file: string): ParsedFile {
  const problems: Problem[] = [];
  const above: OpenSection = {
    header: undefined,
    origin: { file, line: 1, section: undefined, key: undefined },
    assignments: [],
  };
  const sections = [above];
  let section = above;

  const report = (code: ProblemCode, origin: Origin, refusal: Refusal): void => {
    problems.push(problemOf(code, origin, refusal));
  };

  for (const line of splitLines(bytes)) {
    const place: Origin = { ...section.origin, line: line.number };
    if (line.text.startsWith('[')) {
      const header = line.refusal ?? parseHeader(line.text);
      if (header instanceof Refusal) {
        const origin = { ...place, section: undefined };
        report('DECLARATION_SYNTAX', origin, header);
        // The keys below it belong to nothing: they are read for their form only.
        section = { header: undefined, origin, assignments: [] };
      } else {
        section = {
          header,
          origin: { ...place, section: formatHeader(header) },
          assignments: [],
        };
        sections.push(section);
      }
      continue;
    }
    const assignment = parseAssignment(line, place);
    if (assignment === undefined) continue;
    if ('refusal' in assignment) {
      report('DECLARATION_SYNTAX', assignment.origin, assignment.refusal);
    } else {
      section.assignments.push(assignment);
    }
  }
  return { sections, problems };
}

/** The text between the brackets of a header. */
export function formatHeader(header: Header): string {
  return header.subject === undefined ? header.name : `${header.name} ${quote(header.subject)}`;
}

function parseAssignment(
  line: Line,
  place: Origin,
): Assignment | { origin: Origin; refusal: Refusal } | undefined {
  const { text } = line;
  const equals = text.indexOf('=');
  const left = text.slice(0, Math.max(equals, 0)).trim();
  const [, key, mark] = keyForm.exec(left) ?? [];
  const origin: Origin = { ...place, key };

  if (line.refusal !== undefined) return { origin, refusal: line.refusal };
  if (text.startsWith(';') || text.startsWith('#')) return undefined;
  if (equals === -1) {
    return {
      origin,
      refusal: new Refusal(
        `${quote(text)} is neither a section, a comment nor \`key = value\``,
        'A value cannot go on in the next line: lists take one `key = value` for each value.',
      ),
    };
  }
  if (key === undefined) return { origin, refusal: refuseKey(left) };
  const value = decodeValue(text.slice(equals + 1));
  if (value instanceof Refusal) return { origin, refusal: value };
  return { key, overrides: mark === '!', text: value, origin };
}

function refuseKey(left: string): Refusal {
  const hint =
    left.endsWith('[]') || left.endsWith('+')
      ? 'Write the plain key once for each value: repeated keys make a list.'
      : left === ''
        ? 'Write `key = value`.'
        : 'A key consists of letters and digits, and of a ! at its end to override.';
  return new Refusal(`${quote(left)} is not a key`, hint);
}

function parseHeader(text: string): Header | Refusal {
  const close = /["\]]/.exec(text)?.index;
  if (close === undefined) {
    return new Refusal(
      `the section header ${quote(text)} is not closed`,
      'Close it with a ] in the same line.',
    );
  }
  const name = text.slice(1, close).trim();
  if (text[close] === ']') return finishHeader(name, undefined, text, close);

  const end = closingQuote(text, close);
  const subject = end === undefined ? undefined : decodeDoubleQuoted(text.slice(close, end + 1));
  if (end === undefined || typeof subject !== 'string' || forbiddenCharacter(subject)) {
    return new Refusal(
      `the section header ${quote(text)} has quotes that cannot be read`,
      'Write it like [etc "ssh/sshd_config"].',
    );
  }
  const bracket = text.indexOf(']', end);
  if (bracket === -1 || text.slice(end + 1, bracket).trim() !== '') {
    return new Refusal(
      `the section header ${quote(text)} is not closed after its quotes`,
      'Write it like [etc "ssh/sshd_config"].',
    );
  }
  return finishHeader(name, subject, text, bracket);
}

function finishHeader(
  name: string,
  subject: string | undefined,
  text: string,
  bracket: number,
): Header | Refusal {
  const rest = text.slice(bracket + 1).trim();
  if (rest !== '') {
    return new Refusal(
      `${quote(rest)} stands behind the section header`,
      'Put it on a line of its own; so does a comment.',
    );
  }
  if (name === '') return new Refusal('the section header has no name', 'Write it like [boot].');
  if (name.length > longestName) {
    return new Refusal(`the section header ${quote(text)} is too long`, 'Write it like [boot].');
  }
  return { name, subject };
}
