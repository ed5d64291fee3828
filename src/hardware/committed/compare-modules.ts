import { memberOf } from '../emit/option-family.ts';
import { optionName, optionPath } from '../emit/option-name.ts';
import { moduleName } from '../kernel/kernel-modules.ts';
import type { HardwareModule, OptionPath } from '../module/hardware-module.ts';
import {
  type CommittedModule,
  type CommittedValue,
  flatten,
  readBack,
} from './committed-module.ts';

/** In what the machine is not as its module says. */
export interface Difference {
  /** The machine has it and the module lacks it; the reverse; both have it, each another. */
  readonly kind: 'added' | 'gone' | 'changed';
  readonly option: OptionPath;
  /** One element of a list; the value of any other option. */
  readonly committed: string | number | boolean | undefined;
  readonly live: string | number | boolean | undefined;
  /** Whether the machine may not come up with what the module says. */
  readonly mattersForBooting: boolean;
}

/** Options whose elements are kernel modules, which are the same with `-` and with `_`. */
const moduleLists: readonly string[] = [
  'boot.initrd.availableKernelModules',
  'boot.initrd.kernelModules',
  'boot.kernelModules',
];

/**
 * Compares what is committed with the module that describes the machine now, lists element by
 * element, in whatever order they are. First what the machine has, in the module's order, then
 * what it has not any more, in that of the file. Pure.
 */
export function compareModules(
  committed: CommittedModule,
  wanted: HardwareModule,
): readonly Difference[] {
  const live = flatten(wanted);
  const needed = neededKeys(wanted);
  const differences: Difference[] = [];
  for (const [key, value] of live) {
    const option = optionPath(key);
    const there = committed.get(key);
    if (Array.isArray(value)) {
      for (const item of itemsWithout(key, value, there)) {
        differences.push({
          kind: 'added',
          option,
          committed: undefined,
          live: item,
          mattersForBooting: needed.has(itemKey(key, item)),
        });
      }
    } else if (there !== value) {
      differences.push({
        kind: there === undefined ? 'added' : 'changed',
        option,
        committed: shown(there),
        live: shown(value),
        mattersForBooting: needed.has(key),
      });
    }
  }
  for (const [key, value] of committed) {
    const there = live.get(key);
    if (there !== undefined && !Array.isArray(value)) continue;
    const mattersForBooting = isAwaited(optionPath(key), committed);
    const gone = Array.isArray(value) ? itemsWithout(key, value, there) : [shown(value)];
    for (const one of gone) {
      const option = optionPath(key);
      differences.push({
        kind: 'gone',
        option,
        committed: one,
        live: undefined,
        mattersForBooting,
      });
    }
  }
  return differences;
}

/**
 * Whether booting fails for want of a device that is not there any more. Without a swap device it
 * goes on.
 */
function isAwaited(option: OptionPath, committed: CommittedModule): boolean {
  const member = memberOf(option);
  if (member === undefined || member.rest.join('.') !== 'device') return false;
  if (member.family !== 'fileSystems') return member.family === 'boot.initrd.luks.devices';
  const options = committed.get(optionName([...option.slice(0, -1), 'options']));
  return !Array.isArray(options) || !['nofail', 'noauto'].some(word => options.includes(word));
}

/** Options and elements of lists that the machine needs to boot. */
function neededKeys(wanted: HardwareModule): ReadonlySet<string> {
  const needed = wanted.definitions.filter(({ neededToBoot }) => neededToBoot);
  return new Set(
    needed.map(({ kind, option, value }) => {
      const key = optionName(option);
      return kind === 'value' ? key : itemKey(key, String(readBack(value)));
    }),
  );
}

function itemKey(key: string, item: string): string {
  return `${key} ${item}`;
}

/** The elements of a list that another value does not have. */
function itemsWithout(
  key: string,
  items: readonly string[],
  other: CommittedValue | undefined,
): string[] {
  const same = (item: string): string => (moduleLists.includes(key) ? moduleName(item) : item);
  const there = new Set((Array.isArray(other) ? (other as readonly string[]) : []).map(same));
  return items.filter(item => !there.has(same(item)));
}

/** A value where no list is expected; a list comes as the text of its elements. */
function shown(value: CommittedValue | undefined): string | number | boolean | undefined {
  return typeof value === 'object' ? value.join(' ') : value;
}
