import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LedgerFile } from '../../src/boot/ledger.ts';
import { type Mirror, mirrorDrift } from '../../src/boot/mirror-drift.ts';

const blobs: Readonly<Record<number, string>> = { 1: 'EFI/k1', 2: 'EFI/k2', 3: 'EFI/k2' };

function entryPath(number: number): string {
  return `loader/entries/g-${number}.conf`;
}

/** A partition that holds some generations, all whole, and is meant to. */
function mirror(mountPoint: string, numbers: readonly number[]): Mirror {
  const entries = numbers.map(
    (number): LedgerFile => ({
      path: entryPath(number),
      sizeBytes: 10,
      sha256: 'aa',
      kind: 'entry',
      key: { profile: 'system', number },
      uses: [blobs[number] ?? ''],
    }),
  );
  const kernels = [...new Set(numbers.map(number => blobs[number] ?? ''))].map(
    (path): LedgerFile => ({ path, sizeBytes: 99, sha256: 'bb', kind: 'blob' }),
  );
  const files = [...entries, ...kernels];
  return {
    mountPoint,
    ledger: { owner: 'o', files },
    sizes: new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes])),
    defaultId: `g-${Math.max(...numbers)}.conf`,
    expected: new Set(numbers.map(entryPath)),
  };
}

function without(from: Mirror, ...paths: string[]): Mirror {
  return { ...from, sizes: new Map([...from.sizes].filter(([path]) => !paths.includes(path))) };
}

function said(...mirrors: Mirror[]): string[] {
  return mirrorDrift(mirrors).map(({ code, subject, reason }) => {
    assert.is(code, 'MIRROR_DRIFT');
    return `${subject}: ${reason}`;
  });
}

const full = mirror('/boot', [1, 2, 3]);

test('mirrors that are alike, one alone, and none', () => {
  assert.equal(said(full, mirror('/boot2', [1, 2, 3])), []);
  assert.equal(said(without(full, entryPath(1))), []);
  assert.equal(said(), []);
});

test('a small partition that is meant to show fewer does not drift', () => {
  assert.equal(said(full, mirror('/small', [3])), []);
});

test('an entry, or a kernel that entries need, which one lacks', () => {
  const other = mirror('/boot2', [1, 2, 3]);
  assert.equal(said(full, without(other, entryPath(1))), [
    '/boot2: it lacks generation 1, which /boot can boot',
  ]);
  assert.equal(said(without(full, 'EFI/k2'), other), [
    '/boot: it lacks generation 2, generation 3, which /boot2 can boot',
  ]);
  const cut = { ...other, sizes: new Map([...other.sizes, ['EFI/k1', 98] as const]) };
  assert.equal(said(full, cut), ['/boot2: it lacks generation 1, which /boot can boot']);
  assert.equal(said(full, other, without(mirror('/third', [1, 2, 3]), 'EFI/k1')), [
    '/third: it lacks generation 1, which /boot and /boot2 can boot',
  ]);
});

test('a partition that is new, or was away', () => {
  const expected = full.expected;
  const empty = { ...mirror('/new', [3]), ledger: undefined, sizes: new Map(), expected };
  assert.equal(said(full, empty), [
    '/new: it lacks generation 1, generation 2, generation 3, which /boot can boot',
  ]);
  const stale = { ...mirror('/away', [1, 2]), expected: new Set([2, 3].map(entryPath)) };
  const now = mirror('/boot', [2, 3]);
  assert.equal(said(now, stale), [
    '/away: it lacks generation 3, which /boot can boot',
    '/away: it still shows generation 1',
    '/boot, /away: their defaults differ: /boot boots generation 3, /away boots generation 2',
  ]);
});

test('what none of them has is no drift', () => {
  const other = mirror('/boot2', [1, 2, 3]);
  assert.equal(said(without(full, entryPath(2)), without(other, entryPath(2))), []);
});

test('different defaults, case aside', () => {
  const other = mirror('/boot2', [1, 2, 3]);
  assert.equal(said(full, { ...other, defaultId: 'G-3.CONF' }), []);
  assert.equal(said(full, { ...other, defaultId: 'auto-windows' }), [
    '/boot, /boot2: their defaults differ: /boot boots generation 3, /boot2 boots auto-windows',
  ]);
  assert.equal(said(full, { ...other, defaultId: undefined }), [
    '/boot, /boot2: their defaults differ: /boot boots generation 3, /boot2 boots its first entry',
  ]);
});

test.run();
