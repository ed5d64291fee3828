import { spawn } from 'node:child_process';
import type { Sandbox } from './sandbox.ts';
import { hasProgram } from './test-where.ts';

/** Whether there is a program that gives another one a terminal. */
export const hasTerminal: boolean = hasProgram('script', '--version');

export interface TerminalOptions {
  columns?: number;
  env?: Readonly<Record<string, string>>;
  /** What is typed once that has been printed. */
  type?: { after: string; text: string };
}

/** Runs genctl at a terminal; gives its exit code, and all that it has shown. */
export async function atTerminal(
  sandbox: Sandbox,
  args: readonly string[],
  { columns = 100, env = {}, type }: TerminalOptions = {},
): Promise<{ exitCode: number | null; shown: string }> {
  const command = sandbox.commandLine(args).map(word => `'${word}'`);
  const child = spawn(
    'script',
    ['-qec', `stty cols ${columns}; exec ${command.join(' ')}`, '/dev/null'],
    { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TERM: 'xterm', ...env } },
  );
  let shown = '';
  let isTyped = false;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece;
    if (type === undefined || isTyped || !shown.includes(type.after)) return;
    isTyped = true;
    child.stdin.write(type.text);
  });
  const exitCode = await new Promise<number | null>(resolve => {
    child.on('close', resolve);
  });
  return { exitCode, shown: shown.replaceAll('\r\n', '\n') };
}
