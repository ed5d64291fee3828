import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { controlOf, type MadePackage, makePackage, poolPathOf } from './made-package.ts';
import { memory } from './memory.ts';
import type { RealPackage } from './real-packages.ts';
import { shareFile } from './share-file.ts';

/** A package as a file of the archive. */
export interface ArchivedPackage {
  /** Of its `.deb`, a path on the host. */
  path: string;
  sha256: string;
  /** Its paragraph of the index. */
  stanza: string;
}

/**
 * An archive of packages that are made or were fetched before: the real apt takes from it. They
 * lie below `pool/`.
 */
export class Archive implements Disposable {
  /** On the host. */
  readonly folder: string = fs.mkdtempSync(path.join(memory, 'genctl-archive-'));
  readonly #packages = new Map<string, ArchivedPackage>();

  constructor() {
    // apt's downloads run as a user of their own.
    fs.chmodSync(this.folder, 0o755);
    fs.mkdirSync(path.join(this.folder, 'pool'));
  }

  /** Adds packages of Debian's. */
  addReal(packages: readonly RealPackage[]): void {
    for (const { path: from, sha256, control } of packages) {
      const file = `pool/${sha256}.deb`;
      shareFile(from, path.join(this.folder, file));
      this.#put(file, control);
    }
    this.publish();
  }

  /** Adds packages, each in place of one of the same name and version. */
  add(...made: readonly MadePackage[]): void {
    for (const each of made) {
      const file = poolPathOf(each);
      makePackage(each, path.join(this.folder, file));
      this.#put(file, controlOf(each));
    }
    this.publish();
  }

  /** Takes a version away, as mirrors do with old ones. */
  withdraw(name: string, version = '1'): void {
    const file = poolPathOf({ name, version });
    this.#packages.delete(file);
    fs.rmSync(path.join(this.folder, file));
    this.publish();
  }

  get(name: string, version = '1'): ArchivedPackage {
    const found = this.#packages.get(poolPathOf({ name, version }));
    if (found === undefined) throw new Error(`no package ${name} ${version} was made`);
    return found;
  }

  /** As a line of sources.list(5) that asks for no signature. */
  get source(): string {
    return this.line('[trusted=yes] ');
  }

  /** As a line of sources.list(5) with these options. */
  line(options = ''): string {
    return `deb ${options}file:${this.folder} ./\n`;
  }

  /** Writes the index anew. */
  publish(changed: (index: string) => string = index => index): void {
    const index = changed([...this.#packages.values()].map(({ stanza }) => stanza).join('\n'));
    const sha256 = createHash('sha256').update(index).digest('hex');
    fs.writeFileSync(path.join(this.folder, 'Packages'), index);
    fs.writeFileSync(
      path.join(this.folder, 'Release'),
      `Suite: tiny\nArchitectures: amd64 all\nSHA256:\n ${sha256} ${Buffer.byteLength(index)} Packages\n`,
    );
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.folder, { recursive: true });
  }

  #put(file: string, control: string): void {
    const place = path.join(this.folder, file);
    const bytes = fs.readFileSync(place);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stanza = `${control}Filename: ./${file}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`;
    this.#packages.set(file, { path: place, sha256, stanza });
  }
}
