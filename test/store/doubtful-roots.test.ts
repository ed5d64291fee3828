import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSystems } from '../../src/commands/machine/read-machine.ts';
import { aliveRoots } from '../../src/commands/machine/store-roots.ts';
import { fileError } from '../../src/host/file-error.ts';
import type { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { fileOf, folderOf } from '../../src/store/tree.ts';
import { Scratch } from './scratch.ts';

const auto = '/nix/var/nix/gcroots/auto';

/** A path with a byte that is none of UTF-8, where it has an `ö`. */
function latin1(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function link(root: Root, at: string, target: string): void {
  const path = latin1(root.onHost(at));
  fs.mkdirSync(path.subarray(0, path.lastIndexOf('/')), { recursive: true });
  fs.symlinkSync(latin1(target), path);
}

async function codesOfCollection(store: LocalStore): Promise<[string, number]> {
  const { findings, deletedPaths } = await store.collect([]);
  return [findings.map(({ code }) => code).join(' '), deletedPaths];
}

const odd: Record<string, (root: Root, path: StorePath) => void> = {
  'a target': (root, path) => {
    link(root, '/home/jörg/result', path);
    link(root, `${auto}/abc`, '/home/jörg/result');
  },
  'a link on the way': (root, path) => {
    link(root, '/home/jörg/result', path);
    link(root, '/home/anna', 'jörg');
    link(root, `${auto}/abc`, '/home/anna/result');
  },
  'the folder of a link': (root, path) => {
    link(root, '/home/anna/result', path);
    link(root, `${auto}/jörg/home`, '/home/anna');
    link(root, `${auto}/jörg/abc`, 'home/result');
  },
};

for (const [where, make] of Object.entries(odd)) {
  test(`${where} that is no UTF-8 loses nothing`, async () => {
    using scratch = new Scratch();
    using root = new Root(scratch.folder('root'));
    const store = new LocalStore(root);
    const path = await store.add('x', fileOf('x'));
    make(root, path);
    assert.equal(await codesOfCollection(store), ['STORE_ROOT_UNCLEAR', 0]);
    assert.is(aliveRoots(root, readSystems(root), []).unclear.length, 1);
    assert.ok(await store.has(path));
    fs.rmSync(root.onHost('/nix/var/nix/gcroots'), { recursive: true });
    assert.equal(await codesOfCollection(store), ['', 1]);
  });
}

test('a target in a store path keeps that, whatever else is in its name', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const store = new LocalStore(root);
  const path = await store.add('x', folderOf({ x: fileOf('x') }));
  await store.add('y', fileOf('y'));
  link(root, `${auto}/abc`, `${path}/jörg`);
  assert.equal(await codesOfCollection(store), ['', 1]);
  assert.ok(await store.has(path));
});

/** A machine on which a disk fails, or another's files cannot be reached. */
class FailingRoot extends Root {
  failingWith: string | undefined;

  override folder(logicalPath: string): Folder {
    this.#failBelowHome(logicalPath);
    return super.folder(logicalPath);
  }

  override locate(logicalPath: string): { folder: Folder; name: string } {
    this.#failBelowHome(logicalPath);
    return super.locate(logicalPath);
  }

  #failBelowHome(path: string): void {
    if (this.failingWith === undefined || !path.startsWith('/home/')) return;
    throw fileError('open', path, Object.assign(new Error('failed'), { code: this.failingWith }));
  }
}

for (const errno of ['ENOTCONN', 'ESTALE', 'ETIMEDOUT', 'EMFILE', 'EIO', 'EACCES']) {
  test(`a root that cannot be followed for ${errno} stops the collection`, async () => {
    using scratch = new Scratch();
    using root = new FailingRoot(scratch.folder('root'));
    const store = new LocalStore(root);
    const path = await store.add('x', fileOf('x'));
    link(root, '/home/anna/result', path);
    link(root, `${auto}/abc`, '/home/anna/result');
    root.failingWith = errno;
    assert.equal(await codesOfCollection(store), ['STORE_ROOT_UNCLEAR', 0]);
    assert.is(aliveRoots(root, readSystems(root), []).unclear.length, 1);
    assert.ok(await store.has(path));
  });
}

test('roots that lead nowhere stop nothing', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const store = new LocalStore(root);
  await store.add('x', fileOf('x'));
  fs.writeFileSync(root.onHost('/file'), '');
  for (const [name, target] of Object.entries({
    gone: '/home/anna/result',
    below: '/file/result',
    loop: 'loop',
    long: `/${'x'.repeat(300)}/result`,
  })) {
    link(root, `${auto}/${name}`, target);
  }
  assert.equal(await codesOfCollection(store), ['', 1]);
});

test('generations of a folder of profiles that is a link are roots', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const store = new LocalStore(root);
  const [old, path] = [await store.add('old', fileOf('old')), await store.add('x', fileOf('x'))];
  link(root, '/data/profiles/mine-1-link', old);
  link(root, '/data/profiles/mine-2-link', path);
  link(root, '/data/profiles/mine', 'mine-2-link');
  link(root, '/nix/var/nix/profiles/system-profiles', '/data/profiles');
  const systems = readSystems(root);
  const leaving = systems.profiles
    .flatMap(({ generations }) => generations)
    .filter(({ number }) => number === 1);
  assert.is(leaving.length, 1);
  const { roots, unclear } = aliveRoots(root, systems, leaving);
  assert.equal(unclear, []);
  assert.equal(
    roots.map(({ storePath }) => storePath),
    [path],
  );
});

test('a root that names the store by where /nix leads to keeps its path', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  fs.mkdirSync(root.onHost('/data/nix'), { recursive: true });
  fs.symlinkSync('data/nix', root.onHost('/nix'));
  const store = new LocalStore(root);
  const path = await store.add('x', fileOf('x'));
  await store.add('y', fileOf('y'));
  link(root, `${auto}/abc`, `/data${path}`);
  assert.equal(await codesOfCollection(store), ['', 1]);
  assert.equal(await store.paths(), [path]);
});

test.run();
