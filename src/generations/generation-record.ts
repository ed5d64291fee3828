import { FieldError, type JsonFields } from '../json-fields.ts';

/**
 * What is remembered of a generation beyond its link. Fields that a newer version has added are
 * kept.
 */
export interface GenerationRecord {
  /** Where the generation's link led: what bears the number and leads elsewhere is another one. */
  target: string;
  pinned?: true;
  /** What a person says of it: one line. */
  note?: string;
  /** When it was last found to be good, seconds since the epoch. */
  goodAtSeconds?: number;
  [unknownField: string]: unknown;
}

/**
 * Reads the records of a profile, by number. One that is malformed makes the whole unreadable: it
 * may be a pin.
 *
 * @throws FieldError
 */
export function readGenerationRecords(
  records: JsonFields,
  profile: string,
): Record<string, GenerationRecord> {
  return Object.fromEntries(
    records.keys().map(number => {
      const place = `profiles / ${profile} / generations / ${number}`;
      if (!/^[1-9][0-9]{0,8}$/.test(number)) {
        throw new FieldError(`${place}: it is no number of a generation`);
      }
      return [number, fromRecord(records.object(number), place)];
    }),
  );
}

function fromRecord(record: JsonFields, place: string): GenerationRecord {
  if (record.has('pinned') && record.all['pinned'] !== true) {
    throw new FieldError(`${place} / pinned: it is not true`);
  }
  const note = record.optionalText('note');
  const goodAtSeconds = record.optionalNumber('goodAtSeconds');
  if (goodAtSeconds !== undefined && !Number.isFinite(goodAtSeconds)) {
    throw new FieldError(`${place} / goodAtSeconds: it is no time`);
  }
  return {
    ...record.all,
    target: record.text('target'),
    ...(note !== undefined && { note }),
    ...(goodAtSeconds !== undefined && { goodAtSeconds }),
  };
}
