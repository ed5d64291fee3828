import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockedPackage } from '../../src/system/debian/lock/lock.ts';
import { type MadePackage, makePackage, poolPathOf } from './made-package.ts';

/** Makes a package, and puts it into a folder as the package cache has it. */
export function cachePackage(cache: string, made: MadePackage): LockedPackage {
  const { name, version = '1' } = made;
  const draft = path.join(cache, path.basename(poolPathOf(made)));
  makePackage(made, draft);
  const bytes = fs.readFileSync(draft);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  fs.renameSync(draft, path.join(cache, `${sha256}.deb`));
  return {
    name,
    version,
    architecture: 'all',
    sizeBytes: bytes.length,
    sha256,
    poolPath: poolPathOf(made),
  };
}
