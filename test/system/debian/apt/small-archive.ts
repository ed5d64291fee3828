import * as fs from 'node:fs';
import { join } from 'node:path';
import { Root } from '../../../../src/host/root.ts';
import type { AptSettings } from '../../../../src/system/debian/apt/apt-settings.ts';
import { Archive } from '../../../packages/archive.ts';

/** Fields of a package's control file, beside Package and Version. */
export type Fields = Readonly<Record<string, string>>;

/** An archive of packages that hold nothing, and a root that takes from it. */
export class SmallArchive implements Disposable {
  readonly #archive = new Archive();
  readonly root: Root;
  readonly said: string[] = [];

  constructor() {
    const folder = join(this.#archive.folder, 'root');
    fs.mkdirSync(join(folder, 'etc/genctl'), { recursive: true });
    this.root = new Root(folder);
    this.add('tiny-base', '1', { Essential: 'yes' });
    this.useSources(this.#archive.source);
  }

  /** Adds a version of a package, beside what there is. */
  add(name: string, version: string, fields: Fields = {}): this {
    this.#archive.add({ name, version, control: fields });
    return this;
  }

  /** Takes a version away, as mirrors do with old ones. */
  withdraw(name: string, version: string): this {
    this.#archive.withdraw(name, version);
    return this;
  }

  /** The archive as a line of sources.list(5). */
  line(options = ''): string {
    return this.#archive.line(options);
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
    this.#archive[Symbol.dispose]();
  }
}
