import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { GenctlError } from '../errors.ts';

export interface RunOptions {
  /** Variables added to our own environment. */
  env?: Readonly<Record<string, string>>;
  /** Text given on standard input; without it, standard input is empty. */
  input?: string | Uint8Array;
  /** Called with each complete line of the program's standard output. */
  onOutputLine?: (line: string) => void;
  /** Called with each complete line of the program's standard error. */
  onErrorLine?: (line: string) => void;
  /**
   * Keeps Ctrl-C away from the program, which would otherwise get it from the terminal too: for
   * work that has to be brought to its end or taken back in order.
   */
  shielded?: boolean;
  /** Exit codes that are an answer and no failure; only 0 unless told. */
  accept?: readonly number[];
  /** Ends a program that has not ended by itself until then. */
  patienceSeconds?: number;
  /** Ends the program as soon as this is aborted. */
  until?: AbortSignal;
  /** Ends a program that prints more on its standard output. */
  maxOutputBytes?: number;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Debian packages of programs that a small machine may lack. */
const packageOf: Readonly<Record<string, string>> = {
  'apt-cache': 'apt',
  'apt-config': 'apt',
  'apt-get': 'apt',
  blkid: 'util-linux',
  bootctl: 'systemd-boot',
  chattr: 'e2fsprogs',
  cp: 'coreutils',
  'dpkg-deb': 'dpkg',
  du: 'coreutils',
  find: 'findutils',
  getfattr: 'attr',
  'grub-bios-setup': 'grub-pc-bin',
  'grub-install': 'grub2-common',
  'grub-mkimage': 'grub-common',
  mcopy: 'mtools',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  'nix-instantiate': 'nix-bin',
  'nix-store': 'nix-bin',
  nsenter: 'util-linux',
  setfattr: 'attr',
  setpriv: 'util-linux',
  sfdisk: 'fdisk',
  sh: 'dash',
  sync: 'coreutils',
  systemctl: 'systemd',
  truncate: 'coreutils',
  unshare: 'util-linux',
};

/**
 * Runs a program by argument vector, never through a shell, and gives what it printed.
 *
 * @throws GenctlError PROGRAM_MISSING, PROGRAM_FAILED (with the last lines of its standard error)
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  // Numbers and messages of programs are read: none may be translated.
  const env = { ...process.env, LC_ALL: 'C', ...options.env };
  const child = spawn(program, args, {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.shielded ?? false,
  });
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  const stderrPieces: Buffer[] = [];
  const outputLine = lineReader(options.onOutputLine);
  const errorLine = lineReader(options.onErrorLine);
  let ended: string | undefined;
  const end = (why: string): void => {
    ended = why;
    child.kill('SIGKILL');
    // What it has started may hold its output open, and is not waited for.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const { patienceSeconds, maxOutputBytes, until } = options;
  const endInterrupted = (): void => end('it was interrupted');
  until?.addEventListener('abort', endInterrupted);
  if (until?.aborted === true) endInterrupted();
  const patience =
    patienceSeconds === undefined
      ? undefined
      : setTimeout(end, patienceSeconds * 1000, `it took more than ${patienceSeconds} s`);
  child.stdout.on('data', (piece: Buffer) => {
    stdoutBytes += piece.length;
    outputLine(piece);
    if (maxOutputBytes === undefined || stdoutBytes <= maxOutputBytes) stdout.push(piece);
    else end(`it printed more than ${maxOutputBytes} bytes`);
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderrPieces.push(piece);
    errorLine(piece);
  });
  // A program that ends without reading its input breaks the pipe; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', cause => reject(programError(program, cause)));
    child.on('close', (code, signal) => {
      if (code !== null && ended === undefined) resolve(code);
      else {
        const why = ended ?? `it was ended by ${signal}`;
        reject(new GenctlError('PROGRAM_FAILED', `${program}: ${why}`));
      }
    });
  }).finally(() => {
    clearTimeout(patience);
    until?.removeEventListener('abort', endInterrupted);
  });
  const stderr = Buffer.concat(stderrPieces).toString('utf8');
  if (!(options.accept ?? [0]).includes(exitCode)) {
    const last = stderr.trim().split('\n').slice(-4).join('; ');
    throw new GenctlError(
      'PROGRAM_FAILED',
      `${[program, ...args].join(' ')}: it ended with exit code ${exitCode}${last && `: ${last}`}`,
    );
  }
  return { stdout: Buffer.concat(stdout).toString('utf8'), stderr, exitCode };
}

/** Takes pieces of a text and hands on each line that has come to its end. */
function lineReader(onLine: ((line: string) => void) | undefined): (piece: Buffer) => void {
  if (onLine === undefined) return () => undefined;
  const decoder = new StringDecoder('utf8');
  let partialLine = '';
  return piece => {
    const lines = (partialLine + decoder.write(piece)).split('\n');
    partialLine = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}

/** Whether a program is on the path. */
export function isInstalled(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(':').filter(folder => folder !== '');
  return folders.some(folder => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function programError(program: string, cause: Error & { code?: string }): GenctlError {
  if (cause.code !== 'ENOENT') {
    return new GenctlError('PROGRAM_FAILED', `${program}: ${cause.message}`, { cause });
  }
  const debianPackage = packageOf[program] ?? program;
  return new GenctlError('PROGRAM_MISSING', `${program}: the program is not installed`, {
    cause,
    hint: `Install it: apt-get install ${debianPackage}`,
  });
}
