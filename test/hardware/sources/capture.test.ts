import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { captureSource } from '../../../src/hardware/sources/capture.ts';
import type { FileTree } from '../../../src/hardware/sources/file-tree.ts';
import { SeededRandom } from '../../boot/seeded-random.ts';
import { packTar, smallCapture } from './pack-tar.ts';
import { thrownBy } from './thrown-by.ts';

const small = packTar(smallCapture());

test('a capture shows the machine’s files where they are on the machine', () => {
  for (const bytes of [small, gzipSync(small)]) {
    const { kind, name, tree, silentOn } = captureSource(bytes, 'laptop.tar.gz');
    assert.is(kind, 'capture');
    assert.is(name, 'laptop.tar.gz');
    assert.is(tree.text('/sys/class/block/sda/dev'), '8:0\n');
    assert.is(tree.realPath('/sys/bus/pci/devices/0000:00:1f.2/driver/module'), '/sys/module/ahci');
    assert.is(tree.text('/blkid/sda'), 'ID_FS_TYPE=ext4\n');
    assert.is(tree.text('/zfs/mountpoints'), 'tank\t/tank\n');
    assert.is(tree.realPath('/sys/firmware/efi'), '/sys/firmware/efi');
    assert.equal(silentOn, ['MAC addresses', 'names in /dev/disk/by-id', 'serial numbers']);
  }
});

test('what was not taken is told', () => {
  const entries = smallCapture().filter(({ name }) => !name.startsWith('proc/'));
  entries[0] = { name: 'capture', content: 'genctl-capture 1\nredacted no\n' };
  assert.equal(captureSource(packTar(entries), 'x').silentOn, [
    'which file systems are mounted',
    'which swap is in use',
    'what processor it has',
  ]);
  entries.push({ name: 'proc/swaps', content: Buffer.alloc((4 << 20) + 1) });
  assert.equal(captureSource(packTar(entries), 'x').tree.unreadable, ['/proc/swaps']);
});

test('a newer capture is refused with what to do, an odd one as unknown', () => {
  const versions: readonly (readonly [string, string | undefined])[] = [
    ['genctl-capture 1\n', undefined],
    ['genctl-capture 1.7\nredacted no\n', undefined],
    ['genctl-capture 1\r\n', undefined],
    ['genctl-capture 2\n', 'CAPTURE_NEWER'],
    ['genctl-capture 10.1\n', 'CAPTURE_NEWER'],
    ['genctl-capture one\n', 'CAPTURE_UNKNOWN'],
    ['', 'CAPTURE_UNKNOWN'],
  ];
  for (const [content, code] of versions) {
    const [, ...rest] = smallCapture();
    const error = thrownBy(() =>
      captureSource(packTar([{ name: 'capture', content }, ...rest]), 'x'),
    );
    assert.is(error?.code, code, content);
    assert.is(error === undefined, error?.hint === undefined, content);
  }
});

test('a tar of /sys that somebody packed by hand is taken, and said to be one', () => {
  const [, ...entries] = smallCapture();
  const padded = { name: 'sys/class/dmi/id/sys_vendor', content: `QEMU\n${'\0'.repeat(4091)}` };
  const { tree, silentOn } = captureSource(packTar([...entries, padded]), 'x');
  assert.is(tree.text('/sys/class/dmi/id/sys_vendor'), 'QEMU\n');
  assert.is(tree.text('/sys/class/block/sda/size'), '2097152\n');
  assert.equal(silentOn, ['what is missing in it, since it was not taken by genctl']);
  const other = packTar([{ name: 'home/me/notes', content: 'x' }]);
  assert.is(thrownBy(() => captureSource(other, 'x'))?.code, 'CAPTURE_UNKNOWN');
});

test('cut off anywhere, it is an expected failure that names the place', () => {
  const contentEnd = small.length - 1024;
  for (let length = 0; length <= small.length; length += 512) {
    const error = thrownBy(() => captureSource(small.subarray(0, length), 'x'));
    if (length > contentEnd) assert.is(error, undefined, String(length));
    else assert.match(error?.code ?? '', /^CAPTURE_(?:DAMAGED|UNKNOWN)$/, String(length));
    if (error?.code === 'CAPTURE_DAMAGED') assert.match(error.message, /after "|in "|first entry/);
  }
  const packed = gzipSync(small);
  for (let length = 3; length < packed.length; length += 7) {
    const error = thrownBy(() => captureSource(packed.subarray(0, length), 'x'));
    assert.is(error?.code, 'CAPTURE_DAMAGED', String(length));
  }
});

test('with bits turned anywhere, it is an expected failure or a tree', () => {
  const packed = gzipSync(small);
  for (let seed = 0; seed < 3000; seed++) {
    const random = new SeededRandom(seed);
    const bytes = Buffer.from(seed % 4 === 0 ? packed : small);
    for (let flips = 1 + random.below(4); flips > 0; flips--) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    thrownBy(() => readAll(captureSource(bytes, 'x').tree, '/', 0));
  }
});

test('a small file that unpacks to gigabytes is refused at once', () => {
  const zeros = gzipSync(Buffer.alloc(300 << 20), { level: 1 });
  const bomb = Buffer.concat(Array.from({ length: 20 }, () => zeros));
  const started = performance.now();
  const error = thrownBy(() => captureSource(bomb, 'x'));
  assert.is(error?.code, 'SOURCE_TOO_LARGE');
  assert.match(error?.message ?? '', /256\.0 MiB/);
  assert.ok(performance.now() - started < 60_000);
});

test('links that lead round in circles are nowhere', () => {
  const entries = [
    ...smallCapture(),
    { name: 'sys/class/block/a', type: '2', linkTarget: 'b' },
    { name: 'sys/class/block/b', type: '2', linkTarget: 'a/x' },
    { name: 'sys/class/block/out', type: '2', linkTarget: '../../../../../../etc/passwd' },
  ];
  const { tree } = captureSource(packTar(entries), 'x');
  assert.is(tree.realPath('/sys/class/block/a'), undefined);
  assert.is(tree.text('/sys/class/block/out'), undefined);
  assert.is(tree.realPath('/sys/class/block/out'), '/etc/passwd');
});

/** Looks at everything in a tree, through links too. */
function readAll(tree: FileTree, path: string, depth: number): void {
  for (const name of tree.names(path)) {
    const below = `${path === '/' ? '' : path}/${name}`;
    tree.text(below);
    tree.realPath(below);
    if (depth < 8) readAll(tree, below, depth + 1);
  }
}

test.run();
