import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Root } from '../../../../src/host/root.ts';
import {
  fetchPackages,
  packageCacheFolder,
} from '../../../../src/system/debian/apt/package-cache.ts';
import { resolvePackages } from '../../../../src/system/debian/apt/resolve-packages.ts';
import type { LockedPackage } from '../../../../src/system/debian/lock/lock.ts';

/** Packages that all tests share, `SHA256.deb` each. */
const shared = path.resolve('.cache/packages');

/** What this machine's apt calls its suite and its architecture. */
export const suite: string =
  /^VERSION_CODENAME=(\w+)$/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';

export const architecture = (): string =>
  execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();

/** Debian's smallest system and what is wanted besides, in the package cache of a root. */
export async function fetchEssential(root: Root, wanted: string[]): Promise<LockedPackage[]> {
  fs.mkdirSync(shared, { recursive: true });
  const cache = root.onHost(packageCacheFolder);
  fs.mkdirSync(cache, { recursive: true });
  share(shared, cache);
  const settings = {
    root,
    suite,
    architecture: architecture(),
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
  share(cache, shared);
  return packages;
}

/** Gives one folder what another has; the files are the same, or copies where they cannot be. */
export function share(from: string, to: string): void {
  for (const name of fs.readdirSync(from).filter(name => name.endsWith('.deb'))) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    if (fs.existsSync(target)) continue;
    try {
      fs.linkSync(source, target);
    } catch {
      fs.copyFileSync(source, target);
    }
  }
}
