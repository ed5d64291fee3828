import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../src/errors.ts';
import {
  type Answer,
  lookFurther,
  openLiveSource,
  type Programs,
} from '../../../src/hardware/sources/live-source.ts';
import { MemoryTree } from '../../../src/hardware/sources/memory-tree.ts';
import { fileEntry, type TreeEntry } from '../../../src/hardware/sources/tree-entry.ts';

const unreadable = 'blkid: error: /dev/sdb: Operation not permitted';

/** Programs that answer by their last argument, and write down how they were called. */
class PretendedPrograms implements Programs {
  readonly calls: string[] = [];
  readonly #answers: Readonly<Record<string, string>>;
  readonly #installed: readonly string[];

  constructor(answers: Readonly<Record<string, string>>, installed = ['blkid', 'zfs']) {
    this.#answers = answers;
    this.#installed = installed;
  }

  isInstalled(program: string): boolean {
    return this.#installed.includes(program);
  }

  ask(program: string, args: readonly string[]): Promise<Answer> {
    this.calls.push([program, ...args].join(' '));
    const answer = this.#answers[args.at(-1) ?? ''];
    if (answer === unreadable) return Promise.resolve({ stdout: '', stderr: `${answer}\nmore\n` });
    if (answer !== undefined) return Promise.resolve({ stdout: answer, stderr: '' });
    return Promise.reject(
      new GenctlError('PROGRAM_FAILED', `${program}: it ended with exit code 5`),
    );
  }
}

function machine(files: Readonly<Record<string, string>>): MemoryTree {
  return new MemoryTree(
    Object.entries(files).map(([path, text]): [string, TreeEntry] => [path, fileEntry(text)]),
  );
}

/** A block device as /sys and /dev show it. */
function block(name: string, number: string, size = '100'): Record<string, string> {
  return {
    [`/sys/class/block/${name}/dev`]: `${number}\n`,
    [`/sys/class/block/${name}/size`]: `${size}\n`,
    [`/dev/${name.replaceAll('!', '/')}`]: '',
  };
}

const withZfs = { '/proc/self/mountinfo': '22 1 0:30 / / rw - zfs tank/root rw\n' };

test('with udev and without ZFS no program is run', async () => {
  const programs = new PretendedPrograms({});
  const files = machine({
    ...block('sda', '8:0'),
    '/run/udev/data/b8:0': '',
    '/proc/self/mountinfo': '22 1 8:0 / / rw - ext4 /dev/sda rw\n',
  });
  const { kind, name, silentOn, tree } = await lookFurther(files, programs, () => false);
  assert.is(kind, 'live');
  assert.is(name, 'this machine');
  assert.equal(silentOn, []);
  assert.equal(programs.calls, []);
  assert.is(tree, files);
});

test('without udev blkid is asked about what can hold something', async () => {
  const programs = new PretendedPrograms({
    '/dev/sda': 'ID_PART_TABLE_TYPE=gpt\n',
    '/dev/sda1': '',
    '/dev/cciss/c0d0': 'ID_FS_TYPE=xfs\n',
    '/dev/loop1': 'ID_FS_TYPE=squashfs\n',
  });
  const files = machine({
    ...block('sda', '8:0'),
    ...block('sda1', '8:1'),
    ...block('cciss!c0d0', '104:0'),
    ...block('loop0', '7:0'),
    ...block('loop1', '7:1'),
    '/sys/class/block/loop1/loop/backing_file': '/image\n',
    ...block('ram0', '1:0'),
    ...block('zram0', '253:0'),
    ...block('fd0', '2:0'),
    ...block('sr0', '11:0', '0'),
    ...block('sdz', '65:144'),
    '/run/udev/data/b65:144': 'E:ID_FS_TYPE=ext4\n',
    '/sys/class/block/gone/dev': '9:9\n',
    '/sys/class/block/nodev/size': '1\n',
  });
  const { silentOn, tree } = await lookFurther(files, programs, () => false);
  assert.equal(programs.calls, [
    'blkid -p -o udev /dev/cciss/c0d0',
    'blkid -p -o udev /dev/loop1',
    'blkid -p -o udev /dev/sda',
    'blkid -p -o udev /dev/sda1',
  ]);
  assert.equal(tree.names('/blkid'), ['cciss!c0d0', 'loop1', 'sda']);
  assert.is(tree.text('/blkid/sda'), 'ID_PART_TABLE_TYPE=gpt\n');
  assert.is(tree.text('/sys/class/block/sda/dev'), '8:0\n');
  assert.equal(silentOn, []);
});

test('ZFS is asked where something of it is mounted', async () => {
  const programs = new PretendedPrograms({ mountpoint: 'tank/root\tlegacy\n' });
  const { tree, silentOn } = await lookFurther(machine(withZfs), programs, () => false);
  assert.equal(programs.calls, ['zfs get -Hp -t filesystem -o name,value mountpoint']);
  assert.is(tree.text('/zfs/mountpoints'), 'tank/root\tlegacy\n');
  assert.equal(silentOn, []);
});

test('a program that fails, or is not there, is told and no failure', async () => {
  const files = machine({ ...block('sdb', '8:16'), ...block('sda', '8:0'), ...withZfs });
  const failing = await lookFurther(files, new PretendedPrograms({}), () => false);
  assert.equal(failing.silentOn, [
    'what is on /dev/sda: blkid: it ended with exit code 5',
    'what is on /dev/sdb: blkid: it ended with exit code 5',
    'the mount points of ZFS: zfs: it ended with exit code 5',
  ]);
  assert.is(failing.tree.text('/sys/class/block/sda/dev'), '8:0\n');
  const refused = await lookFurther(
    machine(block('sdb', '8:16')),
    new PretendedPrograms({ '/dev/sdb': unreadable }),
    () => false,
  );
  assert.equal(refused.silentOn, [`what is on /dev/sdb: ${unreadable}`]);
  const missing = new PretendedPrograms({}, []);
  assert.equal((await lookFurther(files, missing, () => false)).silentOn, [
    'what is on block devices: udev does not run, and blkid is not installed',
    'the mount points of ZFS: zfs is not installed',
  ]);
  assert.equal(missing.calls, []);
});

test('this machine can be opened', async () => {
  const { kind, tree } = await openLiveSource();
  assert.is(kind, 'live');
  assert.ok(tree.text('/proc/self/mountinfo')?.includes(' / '));
});

test('bind mounts are looked at, and nothing that could be asleep', async () => {
  const looked: string[] = [];
  const isFile = (place: string): boolean => {
    looked.push(place);
    return place.includes('file');
  };
  const table = [
    '1 1 8:1 / / rw - ext4 /dev/a rw',
    '1 1 8:1 /a /my\\040file rw - ext4 /dev/a rw',
    '1 1 8:1 /b /srv rw - ext4 /dev/a rw',
    '1 1 0:4 mnt:[1] /run/file rw - nsfs nsfs rw',
    '1 1 0:5 /x /file rw - nfs4 nas:/x rw',
    '1 1 0:6 /x /file rw - fuse.sshfs x rw',
    '',
  ].join('\n');
  const files = machine({ '/proc/self/mountinfo': table });
  const { tree } = await lookFurther(files, new PretendedPrograms({}), isFile);
  assert.is(tree.text('/mounts/single-files'), '/my\\040file\n');
  assert.equal(looked, ['/my file', '/srv']);
});

test.run();
