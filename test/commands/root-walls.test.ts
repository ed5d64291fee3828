import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox } from './sandbox.ts';
import { hasProgram, testWhere } from './test-where.ts';
import { changesBetween, snapshotOf } from './tree-snapshot.ts';

/** System calls that change a name or its metadata, with the places of their paths. */
const writing = [
  'mkdir',
  'rmdir',
  'unlink',
  'rename',
  'link',
  'symlink',
  'chmod',
  'chown',
  'lchown',
  'truncate',
  'utime',
  'utimes',
  'mknod',
  'setxattr',
  'mkdirat',
  'unlinkat',
  'renameat',
  'renameat2',
  'linkat',
  'symlinkat',
  'fchmodat',
  'fchownat',
  'utimensat',
  'mknodat',
  'mount',
  'umount2',
];

testWhere(
  hasProgram('strace', '-V'),
  'strace',
  'with --root no write goes outside of the root',
  () => {
    using sandbox = Sandbox.with(1);
    sandbox.declare({ label: 'traced', etc: { 'a/b': 'x\n' }, specialisations: { x: 'y' } });
    const log = `${sandbox.folder}/strace.log`;
    const trace = `trace=open,openat,creat,${writing.join(',')}`;
    for (const args of [['switch'], ['gc', '--keep', '1'], ['rollback']]) {
      sandbox.run(args, { wrapper: ['strace', '-f', '-y', '-o', log, '-e', trace, '-s', '4096'] });
      for (const line of fs.readFileSync(log, 'utf8').split('\n')) assertInside(line, sandbox);
    }
  },
);

/**
 * The paths of a call are below the root, or go through a handle, which `-y` shows as the path it
 * was opened by; what is opened for reading may be anywhere.
 */
function assertInside(line: string, sandbox: Sandbox): void {
  const call = /^\d+ +(\w+)\((.*)\) += (-?\d+|\?)/.exec(line);
  if (call === null || call[3]?.startsWith('-') === true) return;
  const [, name = '', args = ''] = call;
  const isOpen = name.startsWith('open');
  if (isOpen && !/O_(?:WRONLY|RDWR|CREAT|TRUNC)/.test(args)) return;
  if (isOpen && args.includes('"/dev/null"')) return;
  // What a handle leads to: `= 21</path>`.
  if (isOpen) {
    const opened = /= \d+<(.*?)>$/.exec(line)?.[1] ?? '';
    const isPipe = /^(?:pipe|socket|anon_inode):|^\/dev\/(?:tty|null)/.test(opened);
    assert.ok(isPipe || opened.startsWith(`${sandbox.root}/`), line);
    return;
  }
  for (const [, path = ''] of args.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
    if (name === 'symlinkat' || name === 'symlink') continue;
    const isReached = path.startsWith('/proc/self/fd/') || path.startsWith(`${sandbox.root}/`);
    // Relative ones are those of `activate`, whose working folder is the root's /etc.
    const isRelative = !path.startsWith('/') && !path.startsWith('../');
    assert.ok(isReached || isRelative, line);
  }
}

/** A folder outside of the root, and links in the root that lead there when followed on the host. */
function outside(sandbox: Sandbox): string {
  const folder = `${sandbox.folder}/outside`;
  fs.mkdirSync(`${folder}/EFI`, { recursive: true });
  fs.writeFileSync(`${folder}/fstab`, 'not yours\n');
  return folder;
}

test('links of the root are those of the root: boot and nix', () => {
  for (const [name, prefix] of [
    ['boot', ''],
    ['nix', ''],
    ['boot', '../../../..'],
  ] as const) {
    using sandbox = Sandbox.with(1);
    const folder = outside(sandbox);
    const before = snapshotOf(folder, { withTimes: true });
    const inside = sandbox.at(folder);
    fs.mkdirSync(inside, { recursive: true });
    fs.renameSync(sandbox.at(`/${name}`), `${inside}/${name}`);
    fs.symlinkSync(`${prefix}${folder}/${name}`, sandbox.at(`/${name}`));
    sandbox.declare({ label: 'new', etc: { motd: 'new\n' } });
    const { stderr } = sandbox.run(['boot']);
    assert.is(sandbox.run(['menu', 'sync']).exitCode, 0, `${name}: ${stderr}`);
    const { generations } = sandbox.runWell('list', '--json').json as {
      generations: { number: number; current: boolean }[];
    };
    assert.is(generations.find(({ current }) => current)?.number, 2, `${name}: ${stderr}`);
    assert.equal(changesBetween(before, snapshotOf(folder, { withTimes: true })), [], name);
  }
});

test('an /etc or a /run that leads out of the root is refused', () => {
  for (const name of ['etc', 'run'] as const) {
    using sandbox = Sandbox.with(2);
    const folder = outside(sandbox);
    const before = snapshotOf(folder, { withTimes: true });
    const inside = sandbox.at(folder);
    fs.mkdirSync(inside, { recursive: true });
    fs.renameSync(sandbox.at(`/${name}`), `${inside}/${name}`);
    fs.symlinkSync(`${folder}/${name}`, sandbox.at(`/${name}`));
    const rootBefore = sandbox.snapshot({ leaveOut: [`${folder}/run/genctl`] });
    const { exitCode, stderr } = sandbox.run(['switch', '1']);
    assert.is(exitCode, 1, name);
    assert.match(stderr, 'is a link, which would lead out of the root');
    assert.equal(changesBetween(before, snapshotOf(folder, { withTimes: true })), [], name);
    const rootAfter = sandbox.snapshot({ leaveOut: [`${folder}/run/genctl`] });
    assert.equal(changesBetween(rootBefore, rootAfter), [], name);
  }
});

test('links on the boot partition are not followed', () => {
  using sandbox = Sandbox.with(1);
  const folder = outside(sandbox);
  const before = snapshotOf(folder, { withTimes: true });
  fs.rmSync(sandbox.at('/boot/loader/entries'), { recursive: true });
  fs.symlinkSync(folder, sandbox.at('/boot/loader/entries'));
  sandbox.declare({ label: 'new' });
  const { exitCode, stderr } = sandbox.run(['switch']);
  assert.is(exitCode, 1);
  assert.match(stderr, /^error\[\w+\]: .*entries/m);
  assert.equal(changesBetween(before, snapshotOf(folder, { withTimes: true })), []);
});

test.run();
