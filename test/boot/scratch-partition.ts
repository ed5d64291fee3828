import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Folder } from '../../src/host/folder.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** A folder that stands for a boot partition, removed at the end. */
export class ScratchPartition implements Disposable {
  readonly path = fs.mkdtempSync(path.join(base, 'genctl-partition-'));
  readonly top = Folder.atHostPath(this.path);

  /** Where a file of the partition is. */
  at(name: string): string {
    return path.join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
    fs.writeFileSync(this.at(name), content);
  }

  /** All files that are there, by path, with their content. */
  files(): Map<string, Buffer> {
    const names = fs.readdirSync(this.path, { recursive: true, encoding: 'utf8' });
    return new Map(
      names
        .filter(name => fs.statSync(this.at(name)).isFile())
        .map(name => [name, fs.readFileSync(this.at(name))]),
    );
  }

  [Symbol.dispose](): void {
    this.top[Symbol.dispose]();
    fs.rmSync(this.path, { recursive: true });
  }
}
