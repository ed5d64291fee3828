// systemd-tmpfiles itself lays what we write for it.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../../src/errors.ts';
import type { OsTreeEntry } from '../../../../src/store/os-tree/os-tree-entry.ts';
import { seedsText } from '../../../../src/system/debian/etc/seed-files.ts';
import { skipIfMissing } from './systemd-tool.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-tmpfiles-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));

const attributes = new Map<string, Buffer>();
const folder = (name: string, mode = 0o755, uid = 0, gid = 0): OsTreeEntry => ({
  kind: 'folder',
  path: name,
  mode,
  uid,
  gid,
  attributes,
});
const file = (name: string, mode = 0o644, gid = 0): OsTreeEntry => ({
  kind: 'file',
  path: name,
  mode,
  uid: 0,
  gid,
  attributes,
  sizeBytes: 5,
  sha256: '0'.repeat(64),
});

const entries: readonly OsTreeEntry[] = [
  folder(''),
  { kind: 'link', path: 'bin', uid: 0, gid: 0, target: 'usr/bin' },
  folder('etc'),
  folder('etc/ssl'),
  folder('etc/ssl/private', 0o710, 0, 113),
  file('etc/motd'),
  folder('root', 0o700),
  file('root/.profile'),
  folder('run'),
  folder('run/sshd'),
  folder('usr'),
  file('usr/x'),
  folder('var'),
  folder('var/lib'),
  folder('var/lib/odd "one" 100%u back\\slash', 0o2775, 0, 50),
  file('var/lib/odd "one" 100%u back\\slash/a file', 0o640, 42),
  { kind: 'link', path: 'var/lib/dpkg', uid: 0, gid: 0, target: '../../usr/lib/sysimage/dpkg' },
  { kind: 'link', path: 'var/odd', uid: 0, gid: 0, target: 'to 100%u\\x' },
];

/** A root with a tree in it, laid as the machine would at a boot; `prepare` makes what it has. */
function seeded(prepare: (root: string) => void = () => undefined): {
  stat: (name: string) => fs.Stats | undefined;
  read: (name: string) => string;
  link: (name: string) => string;
} {
  const root = fs.mkdtempSync(path.join(sandbox, 'root-'));
  const tree = '/run/current-system/os';
  for (const entry of entries) {
    const at = path.join(root, tree, entry.path);
    if (entry.kind === 'folder') fs.mkdirSync(at, { recursive: true });
    else if (entry.kind === 'file') fs.writeFileSync(at, 'seed\n');
  }
  fs.mkdirSync(path.join(root, 'etc/tmpfiles.d'), { recursive: true });
  prepare(root);
  fs.writeFileSync(path.join(root, 'etc/tmpfiles.d/genctl.conf'), seedsText(entries));
  const { status, stderr } = spawnSync(
    'systemd-tmpfiles',
    ['--create', '--root', root, 'genctl.conf'],
    { encoding: 'utf8' },
  );
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  const at = (name: string): string => path.join(root, name);
  return {
    stat: name => fs.lstatSync(at(name), { throwIfNoEntry: false }),
    read: name => fs.readFileSync(at(name), 'utf8'),
    link: name => fs.readlinkSync(at(name)),
  };
}

test('what would be another line of the file is refused', () => {
  const link = { kind: 'link', path: 'var/x', uid: 0, gid: 0 } as const;
  for (const target of ['a\nL /etc/shadow - - - - /x', 'a\rb']) {
    assert.throws(
      () => seedsText([{ ...link, target }]),
      (thrown: unknown) => thrown instanceof GenctlError && thrown.code === 'UNSAFE_TEXT',
    );
  }
});

const tmpfilesTest = skipIfMissing(test, 'systemd-tmpfiles');

tmpfilesTest('what packages bring of /var comes to the machine, with modes and owners', () => {
  const { stat, read, link } = seeded();
  const odd = 'var/lib/odd "one" 100%u back\\slash';
  assert.is((stat(odd)?.mode ?? 0) & 0o7777, 0o2775);
  assert.is(stat(odd)?.gid, 50);
  assert.is(read(`${odd}/a file`), 'seed\n');
  assert.is((stat(`${odd}/a file`)?.mode ?? 0) & 0o7777, 0o640);
  assert.is(stat(`${odd}/a file`)?.gid, 42);
  assert.is(link('var/lib/dpkg'), '../../usr/lib/sysimage/dpkg');
  assert.is(link('var/odd'), 'to 100%u\\x');
  assert.is((stat('root')?.mode ?? 0) & 0o7777, 0o700);
  assert.is(read('root/.profile'), 'seed\n');
  assert.is((stat('etc/ssl/private')?.mode ?? 0) & 0o7777, 0o710);
  assert.is(stat('etc/ssl/private')?.gid, 113);
});

tmpfilesTest('what is mounted, made at boot or placed otherwise is left alone', () => {
  const { stat } = seeded();
  assert.is(stat('usr'), undefined);
  assert.is(stat('bin'), undefined);
  assert.is(stat('run/sshd'), undefined);
  assert.is(stat('etc/motd'), undefined);
});

tmpfilesTest('what the machine has stays as it is', () => {
  const { stat, read } = seeded(root => {
    fs.mkdirSync(path.join(root, 'root'), { mode: 0o750 });
    fs.chownSync(path.join(root, 'root'), 7, 7);
    fs.writeFileSync(path.join(root, 'root/.profile'), 'mine\n');
  });
  assert.is(read('root/.profile'), 'mine\n');
  assert.is((stat('root')?.mode ?? 0) & 0o7777, 0o750);
  assert.is(stat('root')?.uid, 7);
});

test.run();
