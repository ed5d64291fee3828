import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromBase32, toBase32 } from '../../src/store/nix-base32.ts';
import {
  baseNameOf,
  compressHash,
  hashPartOf,
  isStorePath,
  nameOf,
  parseStorePath,
  sourcePath,
  storePathAbove,
  toStorePathName,
} from '../../src/store/store-path.ts';
import { nix, nixTest } from './real-nix.ts';

const digits = '0123456789abcdfghijklmnpqrsvwxyz';
const sha256 = (text: string) => createHash('sha256').update(text).digest();

function isName(name: string): boolean {
  return isStorePath(`/nix/store/${digits}-${name}`);
}

test('the parts of a store path', () => {
  const path = parseStorePath(`/nix/store/${digits}-linux-6.1.90`);
  assert.is(hashPartOf(path), digits);
  assert.is(nameOf(path), 'linux-6.1.90');
  assert.is(baseNameOf(path), `${digits}-linux-6.1.90`);
});

test('what is no store path is refused', () => {
  assert.ok(isName('a'));
  assert.ok(isName('x'.repeat(211)));
  assert.ok(isName('A0+-._?='));
  for (const name of ['', 'x'.repeat(212), '.a', '.', 'a/b', 'a b', 'ä', 'a\n', 'a:b', 'a\0']) {
    assert.not.ok(isName(name), JSON.stringify(name));
  }
  for (const path of [
    '',
    `/nix/store/${digits}`,
    `/nix/store/${digits}_x`,
    `/nix/store/${digits.slice(1)}-x`,
    `/nix/store/${digits.replace('z', 'e')}-x`,
    `/nix/store/${digits.toUpperCase()}-x`,
    `/gnu/store/${digits}-x`,
    `nix/store/${digits}-x`,
    `/nix/store/../${digits}-x`,
  ]) {
    assert.not.ok(isStorePath(path), path);
    assert.throws(() => parseStorePath(path), /is no store path: /);
  }
});

test('the store path above a path', () => {
  const path = `/nix/store/${digits}-x`;
  assert.is(storePathAbove(`${path}/etc/../init`), path);
  assert.is(storePathAbove(path), path);
  assert.is(storePathAbove('/nix/store/.links/x'), undefined);
  assert.is(storePathAbove('/nix/store'), undefined);
  assert.is(storePathAbove('/etc/passwd'), undefined);
});

test('any text becomes a name of a store path', () => {
  assert.is(toStorePathName('linux-6.1.90'), 'linux-6.1.90');
  assert.is(toStorePathName('Debian GNU/Linux 12 (bookworm)'), 'Debian-GNU-Linux-12-bookworm');
  assert.is(toStorePathName('..hidden'), 'hidden');
  assert.is(toStorePathName(''), 'unnamed');
  assert.is(toStorePathName('äöü'), 'unnamed');
  for (const text of [
    '',
    '.',
    '..-x',
    '\n',
    'x'.repeat(999),
    '/etc',
    '-.-',
    'ä'.repeat(300),
    '=',
  ]) {
    assert.ok(isStorePath(`/nix/store/${digits}-${toStorePathName(text)}`), text);
  }
});

test('base 32 and back', () => {
  for (let length = 0; length <= 40; length++) {
    const bytes = sha256(String(length)).subarray(0, length);
    assert.equal(fromBase32(toBase32(bytes)), Buffer.from(bytes));
  }
  assert.is(fromBase32('e'), undefined);
  assert.is(fromBase32('zz'), undefined, 'bits beyond the last byte');
  assert.is(fromBase32('0'), undefined, 'a length that no bytes have');
});

test('folding a hash', () => {
  assert.equal(compressHash(Buffer.from([1, 2, 3, 4, 5]), 2), Buffer.from([1 ^ 3 ^ 5, 2 ^ 4]));
});

test('references are sorted, and named once', () => {
  const [a, b] = ['a', 'b'].map(name => sourcePath(name, sha256(name)));
  if (a === undefined || b === undefined) throw new Error('unreachable');
  const hash = sha256('content');
  assert.is(
    sourcePath('x', hash, { others: [a, b], self: false }),
    sourcePath('x', hash, { others: [b, a, b], self: false }),
  );
  const all = [
    sourcePath('x', hash),
    sourcePath('x', hash, { others: [], self: true }),
    sourcePath('x', hash, { others: [a], self: false }),
    sourcePath('x', hash, { others: [a], self: true }),
  ];
  assert.is(new Set(all).size, 4);
});

nixTest('base 32 as the real Nix writes it', () => {
  for (const text of ['', 'a', 'genctl']) {
    const hash = sha256(text);
    const args = ['--type', 'sha256', '--to-base32', hash.toString('hex')];
    assert.is(toBase32(hash), nix('nix-hash', args).toString().trim());
  }
});

nixTest('the path of a hash as the real Nix computes it', () => {
  for (const name of ['x', 'a.b+c?d=e_f-g', 'x'.repeat(211)]) {
    const hash = sha256(name);
    const args = ['--print-fixed-path', '--recursive', 'sha256', hash.toString('hex'), name];
    assert.is(sourcePath(name, hash), nix('nix-store', args).toString().trim());
  }
});

test.run();
