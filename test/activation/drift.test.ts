import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readAppliedManifest } from '../../src/activation/activation-state.ts';
import { driftFinding, findDrift } from '../../src/activation/drift.ts';
import { backupsComingBack, readBackups } from '../../src/activation/held-backups.ts';
import { parseManifest, readSystemManifest } from '../../src/activation/read-manifest.ts';
import { Root } from '../../src/host/root.ts';
import { testWhere } from '../commands/test-where.ts';

/*
 * What is read of the state that `activate` keeps, and what it says of an /etc that people have
 * worked in. The manifests are written out, as other versions of genctl have written them.
 */

const tree = '/nix/store/00000000000000000000000000000001-etc';
const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];

/** A root whose /etc is as a manifest says, until a test works in it. */
class AppliedEtc implements Disposable {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-drift-'));
  readonly root = new Root(this.folder);

  constructor(lines: readonly string[] = standardLines) {
    for (const [name, text] of Object.entries({ 'ssh/key': 'secret\n', old: 'old\n' })) {
      this.write(`${tree}/${name}`, text);
      this.write(`/etc/${name}`, text, 0o600);
    }
    this.link('/etc/static', tree);
    this.link('/etc/motd', '/etc/static/motd');
    this.link('/etc/ssh/config', '/etc/static/ssh/config');
    this.link('/etc/localtime', '/usr/share/zoneinfo/UTC');
    this.write('/etc/.genctl/manifest', `${lines.join('\n')}\n`);
  }

  at(logicalPath: string): string {
    return this.folder + logicalPath;
  }

  write(logicalPath: string, text: string, mode = 0o644): void {
    fs.mkdirSync(path.dirname(this.at(logicalPath)), { recursive: true });
    fs.rmSync(this.at(logicalPath), { force: true });
    fs.writeFileSync(this.at(logicalPath), text);
    fs.chmodSync(this.at(logicalPath), mode);
  }

  link(logicalPath: string, target: string | Buffer): void {
    fs.mkdirSync(path.dirname(this.at(logicalPath)), { recursive: true });
    fs.rmSync(this.at(logicalPath), { recursive: true, force: true });
    fs.symlinkSync(target, this.at(logicalPath));
  }

  /** What differs, as `KIND PATH: FOUND`. */
  drift(): string[] {
    const manifest = readAppliedManifest(this.root);
    assert.ok(manifest);
    return findDrift(this.root, manifest).map(
      ({ kind, path: where, found }) => `${kind} ${where}: ${found}`,
    );
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const standardLines = [
  `manifest 1 ${'f'.repeat(64)}`,
  `from '${tree}'`,
  "folder 'ssh'",
  "link 'motd'",
  "link 'ssh/config'",
  "direct 'localtime' '/usr/share/zoneinfo/UTC'",
  `copy 0600 ${uid} ${gid} 'ssh/key' ${createHash('sha256').update('secret\n').digest('hex')}`,
  `copy 0600 ${uid} ${gid} 'old'`,
];

test('an /etc as it was placed', () => {
  using etc = new AppliedEtc();
  assert.equal(etc.drift(), []);
});

test('a copy that was edited, whether its manifest has a hash or only its tree the content', () => {
  using etc = new AppliedEtc();
  etc.write('/etc/ssh/key', 'SECRET\n', 0o600);
  etc.write('/etc/old', 'OLD\n', 0o640);
  assert.equal(etc.drift(), [
    'edited ssh/key: another content',
    'mode old: mode 0640',
    'edited old: another content',
  ]);
  fs.rmSync(etc.at(tree), { recursive: true });
  const [key, , old] = etc.drift();
  assert.is(key, 'edited ssh/key: another content', 'its hash needs no tree');
  assert.match(old ?? '', /^unknown old: .*no such file/);
});

testWhere(uid === 0, 'root only', 'a copy that was given to another user', () => {
  using etc = new AppliedEtc();
  fs.chownSync(etc.at('/etc/old'), 1000, 100);
  assert.equal(etc.drift(), ['owner old: owner 1000:100']);
});

test('what was removed, and what stands in the place of links and copies', () => {
  using etc = new AppliedEtc();
  etc.write('/etc/motd', 'mine\n');
  fs.rmSync(etc.at('/etc/ssh/config'));
  etc.link('/etc/localtime', '/usr/share/zoneinfo/Europe/Berlin');
  etc.link('/etc/old', '/etc/passwd');
  fs.rmSync(etc.at('/etc/ssh/key'));
  spawnSync('mkfifo', [etc.at('/etc/ssh/key')]);
  etc.link('/etc/static', Buffer.from([0x2f, 0xff]));
  assert.equal(etc.drift(), [
    'replaced static: a link to /\ufffd',
    'replaced motd: a file',
    'missing ssh/config: nothing',
    'replaced localtime: a link to /usr/share/zoneinfo/Europe/Berlin',
    'replaced ssh/key: a device, a socket or a pipe',
    'replaced old: a link to /etc/passwd',
  ]);
});

test('a folder that leads elsewhere is named once, and nothing behind it is looked at', () => {
  using etc = new AppliedEtc();
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-outside-'));
  fs.writeFileSync(`${outside}/key`, 'another\n');
  etc.link('/etc/ssh', outside);
  assert.equal(etc.drift(), [`replaced ssh: a link to ${outside}`]);
  fs.rmSync(etc.at('/etc/ssh'));
  assert.equal(etc.drift(), ['missing ssh: nothing']);
  fs.rmSync(outside, { recursive: true });
});

test('what the user has at a path whose policy is keep is as declared, unless nothing is there', () => {
  using etc = new AppliedEtc([...standardLines, "keep 'motd'", "keep 'old'", "keep 'ssh/key'"]);
  etc.write('/etc/motd', 'mine\n');
  etc.write('/etc/old', 'mine\n', 0o644);
  assert.equal(etc.drift(), []);
  fs.rmSync(etc.at('/etc/old'));
  assert.equal(etc.drift(), ['missing old: nothing']);
  fs.rmSync(etc.at('/etc/ssh'), { recursive: true });
  etc.write('/etc/ssh', 'mine\n');
  assert.equal(
    etc.drift(),
    ['replaced ssh: a file', 'missing old: nothing'],
    'its link is not kept',
  );
});

test('a person is told what differs, where, and what to do', () => {
  using etc = new AppliedEtc();
  etc.write('/etc/motd', 'mine\n');
  etc.write('/etc/old', 'OLD\n', 0o600);
  const manifest = readAppliedManifest(etc.root);
  assert.ok(manifest);
  const findings = findDrift(etc.root, manifest).map(driftFinding);
  assert.equal(
    findings.map(({ code, subject, reason }) => `${code} ${subject}: ${reason}`),
    [
      'ETC_REPLACED /etc/motd: it is a file, not a link to /etc/static/motd',
      'ETC_EDITED /etc/old: its content was changed since it was placed',
    ],
  );
  for (const { hint } of findings) assert.ok(hint);
});

test('a manifest of a later version, with more words and lines', () => {
  const manifest = parseManifest(
    [
      `manifest 1 ${'a'.repeat(64)} more`,
      "from '/nix/store/x-etc' 'more'",
      "folder 'it'\\''s'",
      "link 'it'\\''s/a b' more",
      "copy 04755 0 4294967294 'it'\\''s/c' nohash 'more'",
      "socket 0600 'run/x'",
      '',
    ].join('\n'),
    'm',
  );
  assert.equal(manifest.findings, []);
  assert.is(manifest.from, '/nix/store/x-etc');
  assert.equal(manifest.folders, ["it's"]);
  assert.equal(manifest.links, ["it's/a b"]);
  assert.equal(manifest.copies, [
    { path: "it's/c", mode: 0o4755, uid: 0, gid: 4294967294, sha256: undefined },
  ]);
});

test('lines that were cut off or lead out of /etc are named and left out', () => {
  for (const line of [
    "link 'mot",
    "copy 0600 0 0 'ss",
    'copy 0600 0',
    'link',
    "link '../passwd'",
    "link '/etc/passwd'",
    "folder 'a//b'",
    "direct 'a'",
    "copy 9 0 0 'a'",
    "link 'a' 'b",
  ]) {
    const manifest = parseManifest(
      `manifest 1 0\nfrom '${tree}'\n${line}\nlink 'motd'\n`,
      'the manifest',
    );
    assert.equal(
      [manifest.links, manifest.folders, manifest.copies, [...manifest.direct]],
      [['motd'], [], [], []],
      line,
    );
    assert.equal(
      manifest.findings.map(({ code, subject }) => [code, subject]),
      [['ETC_MANIFEST_DAMAGED', 'the manifest']],
      line,
    );
  }
  const [empty] = parseManifest('', 'm').findings;
  assert.is(empty?.code, 'ETC_MANIFEST_DAMAGED');
});

test('no state, a state that is a link, and a system that genctl did not build', () => {
  using etc = new AppliedEtc();
  fs.rmSync(etc.at('/etc/.genctl'), { recursive: true });
  assert.is(readAppliedManifest(etc.root), undefined);
  assert.equal(readBackups(etc.root), []);
  etc.link('/etc/.genctl', '/nix');
  assert.throws(() => readAppliedManifest(etc.root), /not a folder/);
  assert.throws(() => readSystemManifest(etc.root, tree), /no such file/);
});

test('backups that are held, and with which system each comes back', () => {
  using etc = new AppliedEtc();
  const earlier = '/nix/store/00000000000000000000000000000002-etc';
  for (const slot of ['backup/motd', 'backup/key', 'backup.1/key', 'backup/deep/a']) {
    etc.write(`/etc/.genctl/${slot}`, 'mine\n');
  }
  etc.write(
    '/etc/.genctl/records',
    [
      "made 'ssh'",
      "original 'motd' 'backup/motd'",
      '',
      "kept 'key' 'backup/key'",
      `edited 'key' 'backup.1/key' '${earlier}' ${'e'.repeat(64)}`,
      "original 'deep/a' 'backup/deep/a'",
      "original 'put-back' 'backup/put-back'",
      "original 'out' '../../shadow'",
      "original 'cut' 'backup/mo",
    ].join('\n'),
  );
  const backups = readBackups(etc.root);
  assert.equal(
    backups.map(({ path: where, backup }) => [where, backup]),
    [
      ['motd', '/etc/.genctl/backup/motd'],
      ['key', '/etc/.genctl/backup/key'],
      ['key', '/etc/.genctl/backup.1/key'],
      ['deep/a', '/etc/.genctl/backup/deep/a'],
    ],
  );
  const comeBackWith = (id: string, ...lines: readonly string[]): string[] => {
    const manifest = parseManifest([`manifest 1 ${id}`, ...lines, ''].join('\n'), 'm');
    return backupsComingBack(backups, manifest).map(({ backup }) =>
      backup.slice('/etc/.genctl/'.length),
    );
  };
  assert.equal(comeBackWith('e'.repeat(64), `from '${earlier}'`), [
    'backup/motd',
    'backup.1/key',
    'backup/deep/a',
  ]);
  assert.equal(comeBackWith('f'.repeat(64), `from '${tree}'`, "link 'motd'", "link 'deep'"), []);
  assert.equal(
    comeBackWith('f'.repeat(64), `from '${tree}'`, "folder 'deep'", "copy 0600 0 0 'deep/b'"),
    ['backup/motd', 'backup/deep/a'],
  );
});

test.run();
