import { spawnSync } from 'node:child_process';
import { test } from 'uvu';

/** Registers tests that need a program; where it is missing they are skipped, and named. */
export function toolTest(
  program: string,
  debianPackage: string,
): (name: string, body: () => void | Promise<void>) => void {
  const isThere = spawnSync(program, ['--help']).error === undefined;
  return (name, body) => {
    if (isThere) {
      test(name, body);
      return;
    }
    process.stdout.write(`skipped: ${name}: missing ${debianPackage}\n`);
    test.skip(name, body);
  };
}
