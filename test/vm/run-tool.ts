// Runs the programs that the virtual machine's parts are made with. Argument vectors only.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where programs are looked for: a plain user's PATH lacks the folders of mkfs and sgdisk. */
export const toolPath: string = [
  ...new Set([...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin']),
].join(delimiter);

/** A program that could not be started or ended with another status than 0. */
export class ToolError extends Error {
  override name = 'ToolError';
  readonly status: number | undefined;
  readonly stderr: string;

  constructor(argv: readonly string[], status: number | undefined, stderr: string) {
    const ending = status === undefined ? 'could not be run' : `ended with status ${status}`;
    super(`${argv.join(' ')}: ${ending}\n${stderr.trimEnd()}`);
    this.status = status;
    this.stderr = stderr;
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the returned output; `latin1` keeps every byte. Default: utf8. */
  readonly encoding?: 'utf8' | 'latin1';
}

/**
 * Runs one program to its end and returns what it wrote to its standard output.
 * Throws ToolError, with all of its standard error, when it fails.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const argv = [command, ...args];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: toolPath, LC_ALL: 'C.UTF-8', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input is no failure of its own.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', cause => reject(new ToolError(argv, undefined, cause.message)));
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
  if (status !== 0) throw new ToolError(argv, status, Buffer.concat(stderr).toString());
  return Buffer.concat(stdout).toString(options.encoding);
}

/** The full path of a program, or undefined where it is not installed. */
export function findTool(command: string): string | undefined {
  return toolPath
    .split(delimiter)
    .map(folder => join(folder, command))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
