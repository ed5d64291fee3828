import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import type { NarPathInfo } from '../../src/store/store.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { fileOf, folderOf, linkTo } from '../../src/store/tree.ts';
import { nix, nixRegister, nixTest } from './real-nix.ts';
import { Scratch } from './scratch.ts';

const equal = fileOf('e'.repeat(5000));
const program = fileOf('e'.repeat(5000), { executable: true });
const tree = (name: string) =>
  folderOf({
    a: equal,
    b: folderOf({ a: equal, program, empty: fileOf(''), link: linkTo('x') }),
    own: fileOf(name),
  });

class TestStore implements Disposable {
  readonly scratch = new Scratch();
  readonly root = new Root(this.scratch.path);
  readonly store = new LocalStore(this.root);

  stat(path: StorePath, below = ''): fs.Stats {
    return fs.lstatSync(this.root.onHost(`${path}${below}`));
  }

  /** As a store that never knew of equal files. */
  separate(): void {
    fs.rmSync(this.root.onHost('/nix/store/.links'), { recursive: true });
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    this.scratch[Symbol.dispose]();
  }
}

/** Adds two paths with files in common, without any being one. */
async function addSeparate(test: TestStore): Promise<[StorePath, StorePath]> {
  const one = await test.store.add('one', folderOf({ a: equal, own: fileOf('one') }));
  test.separate();
  const two = await test.store.add('two', folderOf({ b: equal, c: program }));
  test.separate();
  assert.is.not(test.stat(one, '/a').ino, test.stat(two, '/b').ino);
  return [one, two];
}

async function assertWhole(store: LocalStore): Promise<void> {
  assert.equal(await store.verifyAll(), []);
}

test('equal files that are added are one file, and programs are not one with what cannot run', async () => {
  using test = new TestStore();
  const one = await test.store.add('one', tree('one'));
  const two = await test.store.add('two', tree('two'));
  const inodes = [one, two].flatMap(path =>
    ['/a', '/b/a'].map(below => test.stat(path, below).ino),
  );
  // Within the path that came first, its files were not durable yet.
  assert.is(new Set(inodes.slice(2)).size, 1);
  assert.ok(inodes.slice(0, 2).includes(inodes[2] as number));
  assert.is(test.stat(one, '/b/program').ino, test.stat(two, '/b/program').ino);
  assert.is.not(test.stat(two, '/b/program').ino, inodes[2]);
  assert.is.not(test.stat(one, '/b/empty').ino, test.stat(two, '/b/empty').ino);
  for (const below of ['', '/b', '/b/a']) assert.is(test.stat(two, below).mtimeMs, 1000, below);
  await assertWhole(test.store);
});

test('optimise makes one what was not, says what that saves, and does it once', async () => {
  using test = new TestStore();
  const [one, two] = await addSeparate(test);
  assert.equal(await test.store.optimise(), { linkedFiles: 1, savedBytes: 5000 });
  assert.is(test.stat(one, '/a').ino, test.stat(two, '/b').ino);
  for (const path of [one, two]) {
    assert.equal([test.stat(path).mode & 0o7777, test.stat(path).mtimeMs], [0o555, 1000]);
  }
  await assertWhole(test.store);
  assert.equal(await test.store.optimise(), { linkedFiles: 0, savedBytes: 0 });
  await test.store.collect([]);
  assert.equal(fs.readdirSync(test.root.onHost('/nix/store/.links')), []);
});

test('a file that somebody changed is never given to another path', async () => {
  for (const verb of ['add', 'optimise'] as const) {
    using test = new TestStore();
    const one = await test.store.add('one', folderOf({ a: equal }));
    let other = '';
    if (verb === 'optimise') {
      const links = test.root.onHost('/nix/store/.links');
      fs.renameSync(links, `${links}-aside`);
      other = await test.store.add('two', folderOf({ b: equal }));
      fs.rmSync(links, { recursive: true });
      fs.renameSync(`${links}-aside`, links);
    }
    const file = test.root.onHost(`${one}/a`);
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, 'X'.repeat(5000));
    fs.chmodSync(file, 0o444);
    fs.lutimesSync(file, 1, 1);
    if (verb === 'add') other = await test.store.add('two', folderOf({ b: equal }));
    else await test.store.optimise();
    assert.is(await test.store.verify(other as StorePath), undefined, verb);
    assert.is((await test.store.verify(one))?.code, 'STORE_PATH_DAMAGED', verb);
  }
});

nixTest(
  "the pool is Nix's own: it goes on where we stopped, and accepts what is left",
  async () => {
    using test = new TestStore();
    const [one, two] = await addSeparate(test);
    await test.store.add('gone', folderOf({ a: equal, gone: fileOf('gone') }));
    await test.store.optimise();
    await test.store.collect([one, two]);
    const infos: NarPathInfo[] = [];
    for (const path of [one, two]) infos.push((await test.store.info(path)) as NarPathInfo);
    const store = ['--store', test.root.hostPath];
    nixRegister(test.root.hostPath, infos);
    nix('nix-store', [...store, '--verify', '--check-contents']);
    const inode = test.stat(one, '/a').ino;
    nix('nix-store', [...store, '--optimise']);
    assert.is(test.stat(one, '/a').ino, inode);
    assert.is(test.stat(two, '/b').ino, inode);
    // The two names of ours, the pool's, and none of a second pool.
    assert.is(test.stat(one, '/a').nlink, 3);
    nix('nix-store', [...store, '--gc']);
    assert.not.ok(fs.existsSync(test.root.onHost(one)));
    assert.equal(fs.readdirSync(test.root.onHost('/nix/store/.links')), []);
  },
);

test.run();
