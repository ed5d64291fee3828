import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { addressOf } from '../../src/store/address.ts';
import { layTree } from '../../src/store/lay-tree.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narOf } from '../../src/store/nar.ts';
import { ModuloHash, selfPlaceholder, withHashPart } from '../../src/store/self-reference.ts';
import { baseNameOf, type StorePath } from '../../src/store/store-path.ts';
import { copyOf, fileOf, folderOf, linkTo, type Tree } from '../../src/store/tree.ts';
import { patterned } from './odd-trees.ts';
import { nix, nixAdd, nixRegister, nixTest } from './real-nix.ts';
import { Scratch } from './scratch.ts';

const from = '0123456789abcdfghijklmnpqrsvwxyz';
const to = 'zyxwvsrqpnmlkjihgfdcba9876543210';

/** All ways to cut some bytes into pieces of a size, and into two. */
function* cuts(bytes: Buffer): Generator<Buffer[]> {
  for (let first = 0; first <= bytes.length; first++) {
    yield [bytes.subarray(0, first), bytes.subarray(first)];
  }
  for (let size = 1; size < 80; size++) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    yield pieces;
  }
}

test('a hash part is exchanged wherever pieces end', () => {
  const text = `a${from}${from}bc${from.slice(0, 31)}${from}${from.slice(1)}`;
  const expected = text.replaceAll(from, to);
  for (const pieces of cuts(Buffer.from(text))) {
    const got = Array.from(withHashPart(pieces, from, to), piece => Buffer.from(piece));
    assert.is(Buffer.concat(got).toString(), expected);
  }
  assert.equal([...withHashPart([], from, to)].join(''), '');
});

test('the hash modulo a hash part', () => {
  const text = `ab${from}cd${from}`;
  const zeros = '\0'.repeat(32);
  const expected = createHash('sha256').update(`ab${zeros}cd${zeros}|2|36`).digest();
  for (const pieces of cuts(Buffer.from(text))) {
    const hash = new ModuloHash(from);
    for (const piece of pieces) hash.push(piece);
    assert.equal(hash.finish(), { sha256: expected, matches: 2 });
  }
  const without = new ModuloHash(from);
  without.push(Buffer.from('plain'));
  const plain = createHash('sha256').update('plain').digest();
  assert.equal(without.finish(), { sha256: plain, matches: 0 });
});

test('a tree that could mention itself but does not is named as any other', () => {
  const tree = fileOf('nothing');
  assert.equal(addressOf('x', tree, { mentionsSelf: true }), addressOf('x', tree));
});

test('a placeholder that was not announced is content like any other', () => {
  const tree = fileOf(selfPlaceholder('x'));
  assert.is(addressOf('x', tree).references.self, false);
  assert.is(addressOf('x', tree, { mentionsSelf: true }).references.self, true);
});

/** Trees that mention themselves, in every place where they can. */
function selfTrees(me: StorePath, other: StorePath): Record<string, Tree> {
  const long = Buffer.concat([
    patterned(262_144 - 100),
    Buffer.from(`${me}${me}/x`),
    patterned(300_000),
    Buffer.from(me),
  ]);
  return {
    once: fileOf(me),
    link: linkTo(`${me}/init`),
    twice: fileOf(`${me} and ${me}`),
    together: fileOf(me.slice(11, 43).repeat(5)),
    executable: fileOf(`#!${me}/bin/sh\n`, { executable: true }),
    long: fileOf(long),
    other: fileOf(`${other} and ${me}`),
    'other-only': folderOf({ a: linkTo(other), b: fileOf('') }),
    toplevel: folderOf({
      'boot.json': fileOf(JSON.stringify({ init: `${me}/init`, kernel: `${other}/bzImage` })),
      init: fileOf(`#!/bin/sh\nexec ${me}/activate\n`, { executable: true }),
      kernel: linkTo(other),
      self: linkTo(me),
      empty: folderOf({}),
      long: folderOf({ long: fileOf(long) }),
    }),
  };
}

nixTest('paths and contents are those of nix store make-content-addressed', async () => {
  using scratch = new Scratch();
  const nixRoot = scratch.folder('nix');
  using localRoot = new Root(scratch.folder('local'));
  const local = new LocalStore(localRoot);
  fs.writeFileSync(`${scratch.path}/other`, 'a kernel');
  const other = nixAdd(nixRoot, `${scratch.path}/other`) as StorePath;
  assert.is(await local.add('other', fileOf('a kernel')), other);

  using nixStore = Folder.atHostPath(`${nixRoot}/nix/store`);
  using localStore = Folder.atHostPath(`${localRoot.hostPath}/nix/store`);
  const trees = selfTrees(selfPlaceholder('x'), other);
  for (const label of Object.keys(trees)) {
    const name = `x-${label}`;
    const me = selfPlaceholder(name);
    const tree = selfTrees(me, other)[label] as Tree;
    // Nix gets the tree under its placeholder as a path like any other, and names it.
    layTree(tree, nixStore, baseNameOf(me));
    const bytes = Buffer.concat(Array.from(narOf(tree), piece => Buffer.from(piece)));
    const references = [other, me].filter(path => bytes.includes(path.slice(11, 43)));
    const narHash = createHash('sha256').update(bytes).digest();
    nixRegister(nixRoot, [{ path: me, references, narHash, narSizeBytes: bytes.length }]);
    const args = ['store', 'make-content-addressed', '--store', nixRoot, '--json', me];
    const answer = JSON.parse(nix('nix', args).toString()) as { rewrites: Record<string, string> };
    const theirs = answer.rewrites[me] as StorePath;

    const options = { inputs: [other], mentionsSelf: true };
    assert.is(addressOf(name, tree, options).path, theirs, label);
    const mine = await local.add(name, tree, options);
    assert.is(mine, theirs, label);
    const narOfPath = (folder: Folder) =>
      Buffer.concat(
        Array.from(narOf(copyOf(folder, baseNameOf(mine))), piece => Buffer.from(piece)),
      );
    assert.ok(narOfPath(localStore).equals(narOfPath(nixStore)), `content of ${label}`);
    const info = JSON.parse(
      nix('nix', ['path-info', '--store', nixRoot, '--json', mine]).toString(),
    ) as [{ ca: string; references: string[] }];
    const known = await local.info(mine);
    assert.is(known?.kind === 'nar' && known.contentAddress, info[0].ca, label);
    assert.equal(known?.references, info[0].references.toSorted(), label);
  }
});

test.run();
