import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryTree } from '../../../src/hardware/sources/memory-tree.ts';
import { OverlayTree } from '../../../src/hardware/sources/overlay-tree.ts';
import {
  fileEntry,
  folderEntry,
  linkEntry,
  type TreeEntry,
} from '../../../src/hardware/sources/tree-entry.ts';
import { thrownBy } from './thrown-by.ts';

function tree(entries: Readonly<Record<string, TreeEntry>>): MemoryTree {
  return new MemoryTree(Object.entries(entries));
}

const disk = '/sys/devices/pci0000:00/0000:00:1f.2/block/sda';

const machine = tree({
  [`${disk}/size`]: fileEntry('100\n'),
  [`${disk}/device`]: linkEntry('../../../0000:00:1f.2'),
  '/sys/devices/pci0000:00/0000:00:1f.2/uevent': fileEntry('DRIVER=ahci\n'),
  '/sys/class/block/sda': linkEntry('../../devices/pci0000:00/0000:00:1f.2/block/sda'),
  '/sys/class/block/b': linkEntry('/sys/class/block/sda'),
  '/sys/class/empty': folderEntry,
  '/loop/a': linkEntry('b'),
  '/loop/b': linkEntry('a'),
  '/out': linkEntry('../../../../sys/class'),
  '/nowhere': linkEntry('/missing/x'),
  '/binary': fileEntry(Uint8Array.of(0x61, 0xff, 0)),
});

test('links lead where they lead on the machine', () => {
  const expectations: readonly (readonly [string, string | undefined])[] = [
    ['/sys/class/block/sda', disk],
    ['/sys/class/block/b', disk],
    ['/sys/class/block/sda/device', '/sys/devices/pci0000:00/0000:00:1f.2'],
    ['/sys/class/block/sda/device/../..', '/sys/devices'],
    ['/sys/class/block/sda/size', `${disk}/size`],
    ['/sys//class/./block/', '/sys/class/block'],
    ['/', '/'],
    ['/../..', '/'],
    ['/out/block/sda', disk],
    ['/sys/class/block/sda/size/x', undefined],
    ['/sys/class/block/sdb', undefined],
    ['/loop/a', undefined],
    ['/loop/a/x', undefined],
    ['/nowhere', undefined],
  ];
  for (const [path, end] of expectations) assert.is(machine.realPath(path), end, path);
});

test('files and names are read through links, in byte order', () => {
  assert.is(machine.text('/sys/class/block/b/size'), '100\n');
  assert.equal(machine.names('/sys/class/block'), ['b', 'sda']);
  assert.equal(machine.names('/sys/class/block/sda'), ['device', 'size']);
  assert.equal(machine.names('/sys/class/empty'), []);
  assert.equal(machine.names('/sys/class/block/sda/size'), []);
  assert.is(machine.text('/sys/class/block'), undefined);
  assert.is(machine.bytes('/loop/a'), undefined);
  assert.is(machine.text('/binary'), 'a\ufffd\0');
  assert.equal([...(machine.bytes('/binary') ?? [])], [0x61, 0xff, 0]);
});

test('what a driver’s link says is known though its end was not taken', () => {
  const entries = new Map<string, TreeEntry>([
    ['/sys/bus/pci/drivers/nvme/module', linkEntry('../../../../module/nvme')],
    ['/sys/devices/x/driver', linkEntry('../../bus/pci/drivers/nvme')],
    ['/round', linkEntry('/round/more')],
    ['/up', linkEntry('../../..')],
  ]);
  const plain = new MemoryTree(entries);
  assert.is(plain.realPath('/sys/devices/x/driver/module'), undefined);
  const whole = MemoryTree.withEndsOfLinks(entries);
  assert.is(whole.realPath('/sys/devices/x/driver/module'), '/sys/module/nvme');
  assert.is(whole.realPath('/round'), undefined);
  assert.is(whole.realPath('/up'), '/');
});

test('of two things at one place the last one counts, and a folder has what is in it', () => {
  const mixed = new MemoryTree([
    ['/a', fileEntry('1')],
    ['/a', fileEntry('2')],
    ['/b', fileEntry('1')],
    ['/b/c', fileEntry('2')],
    ['/d/e', fileEntry('1')],
    ['/d', folderEntry],
    ['/f/../../g', fileEntry('1')],
  ]);
  assert.is(mixed.text('/a'), '2');
  assert.is(mixed.text('/b/c'), '2');
  assert.is(mixed.text('/d/e'), '1');
  assert.is(mixed.text('/f/g'), '1');
  assert.equal(mixed.names('/__proto__'), []);
  assert.is(mixed.text('/constructor'), undefined);
});

test('a tree that no machine has is refused before memory runs out', () => {
  const deep = Array.from({ length: 1500 }, (_, at): readonly [string, TreeEntry] => [
    `/${at}${'/a'.repeat(400)}`,
    folderEntry,
  ]);
  assert.is(thrownBy(() => new MemoryTree(deep))?.code, 'SOURCE_TOO_LARGE');
});

test('links of hundreds of parts, one through another, take no time', () => {
  const long = 'x/../'.repeat(200);
  const entries = new Map<string, TreeEntry>([['/x', folderEntry]]);
  for (let at = 0; at < 2_000; at++) entries.set(`/l${at}`, linkEntry(`${long}l${at + 1}`));
  entries.set('/long', linkEntry('x/'.repeat(1000)));
  const started = performance.now();
  const hostile = MemoryTree.withEndsOfLinks(entries);
  assert.is(hostile.realPath('/l0'), undefined);
  assert.is(hostile.realPath('/long'), undefined);
  assert.ok(performance.now() - started < 60_000);
});

test('an overlay adds to a tree, and takes nothing from it', () => {
  const over = new OverlayTree(
    tree({ '/blkid/sda': fileEntry('x'), '/sys/new': fileEntry('1') }),
    new MemoryTree([['/sys/old', fileEntry('2')]], ['/sys/damaged']),
  );
  assert.equal(over.names('/sys'), ['new', 'old']);
  assert.equal(over.names('/'), ['blkid', 'sys']);
  assert.is(over.text('/blkid/sda'), 'x');
  assert.is(over.text('/sys/old'), '2');
  assert.is(over.bytes('/sys/none'), undefined);
  assert.is(over.realPath('/sys/old'), '/sys/old');
  assert.equal(over.unreadable, ['/sys/damaged']);
});

test.run();
