import { FieldError, JsonFields } from '../../json-fields.ts';

/**
 * Looks for a part of a report that may be missing or odd; undefined where it is. (A report grows
 * from version to version, and every firmware fills it in differently.)
 */
export function ifSaid<T>(lookUp: () => T | undefined): T | undefined {
  try {
    return lookUp();
  } catch (thrown) {
    if (thrown instanceof FieldError) return undefined;
    throw thrown;
  }
}

/** The objects of a list; a single object counts as a list of one, as reports write them. */
export function objectsIn(value: unknown): JsonFields[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap(item => ifSaid(() => new JsonFields(item)) ?? []);
}

/** One line of text: what is in it that would end it says nothing. */
export function textOf(fields: JsonFields | undefined, key: string): string | undefined {
  return ifSaid(() => fields?.optionalText(key))?.replaceAll(/[\n\r\0]+/g, ' ');
}

export function textsOf(fields: JsonFields, key: string): string[] {
  return ifSaid(() => (fields.has(key) ? fields.texts(key) : [])) ?? [];
}

/** A whole number from 0 on. */
export function countOf(fields: JsonFields | undefined, key: string): number | undefined {
  const value = ifSaid(() => fields?.optionalNumber(key));
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The number of `{ "hex": "0106", "name": …, "value": 262 }`. */
export function idOf(fields: JsonFields, key: string): number | undefined {
  return countOf(
    ifSaid(() => fields.optionalObject(key)),
    'value',
  );
}
