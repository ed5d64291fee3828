import type { Generation, Profile } from '../../src/generations/generation.ts';

const bootspec = {} as Extract<Generation['system'], { bootspec: unknown }>['bootspec'];
const finding = { code: 'X', subject: 'x', reason: 'x' };

/** A generation of the profile `system`, which can be read. */
export function generation(number: number, madeAtSeconds = 0): Generation {
  const target = `/nix/store/${number}`;
  return { profile: 'system', number, target, madeAtSeconds, system: { bootspec } };
}

export function unreadable(number: number, madeAtSeconds = 0): Generation {
  return { ...generation(number, madeAtSeconds), system: { finding } };
}

export function profile(...generations: readonly Generation[]): Profile {
  const highestNumber = Math.max(0, ...generations.map(({ number }) => number));
  return { name: 'system', currentNumber: undefined, generations, highestNumber };
}

/** Seconds since the epoch: `2026-11-22`, or with a time of the day. */
export function at(date: string): number {
  return Date.parse(date.length === 10 ? `${date}T12:00:00Z` : date) / 1000;
}
