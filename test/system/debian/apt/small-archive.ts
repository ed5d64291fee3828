import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Root } from '../../../../src/host/root.ts';
import type { AptSettings } from '../../../../src/system/debian/apt/apt-settings.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Fields of a package's control file, beside Package and Version. */
export type Fields = Readonly<Record<string, string>>;

/** An archive of packages that hold nothing, for the real apt, and a root that takes from it. */
export class SmallArchive implements Disposable {
  readonly #folder = fs.mkdtempSync(join(base, 'genctl-archive-'));
  readonly #stanzas = new Map<string, string>();
  readonly root: Root;
  readonly said: string[] = [];

  constructor() {
    // apt's downloads run as a user of their own.
    fs.chmodSync(this.#folder, 0o755);
    fs.mkdirSync(join(this.#folder, 'pool'));
    fs.mkdirSync(join(this.#folder, 'root/etc/genctl'), { recursive: true });
    this.root = new Root(join(this.#folder, 'root'));
    this.add('tiny-base', '1', { Essential: 'yes' });
    this.useSources(this.line('[trusted=yes] '));
  }

  /** Adds a version of a package, beside what there is. */
  add(name: string, version: string, fields: Fields = {}): this {
    const control = [
      `Package: ${name}`,
      `Version: ${version}`,
      'Architecture: all',
      'Maintainer: Nobody <nobody@example.org>',
      `Description: ${name}`,
      ...Object.entries(fields).map(([key, value]) => `${key}: ${value}`),
    ].join('\n');
    const tree = join(this.#folder, 'tree');
    fs.mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
    fs.writeFileSync(join(tree, 'DEBIAN/control'), `${control}\n`);
    const path = this.#pathOf(name, version);
    execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, join(this.#folder, path)]);
    fs.rmSync(tree, { recursive: true });
    const bytes = fs.readFileSync(join(this.#folder, path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.#stanzas.set(
      path,
      `${control}\nFilename: ./${path}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`,
    );
    return this.#publish();
  }

  /** Takes a version away, as mirrors do with old ones. */
  withdraw(name: string, version: string): this {
    const path = this.#pathOf(name, version);
    this.#stanzas.delete(path);
    fs.rmSync(join(this.#folder, path));
    return this.#publish();
  }

  /** The archive as a line of sources.list(5). */
  line(options = ''): string {
    return `deb ${options}file:${this.#folder} ./\n`;
  }

  useSources(text: string): void {
    fs.writeFileSync(join(this.root.hostPath, 'etc/genctl/sources'), text);
  }

  get settings(): AptSettings {
    return {
      root: this.root,
      suite: 'tiny',
      architecture: 'amd64',
      sourcesFile: '/etc/genctl/sources',
      onProgress: line => this.said.push(line),
    };
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.#folder, { recursive: true });
  }

  #pathOf(name: string, version: string): string {
    return `pool/${name}_${version}_all.deb`;
  }

  #publish(): this {
    const index = [...this.#stanzas.values()].join('\n');
    fs.writeFileSync(join(this.#folder, 'Packages'), index);
    const sha256 = createHash('sha256').update(index).digest('hex');
    fs.writeFileSync(
      join(this.#folder, 'Release'),
      `Suite: tiny\nArchitectures: amd64 all\nSHA256:\n ${sha256} ${index.length} Packages\n`,
    );
    return this;
  }
}
