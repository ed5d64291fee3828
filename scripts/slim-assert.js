// Stands in for node:assert within yargs, in the bundle only: Node's own sets up colours and
// streams when it is loaded, which costs 8 ms at each start.

/** @type {(actual: unknown, expected: unknown, message?: string) => void} */
export function strictEqual(actual, expected, message) {
  if (!Object.is(actual, expected))
    throw new Error(message ?? `${String(actual)} is not ${String(expected)}`);
}

/** @type {(actual: unknown, expected: unknown, message?: string) => void} */
export function notStrictEqual(actual, expected, message) {
  if (Object.is(actual, expected)) throw new Error(message ?? `${String(actual)} is not expected`);
}
