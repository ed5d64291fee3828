import type { Generation, Profile } from './generation.ts';
import type { GenerationRecord } from './generation-record.ts';
import { checkedNote } from './note.ts';
import type { ProfileRecord, State } from './state.ts';

/** Which generation a record is of: a number that is reused for another system inherits nothing. */
export type RecordedGeneration = Pick<Generation, 'profile' | 'number' | 'target'>;

/** What is remembered of a generation; undefined where nothing is. */
export function recordOf(
  state: State,
  { profile, number, target }: RecordedGeneration,
): GenerationRecord | undefined {
  const record = recordsOf(state, profile)[String(number)];
  return record?.target === target ? record : undefined;
}

export function isPinned(state: State, generation: RecordedGeneration): boolean {
  return recordOf(state, generation)?.pinned === true;
}

/**
 * The number of the generation that was the last to be found good, of those that are there and can
 * be read; undefined where none was.
 */
export function lastGood(state: State, profile: Profile): number | undefined {
  let last: { number: number; atSeconds: number } | undefined;
  for (const generation of profile.generations) {
    const atSeconds = recordOf(state, generation)?.goodAtSeconds;
    if (atSeconds === undefined || 'finding' in generation.system) continue;
    if (last === undefined || atSeconds >= last.atSeconds) {
      last = { number: generation.number, atSeconds };
    }
  }
  return last?.number;
}

/** The state with a generation pinned. Pure, as all here; what changes nothing gives the same back. */
export function withPin(state: State, generation: RecordedGeneration): State {
  if (isPinned(state, generation)) return state;
  return withRecord(state, generation, { ...recordToChange(state, generation), pinned: true });
}

export function withoutPin(state: State, generation: RecordedGeneration): State {
  if (!isPinned(state, generation)) return state;
  const { pinned: _, ...rest } = recordToChange(state, generation);
  return withRecord(state, generation, rest);
}

/**
 * The state with another note for a generation.
 *
 * @param text undefined or blank takes the note away
 * @throws GenctlError NOTE_UNSAFE
 */
export function withNote(
  state: State,
  generation: RecordedGeneration,
  text: string | undefined,
): State {
  const note = text === undefined ? undefined : checkedNote(text);
  if (recordOf(state, generation)?.note === note) return state;
  const { note: _, ...rest } = recordToChange(state, generation);
  return withRecord(state, generation, note === undefined ? rest : { ...rest, note });
}

/**
 * The state with a generation found good; the same where it was found good in that boot or a later
 * one already. Whatever the clock says, the generation that was found good last has the latest time.
 *
 * @param atSeconds when the boot was that it was found good in, since the epoch
 */
export function withGood(state: State, generation: RecordedGeneration, atSeconds: number): State {
  const before = recordOf(state, generation)?.goodAtSeconds;
  if (before !== undefined && before >= atSeconds) return state;
  const others = Object.entries(recordsOf(state, generation.profile)).flatMap(([number, record]) =>
    number === String(generation.number) ? [] : [record.goodAtSeconds ?? 0],
  );
  const goodAtSeconds = Math.max(atSeconds, ...others.map(seconds => seconds + 1));
  return withRecord(state, generation, { ...recordToChange(state, generation), goodAtSeconds });
}

/** The state without the records of generations that are gone. */
export function withoutRecords(state: State, profile: string, numbers: ReadonlySet<number>): State {
  const known = profileRecord(state, profile);
  const records = Object.entries(known?.generations ?? {});
  const kept = records.filter(([number]) => !numbers.has(Number(number)));
  if (known === undefined || kept.length === records.length) return state;
  return withRecords(state, profile, known, Object.fromEntries(kept));
}

function profileRecord(state: State, profile: string): ProfileRecord | undefined {
  // A profile may have a name that every object knows.
  return Object.hasOwn(state.profiles, profile) ? state.profiles[profile] : undefined;
}

function recordsOf(state: State, profile: string): Readonly<Record<string, GenerationRecord>> {
  return profileRecord(state, profile)?.generations ?? {};
}

/** What a change starts from: nothing of a record that was another generation's. */
function recordToChange(state: State, generation: RecordedGeneration): GenerationRecord {
  return recordOf(state, generation) ?? { target: generation.target };
}

/** A record that says nothing but whose it is goes. */
function withRecord(
  state: State,
  { profile, number }: RecordedGeneration,
  record: GenerationRecord,
): State {
  const known = profileRecord(state, profile) ?? { highestNumber: number };
  const { [String(number)]: _, ...others } = known.generations ?? {};
  const records = Object.keys(record).length > 1 ? { ...others, [number]: record } : others;
  return withRecords(state, profile, known, records);
}

function withRecords(
  state: State,
  profile: string,
  known: ProfileRecord,
  records: Readonly<Record<string, GenerationRecord>>,
): State {
  const { generations: _, ...rest } = known;
  const record = Object.keys(records).length > 0 ? { ...rest, generations: records } : rest;
  return { ...state, profiles: { ...state.profiles, [profile]: record } };
}
