import { test } from 'uvu';

/** A test that needs something of the machine: without that it is skipped, by name. */
export function testWhere(
  isThere: boolean,
  lack: string,
  name: string,
  work: () => Promise<void> | void,
): void {
  if (isThere) {
    test(name, work);
    return;
  }
  process.stdout.write(`skipped, ${lack}: ${name}\n`);
  test.skip(name, work);
}
