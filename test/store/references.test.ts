import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ReferenceScanner } from '../../src/store/references.ts';
import { hashPartOf, makeStorePath, type StorePath } from '../../src/store/store-path.ts';

const paths = Array.from({ length: 50 }, (_, at) =>
  makeStorePath('source', createHash('sha256').update(String(at)).digest(), `p${at}`),
).toSorted();

function scan(pieces: readonly Buffer[], candidates: readonly StorePath[] = paths): StorePath[] {
  const scanner = new ReferenceScanner(candidates);
  // Pieces are views of one buffer, as a NAR's are.
  const shared = Buffer.alloc(Math.max(0, ...pieces.map(piece => piece.length)));
  for (const piece of pieces) {
    piece.copy(shared);
    scanner.push(shared.subarray(0, piece.length));
  }
  return scanner.found;
}

function pick(at: number): StorePath {
  return paths[at % paths.length] as StorePath;
}

test('a hash part alone is a reference, whatever stands around it', () => {
  for (const [before, after] of [
    ['', ''],
    ['/nix/store/', '-p0/bin'],
    ['\0', '\0'],
    ['a', 'z'],
    ['0'.repeat(40), '1'.repeat(40)],
    ['e', 't'],
  ]) {
    assert.equal(scan([Buffer.from(before + hashPartOf(pick(7)) + after)]), [pick(7)]);
  }
});

test('a part of a hash part is none', () => {
  const text = hashPartOf(pick(3));
  assert.equal(scan([Buffer.from(text.slice(1)), Buffer.from(' '), Buffer.from(text)]), [pick(3)]);
  assert.equal(scan([Buffer.from(text.slice(0, 31)), Buffer.from(`-${text.slice(31)}`)]), []);
  assert.equal(scan([Buffer.from(text.toUpperCase())]), []);
});

test('only candidates count', () => {
  assert.equal(scan([Buffer.from(pick(3))], [pick(4)]), []);
  assert.equal(scan([Buffer.from(pick(3))], []), []);
});

test('wherever pieces end, the same is found', () => {
  const bytes = Buffer.from(`x${pick(1)}/y${hashPartOf(pick(2))}${hashPartOf(pick(3))}!`);
  const expected = [pick(1), pick(2), pick(3)].toSorted();
  for (let first = 0; first <= bytes.length; first++) {
    assert.equal(scan([bytes.subarray(0, first), bytes.subarray(first)]), expected, `at ${first}`);
  }
  for (let size = 1; size <= 70; size++) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    assert.equal(scan(pieces), expected, `pieces of ${size}`);
  }
});

test('the same as searching for each, in bytes that are mostly digits', () => {
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  for (let round = 0; round < 300; round++) {
    const parts: string[] = [];
    for (let count = random(12); count >= 0; count--) {
      const hashPart = hashPartOf(pick(random(50)));
      const kind = random(4);
      if (kind === 0) parts.push(hashPart);
      else if (kind === 1) parts.push(hashPart.slice(random(31)));
      else if (kind === 2) parts.push('0123456789abcdfghijklmnpqrsvwxyz'.slice(random(32)));
      else parts.push('e-\n/'.charAt(random(4)));
    }
    const bytes = Buffer.from(parts.join(''));
    const expected = paths.filter(path => bytes.includes(hashPartOf(path)));
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random(60);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    assert.equal(scan(pieces), expected, `round ${round}`);
  }
});

test.run();
