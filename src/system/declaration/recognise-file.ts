import { quote } from './hostile-text.ts';
import {
  findOption,
  imports as importsOption,
  type Option,
  type SectionName,
} from './option-table.ts';
import type { Assignment, ParsedFile } from './parse-file.ts';
import { type Origin, type Problem, problemOf } from './problem.ts';
import { recogniseSection, type Target } from './recognise-section.ts';
import { Refusal } from './refusal.ts';
import { type SubjectSection, subjectRule } from './section-subjects.ts';
import { refuseUnknownKey } from './suggest.ts';
import { UnreadFile } from './unread-file.ts';
import type { ReadText } from './value-types.ts';

/** One option set in one place. */
export interface Definition {
  readonly section: SectionName;
  /** What stands in the quotes of the header: `[etc "PATH"]`. */
  readonly subject: string | undefined;
  readonly key: string;
  readonly option: Option;
  readonly overrides: boolean;
  /** One value for a scalar; what it adds for a list. */
  readonly values: readonly unknown[];
  /** As it was written, for messages. */
  readonly text: string;
  readonly origin: Origin;
}

/** Something that a header declares by naming it. */
export interface Named {
  readonly section: SubjectSection;
  readonly subject: string;
  /** The header. */
  readonly origin: Origin;
}

export interface Import {
  /** The logical path. */
  readonly path: string;
  readonly origin: Origin;
}

/** What one file says about the machine, or about one specialisation of it. */
export interface Statements {
  /** The first section that is about it. */
  readonly origin: Origin;
  readonly imports: readonly Import[];
  readonly definitions: readonly Definition[];
  readonly named: readonly Named[];
}

/** One file, its keys and values recognised; what is not right is a problem and left out. */
export interface Module {
  /** Undefined where the file is about specialisations only. */
  readonly main: Statements | undefined;
  readonly specialisations: ReadonlyMap<string, Statements>;
  readonly problems: readonly Problem[];
}

interface OpenStatements extends Statements {
  readonly imports: Import[];
  readonly definitions: Definition[];
  readonly named: Named[];
}

/**
 * Finds the option that each key of a file means, and the value of each text.
 *
 * @param folder the logical path of the folder that the file is in, for relative paths
 */
export function recogniseFile(parsed: ParsedFile, folder: string, readText: ReadText): Module {
  const problems = [...parsed.problems];
  const statements = new Map<string | undefined, OpenStatements>();

  for (const section of parsed.sections) {
    const target = recogniseSection(section.header);
    if ('refusal' in target) {
      problems.push(problemOf(target.code, section.origin, target.refusal));
      continue;
    }
    const into = statements.get(target.specialisation) ?? {
      origin: section.origin,
      imports: [],
      definitions: [],
      named: [],
    };
    statements.set(target.specialisation, into);
    if (standsAlone(target)) {
      const { origin } = section;
      into.named.push({ section: target.section, subject: target.subject, origin });
    }
    for (const assignment of section.assignments) {
      const problem = recognise(assignment, target, { folder, readText }, into);
      if (problem !== undefined) problems.push(problem);
    }
  }
  const specialisations = new Map<string, Statements>();
  for (const [name, said] of statements) {
    if (name !== undefined) specialisations.set(name, said);
  }
  return { main: statements.get(undefined), specialisations, problems };
}

function standsAlone(target: Target): target is Target & Pick<Named, 'section' | 'subject'> {
  const { section, subject } = target;
  return section !== undefined && subject !== undefined && !!subjectRule(section)?.standsAlone;
}

/** What a value may refer to. */
interface Beside {
  folder: string;
  readText: ReadText;
}

/** Adds what one line says; its problem where it says nothing that can be meant. */
function recognise(
  assignment: Assignment,
  target: Target,
  beside: Beside,
  into: OpenStatements,
): Problem | undefined {
  const { key, overrides, text, origin } = assignment;
  const { section, subject } = target;
  const option = optionOf(target, key);
  if (option === undefined) {
    return problemOf('DECLARATION_UNKNOWN_KEY', origin, refuseUnknownKey(key, target));
  }
  const values = valuesOf(option, assignment, beside);
  if (values instanceof UnreadFile) return problemOf(values.code, origin, values);
  if (values instanceof Refusal) return problemOf('DECLARATION_WRONG_TYPE', origin, values);

  if (section !== undefined) {
    into.definitions.push({ section, subject, key, option, overrides, values, text, origin });
    return undefined;
  }
  if (overrides) {
    const refusal = new Refusal('imports cannot be overridden', 'Write `imports = FILE`.');
    return problemOf('DECLARATION_SYNTAX', origin, refusal);
  }
  for (const path of values) into.imports.push({ path: String(path), origin });
  return undefined;
}

function optionOf(target: Target, key: string): Option | undefined {
  if (target.section !== undefined) return findOption(target.section, key);
  return key === 'imports' ? importsOption : undefined;
}

function valuesOf(
  option: Option,
  assignment: Assignment,
  { folder, readText }: Beside,
): readonly unknown[] | Refusal {
  const { key, text, overrides } = assignment;
  if (text.trim() === '') {
    if (option.kind === 'scalar' || (option.least > 0 && overrides)) {
      return new Refusal('the value is empty', exampleOf(key, option));
    }
    if (overrides) return [];
    return new Refusal(
      'the value is empty',
      key === 'imports' || option.least > 0
        ? 'Leave the line out.'
        : `Leave the line out; \`${key}! =\` makes the list empty.`,
    );
  }
  const value = option.type.parse(text, folder, readText);
  if (value instanceof UnreadFile) return value;
  if (value instanceof Refusal) {
    return new Refusal(value.reason, value.hint ?? exampleOf(key, option));
  }
  if (value === undefined) {
    return new Refusal(
      `expects ${option.type.expected}, not ${quote(text)}`,
      exampleOf(key, option),
    );
  }
  return option.kind === 'list' ? (value as readonly unknown[]) : [value];
}

function exampleOf(key: string, option: Option): string {
  return `Write for example \`${key} = ${option.type.example}\`.`;
}
