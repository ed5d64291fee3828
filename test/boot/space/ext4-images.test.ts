import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

const child = path.join(import.meta.dirname, 'ext4-child.ts');
const loader = ['--import', 'tsx', '--import', './scripts/text-modules.js'];

const canLoop =
  process.getuid?.() === 0 &&
  fs.existsSync('/dev/loop-control') &&
  hasProgram('mkfs.ext4', '-V') &&
  hasProgram('unshare', '--mount', 'losetup', '--find');

for (const blockBytes of [1024, 4096]) {
  const name = `ext4 with blocks of ${blockBytes}: never more than predicted, and not much less`;
  testWhere(canLoop, 'root and loop devices', name, () => {
    // A mount namespace of its own: what is mounted ends with the process.
    const answer = spawnSync(
      'unshare',
      ['--mount', '--propagation', 'private', process.execPath, ...loader, child, `${blockBytes}`],
      { encoding: 'utf8' },
    );
    assert.is(answer.status, 0, answer.stderr + answer.stdout);
    assert.match(answer.stdout, /^compared [1-9]\d* times\n$/);
  });
}

test.run();
