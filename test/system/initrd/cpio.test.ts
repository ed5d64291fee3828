import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CpioNode, cpioArchive } from '../../../src/system/initrd/cpio.ts';
import { toolTest } from './tool-test.ts';

const busyboxTest = toolTest('busybox', 'busybox-static');

function archiveOf(nodes: readonly (readonly [string, CpioNode])[]): Buffer {
  return Buffer.concat(cpioArchive(new Map(nodes)));
}

const file = { kind: 'file', content: Buffer.from('12345') } as const;
const nodes = [
  ['lib/modules/6.1/a.ko', file],
  ['init', { kind: 'file', content: Buffer.from('#!'), executable: true }],
  ['bin/sh', { kind: 'link', target: 'busybox' }],
  ['dev/console', { kind: 'character device', major: 5, minor: 1 }],
] as const;

busyboxTest('cpio lists what was put in, with folders that nobody named, all of it root’s', () => {
  const listed = spawnSync('busybox', ['cpio', '-tv'], { input: archiveOf(nodes) });
  const lines = listed.stdout.toString().trim().split('\n');
  assert.equal(
    lines.map(line => line.replace(/\s+/g, ' ').replace(/ (\d+, \d+|\d+) .*\d\d:\d\d:\d\d/, ' $1')),
    [
      'drwxr-xr-x 0/0 0 bin',
      'lrwxrwxrwx 0/0 0 bin/sh -> busybox',
      'drwxr-xr-x 0/0 0 dev',
      'crw------- 0/0 0 dev/console',
      '-rwxr-xr-x 0/0 2 init',
      'drwxr-xr-x 0/0 0 lib',
      'drwxr-xr-x 0/0 0 lib/modules',
      'drwxr-xr-x 0/0 0 lib/modules/6.1',
      '-rw-r--r-- 0/0 5 lib/modules/6.1/a.ko',
    ],
    listed.stderr.toString(),
  );
});

test('the order in which things are named changes no byte', () => {
  assert.ok(archiveOf(nodes).equals(archiveOf(nodes.toReversed())));
});

test.run();
