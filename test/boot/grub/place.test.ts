import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

// Real file systems on a disk of their own: where the menu and the store are has to be what
// grub-probe, grub-mkrelpath and GRUB's own drivers say. There is no udev for these disks.

const child = path.join(import.meta.dirname, 'place-child.ts');
const loader = ['--import', 'tsx', '--import', './scripts/text-modules.js'];

const canLoop =
  process.getuid?.() === 0 &&
  fs.existsSync('/dev/loop-control') &&
  hasProgram('unshare', '--mount', 'losetup', '--find') &&
  hasProgram('partx', '--version') &&
  hasProgram('sgdisk', '--version') &&
  hasProgram('grub-fstest', '--version');

const lack = 'root, loop devices, partx (util-linux), sgdisk (gdisk) and grub-fstest (grub-common)';

const layouts: readonly (readonly [layout: string, program: string, name: string])[] = [
  ['btrfs', 'mkfs.btrfs', 'subvolumes of btrfs with blanks and commas in their names'],
  ['ext4-gpt', 'mkfs.ext4', 'ext4 on GPT, /boot as a folder, a file system, a bind mount'],
  ['ext4-dos', 'mkfs.ext4', 'ext4 with an MBR partition table'],
  ['xfs-gpt', 'mkfs.xfs', 'XFS with a separate /boot'],
  ['whole-disk', 'mkfs.ext4', 'ext4 on a disk without partitions, as grub-probe sees it'],
  ['refused', 'mkfs.ext4', 'a feature of ext4 that GRUB cannot read'],
  ['assembled', 'mkfs.ext4', 'an image that is assembled in a folder'],
];

for (const [layout, program, name] of layouts) {
  testWhere(
    canLoop && hasProgram(program, '-V'),
    `${lack}, ${program}`,
    `a real disk: ${name}`,
    () => {
      const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-place-'));
      try {
        const ownMounts = ['--mount', '--propagation', 'private', process.execPath];
        const answer = spawnSync('unshare', [...ownMounts, ...loader, child, layout, scratch], {
          encoding: 'utf8',
        });
        assert.is(answer.status, 0, answer.stderr + answer.stdout);
        assert.is(answer.stdout, `compared ${layout}\n`);
      } finally {
        fs.rmSync(scratch, { recursive: true });
      }
    },
  );
}

test.run();
