import type { Argv } from 'yargs';
import { parseBytes } from '../bytes.ts';
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

const secondsOf = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);
const longestWaitSeconds = 3600;

/** A time to wait, as seconds: `90s`, `2m`, `1h`; undefined where the flag is not there. */
export function wait(flag: string, describe: string) {
  return {
    type: 'string',
    requiresArg: true,
    describe,
    coerce: (value: unknown) => (value === undefined ? undefined : toSeconds(flag, value)),
  } as const;
}

/** @throws GenctlError USAGE */
function toSeconds(flag: string, value: unknown): number {
  const [, count, unit] = /^([1-9][0-9]{0,3})([smh])$/.exec(String(value)) ?? [];
  const seconds = Number(count) * (secondsOf.get(unit ?? '') ?? Number.NaN);
  if (seconds <= longestWaitSeconds) return seconds;
  throw new GenctlError('USAGE', `${flag}: it is no time between 1s and 1h, such as 2m`, {
    exitCode: exitCodes.usage,
  });
}

/** A size that has to be given, as bytes: `500M`, `4G`. */
export function bytes(flag: string, describe: string) {
  return {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe,
    coerce: (value: unknown) => toBytes(flag, value),
  } as const;
}

/** @throws GenctlError USAGE */
function toBytes(flag: string, value: unknown): number {
  const sizeBytes = parseBytes(String(value));
  if (sizeBytes !== undefined) return sizeBytes;
  throw new GenctlError('USAGE', `${flag}: it is no size, such as 500M or 4G`, {
    exitCode: exitCodes.usage,
  });
}
