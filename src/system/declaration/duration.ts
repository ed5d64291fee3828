/** A length of time. */
export interface Duration {
  readonly seconds: number;
}

const secondsOf = new Map([
  ['h', 3600],
  ['d', 24 * 3600],
  ['w', 7 * 24 * 3600],
]);

/**
 * Reads `12h`, `30d` or `4w`; undefined for anything else. There is no `m`: whether it means
 * minutes or months decides over old generations.
 */
export function parseDuration(text: string): Duration | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,5}) ?([hdw])$/.exec(text) ?? [];
  const unitSeconds = secondsOf.get(unit ?? '');
  return unitSeconds === undefined ? undefined : { seconds: Number(count) * unitSeconds };
}
