import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FileTree } from '../../src/hardware/sources/file-tree.ts';
import { KernelFiles } from '../../src/host/kernel-files.ts';

/** A folder with another machine's files, beside something that is none of them. */
function otherMachine(): { prefix: string; remove: () => void } {
  const top = fs.mkdtempSync(join(tmpdir(), 'kernel-files-'));
  const prefix = join(top, 'machine');
  const disk = join(prefix, 'sys/devices/pci0/block/sda');
  fs.mkdirSync(disk, { recursive: true });
  fs.mkdirSync(join(prefix, 'sys/class/block'), { recursive: true });
  fs.writeFileSync(join(disk, 'size'), '100\n');
  fs.writeFileSync(join(disk, 'odd'), Buffer.of(0xff, 0x0a));
  fs.symlinkSync('../../devices/pci0/block/sda', join(prefix, 'sys/class/block/sda'));
  fs.symlinkSync('../../../../outside', join(prefix, 'sys/class/outside'));
  fs.symlinkSync('round', join(prefix, 'sys/class/round'));
  fs.writeFileSync(join(top, 'outside'), 'secret\n');
  fs.mkdirSync(join(top, 'machine-2'));
  fs.writeFileSync(join(top, 'machine-2/file'), 'secret\n');
  fs.symlinkSync('../../../machine-2/file', join(prefix, 'sys/class/neighbour'));
  execFileSync('mkfifo', [join(prefix, 'sys/fifo')]);
  fs.writeFileSync(join(prefix, 'sys/long'), Buffer.alloc((1 << 20) + 1));
  fs.mkdirSync(join(prefix, 'proc/self'), { recursive: true });
  fs.writeFileSync(join(prefix, 'proc/self/mountinfo'), Buffer.alloc((1 << 20) + 1, 'm'));
  return { prefix, remove: () => fs.rmSync(top, { recursive: true }) };
}

test('another machine’s files are read below its folder, and nothing beside it', () => {
  const { prefix, remove } = otherMachine();
  try {
    const files: FileTree = new KernelFiles(`${prefix}/`);
    assert.is(files.text('/sys/class/block/sda/size'), '100\n');
    assert.is(files.text('/sys/devices/pci0/block/sda/odd'), '\ufffd\n');
    assert.equal([...(files.bytes('/sys/class/block/sda/odd') ?? [])], [0xff, 0x0a]);
    assert.is(files.realPath('/sys/class/block/sda'), '/sys/devices/pci0/block/sda');
    assert.is(files.realPath('/'), '/');
    assert.equal(files.names('/sys/class'), ['block', 'neighbour', 'outside', 'round']);
    for (const path of ['/sys/class/outside', '/sys/class/neighbour', '/sys/../../outside']) {
      assert.is(files.text(path), undefined, path);
      assert.is(files.realPath(path), undefined, path);
    }
    for (const path of ['/sys/class/round', '/missing', '/sys/class', '/sys/a\0b', 'sys', '']) {
      assert.is(files.text(path), undefined, path);
    }
    assert.equal(files.names('/missing'), []);
    assert.equal(files.names('/sys/class/block/sda/size'), []);
    assert.equal(files.unreadable, []);
  } finally {
    remove();
  }
});

test('neither a FIFO nor an endless file holds it up', () => {
  const { prefix, remove } = otherMachine();
  try {
    const files = new KernelFiles(prefix);
    assert.is(files.text('/sys/fifo') ?? '', '');
    assert.is(files.text('/sys/long'), undefined);
    assert.is(files.bytes('/sys/long'), undefined);
    assert.is(files.text('/proc/self/mountinfo')?.length, (1 << 20) + 1);
    assert.equal(files.unreadable, ['/sys/long']);
  } finally {
    remove();
  }
});

test('bytes stay what they were when the next file is read', () => {
  const { prefix, remove } = otherMachine();
  try {
    const files = new KernelFiles(prefix);
    const odd = files.bytes('/sys/devices/pci0/block/sda/odd');
    files.text('/proc/self/mountinfo');
    assert.equal([...(odd ?? [])], [0xff, 0x0a]);
  } finally {
    remove();
  }
});

test('a folder that is not there is a machine without files', () => {
  const files = new KernelFiles('/nonexistent/machine');
  assert.is(files.text('/sys/x'), undefined);
  assert.is(files.realPath('/sys'), undefined);
  assert.equal(files.names('/sys'), []);
  assert.equal(files.unreadable, []);
});

test('this machine: paths in /sys lead where realpath(3) says', () => {
  const files = new KernelFiles();
  const paths = ['bus/pci/devices', 'bus/platform/devices', 'class/block', 'class/net'].flatMap(
    folder => files.names(`/sys/${folder}`).map(name => `/sys/${folder}/${name}`),
  );
  for (const path of paths) {
    for (const more of ['', '/device', '/subsystem', '/driver/module', '/uevent', '/missing/x']) {
      const before = realPath(path + more);
      const found = files.realPath(path + more);
      // Partitions of loop devices, which other tests make, go meanwhile.
      if (realPath(path + more) === before) assert.is(found, before, path + more);
    }
  }
});

test('what the kernel refuses to give is noted, and is no error', () => {
  const files = new KernelFiles();
  assert.match(files.text('/proc/sys/kernel/osrelease') ?? '', /^[0-9]/);
  assert.is(files.text('/proc/self/mem'), undefined);
  assert.equal(files.unreadable, ['/proc/self/mem']);
  assert.ok(files.text('/proc/self/mountinfo')?.includes(' / '));
});

function realPath(path: string): string | undefined {
  try {
    return fs.realpathSync.native(path);
  } catch {
    return undefined;
  }
}

test.run();
