import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Folder } from '../../src/host/folder.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** A folder of a test's own, on memory where there is some, removed at the end. */
export class Scratch implements Disposable {
  readonly path = fs.mkdtempSync(path.join(base, 'genctl-store-test-'));

  /** The path of a new folder in it. */
  folder(name: string): string {
    const made = path.join(this.path, name);
    fs.mkdirSync(made, { recursive: true });
    return made;
  }

  [Symbol.dispose](): void {
    using parent = Folder.atHostPath(base);
    // Unlike Node's own, it knows folders without write bits and names that are not UTF-8.
    parent.removeTree(path.basename(this.path));
  }
}
