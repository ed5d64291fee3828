import type { OptionName, Values } from './option-table.ts';
import type { Origin } from './problem.ts';

/**
 * What one system is to be: every option with its value, defaults filled in. Plain data that can
 * be written as JSON; nothing in it depends on where it was declared, relative paths apart.
 */
export interface Configuration {
  readonly system: Values<'system'>;
  readonly networking: Values<'networking'>;
  readonly boot: Values<'boot'> & { readonly loader: Values<'boot.loader'> };
  readonly gc: Values<'gc'>;
  /** By path below /etc: what differs from the file in the declaration's `etc/`. */
  readonly etc: Readonly<Record<string, Values<'etc'>>>;
}

/** Which of several things an origin is asked of. */
export interface OriginQuery {
  /** The specialisation whose configuration is meant; the machine's own if left out. */
  readonly specialisation?: string | undefined;
  /** The item of a list, counted from 0; the first if left out. */
  readonly item?: number | undefined;
  /** For `etc.mode` and the like: the path below /etc. */
  readonly etcPath?: string | undefined;
}

/** A declaration, read and resolved, frozen throughout. */
export interface Declaration extends Configuration {
  /** Whole configurations, each merged with the one above, by name. Without a prototype. */
  readonly specialisations: Readonly<Record<string, Configuration>>;
  /** The files that were read, as paths on the host. For messages: they are no part of a system. */
  readonly files: readonly string[];
  /** Where a value was declared; undefined where it is a default. */
  origin(option: OptionName, query?: OriginQuery): Origin | undefined;
}
