import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The bundled program, as `scripts/test` makes it before the tests; made here where it is not. */
export const genctlProgram: string = obtain();

function obtain(): string {
  const program = `${checkout}dist/genctl`;
  if (fs.existsSync(program)) return program;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle.js'], { cwd: checkout });
  if (status !== 0) throw new Error(`cannot bundle genctl: ${stderr.toString()}`);
  return program;
}
