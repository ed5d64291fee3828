// systemd's own programs read what is written for them; where one is missing, its tests are skipped.
import type { Test } from 'uvu';
import { findTool } from '../../../vm/run-tool.ts';

/** `test`, or its `skip` where a program of systemd's is missing. */
export function skipIfMissing(
  test: Test,
  program: string,
): (name: string, body: () => void) => void {
  if (findTool(program) !== undefined) return test;
  return name => {
    process.stdout.write(`skipped: ${name}: missing ${program}\n`);
    test.skip(name);
  };
}
