import type { OptionPath } from '../module/hardware-module.ts';

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
  /** One clause that the values do not say themselves. */
  readonly note: string | undefined;
}
