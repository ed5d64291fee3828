// The disks of a sandbox machine as the simulation knows them, to be judged by the same judge.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SimulatedState } from '../../src/transaction/simulate.ts';

/** @param root the sandbox's folder; its `boot` is the ESP */
export function readDisks(root: string): SimulatedState {
  const files = new Map<string, { sizeBytes: number; sha256: string; text: string }>();
  const folders = new Set<string>();
  const esp = path.join(root, 'boot');
  for (const name of fs.readdirSync(esp, { recursive: true, encoding: 'utf8' })) {
    const at = path.join(esp, name);
    const stat = fs.lstatSync(at);
    if (stat.isDirectory()) folders.add(`esp:${name}`);
    else if (stat.isFile()) files.set(`esp:${name}`, describe(fs.readFileSync(at)));
  }
  const state = path.join(root, 'nix/var/genctl/state.json');
  if (fs.existsSync(state)) {
    files.set('root:nix/var/genctl/state.json', describe(fs.readFileSync(state)));
  }
  for (const name of fs.readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (fs.lstatSync(path.join(root, name)).isDirectory()) folders.add(`root:${name}`);
  }
  return {
    files,
    folders,
    links: readLinks(root),
    efiVariables: new Set(),
    storePaths: readStore(root),
    active: linkOf(path.join(root, 'run/current-system')),
    markedCommitted: fs.existsSync(path.join(root, 'nix/var/genctl/journal.committed')),
  };
}

function readLinks(root: string): Map<string, string> {
  const profiles = 'nix/var/nix/profiles';
  const at = path.join(root, profiles);
  const names = fs.existsSync(at) ? fs.readdirSync(at) : [];
  return new Map(
    names.flatMap(name => {
      const target = linkOf(path.join(at, name));
      return target === undefined ? [] : [[`root:${profiles}/${name}`, target] as const];
    }),
  );
}

function readStore(root: string): Set<string> {
  const at = path.join(root, 'nix/store');
  const names = fs.existsSync(at) ? fs.readdirSync(at) : [];
  return new Set(names.filter(name => !name.startsWith('.')).map(name => `/nix/store/${name}`));
}

function linkOf(at: string): string | undefined {
  return fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()
    ? fs.readlinkSync(at)
    : undefined;
}

function describe(bytes: Buffer): { sizeBytes: number; sha256: string; text: string } {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sizeBytes: bytes.length, sha256, text: bytes.toString('utf8') };
}
