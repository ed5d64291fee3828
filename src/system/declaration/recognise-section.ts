import { reservedNames } from '../../hardware/emit/allowed-text.ts';
import { isSectionName, type SectionName } from './option-table.ts';
import type { Header } from './parse-file.ts';
import type { ProblemCode } from './problem.ts';
import { Refusal } from './refusal.ts';
import { type SubjectRule, subjectRule } from './section-subjects.ts';
import { refuseUnknownSection, writeSection } from './suggest.ts';

/** What the keys below a header are about. */
export interface Target {
  /** Undefined where only `imports` can stand: above the first section, `[specialisation.NAME]`. */
  readonly section: SectionName | undefined;
  /** Undefined for the machine itself. */
  readonly specialisation: string | undefined;
  /** What stands in the quotes of the header: `[etc "PATH"]`. */
  readonly subject: string | undefined;
}

export interface RefusedSection {
  readonly code: ProblemCode;
  readonly refusal: Refusal;
}

const specialisationForm = /^[A-Za-z0-9_-]{1,32}$/;

/** Finds what a header means; undefined is what stands above the first one. */
export function recogniseSection(header: Header | undefined): Target | RefusedSection {
  if (header === undefined) {
    return { section: undefined, specialisation: undefined, subject: undefined };
  }
  const [first, name, ...rest] = header.name.split('.');
  if (first !== 'specialisation') return recogniseNamed(header.name, header.subject, undefined);

  if (name !== undefined && reservedNames.includes(name)) {
    return {
      code: 'DECLARATION_SYNTAX',
      refusal: new Refusal(`${name} is no name for a specialisation`, 'Choose another one.'),
    };
  }
  if (name === undefined || !specialisationForm.test(name)) {
    return {
      code: 'DECLARATION_SYNTAX',
      refusal: new Refusal(
        'the name of a specialisation is 1 to 32 letters, digits, _ and -',
        'Write it like [specialisation.safe] or [specialisation.safe.boot].',
      ),
    };
  }
  if (rest.length > 0) return recogniseNamed(rest.join('.'), header.subject, name);
  if (header.subject !== undefined) return refuseSubject();
  return { section: undefined, specialisation: name, subject: undefined };
}

function recogniseNamed(
  name: string,
  subject: string | undefined,
  specialisation: string | undefined,
): Target | RefusedSection {
  if (name === 'specialisation' || name.startsWith('specialisation.')) {
    return {
      code: 'DECLARATION_UNKNOWN_SECTION',
      refusal: new Refusal(
        'a specialisation cannot have specialisations',
        'Put it beside the other one: [specialisation.NAME].',
      ),
    };
  }
  if (!isSectionName(name)) {
    return {
      code: 'DECLARATION_UNKNOWN_SECTION',
      refusal: refuseUnknownSection(name, specialisation),
    };
  }
  const rule = subjectRule(name);
  if (rule === undefined) {
    return subject === undefined ? { section: name, specialisation, subject } : refuseSubject();
  }
  const write = (right: string): string => writeSection(name, specialisation, right);
  const refusal = refuseSubjectOf(rule, subject, write);
  return refusal === undefined
    ? { section: name, specialisation, subject }
    : { code: 'DECLARATION_SYNTAX', refusal };
}

function refuseSubject(): RefusedSection {
  return {
    code: 'DECLARATION_SYNTAX',
    refusal: new Refusal('nothing stands in quotes in the header of this section', 'Leave it out.'),
  };
}

function refuseSubjectOf(
  rule: SubjectRule,
  subject: string | undefined,
  write: (subject: string) => string,
): Refusal | undefined {
  const example = `Write it like ${write(rule.example)}.`;
  if (subject === undefined) return new Refusal(rule.missing, example);
  if (rule.accepts(subject)) return undefined;
  const meant = rule.correct?.(subject);
  return meant !== undefined && rule.accepts(meant.subject)
    ? new Refusal(meant.reason, `Write ${write(meant.subject)}.`)
    : new Refusal(rule.expected, example);
}
