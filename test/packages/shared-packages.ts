// The packages that all tests share, so that each is downloaded once: `.cache/packages/SHA256.deb`.
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageCacheFolder } from '../../src/system/debian/apt/package-cache.ts';

const shared = fileURLToPath(new URL('../../.cache/packages', import.meta.url));

/** Gives a root what is there already; genctl compares each package with its hash. */
export function lendPackages(root: string): void {
  give(shared, join(root, packageCacheFolder));
}

/** Keeps what a root has fetched. */
export function keepPackages(root: string): void {
  give(join(root, packageCacheFolder), shared);
}

function give(from: string, to: string): void {
  for (const folder of [from, to]) mkdirSync(folder, { recursive: true });
  const there = new Set(readdirSync(to));
  for (const name of readdirSync(from)) {
    if (!name.endsWith('.deb') || there.has(name)) continue;
    linkOrCopy(join(from, name), join(to, name));
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // Another file system, or another test has just done the same.
    if (!existsSync(target)) copyFileSync(source, target);
  }
}
