import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockedPackage } from '../../../../src/system/debian/lock/lock.ts';
import { realPackages } from '../../../packages/real-packages.ts';
import { shareFile } from '../../../packages/share-file.ts';

export const architecture = (): string =>
  execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();

/** Debian's smallest system and what is wanted besides, in a package cache. */
export async function giveEssential(
  cache: string,
  wanted: readonly string[],
): Promise<LockedPackage[]> {
  fs.mkdirSync(cache, { recursive: true });
  return (await realPackages(wanted)).map(({ name, sha256, path: file, control }) => {
    shareFile(file, path.join(cache, path.basename(file)));
    const field = (of: string): string =>
      new RegExp(`^${of}: (\\S+)$`, 'm').exec(control)?.[1] ?? '';
    return {
      name,
      version: field('Version'),
      architecture: field('Architecture'),
      sizeBytes: fs.statSync(file).size,
      sha256,
      poolPath: `pool/${name}.deb`,
    };
  });
}
