import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { copyOf, folderOf } from '../../src/store/tree.ts';
import { Scratch } from './scratch.ts';
import { testWhere } from './test-where.ts';

/** A program that needs no libraries, as a chroot has none. */
const busybox = '/bin/busybox';

const canUse =
  fs.existsSync(busybox) &&
  spawnSync('chroot', ['/', busybox, 'true']).status === 0 &&
  spawnSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;

/** A root with a store that has one path. Each such root has the same one. */
async function makeRoot(hostPath: string): Promise<{ root: Root; path: StorePath }> {
  const root = new Root(hostPath);
  using bin = Folder.atHostPath('/bin');
  const tree = folderOf({ busybox: copyOf(bin, 'busybox') });
  return { root, path: await new LocalStore(root).add('program', tree) };
}

/** Starts a program and waits until it is the one that is to be seen. */
async function started(command: readonly [string, ...string[]]): Promise<ChildProcess> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore' });
  await new Promise(resolve => child.once('spawn', resolve));
  for (;;) {
    assert.is(child.exitCode, null, `${command.join(' ')} has ended`);
    if (fs.readlinkSync(`/proc/${child.pid}/exe`).endsWith('/busybox')) return child;
    await new Promise(resolve => {
      setTimeout(resolve, 5);
    });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const end = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await end;
}

/** Ways to run the program of a path in a root, by other names than the root's own. */
const ways: Readonly<Record<string, (root: Root, path: StorePath) => [string, ...string[]]>> = {
  'in a chroot': (root, path) => ['chroot', root.hostPath, `${path}/busybox`, 'sleep', '100'],
  'in a container': (root, path) =>
    inNamespace(`
      mount --bind ${root.hostPath} ${root.hostPath}
      cd ${root.hostPath}
      mkdir -p old
      pivot_root . old
      ${path}/busybox umount -l /old
      exec ${path}/busybox sleep 100
    `),
  'where its root is mounted a second time': (root, path) =>
    inNamespace(`
      mount --bind ${root.hostPath} /mnt
      exec /mnt${path}/busybox sleep 100
    `),
  'where its store is mounted elsewhere': (root, path) =>
    inNamespace(`
      mount --bind ${root.hostPath}/nix/store /mnt
      exec /mnt/${path.slice('/nix/store/'.length)}/busybox sleep 100
    `),
  'where it alone is mounted elsewhere': (root, path) =>
    inNamespace(`
      mount --bind ${root.hostPath}${path} /mnt
      exec /mnt/busybox sleep 100
    `),
};

function inNamespace(script: string): [string, ...string[]] {
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-e', '-c', script];
}

for (const [way, commandOf] of Object.entries(ways)) {
  testWhere(canUse, 'no chroot or no busybox', `a program that runs ${way} stays`, async () => {
    using scratch = new Scratch();
    const { root, path } = await makeRoot(scratch.folder('root'));
    using _ = root;
    const child = await started(commandOf(root, path));
    try {
      assert.is((await new LocalStore(root).collect([])).deletedPaths, 0);
      assert.ok(fs.existsSync(root.onHost(path)));
    } finally {
      await ended(child);
    }
    assert.is((await new LocalStore(root).collect([])).deletedPaths, 1);
  });
}

testWhere(canUse, 'no chroot or no busybox', 'what another root’s process uses goes', async () => {
  using scratch = new Scratch();
  const { root, path } = await makeRoot(scratch.folder('root'));
  const other = await makeRoot(scratch.folder('other'));
  using _root = root;
  using _other = other.root;
  assert.is(other.path, path);
  const children = [
    await started([other.root.onHost(`${path}/busybox`), 'sleep', '100']),
    await started(ways['in a chroot']?.(other.root, path) ?? ['false']),
  ];
  try {
    assert.is((await new LocalStore(root).collect([])).deletedPaths, 1);
    assert.is((await new LocalStore(other.root).collect([])).deletedPaths, 0);
    // A file that has lost its name is in no store any more, wherever the name was.
    using store = other.root.folder('/nix/store');
    store.removeTree(path.slice('/nix/store/'.length));
    const again = await makeRoot(root.hostPath);
    using _again = again.root;
    assert.is((await new LocalStore(again.root).collect([])).deletedPaths, 1);
  } finally {
    for (const child of children) await ended(child);
  }
});

test('a process in a folder that is too deep to be named keeps nobody from collecting', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const path = await new LocalStore(root).add('file', folderOf({}));
  // The kernel tells paths of up to 4,095 bytes.
  const descend = 'n=$(printf %0250d 0); for _ in $(seq 20); do mkdir $n; cd -P ./$n; done';
  const child = spawn('sh', ['-e', '-c', `${descend}; echo there; exec sleep 100`], {
    cwd: scratch.folder('deep'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise(resolve => child.stdout.once('data', resolve));
    assert.throws(() => fs.readlinkSync(`/proc/${child.pid}/cwd`), /ENAMETOOLONG/);
    assert.is((await new LocalStore(root).collect([])).deletedPaths, 1, path);
  } finally {
    await ended(child);
  }
});

test.run();
