import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { EtcEntry } from '../../src/activation/etc-tree.ts';
import { GenctlError } from '../../src/errors.ts';
import { Root } from '../../src/host/root.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';
import { wantedEtc } from '../../src/system/wanted-etc.ts';
import { DeclarationFolder, type Files } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const etcPath = '/nix/store/00000000000000000000000000000000-etc';

interface Wanted {
  /** By their paths. */
  entries: Readonly<Record<string, EtcEntry>>;
  conflicts: unknown;
}

/** What a declaration wants below /etc, or what one of its specialisations does. */
function want(files: Files, prepare = (_etc: string): void => {}, specialisation?: string): Wanted {
  folder.readGood({ 'system.conf': '', ...files });
  const etc = path.join(folder.config, 'etc');
  fs.mkdirSync(etc, { recursive: true });
  prepare(etc);
  using root = new Root(folder.hostPath);
  using open = root.folder('/etc/genctl/etc');
  const { main, specialisations } = wantedEtc({
    root,
    declaration: readDeclaration(root),
    configFolder: '/etc/genctl',
    folder: open,
    packaged: undefined,
  });
  const wanted = specialisation === undefined ? main : specialisations.get(specialisation);
  const entries = wanted?.entries(etcPath) ?? [];
  return {
    entries: Object.fromEntries(entries.map(entry => [entry.path, entry])),
    conflicts: wanted?.conflicts,
  };
}

/** What is said of a declaration that is refused: `CODE message | hint`. */
function refused(files: Files, prepare?: (etc: string) => void): string {
  try {
    want(files, prepare);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    const hint = thrown.hint === undefined ? '' : ` | ${thrown.hint}`;
    return `${thrown.code} ${thrown.message.replaceAll(`${folder.config}/`, '')}${hint}`;
  }
  return 'it was accepted';
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('what everybody may read is a link, anything else a copy of its own with its mode', () => {
  const { entries } = want({ 'etc/motd': 'hello', 'etc/ssh/key': 'secret' }, etc => {
    fs.chmodSync(`${etc}/ssh/key`, 0o600);
  });
  assert.equal(entries, {
    motd: { kind: 'link', path: 'motd' },
    'ssh/key': {
      kind: 'copy',
      path: 'ssh/key',
      mode: 0o600,
      uid: 0,
      gid: 0,
      sha256: sha256('secret'),
    },
  });
});

test('what cron reads is a copy: it takes no file with several hard links', () => {
  const { entries } = want({
    'etc/crontab': '@daily root x\n',
    'etc/cron.d/mine': '@daily root y\n',
    'etc/cron.daily/z': '#!/bin/sh\n',
  });
  const kinds = Object.values(entries).map(({ path: place, kind }) => `${kind} ${place}`);
  assert.equal(kinds.toSorted(), ['copy cron.d/mine', 'copy crontab', 'link cron.daily/z']);
});

test('a declared link keeps its own target, where programs look', () => {
  const { entries } = want({ 'system.conf': '[etc "os"]\nmode = direct-symlink\n' }, etc => {
    fs.symlinkSync('/usr/share/zoneinfo/UTC', `${etc}/localtime`);
    fs.symlinkSync('../usr/lib/os-release', `${etc}/os`);
    fs.symlinkSync('/etc/static/motd', `${etc}/static-motd`);
  });
  assert.equal(entries, {
    localtime: { kind: 'direct', path: 'localtime', target: '/usr/share/zoneinfo/UTC' },
    os: { kind: 'direct', path: 'os', target: '../usr/lib/os-release' },
    'static-motd': { kind: 'direct', path: 'static-motd', target: '/etc/static/motd' },
  });
});

test('direct-symlink makes a link straight into the store', () => {
  const { entries } = want({
    'system.conf': '[etc "a/b c"]\nmode = direct-symlink\n',
    'etc/a/b c': 'x',
  });
  assert.equal(entries, {
    'a/b c': { kind: 'direct', path: 'a/b c', target: `${etcPath}/a/b c` },
  });
});

test('a section about conflicts alone makes no copy of a link', () => {
  const { entries, conflicts } = want({
    'system.conf': `[activation]
conflicts = backup
[etc "motd"]
conflicts = keep
[etc "issue"]
conflicts = backup
`,
    'etc/motd': 'x',
    'etc/issue': 'x',
  });
  assert.equal(entries['motd'], { kind: 'link', path: 'motd' });
  assert.equal(conflicts, { default: 'backup', paths: new Map([['motd', 'keep']]) });
  assert.equal(want({}).conflicts, { default: 'refuse', paths: new Map() });
});

test('a section may be about a file that another option comes to', () => {
  const system = '[networking]\nhostName = atlas\n[etc "hostname"]\nconflicts = keep\n';
  const { entries, conflicts } = want({ 'system.conf': system });
  assert.equal(entries, { hostname: { kind: 'link', path: 'hostname' } });
  assert.equal(conflicts, { default: 'refuse', paths: new Map([['hostname', 'keep']]) });

  const copied = want({ 'system.conf': `${system}mode = 0640\ngroup = 7\n` }).entries['hostname'];
  assert.equal(copied, {
    kind: 'copy',
    path: 'hostname',
    mode: 0o640,
    uid: 0,
    gid: 7,
    sha256: sha256('atlas\n'),
  });
});

test('a specialisation has its own sections on top of those of the machine', () => {
  const files = {
    'system.conf': `[etc "a"]
conflicts = keep
[specialisation.safe.etc "a"]
conflicts! = backup
[specialisation.safe.etc "b"]
mode = 0400
`,
    'etc/a': 'x',
    'etc/b': 'x',
  };
  assert.equal(want(files).entries['b'], { kind: 'link', path: 'b' });
  const safe = want(files, undefined, 'safe');
  assert.equal(safe.conflicts, { default: 'refuse', paths: new Map([['a', 'backup']]) });
  assert.is(safe.entries['b']?.kind, 'copy');
});

test('numbers of accounts come from the machine, then from sysusers.d', () => {
  fs.writeFileSync(path.join(folder.hostPath, 'etc/passwd'), 'web:x:33:33::/:/bin/sh\nroot:x:5:\n');
  fs.writeFileSync(path.join(folder.hostPath, 'etc/group'), 'web:x:34:\nshadow:x:42:\n');
  const sections: readonly (readonly [user: string, group: string, uid: number, gid: number])[] = [
    ['web', 'web', 33, 34],
    ['app', 'app', 850, 850],
    ['mail', 'mail', 851, 900],
    ['both', 'shadow', 852, 42],
    ['root', 'root', 0, 0],
    ['locked', '12', 853, 12],
  ];
  const { entries } = want({
    'system.conf': sections
      .map(([user, group]) => `[etc "${user}"]\nuser = ${user}\ngroup = ${group}\n`)
      .join(''),
    'etc/sysusers.d/a.conf': `# accounts
u web 77
u app 850 "An app" /srv
g mail 900
u mail 851 -
u both 852:42 -
u! locked 853
`,
    'etc/sysusers.d/b.conf': 'u app 999\n',
    'etc/sysusers.d/ignored': 'u ghost 1\n',
    ...Object.fromEntries(sections.map(([user]) => [`etc/${user}`, 'x'])),
  });
  for (const [user, , uid, gid] of sections) {
    const entry = entries[user];
    assert.equal(entry?.kind === 'copy' && [entry.uid, entry.gid], [uid, gid], user);
  }
});

test('everything that is wrong is told at once, each with its line', () => {
  const files = {
    'system.conf': `[etc "a"]
user = ghost
group = ghosts
[etc "b"]
mode = 0600
[etc "ssh"]
conflicts = keep
[etc "localtime"]
mode = 0644
[etc "c"]
mode = direct-symlink
user = root
[etc "d"]
user = auto
group = auto
[specialisation.safe.etc "none"]
mode = 0600
`,
    'etc/a': 'x',
    'etc/c': 'x',
    'etc/d': 'x',
    'etc/ssh/key': 'x',
    'etc/sysusers.d/x.conf': 'u auto -\n',
  };
  const said = refused(files, etc => {
    fs.symlinkSync('/usr/share/zoneinfo/UTC', `${etc}/localtime`);
    fs.symlinkSync('/etc/motd', `${etc}/motd`);
    spawnSync('mkfifo', [`${etc}/pipe`]);
  });
  assert.is(
    said,
    `ETC_INVALID what is declared for /etc has 11 errors:
  etc/pipe: it is no file, folder or link, and only these can be declared
    hint: Remove it; systemd makes devices and pipes by a file in etc/tmpfiles.d.
  etc/motd: it would lead to itself in /etc
    hint: Let it lead elsewhere, or remove it.
  system.conf:2: [etc "a"] user: unknown user ghost
    hint: Create the user first, or give its number.
  system.conf:3: [etc "a"] group: unknown group ghosts
    hint: Create the group first, or give its number.
  system.conf:12: [etc "c"] user: a link has no owner
    hint: Remove the line, or give a mode in place of direct-symlink.
  system.conf:14: [etc "d"] user: the user auto has no fixed number in etc/sysusers.d
    hint: Give it one there, as in \`u auto 850\`: files are placed before it is made.
  system.conf:15: [etc "d"] group: the group auto has no fixed number in etc/sysusers.d
    hint: Give it one there, as in \`g auto 850\`: files are placed before it is made.
  system.conf:9: [etc "localtime"] mode: a link has no mode
    hint: Remove the line, or put the file itself into etc/ in place of a link.
  system.conf:5: [etc "b"]: etc/ holds no such file
    hint: Put the file at etc/b beside system.conf, or remove the section.
  system.conf:7: [etc "ssh"]: etc/ssh is a folder, and a section is about one file
    hint: Write one section for each file in it.
  system.conf:17: [specialisation.safe.etc "none"]: etc/ holds no such file
    hint: Put the file at etc/none beside system.conf, or remove the section.`,
  );
});

test('units enabled by presets have their links, never over a declared file', () => {
  const text = '[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=a.target b.target c.target\n';
  const { entries, conflicts } = want(
    {
      'system.conf': '[etc "systemd/system/a.target.wants/x.service"]\nconflicts = keep\n',
      'etc/systemd/system/x.service': text,
      'etc/systemd/system/c.target.wants': 'a file where a folder would be',
      'etc/systemd/system-preset/10.preset': 'enable x.service\n',
    },
    etc => {
      fs.mkdirSync(`${etc}/systemd/system/b.target.wants`);
      fs.symlinkSync('/dev/null', `${etc}/systemd/system/b.target.wants/x.service`);
    },
  );
  const made = Object.values(entries).filter(({ kind }) => kind === 'direct');
  assert.equal(made, [
    { kind: 'direct', path: 'systemd/system/b.target.wants/x.service', target: '/dev/null' },
    {
      kind: 'direct',
      path: 'systemd/system/a.target.wants/x.service',
      target: '/etc/systemd/system/x.service',
    },
  ]);
  assert.equal(conflicts, {
    default: 'refuse',
    paths: new Map([['systemd/system/a.target.wants/x.service', 'keep']]),
  });
});

/** Names that nothing below /etc can have, and what is said of them. */
const badNames: readonly (readonly [name: string | Buffer, said: string])[] = [
  ['two\nlines', 'etc/two\\nlines: it holds a line break'],
  ['a\u001b[31m', 'etc/a\\u{1b}[31m: it holds U+001B, which no name may hold'],
  ['a\u202eb', 'etc/a\\u{202e}b: it holds U+202E, which no name may hold'],
  [Buffer.from([0x61, 0xff]), 'etc/a\ufffd: it has a name that is not Unicode text'],
  ['static', 'etc/static: it is a name that genctl uses itself'],
  ['.genctl', 'etc/.genctl: it is a name that genctl uses itself'],
];

for (const [name, said] of badNames) {
  test(`a name that nothing in /etc can have: ${JSON.stringify(name.toString())}`, () => {
    const answer = refused({}, etc =>
      fs.writeFileSync(Buffer.concat([Buffer.from(`${etc}/`), Buffer.from(name as string)]), 'x'),
    );
    assert.is(answer, `ETC_BAD_ENTRY ${said} | Rename or remove it.`);
  });
}

test('a name of 255 bytes and one with quotes are names', () => {
  const names = ['ö'.repeat(127), "it's", '$(touch x)', 'a b', '-rf', '*'];
  const { entries } = want(Object.fromEntries(names.map(name => [`etc/${name}`, 'x'])));
  assert.equal(Object.keys(entries).toSorted(), names.toSorted());
});

/** Links by their paths and targets that cannot be meant so. */
const badLinks: readonly (readonly [link: string, target: string, reason: string])[] = [
  [
    'motd',
    '/etc/genctl/motd.txt',
    'it would lead into the declaration, to /etc/genctl/motd.txt, which no generation holds',
  ],
  [
    'a/motd',
    '../genctl/etc/x',
    'it would lead into the declaration, to /etc/genctl/etc/x, which no generation holds',
  ],
  [
    'motd',
    '../motd.txt',
    'it leads to another file of the declaration, and would lead to /motd.txt in /etc',
  ],
  ['a/motd', 'motd', 'it would lead to itself in /etc'],
  ['a/motd', '/etc/a/../a/motd', 'it would lead to itself in /etc'],
  ['motd', 'two\nlines', 'it leads to a path that holds U+000A'],
];

for (const [link, target, reason] of badLinks) {
  test(`a link that is a mistake: ${link} -> ${JSON.stringify(target)}`, () => {
    const answer = refused({ 'motd.txt': 'x', 'etc/a/b': 'x' }, etc =>
      fs.symlinkSync(target, `${etc}/${link}`),
    );
    assert.is(answer, `ETC_BAD_LINK etc/${link}: ${reason} | Let it lead elsewhere, or remove it.`);
  });
}

test('a link to what is not there, or in /etc, is laid as it is', () => {
  const targets = ['../missing.txt', '/nowhere', 'a/b', '/etc/a/b', '/dev/null', '..'];
  const { entries } = want({ 'motd.txt': 'x', 'etc/a/b': 'x' }, etc => {
    for (const [index, target] of targets.entries()) fs.symlinkSync(target, `${etc}/l${index}`);
  });
  assert.equal(
    targets.map((_, index) => entries[`l${index}`]),
    targets.map((target, index) => ({ kind: 'direct', path: `l${index}`, target })),
  );
});

test.run();
