import { instanceOf, prefixOf, withoutType } from './unit-name.ts';

/**
 * Expands the specifiers that follow from a unit's name alone (systemd.unit(5)).
 *
 * @returns undefined where there are others: they follow from a machine or a process
 */
export function expandSpecifiers(text: string, unit: string): string | undefined {
  const values = new Map([
    ['%', '%'],
    ['n', unit],
    ['N', withoutType(unit)],
    ['p', prefixOf(unit)],
    ['j', prefixOf(unit).split('-').at(-1) ?? ''],
    ['i', instanceOf(unit) ?? ''],
  ]);
  let known = true;
  const expanded = text.replace(/%(.?)/gsu, (_, letter: string) => {
    const value = values.get(letter);
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? expanded : undefined;
}
