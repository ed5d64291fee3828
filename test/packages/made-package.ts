import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** A package of a test's own. */
export interface MadePackage {
  name: string;
  version?: string;
  /** Fields of its control file, besides those that all have. */
  control?: Readonly<Record<string, string>>;
  /** Files by their paths: `usr/bin/x`. Texts that begin with `#!` can be executed. */
  files?: Readonly<Record<string, string>>;
  /** Maintainer scripts, `templates`, `conffiles` and the like, by their names. */
  scripts?: Readonly<Record<string, string>>;
}

/** The control file of a package. */
export function controlOf({ name, version = '1', control = {} }: MadePackage): string {
  const fields = {
    Package: name,
    Version: version,
    Architecture: 'all',
    Maintainer: 'Nobody <nobody@example.org>',
    Description: 'made for a test',
    ...control,
  };
  return Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');
}

/** Where an archive has its `.deb`. */
export function poolPathOf({ name, version = '1' }: MadePackage): string {
  return `pool/${name}_${version}_all.deb`;
}

/** Makes the `.deb` of a package: the same bytes, however often it is made. */
export function makePackage(made: MadePackage, target: string): void {
  const { files = {}, scripts = {} } = made;
  const folder = fs.mkdtempSync(path.join(path.dirname(target), 'making-'));
  // The root folder of what it installs has this one's mode.
  const tree = path.join(folder, 'tree');
  const contents = {
    'DEBIAN/control': controlOf(made),
    ...Object.fromEntries(
      Object.entries(scripts).map(([script, text]) => [`DEBIAN/${script}`, text]),
    ),
    ...files,
  };
  for (const [file, text] of Object.entries(contents)) {
    fs.mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    fs.writeFileSync(path.join(tree, file), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, target], {
    env: { ...process.env, SOURCE_DATE_EPOCH: '315619200' },
    stdio: 'pipe',
  });
  fs.rmSync(folder, { recursive: true });
}
