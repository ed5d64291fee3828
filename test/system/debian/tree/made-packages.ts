import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockedPackage } from '../../../../src/system/debian/lock/lock.ts';

/** A package of a test's own. */
export interface MadePackage {
  name: string;
  /** Lines of its control file, besides those that all have. */
  control?: string;
  /** Files by their paths: `usr/bin/x`. Texts that begin with `#!` can be executed. */
  files?: Readonly<Record<string, string>>;
  /** Maintainer scripts and other control files by their names. */
  scripts?: Readonly<Record<string, string>>;
}

/** Makes a package, and puts it into a folder as the package cache has it. */
export function makePackage(cache: string, made: MadePackage): LockedPackage {
  const { name, control = '', files = {}, scripts = {} } = made;
  const folder = fs.mkdtempSync(path.join(cache, 'making-'));
  fs.chmodSync(folder, 0o755);
  const contents = {
    'DEBIAN/control': `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@localhost>\nDescription: made for a test\n${control}`,
    ...Object.fromEntries(
      Object.entries(scripts).map(([script, text]) => [`DEBIAN/${script}`, text]),
    ),
    ...files,
  };
  for (const [file, text] of Object.entries(contents)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text, {
      mode: text.startsWith('#!') ? 0o755 : 0o644,
    });
  }
  const file = `${folder}.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', folder, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: '315619200' },
    stdio: 'pipe',
  });
  fs.rmSync(folder, { recursive: true });
  const bytes = fs.readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  fs.renameSync(file, path.join(cache, `${sha256}.deb`));
  const poolPath = `pool/main/${name}_1.0_all.deb`;
  return { name, version: '1.0', architecture: 'all', sizeBytes: bytes.length, sha256, poolPath };
}
