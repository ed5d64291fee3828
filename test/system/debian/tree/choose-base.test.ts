import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StorePath } from '../../../../src/store/store-path.ts';
import { parseAccounts } from '../../../../src/system/debian/account-database.ts';
import { type LockedPackage, noAccounts } from '../../../../src/system/debian/lock/lock.ts';
import { baseFor, sameTree, whyNoBase } from '../../../../src/system/debian/tree/choose-base.ts';
import type { TreeRecord } from '../../../../src/system/debian/tree/tree-record.ts';

const path = `/nix/store/${'0'.repeat(32)}-debian-bookworm` as StorePath;
const tss = parseAccounts('tss:x:100:100::/:/bin/sh', 'tss:x:100:');

function record(packages: string, accounts = noAccounts): TreeRecord {
  return {
    tree: path,
    kernel: path,
    modules: path,
    kernelRelease: '6.1',
    packages: new Set(packages.split(' ')),
    names: new Set(),
    accounts,
  };
}

function wanted(packages: string): LockedPackage[] {
  const rest = { version: '1', architecture: 'all', sizeBytes: 1, poolPath: 'pool/x.deb' };
  return packages.split(' ').map(sha256 => ({ name: sha256, sha256, ...rest }));
}

test('the same packages are the same tree', () => {
  const records = [record('a'), record('a b'), record('a b c')];
  assert.is(sameTree(records, wanted('b a'), noAccounts), records[1]);
  assert.is(sameTree(records, wanted('b c'), noAccounts), undefined);
});

test('a number that would be another one now makes another tree', () => {
  const records = [record('a', tss)];
  assert.is(sameTree(records, wanted('a'), noAccounts), records[0]);
  assert.is(sameTree(records, wanted('a'), tss), records[0]);
  const other = parseAccounts('tss:x:105:100::/:/bin/sh', 'tss:x:100:');
  assert.is(sameTree(records, wanted('a'), other), undefined);
  const taken = parseAccounts('other:x:100:100::/:/bin/sh', '');
  assert.is(sameTree(records, wanted('a'), taken), undefined);
});

test('the largest tree without anything else is built upon', () => {
  const records = [record('a'), record('a b'), record('a b x')];
  assert.is(baseFor(records, wanted('a b c'), noAccounts), records[1]);
  assert.is(baseFor(records, wanted('c'), noAccounts), undefined);
});

test('a tree whose numbers are not given is not built upon', () => {
  const records = [record('a', tss)];
  assert.is(baseFor(records, wanted('a b'), noAccounts), undefined);
  assert.is(baseFor(records, wanted('a b'), tss), records[0]);
});

test('why no tree is built upon is said, except the first time', () => {
  assert.is(whyNoBase([], wanted('a')), undefined);
  const reasons = [
    whyNoBase([record('a b c')], wanted('a')),
    whyNoBase([record('a b'), record('a b c')], wanted('a x')),
    whyNoBase([record('a', tss)], wanted('a b')),
  ];
  assert.equal(reasons, [
    '2 packages were removed or are other versions',
    'a package was removed or is another version',
    'numbers of users and groups are not those of the earlier tree',
  ]);
});

test.run();
