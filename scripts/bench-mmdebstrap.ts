// The peer: mmdebstrap, which installs the same packages from a folder of them.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockedPackage } from '../src/system/debian/lock/lock.ts';
import { shareFile } from '../test/packages/share-file.ts';
import { time } from './bench-figures.ts';

/** Packages in a folder, as apt takes them from there. */
export interface FlatRepository {
  folder: string;
  suite: string;
  packages: readonly LockedPackage[];
}

/** Makes the folder of a repository. */
export function publish(
  { folder, suite, packages }: FlatRepository,
  debOf: (locked: LockedPackage) => string,
): void {
  fs.mkdirSync(folder);
  const stanzas = packages.map(locked => {
    const name = path.basename(debOf(locked));
    shareFile(debOf(locked), path.join(folder, name));
    const control = execFileSync('dpkg-deb', ['--field', debOf(locked)], { encoding: 'utf8' });
    return `${control}Filename: ./${name}\nSize: ${locked.sizeBytes}\nSHA256: ${locked.sha256}\n`;
  });
  fs.writeFileSync(path.join(folder, 'Packages'), stanzas.join('\n'));
  fs.writeFileSync(path.join(folder, 'Release'), `Suite: ${suite}\nCodename: ${suite}\n`);
}

/** Milliseconds that it takes mmdebstrap to install all of them into a folder that is not there. */
export function timeMmdebstrap(
  { folder, suite, packages }: FlatRepository,
  target: string,
): number {
  const options = [
    '--quiet',
    '--mode=root',
    '--format=directory',
    '--variant=essential',
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    // As genctl has it: what is half done after a crash is thrown away.
    '--dpkgopt=force-unsafe-io',
    `--include=${packages.map(({ name }) => name).join(',')}`,
  ];
  const source = `deb [trusted=yes] copy:${folder} ./`;
  // Both boot by genctl's initrd; no package makes one of its own.
  return time(['mmdebstrap', ...options, suite, target, source], { INITRD: 'No' });
}
