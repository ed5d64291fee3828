import { spawnSync } from 'node:child_process';
import { Scratch } from './scratch.ts';
import { testWhere } from './test-where.ts';

// Not nix-store: even its --version opens the machine's store, and makes one where there is none.
const isInstalled = spawnSync('nix-hash', ['--version']).status === 0;

/** A test against the real Nix. */
export function nixTest(name: string, work: () => Promise<void> | void): void {
  testWhere(isInstalled, 'nix is not installed', name, work);
}

const home = new Scratch();
process.on('exit', () => home[Symbol.dispose]());

/** Runs a program of Nix's and gives its output. This machine's own /nix is never touched. */
export function nix(program: string, args: readonly string[], input = ''): Buffer {
  const result = spawnSync(program, args, {
    input,
    maxBuffer: 1 << 30,
    env: {
      PATH: process.env['PATH'],
      HOME: home.path,
      // The store that a program opens when it is told no other: without it, /nix of the machine,
      // which it would make where there is none.
      NIX_REMOTE: `local?root=${home.path}/default-store`,
      NIX_CONFIG: 'experimental-features = nix-command\nbuild-users-group =\nsubstitute = false\n',
    },
  });
  if (result.status !== 0) {
    throw new Error(`${program} ${args.join(' ')}: ${result.stderr?.toString() ?? result.error}`);
  }
  return result.stdout;
}

/** What `nix-store --add` says, in a store of its own below a folder. */
export function nixAdd(storeRoot: string, path: string): string {
  return nix('nix-store', ['--store', storeRoot, '--add', path]).toString().trim();
}

/** What makes a path valid in Nix's database. */
export interface Registration {
  path: string;
  references: readonly string[];
  narHash: Buffer;
  narSizeBytes: number;
}

/**
 * Makes paths valid that lie in place already: nix-store(1), `--load-db`. (`--register-validity`
 * looks for them in the live machine's store.)
 */
export function nixRegister(storeRoot: string, paths: readonly Registration[]): void {
  const text = paths.flatMap(({ path, references, narHash, narSizeBytes }) => [
    path,
    narHash.toString('hex'),
    String(narSizeBytes),
    '',
    String(references.length),
    ...references,
  ]);
  nix('nix-store', ['--store', storeRoot, '--load-db'], `${text.join('\n')}\n`);
}
