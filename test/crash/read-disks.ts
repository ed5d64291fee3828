// The disks of a sandbox machine as the simulation knows them, to be judged by the same judge.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { VolumeIdentity } from '../../src/transaction/plan.ts';
import type { SimulatedState } from '../../src/transaction/simulate.ts';

/** A boot partition of a sandbox: a folder below its root. */
export type MountedVolume = Pick<VolumeIdentity, 'volume' | 'mountPoint'>;

/** @param root the sandbox's folder */
export function readDisks(
  root: string,
  volumes: readonly MountedVolume[] = [{ volume: 'esp', mountPoint: '/boot' }],
): SimulatedState {
  const files = new Map<string, { sizeBytes: number; sha256: string; text: string }>();
  const folders = new Set<string>();
  for (const { volume, mountPoint } of volumes) {
    for (const name of namesOn(root, mountPoint, volumes)) {
      const at = path.join(root, mountPoint, name);
      const stat = fs.lstatSync(at);
      if (stat.isDirectory()) folders.add(`${volume}:${name}`);
      else if (stat.isFile()) files.set(`${volume}:${name}`, describe(fs.readFileSync(at)));
    }
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
    efiVariables: new Map(),
    storePaths: readStore(root),
    references: readReferences(root),
    active: linkOf(path.join(root, 'run/current-system')),
    markedCommitted: fs.existsSync(path.join(root, 'nix/var/genctl/journal.committed')),
  };
}

/** What is on one volume: an ESP may be mounted below the XBOOTLDR partition. */
function namesOn(root: string, mountPoint: string, volumes: readonly MountedVolume[]): string[] {
  const inner = volumes.flatMap(other =>
    other.mountPoint.startsWith(`${mountPoint}/`)
      ? [other.mountPoint.slice(mountPoint.length + 1)]
      : [],
  );
  return fs
    .readdirSync(path.join(root, mountPoint), { recursive: true, encoding: 'utf8' })
    .filter(name => inner.every(other => name !== other && !name.startsWith(`${other}/`)));
}

/** Folders whose links are roots of the store. */
const linkFolders = ['nix/var/nix/profiles', 'nix/var/nix/gcroots', 'run'];

function readLinks(root: string): Map<string, string> {
  return new Map(
    linkFolders.flatMap(folder => {
      const at = path.join(root, folder);
      const names = fs.existsSync(at)
        ? fs.readdirSync(at, { recursive: true, encoding: 'utf8' })
        : [];
      return names.flatMap(name => {
        const target = linkOf(path.join(at, name));
        return target === undefined ? [] : [[`root:${folder}/${name}`, target] as const];
      });
    }),
  );
}

/** What the store's own records say that its paths refer to. */
function readReferences(root: string): Map<string, string[]> {
  const at = path.join(root, 'nix/var/genctl/narinfo');
  const names = fs.existsSync(at) ? fs.readdirSync(at) : [];
  return new Map(
    names.flatMap(name => {
      const text = fs.readFileSync(path.join(at, name), 'utf8');
      const storePath = /^StorePath: (.*)$/m.exec(text)?.[1];
      const references = /^References: (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
      const paths = references.filter(base => base !== '').map(base => `/nix/store/${base}`);
      return storePath === undefined ? [] : [[storePath, paths] as const];
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
