import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { addressOf } from '../../src/store/address.ts';
import { narOf } from '../../src/store/nar.ts';
import { toStorePathName } from '../../src/store/store-path.ts';
import { copyOf, fileOf, folderOf, linkTo, type Tree } from '../../src/store/tree.ts';
import { makeOddTrees, patterned } from './odd-trees.ts';
import { nix, nixAdd, nixTest } from './real-nix.ts';
import { Scratch } from './scratch.ts';

function narBytes(tree: Tree): Buffer {
  return Buffer.concat(Array.from(narOf(tree), piece => Buffer.from(piece)));
}

/** The code of the error that taking a NAR ends with. */
function failure(tree: Tree): string {
  try {
    narBytes(tree);
    return 'no error';
  } catch (thrown) {
    return `${String(Reflect.get(Object(thrown), 'code'))} ${String(thrown)}`;
  }
}

function token(text: string): Buffer {
  const padded = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8);
  padded.writeUInt32LE(text.length);
  padded.write(text, 8);
  return padded;
}

test('the bytes of the format', () => {
  const tree = folderOf({ b: linkTo('t'), a: fileOf('123456789', { executable: true }) });
  const expected =
    'nix-archive-1 ( type directory entry ( name a node ( type regular executable  contents 123456789 ) ) entry ( name b node ( type symlink target t ) ) )';
  assert.equal(narBytes(tree), Buffer.concat(expected.split(' ').map(token)));
});

test('a tree in memory and the same tree copied are one NAR', () => {
  using scratch = new Scratch();
  const path = scratch.folder('t');
  fs.mkdirSync(`${path}/😀`);
  fs.writeFileSync(`${path}/\ufffd`, patterned(700_000));
  fs.writeFileSync(`${path}/run`, 'x', { mode: 0o755 });
  fs.symlinkSync('run', `${path}/link`);
  using folder = Folder.atHostPath(scratch.path);
  const inMemory = folderOf({
    // In UTF-16 the first comes before the second, in bytes behind it.
    '😀': folderOf({}),
    '\ufffd': fileOf(patterned(700_000)),
    run: fileOf('x', { executable: true }),
    link: linkTo('run'),
  });
  assert.equal(narBytes(inMemory), narBytes(copyOf(folder, 't')));
  using inner = Folder.atHostPath(path);
  const mixed = folderOf([...inMemory.entries, ['run', copyOf(inner, 'run')]]);
  assert.equal(narBytes(mixed), narBytes(inMemory));
});

test('what a NAR cannot hold is refused by name', () => {
  using scratch = new Scratch();
  const path = scratch.folder('t');
  spawnSync('mkfifo', [`${path}/pipe`]);
  using folder = Folder.atHostPath(scratch.path);
  using inner = Folder.atHostPath(path);
  for (const tree of [copyOf(folder, 't'), copyOf(inner, 'pipe')]) {
    assert.match(failure(tree), /^FILE_KIND_UNSUPPORTED .*\/t\/pipe: it is a device/);
  }
  assert.match(failure(copyOf(folder, 'none')), /^FILE_MISSING .*\/none/);
});

test('names that are no names are refused', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\0b']) {
    assert.match(failure(folderOf([[name, fileOf('')]])), /^TREE_NAME_INVALID /, name);
  }
  // Both are the same bytes in UTF-8.
  const twice = folderOf([
    ['\ud800', fileOf('')],
    ['\udfff', fileOf('')],
  ]);
  assert.match(failure(twice), /^TREE_NAME_INVALID .* two of that name/);
});

test('a file of gigabytes has its size before its content', () => {
  using scratch = new Scratch();
  const sizeBytes = 5 * 2 ** 30 + 3;
  fs.writeFileSync(`${scratch.path}/large`, '');
  fs.truncateSync(`${scratch.path}/large`, sizeBytes);
  using folder = Folder.atHostPath(scratch.path);
  const pieces = narOf(copyOf(folder, 'large'));
  const first = pieces.next().value as Buffer;
  pieces.return();
  const at = first.indexOf('contents') + 'contents'.length;
  assert.is(first.readBigUInt64LE(at), BigInt(sizeBytes));
});

nixTest(
  'every odd tree is what nix-store --dump gives, and named as nix-store --add names it',
  () => {
    using scratch = new Scratch();
    const trees = scratch.folder('trees');
    using folder = Folder.atHostPath(trees);
    const storeRoot = scratch.folder('store');
    for (const name of makeOddTrees(trees)) {
      const path = `${trees}/${name}`;
      const mine = narBytes(copyOf(folder, name));
      assert.ok(mine.equals(nix('nix-store', ['--dump', path])), `NAR of ${name}`);
      const hash = createHash('sha256').update(mine).digest('hex');
      assert.is(hash, nix('nix-hash', ['--type', 'sha256', path]).toString().trim(), name);
      const storeName = toStorePathName(name);
      assert.is(addressOf(storeName, copyOf(folder, name)).path, nixAdd(storeRoot, path), name);
    }
  },
);

nixTest('a path of the Nix language is named the same', () => {
  using scratch = new Scratch();
  fs.writeFileSync(`${scratch.path}/x`, 'content');
  using folder = Folder.atHostPath(scratch.path);
  const expression = `builtins.path { path = ${scratch.path}/x; name = "renamed"; }`;
  const args = ['--store', scratch.folder('store'), '--eval', '--expr', expression];
  const theirs = JSON.parse(nix('nix-instantiate', args).toString()) as string;
  assert.is(addressOf('renamed', copyOf(folder, 'x')).path, theirs);
});

test.run();
