import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import type { Step } from '../transaction/step.ts';
import type { Profile } from './generation.ts';

/** The only version of the state file's format so far. */
const version = 1;

const statePath = '/nix/var/genctl/state.json';

const schema = z.looseObject({
  version: z.literal(version),
  owner: z.uuid(),
  profiles: z.record(z.string(), z.looseObject({ highestNumber: z.number() })),
});

/**
 * What genctl remembers of an installation beyond its links. Fields that a newer version has
 * added are kept.
 */
export type State = z.infer<typeof schema>;

/**
 * Reads the state; one that is made anew, with a fresh owner, where there is none. It becomes
 * durable with the first transaction that changes something.
 *
 * @throws GenctlError STATE_TOO_NEW, STATE_UNREADABLE
 */
export function readState(root: Root): State {
  const text = root.readFileIfThere(statePath)?.toString('utf8');
  if (text === undefined) return { version, owner: randomUUID(), profiles: {} };
  const value = parseJson(text, root.onHost(statePath));
  const found = z.looseObject({ version: z.number() }).safeParse(value);
  if (found.success && found.data.version > version) {
    throw new GenctlError(
      'STATE_TOO_NEW',
      `${root.onHost(statePath)} was written by a newer genctl (format ${found.data.version}, this one knows ${version})`,
      { hint: 'Use the newer genctl for changes on this machine.' },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(root.onHost(statePath), parsed.error);
}

/** The step that records a state; nothing where it is recorded already. */
export function stateSteps(root: Root, after: State): Step[] {
  const text = renderState(after);
  if (root.readFileIfThere(statePath)?.toString('utf8') === text) return [];
  return [{ kind: 'write-state', path: statePath.slice(1), after: text }];
}

/**
 * A number that no generation of the profile has had: above every link and every number that
 * was ever given.
 */
export function nextNumber(state: State, profile: Profile): number {
  const highestLink = profile.generations.at(-1)?.number ?? 0;
  return Math.max(highestLink, state.profiles[profile.name]?.highestNumber ?? 0) + 1;
}

/** The state after a number was given. */
export function withNumber(state: State, profile: string, number: number): State {
  const record = { ...state.profiles[profile], highestNumber: number };
  return { ...state, profiles: { ...state.profiles, [profile]: record } };
}

function renderState(state: State): string {
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): GenctlError {
  return new GenctlError('STATE_UNREADABLE', `${path} is damaged`, {
    cause,
    hint: 'Restore it from a backup. Without it genctl cannot tell which boot files are its own.',
  });
}
