import { randomUUID } from 'node:crypto';
import { type Finding, findingOf, GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import { FieldError, JsonFields, type TextRule } from '../json-fields.ts';
import type { Step } from '../transaction/step.ts';
import type { Profile } from './generation.ts';
import { type GenerationRecord, readGenerationRecords } from './generation-record.ts';
import { highestPossibleNumber } from './profile-layout.ts';

/** The only version of the state file's format so far. */
const version = 1;

const uuid: TextRule = {
  pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  otherwise: 'it is not a UUID',
};

const statePath = '/nix/var/genctl/state.json';

/** What is remembered of a profile. */
export interface ProfileRecord {
  /** No generation that genctl makes gets a number that is not above this one. */
  highestNumber: number;
  /** By number; see records.ts for which of them count. */
  generations?: Readonly<Record<string, GenerationRecord>>;
  [unknownField: string]: unknown;
}

/**
 * What genctl remembers of an installation beyond its links. Fields that a newer version has
 * added are kept.
 */
export interface State {
  version: typeof version;
  /** A UUID, made once per installation: a machine-id can be empty, or change. */
  owner: string;
  profiles: Readonly<Record<string, ProfileRecord>>;
  [unknownField: string]: unknown;
}

/**
 * Reads the state; one that is made anew, with a fresh owner, where there is none. It becomes
 * durable with the first transaction that changes something.
 *
 * @throws GenctlError STATE_TOO_NEW, STATE_UNREADABLE
 */
export function readState(root: Root): State {
  const text = root.readFileIfThere(statePath)?.toString('utf8');
  if (text === undefined) return { version, owner: randomUUID(), profiles: {} };
  try {
    return fromDocument(new JsonFields(JSON.parse(text)), root.onHost(statePath));
  } catch (thrown) {
    if (thrown instanceof GenctlError) throw thrown;
    throw unreadable(root.onHost(statePath), thrown);
  }
}

function fromDocument(document: JsonFields, path: string): State {
  const format = document.number('version');
  if (format > version) {
    throw new GenctlError(
      'STATE_TOO_NEW',
      `${path} was written by a newer genctl (format ${format}, this one knows ${version})`,
      { hint: 'Use the newer genctl for changes on this machine.' },
    );
  }
  const profiles = document.object('profiles');
  return {
    ...document.all,
    version,
    owner: document.text('owner', uuid),
    profiles: Object.fromEntries(
      profiles.keys().map(name => [name, profileRecordOf(profiles.object(name), name)]),
    ),
  };
}

function profileRecordOf(record: JsonFields, profile: string): ProfileRecord {
  const highestNumber = highestNumberOf(record, profile);
  const generations = record.optionalObject('generations');
  return {
    ...record.all,
    highestNumber,
    ...(generations !== undefined && { generations: readGenerationRecords(generations, profile) }),
  };
}

function highestNumberOf(record: JsonFields, profile: string): number {
  const number = record.number('highestNumber');
  if (Number.isSafeInteger(number) && number > 0 && number <= highestPossibleNumber) return number;
  throw new FieldError(`profiles / ${profile} / highestNumber: it is no number of a generation`);
}

/**
 * The state for verbs that only look, with what is wrong with it: what can be understood of one
 * that is damaged, or that a newer genctl wrote.
 */
export function lookAtState(root: Root): { state: State; finding: Finding | undefined } {
  try {
    return { state: readState(root), finding: undefined };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { state: understood(root), finding: findingOf(thrown, 'state') };
  }
}

function understood(root: Root): State {
  const nothing: State = { version, owner: randomUUID(), profiles: {} };
  try {
    const value: unknown = JSON.parse(root.readFile(statePath).toString('utf8'));
    const mended = { ...nothing, ...(value as object | null), version };
    return fromDocument(new JsonFields(mended), statePath);
  } catch {
    return nothing;
  }
}

/** The step that records a state; nothing where it is recorded already. */
export function stateSteps(root: Root, after: State): Step[] {
  const text = renderState(after);
  if (root.readFileIfThere(statePath)?.toString('utf8') === text) return [];
  return [{ kind: 'write-state', path: statePath.slice(1), after: text }];
}

/** The step from one state to another later on in the same transaction. */
export function laterStateSteps(before: State, after: State): Step[] {
  const text = renderState(after);
  if (renderState(before) === text) return [];
  return [{ kind: 'write-state', path: statePath.slice(1), after: text }];
}

/**
 * A number that no generation of the profile has had: above every name of a link and every number
 * that was ever given.
 *
 * @throws GenctlError NUMBERS_USED_UP
 */
export function nextNumber(state: State, profile: Profile): number {
  const given = state.profiles[profile.name]?.highestNumber ?? 0;
  const number = Math.max(profile.highestNumber, given) + 1;
  if (number <= highestPossibleNumber) return number;
  throw new GenctlError(
    'NUMBERS_USED_UP',
    `profile ${profile.name} has had generation ${highestPossibleNumber}, and no number is above it`,
    {
      hint: `If a link bears that number by mistake, remove it; else lower highestNumber of ${profile.name} in ${statePath} to what was really given.`,
    },
  );
}

/** The state after a number was given. */
export function withNumber(state: State, profile: string, number: number): State {
  const record = { ...state.profiles[profile], highestNumber: number };
  return { ...state, profiles: { ...state.profiles, [profile]: record } };
}

function renderState(state: State): string {
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

function unreadable(path: string, cause: unknown): GenctlError {
  return new GenctlError('STATE_UNREADABLE', `${path} is damaged`, {
    cause,
    hint: 'Restore it from a backup. Without it genctl cannot tell which boot files are its own.',
  });
}
