import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MountedFileSystem } from '../../../src/hardware/facts/facts.ts';
import { type DiskRow, readSpace } from '../../../src/hardware/summary/read-space.ts';

function mounted(mountPoint: string, type = 'ext4'): MountedFileSystem {
  return {
    mountPoint,
    type,
    source: '/dev/sda1',
    rootInside: '/',
    number: '8:1',
    options: ['rw'],
    superOptions: ['rw'],
    blockDevices: ['sda1'],
    isFolder: true,
  };
}

const root: DiskRow = { mounted: '/', blocks: 1000, used: 400, available: 500 };

test('what df says of the places that a system needs, in bytes', () => {
  const { rows, failures } = readSpace([mounted('/'), mounted('/home')], () => [
    root,
    { mounted: '/home', blocks: 9, used: 1, available: 8 },
  ]);
  assert.equal(rows, [
    { mountPoint: '/', totalBytes: 1_024_000, usedBytes: 409_600, freeBytes: 512_000 },
  ]);
  assert.equal(failures, []);
});

test('a row that blanks have shifted is not believed: the kernel is asked', () => {
  for (const odd of [
    { ...root, blocks: Number.NaN },
    { ...root, used: 5000 },
    { ...root, mounted: '/boot' },
    { ...root, blocks: 0, used: 0, available: 0 },
  ]) {
    const { rows } = readSpace([mounted('/')], () => [odd]);
    assert.is(rows.length, 1);
    assert.ok((rows[0]?.totalBytes ?? 0) > 1_024_000);
  }
});

test('df is never started where it could wait for a server', () => {
  let asked = false;
  for (const type of ['nfs4', 'nfs', 'cifs', 'fuse.sshfs', '9p']) {
    readSpace([mounted('/'), mounted('/srv', type)], () => {
      asked = true;
      return [];
    });
  }
  assert.is(asked, false);
});

test('a missing df is said, and the kernel asked', () => {
  const { rows, failures } = readSpace([mounted('/')], () => {
    throw new Error('df: not found');
  });
  assert.is(rows.length, 1);
  assert.equal(failures, ['the space on disks: df: not found']);
});

test('a place that is gone meanwhile is said', () => {
  const { rows, failures } = readSpace([mounted('/efi')], () => []);
  assert.equal(rows, []);
  assert.match(failures[0] ?? '', /^\/efi: cannot open \/efi/);
});

test.run();
