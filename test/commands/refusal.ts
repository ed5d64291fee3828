import * as assert from 'uvu/assert';
import type { Answer, RunOptions, Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/** How a command shall refuse. Paths of the sandbox are given as `ROOT`. */
export interface Refusal {
  /** 1 unless told. */
  exitCode?: number;
  code: string;
  /** What stands behind `error[CODE]: `, to the end of its line. */
  message: string | RegExp;
  /** What stands behind `hint: `. */
  hint: string | RegExp;
  /** Paths that may be different afterwards; those of the store may, unless told. */
  mayChange?: RegExp;
}

/** A build adds to the store, which changes nothing of the machine; /run holds the lock. */
export const storeOnly =
  /^(?:\/run|\/nix|\/nix\/store(?:\/.*)?|\/nix\/var(?:\/genctl(?:\/narinfo(?:\/.*)?|\/store\.json)?)?)$/s;

/** Runs genctl and expects a refusal with one clear error, and a machine that is as before. */
export function assertRefused(
  sandbox: Sandbox,
  args: readonly string[],
  refusal: Refusal,
  options: RunOptions = {},
): Answer {
  const before = sandbox.snapshot();
  const answer = sandbox.run(args, options);
  const what = `genctl ${args.join(' ')}`;
  const lines = answer.stderr.replaceAll(sandbox.root, 'ROOT').trimEnd().split('\n');
  const at = lines.findIndex(line => line.startsWith('error['));
  const [error = '', hint = ''] = lines.slice(at);
  matches(error, `error[${refusal.code}]: `, refusal.message, `${what}: ${answer.stderr}`);
  matches(hint, 'hint: ', refusal.hint, `${what}: ${answer.stderr}`);
  assert.is(lines.length, at + 2, `${what}: more than one error: ${answer.stderr}`);
  assert.is(answer.exitCode, refusal.exitCode ?? 1, what);
  const mayChange = refusal.mayChange ?? storeOnly;
  const changed = changesBetween(before, sandbox.snapshot());
  const wrong = changed.filter(line => !mayChange.test(line.slice(2)));
  assert.equal(wrong, [], `${what}: half-done`);
  assert.equal(sandbox.locks(), [], `${what}: a lock is left`);
  return answer;
}

function matches(line: string, start: string, rest: string | RegExp, where: string): void {
  assert.is(line.slice(0, start.length), start, where);
  const text = line.slice(start.length);
  if (typeof rest === 'string') assert.is(text, rest, where);
  else assert.match(text, rest, where);
}
