import { isSectionName, type SectionName } from './option-table.ts';
import type { Header } from './parse-file.ts';
import type { ProblemCode } from './problem.ts';
import { Refusal } from './refusal.ts';
import { refuseUnknownSection, writeSection } from './suggest.ts';
import { isRelativeName } from './value-types.ts';

/** What the keys below a header are about. */
export interface Target {
  /** Undefined where only `imports` can stand: above the first section, `[specialisation.NAME]`. */
  readonly section: SectionName | undefined;
  /** Undefined for the machine itself. */
  readonly specialisation: string | undefined;
  /** The path below /etc in `[etc "PATH"]`. */
  readonly subject: string | undefined;
}

export interface RefusedSection {
  readonly code: ProblemCode;
  readonly refusal: Refusal;
}

const specialisationForm = /^[A-Za-z0-9_-]{1,32}$/;

/** Names that mean something to JavaScript's objects and so name nothing of ours. */
const reservedNames: readonly string[] = ['__proto__', 'constructor', 'prototype'];

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
  if (name !== 'etc') {
    return subject === undefined ? { section: name, specialisation, subject } : refuseSubject();
  }
  const refusal = refuseEtcPath(subject, specialisation);
  return refusal === undefined
    ? { section: name, specialisation, subject }
    : { code: 'DECLARATION_SYNTAX', refusal };
}

function refuseSubject(): RefusedSection {
  return {
    code: 'DECLARATION_SYNTAX',
    refusal: new Refusal('only [etc "PATH"] has quotes in its header', 'Leave them out.'),
  };
}

function refuseEtcPath(
  path: string | undefined,
  specialisation: string | undefined,
): Refusal | undefined {
  if (path === undefined) {
    return new Refusal(
      'it is not said which file below /etc is meant',
      `Write it like ${writeSection('etc', specialisation, 'ssh/sshd_config')}.`,
    );
  }
  const below = path.replace(/^\/+(?:etc\/+)?/, '');
  if (below !== path && isRelativeName(below)) {
    return new Refusal(
      'the path is not relative to /etc',
      `Write ${writeSection('etc', specialisation, below)}.`,
    );
  }
  if (isRelativeName(path) && !reservedNames.includes(path) && !path.includes('\t')) {
    return undefined;
  }
  return new Refusal(
    'it is not the path of a file below /etc: no part may be empty, . or .. or too long',
    `Write it like ${writeSection('etc', specialisation, 'ssh/sshd_config')}.`,
  );
}
