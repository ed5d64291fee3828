import type { Argv } from 'yargs';
import type { CommonFlags } from '../commands/context.ts';
import { exitCodes, GenctlError } from '../errors.ts';

/** A generation, or none: then the declared system is meant. */
export function generation(argv: Argv<CommonFlags>) {
  return profile(argv).positional('generation', {
    type: 'number',
    describe: 'Number of a generation; without it the declared system is built',
    coerce: (value: unknown) => (value === undefined ? undefined : toNumber('GEN', value)),
  });
}

/** A generation that has to be named. */
export function oneGeneration(argv: Argv<CommonFlags>) {
  return profile(argv).positional('generation', {
    type: 'number',
    demandOption: true,
    describe: 'Its number',
    coerce: (value: unknown) => toNumber('GEN', value),
  });
}

export function profile(argv: Argv<CommonFlags>) {
  return argv.option('profile', {
    type: 'string',
    default: 'system',
    requiresArg: true,
    describe: 'The profile',
  });
}

/** How many stay by some rule; undefined where the flag is not there. */
export function count(flag: string, describe: string) {
  return {
    type: 'number',
    requiresArg: true,
    describe,
    coerce: (value: unknown) => (value === undefined ? undefined : toNumber(flag, value)),
  } as const;
}

/**
 * @param what is meant by it, for the error
 * @throws GenctlError USAGE
 */
export function toNumber(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new GenctlError('USAGE', `${what}: it is not a whole number above 0`, {
    exitCode: exitCodes.usage,
  });
}
