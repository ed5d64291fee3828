import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderFstab } from '../../../src/system/debian/render-fstab.ts';
import type { Configuration } from '../../../src/system/declaration/declaration.ts';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

type FileSystems = Configuration['fileSystems'];
type Swaps = Configuration['swapDevices'];

interface FileSystemWish {
  device?: string;
  fsType?: string;
  options?: readonly string[];
}

function fstabOf(
  wishes: Readonly<Record<string, FileSystemWish>>,
  swapDevices: Swaps = {},
): string {
  const fileSystems: FileSystems = Object.fromEntries(
    Object.entries(wishes).map(([place, { device, fsType, options = [] }]) => [
      place,
      { device, fsType, options, neededForBoot: undefined },
    ]),
  );
  return renderFstab({ fileSystems, swapDevices });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

test('a folder comes before what is mounted below it', () => {
  const text = fstabOf({
    '/srv/a/b': { device: '/dev/b', fsType: 'ext4' },
    '/srv/a': { device: '/dev/a', fsType: 'ext4' },
    '/srv': { device: '/dev/s', fsType: 'ext4' },
    '/srv-2': { device: '/dev/t', fsType: 'ext4' },
    '/': { device: '/dev/r', fsType: 'ext4' },
  });
  assert.equal(
    linesOf(text).map(line => line.split(' ')[1]),
    ['/', '/srv', '/srv/a', '/srv/a/b', '/srv-2'],
  );
});

test('what fsck looks at, and in which pass', () => {
  const passOf = (place: string, wish: FileSystemWish): string | undefined =>
    linesOf(fstabOf({ [place]: wish }))[0]?.split(' ')[5];
  for (const [place, device, fsType, options, pass] of [
    ['/', 'UUID=1', 'ext4', [], '1'],
    ['/', 'UUID=1', 'btrfs', ['subvol=@'], '0'],
    ['/boot/efi', 'PARTUUID=1', 'vfat', [], '2'],
    ['/data', '/dev/mapper/data', undefined, [], '2'],
    ['/x', '/dev/sdb1', 'xfs', [], '0'],
    ['/n', 'nas:/export', 'nfs4', ['_netdev'], '0'],
    ['/t', undefined, 'tmpfs', [], '0'],
    ['/b', '/dev/sdb1', 'ext4', ['bind'], '0'],
    ['/b', '/srv/data', 'none', ['bind'], '0'],
  ] as const) {
    const wish = { ...(device && { device }), ...(fsType && { fsType }), options };
    assert.is(passOf(place, wish), pass, `${place} ${device} ${fsType}`);
  }
});

test('swap: priorities, and never in the clear what is to be encrypted', () => {
  const text = fstabOf(
    {},
    {
      '/dev/a': { priority: undefined, randomEncryption: false },
      '/dev/b': { priority: 10, randomEncryption: false },
      '/dev/c': { priority: -1, randomEncryption: false },
      '/dev/d': { priority: 5, randomEncryption: true },
    },
  );
  assert.equal(linesOf(text), [
    '/dev/a none swap defaults 0 0',
    '/dev/b none swap pri=10 0 0',
    '/dev/c none swap defaults 0 0',
  ]);
  assert.match(text, '# /dev/d none swap: not in use');
});

testWhere(hasProgram('findmnt', '--version'), 'no findmnt', 'findmnt reads what was meant', () => {
  const odd = {
    '/a b\tc\\d': { device: '/dev/disk/by-label/my\\x20disk', fsType: 'ext4', options: ['a b'] },
    '/b#': { device: '//nas/my share', fsType: 'cifs', options: ['ro', 'nofail'] },
    '/ü\u00a0': { device: '#x', fsType: 'ext4' },
    '/tmp': { fsType: 'tmpfs', options: ['size=50%', 'mode=1777'] },
  };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-fstab-'));
  const file = path.join(folder, 'fstab');
  fs.writeFileSync(file, fstabOf(odd));
  const { stdout, stderr } = spawnSync(
    'findmnt',
    ['--tab-file', file, '--json', '--list', '-o', 'SOURCE,TARGET,FSTYPE,OPTIONS'],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
  );
  fs.rmSync(folder, { recursive: true });
  assert.ok(stdout, stderr);
  const { filesystems } = JSON.parse(stdout) as { filesystems: Record<string, string>[] };
  assert.equal(
    filesystems.map(({ source, target, fstype, options }) => [source, target, fstype, options]),
    [
      ['/dev/disk/by-label/my\\x20disk', '/a b\tc\\d', 'ext4', 'a b'],
      ['//nas/my share', '/b#', 'cifs', 'ro,nofail'],
      ['tmpfs', '/tmp', 'tmpfs', 'size=50%,mode=1777'],
      ['#x', '/ü\u00a0', 'ext4', 'defaults'],
    ],
  );
});

test.run();
