import { memberOf } from '../emit/option-family.ts';
import { optionPath } from '../emit/option-name.ts';
import { moduleName } from '../kernel/kernel-modules.ts';
import { isForKernel, optionMeaning, withTop } from './option-meaning.ts';

/** Options whose elements are kernel modules, which are the same with `-` and with `_`. */
const moduleLists: readonly string[] = [
  'boot.initrd.availableKernelModules',
  'boot.initrd.kernelModules',
  'boot.kernelModules',
];

/** The elements of an option's list that others do not have in their own words. */
export function itemsWithout(
  key: string,
  items: readonly string[],
  others: readonly string[],
): readonly string[] {
  const meaningOf = meaningsIn(key);
  const there = othersOf(key, others);
  return items.filter(item => meaningOf(item).some(meaning => !there.has(meaning)));
}

/** The same where the others are what is seen of a machine, which does not show everything. */
export function itemsGone(
  key: string,
  items: readonly string[],
  others: readonly string[],
): readonly string[] {
  const meaningOf = meaningsIn(key);
  const there = othersOf(key, others);
  const isSeen = isOfMount(key) ? isForKernel : () => true;
  return items.filter(item =>
    meaningOf(item).some(meaning => isSeen(meaning) && !there.has(meaning)),
  );
}

function othersOf(key: string, others: readonly string[]): ReadonlySet<string> {
  const meanings = others.flatMap(meaningsIn(key));
  return new Set(isOfMount(key) ? withTop(meanings) : meanings);
}

function meaningsIn(key: string): (item: string) => readonly string[] {
  if (isOfMount(key)) return optionMeaning;
  return moduleLists.includes(key) ? item => [moduleName(item)] : item => [item];
}

function isOfMount(key: string): boolean {
  const member = memberOf(optionPath(key));
  return member?.family === 'fileSystems' && member.rest.join('.') === 'options';
}
