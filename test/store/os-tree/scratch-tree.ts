import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { Folder } from '../../../src/host/folder.ts';
import { Root } from '../../../src/host/root.ts';
import { LocalStore } from '../../../src/store/local-store.ts';
import type { StorePath } from '../../../src/store/store-path.ts';
import { Scratch } from '../scratch.ts';

/** CAP_NET_RAW, permitted and effective, as setcap(8) writes it. */
export const netRaw = '0x0100000200200000000000000000000000000000';

/** Trees need owners and capabilities, so root, and the programs of the package `attr`. */
export const canHoldTrees =
  process.getuid?.() === 0 &&
  spawnSync('getfattr', ['--version']).status === 0 &&
  canSetAttributes();

export const lack = 'needs root, the package attr, and a file system with user attributes';

/** A store in a folder of its own, and a place for sources. */
export class TreeStore implements Disposable {
  readonly scratch = new Scratch();
  readonly root = new Root(this.scratch.folder('root'));
  readonly store = new LocalStore(this.root);
  readonly sources = Folder.atHostPath(this.scratch.folder('sources'));

  /** Adds the tree that `makeTree` makes, changed. */
  async add(change: (at: string) => void = () => undefined, name = 'tree'): Promise<StorePath> {
    const source = `source-${fs.readdirSync(this.sources.path).length}`;
    makeTree(`${this.sources.path}/${source}`);
    change(`${this.sources.path}/${source}`);
    return await this.store.osTrees.add(name, this.sources, source);
  }

  at(path: StorePath, below = ''): string {
    return `${this.root.onHost(path)}${below}`;
  }

  /** The claims of this process keep everything from a collection. */
  forgetClaims(): void {
    fs.rmSync(this.root.onHost('/run'), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.sources[Symbol.dispose]();
    this.root[Symbol.dispose]();
    this.scratch[Symbol.dispose]();
  }
}

/** A small operating-system tree with all that a NAR cannot hold. */
export function makeTree(at: string): void {
  const file = (name: string, content: string, mode: number, uid = 0, gid = 0): void => {
    fs.writeFileSync(`${at}/${name}`, content);
    fs.chownSync(`${at}/${name}`, uid, gid);
    fs.chmodSync(`${at}/${name}`, mode);
  };
  fs.mkdirSync(`${at}/usr/bin`, { recursive: true });
  fs.mkdirSync(`${at}/var/tmp`, { recursive: true });
  fs.mkdirSync(`${at}/var/mail`);
  for (const name of ['', '/usr', '/usr/bin', '/var']) fs.chmodSync(at + name, 0o755);
  fs.chmodSync(`${at}/var/tmp`, 0o1777);
  fs.chownSync(`${at}/var/mail`, 0, 8);
  fs.chmodSync(`${at}/var/mail`, 0o2775);
  file('usr/bin/su', 'su', 0o4755);
  file('usr/bin/crontab', 'crontab', 0o2755, 0, 101);
  file('usr/bin/ping', 'ping', 0o755);
  file('usr/bin/empty', '', 0o644);
  file('usr/shadow', 'secret', 0o640, 0, 42);
  file('usr/again', 'secret', 0o640, 0, 42);
  file('usr/open', 'secret', 0o644);
  file('usr/a b\n"\\=ä😀', 'odd', 0o600, 1000, 1000);
  fs.linkSync(`${at}/usr/bin/su`, `${at}/usr/bin/sudo`);
  fs.symlinkSync('usr/bin', `${at}/bin`);
  fs.lchownSync(`${at}/bin`, 7, 8);
  setAttribute(`${at}/usr/bin/ping`, 'security.capability', netRaw);
  setAttribute(`${at}/usr/a b\n"\\=ä😀`, 'user.note', '0x00ff0a');
  setAttribute(`${at}/var`, 'user.empty', '0x');
}

export function setAttribute(path: string, name: string, value: string): void {
  const { status, stderr } = spawnSync('setfattr', ['-h', '-n', name, '-v', value, path]);
  if (status !== 0) throw new Error(stderr.toString());
}

/** All that getfattr(1) shows of a tree, by paths from its top. */
export function shownAttributes(at: string): string {
  const args = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', at];
  return spawnSync('getfattr', args)
    .stdout.toString()
    .replaceAll(at, '')
    .split('\n\n')
    .toSorted()
    .join('\n');
}

function canSetAttributes(): boolean {
  using scratch = new Scratch();
  fs.writeFileSync(`${scratch.path}/x`, '');
  return spawnSync('setfattr', ['-n', 'user.x', '-v', '1', `${scratch.path}/x`]).status === 0;
}
