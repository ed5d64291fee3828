import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LedgerFile } from '../../src/boot/ledger.ts';
import { usageOf } from '../../src/boot/usage.ts';

const MiB = 1 << 20;
const blobs = 'EFI/genctl/1a2b3c4d';
const kernel = `${blobs}/linux-${'1'.repeat(32)}.efi`;
const initrd = (digit: string): string => `${blobs}/initrd-${digit.repeat(32)}.img`;
const tree = `${blobs}/devicetree-${'2'.repeat(32)}.dtb`;

const sizes = new Map([
  [kernel, 8 * MiB],
  [initrd('a'), 20 * MiB - 1],
  [initrd('b'), 30 * MiB],
  [tree, 5000],
  ['loader/entries/one.conf', 700],
  ['loader/entries/one-rescue.conf', 700],
  ['loader/entries/two.conf', 700],
  ['loader/loader.conf', 512],
  ['EFI/Microsoft/Boot/bootmgfw.efi', 3 * MiB],
]);

const files: LedgerFile[] = [
  entry('loader/entries/two.conf', { profile: 'system', number: 10 }, [kernel, initrd('b'), tree]),
  entry('loader/entries/one.conf', { profile: 'system', number: 9 }, [kernel, initrd('a')]),
  entry(
    'loader/entries/one-rescue.conf',
    { profile: 'system', number: 9, specialisation: 'rescue' },
    [kernel, initrd('a')],
  ),
  ...[kernel, initrd('a'), initrd('b'), tree].map(path => file(path, 'blob')),
  file('loader/loader.conf', 'loader'),
];

const space = { clusterBytes: 4096, totalBytes: 100 * MiB, freeBytes: 36 * MiB };
const usage = usageOf({ files, sizes, space });

test('what a generation takes, its specialisations included, each file once', () => {
  const [nine, ten] = usage.generations;
  assert.equal(nine, {
    profile: 'system',
    number: 9,
    kernelBytes: 8 * MiB,
    initrdBytes: 20 * MiB,
    otherBytes: 2 * 4096,
    ownBytes: 20 * MiB + 2 * 4096,
    sharedBytes: 8 * MiB,
    ownKernelBytes: 0,
    ownInitrdBytes: 20 * MiB,
  });
  assert.is(ten?.number, 10, 'in the order of numbers');
  assert.is(ten?.otherBytes, 4096 + 8192, 'an entry and a device tree');
});

test('what is only one generation’s is what its removal frees', () => {
  for (const { number, ownBytes } of usage.generations) {
    const rest = files.filter(({ key }) => key === undefined || key.number !== number);
    const used = new Set(rest.flatMap(({ uses = [] }) => uses));
    const kept = rest.filter(({ kind, path }) => kind !== 'blob' || used.has(path));
    const after = usageOf({ files: kept, sizes, space });
    assert.is(usage.ourBytes - after.ourBytes, ownBytes, `generation ${number}`);
  }
});

test('what is ours and what is not is all that is in use', () => {
  assert.is(usage.ourBytes, 58 * MiB + 8192 + 4 * 4096);
  assert.is(usage.ourBytes + usage.otherBytes + usage.freeBytes, usage.totalBytes);
});

test('a file that is listed and not there takes nothing', () => {
  const without = new Map([...sizes].filter(([path]) => path !== kernel));
  const [nine] = usageOf({ files, sizes: without, space }).generations;
  assert.is(nine?.kernelBytes, 0);
  assert.is(usageOf({ files: [], sizes, space }).otherBytes, 64 * MiB);
});

function entry(path: string, key: NonNullable<LedgerFile['key']>, uses: string[]): LedgerFile {
  return { ...file(path, 'entry'), key, uses };
}

function file(path: string, kind: LedgerFile['kind']): LedgerFile {
  return { path, kind, sizeBytes: sizes.get(path) ?? 0, sha256: '' };
}

test.run();
