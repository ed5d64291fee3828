// What GRUB sees of a file system that is mounted and synced: it reads no log.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Mount, parseMountInfo } from '../../src/host/mounts.ts';
import { isToBeFrozen } from '../../src/host/settle.ts';
import script from '../../templates/settle.sh.eta';
import { canMount, hasProgram, testWhere, withMounts } from '../commands/test-where.ts';

const child = fileURLToPath(new URL('settle-child.ts', import.meta.url));
const textModules = fileURLToPath(new URL('../../scripts/text-modules.js', import.meta.url));

function inFolder<T>(work: (folder: string) => T): T {
  const folder = fs.mkdtempSync(join(tmpdir(), 'settle-'));
  try {
    return work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What GRUB lists of a new file system, before and after: there is a file, synced as we do it. */
function seenByGrub(fileSystem: string): { before: string; after: string } {
  return inFolder(folder => {
    const image = join(folder, 'image');
    const top = join(folder, 'boot');
    fs.mkdirSync(top);
    fs.writeFileSync(image, '');
    fs.truncateSync(image, 320 << 20);
    const made = spawnSync(`mkfs.${fileSystem}`, ['-q', image], { encoding: 'utf8' });
    assert.is(made.status, 0, made.stderr);
    const look = `grub-fstest ${image} ls '(loop0)/genctl/'`;
    const commands = [
      `mkdir ${top}/genctl; sync -f ${top}`,
      `fsfreeze --freeze ${top}; fsfreeze --unfreeze ${top}`,
      `echo x >${top}/genctl/menu.cfg; sync ${top}/genctl/menu.cfg ${top}/genctl; sync -f ${top}`,
      look,
      'echo ----',
      `"$@"`,
      look,
      // It can be written to again.
      `echo y >${top}/genctl/again`,
    ];
    const [program = '', ...args]: readonly string[] = [
      ...withMounts(`mount -o loop ${image} ${top}`).wrapper,
      'sh',
      '-c',
      `set -e; ${commands.join('; ')}`,
      'sh',
      process.execPath,
      '--import',
      'tsx',
      '--import',
      textModules,
      child,
      top,
    ];
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    const [before = '', after = ''] = stdout.split('----\n');
    return { before: before.trim(), after: after.trim() };
  });
}

const isRoot = process.getuid?.() === 0;
const canLook = canMount && isRoot && hasProgram('grub-fstest', '--version');

testWhere(
  canLook && hasProgram('mkfs.ext4', '-V'),
  'loop devices, grub-fstest (grub-common) and mkfs.ext4 (e2fsprogs)',
  'ext4: what was synced is in its place',
  () => {
    assert.equal(seenByGrub('ext4'), { before: 'menu.cfg', after: 'menu.cfg' });
  },
);

testWhere(
  canLook && hasProgram('mkfs.xfs', '-V'),
  'loop devices, grub-fstest (grub-common) and mkfs.xfs (xfsprogs)',
  'XFS: what was synced is in the log only, until it has settled',
  () => {
    assert.equal(seenByGrub('xfs'), { before: '', after: 'menu.cfg' });
  },
);

const mountsOf = (...lines: readonly string[]): Mount[] =>
  parseMountInfo(lines.map(line => `1 1 ${line}\n`).join(''));

test('only an XFS that is mounted at one place, which is not the root, is frozen', () => {
  const root = '8:1 / / rw - ext4 /dev/sda1 rw';
  const boot = '8:2 / /boot rw - xfs /dev/sda2 rw';
  assert.ok(isToBeFrozen(mountsOf(root, boot), '/boot'));
  assert.not(isToBeFrozen(mountsOf(root, boot), '/boot/genctl'), 'a folder within');
  assert.not(isToBeFrozen(mountsOf('8:2 / / rw - xfs /dev/sda2 rw'), '/'), 'the root');
  const bound = '8:2 /var /var rw - xfs /dev/sda2 rw';
  assert.not(isToBeFrozen(mountsOf(root, boot, bound), '/boot'), 'what has other work to do');
  const over = '8:3 / /boot rw - vfat /dev/sda3 rw';
  assert.not(isToBeFrozen(mountsOf(root, boot, over), '/boot'), 'hidden by another one');
});

/** Runs the script with a made-up `fsfreeze`, and gives what that was asked to do. */
function asked(shell: readonly string[], onFreeze: string): string {
  return inFolder(folder => {
    const log = join(folder, 'log');
    const program = `#!/bin/sh\necho "$1" >>${log}\ncase $1 in --freeze) ${onFreeze} ;; esac\n`;
    fs.writeFileSync(join(folder, 'fsfreeze'), program, { mode: 0o755 });
    // In a process group of its own, which signals to all are for.
    // By its path: the shell of busybox has an fsfreeze of its own.
    const text = script.replaceAll('fsfreeze --', './fsfreeze --');
    const { status } = spawnSync('setsid', ['--wait', ...shell, '-c', text, 'sh', folder]);
    assert.is(status, 0, shell.join(' '));
    return fs.readFileSync(log, 'utf8');
  });
}

const shells: readonly (readonly string[])[] = [['sh'], ['busybox', 'ash']];
for (const shell of shells) {
  const name = shell.join(' ');
  const isThere = hasProgram(shell[0] ?? '', ...shell.slice(1), '-c', 'exit 0');
  testWhere(isThere, name, `${name}: it is let go, whatever becomes of who froze it`, () => {
    const both = '--freeze\n--unfreeze\n';
    assert.is(asked(shell, 'exit 0'), both);
    assert.is(asked(shell, 'kill -KILL $PPID'), both, 'the half that freezes is killed');
    assert.is(asked(shell, 'kill -TERM 0'), both, 'all are asked to end');
    assert.is(asked(shell, 'kill -INT 0'), both, 'all are interrupted');
  });

  testWhere(isThere, name, `${name}: what cannot be frozen, or is already, is left alone`, () => {
    assert.is(asked(shell, 'exit 1'), '--freeze\n');
  });
}

testWhere(
  hasProgram('shellcheck', '--version'),
  'no shellcheck',
  'shellcheck has nothing against the script',
  () => {
    const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], {
      input: script,
      encoding: 'utf8',
    });
    assert.is(status, 0, stdout);
  },
);

test.run();
