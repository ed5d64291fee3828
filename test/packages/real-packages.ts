import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Root } from '../../src/host/root.ts';
import {
  cachedPackagePath,
  fetchPackages,
  packageCacheFolder,
} from '../../src/system/debian/apt/package-cache.ts';
import { resolvePackages } from '../../src/system/debian/apt/resolve-packages.ts';
import { memory } from './memory.ts';
import { shareFile } from './share-file.ts';

/** Packages that all tests share, `SHA256.deb` each; made on first use. */
const sharedFolder = path.resolve('.cache/packages');
/** What was found for a list of names, and stays: tests are about the same packages every day. */
const foundFolder = path.resolve('.cache/found-packages');

/** What this machine's apt calls its suite. */
export const suite: string =
  /^VERSION_CODENAME=(\w+)$/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';

/** A package of Debian's, in the cache that tests share. */
export interface RealPackage {
  name: string;
  sha256: string;
  /** Of its `.deb`, a path on the host. */
  path: string;
  /** Its control file. */
  control: string;
}

/**
 * Debian's smallest system and what is wanted besides, with all it needs. By network the first
 * time, without afterwards.
 */
export async function realPackages(wanted: readonly string[]): Promise<RealPackage[]> {
  const key = createHash('sha256')
    .update(JSON.stringify([suite, wanted]))
    .digest('hex');
  const known = path.join(foundFolder, `${key.slice(0, 16)}.json`);
  if (fs.existsSync(known)) {
    const found = JSON.parse(fs.readFileSync(known, 'utf8')) as RealPackage[];
    if (found.every(each => fs.existsSync(each.path))) return found;
  }
  const found = await find(wanted);
  fs.mkdirSync(foundFolder, { recursive: true });
  fs.writeFileSync(`${known}.${process.pid}`, JSON.stringify(found));
  fs.renameSync(`${known}.${process.pid}`, known);
  return found;
}

async function find(wanted: readonly string[]): Promise<RealPackage[]> {
  const folder = fs.mkdtempSync(path.join(memory, 'genctl-find-'));
  fs.chmodSync(folder, 0o755);
  using root = new Root(folder);
  try {
    giveSharedPackages(folder);
    const settings = {
      root,
      suite,
      architecture: execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim(),
      sourcesFile: undefined,
      onProgress: () => undefined,
    };
    const packages = await resolvePackages(settings, {
      wanted,
      locked: [],
      update: [],
      freshLists: false,
    });
    await fetchPackages(settings, packages);
    return packages.map(each => {
      const { name, sha256 } = each;
      const shared = path.join(sharedFolder, `${sha256}.deb`);
      shareFile(cachedPackagePath(root, each), shared);
      const control = execFileSync('dpkg-deb', ['--field', shared], { encoding: 'utf8' });
      return { name, sha256, path: shared, control };
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Fills the package cache of a root with what tests have fetched so far. */
export function giveSharedPackages(rootFolder: string): void {
  const cache = rootFolder + packageCacheFolder;
  fs.mkdirSync(sharedFolder, { recursive: true });
  fs.mkdirSync(cache, { recursive: true });
  for (const name of fs.readdirSync(sharedFolder).filter(name => name.endsWith('.deb'))) {
    shareFile(path.join(sharedFolder, name), path.join(cache, name));
  }
}

/** Keeps for all tests what a root has fetched. */
export function keepPackages(rootFolder: string): void {
  const cache = rootFolder + packageCacheFolder;
  for (const name of fs.readdirSync(cache).filter(name => name.endsWith('.deb'))) {
    shareFile(path.join(cache, name), path.join(sharedFolder, name));
  }
}
