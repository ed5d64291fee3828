import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatOrigin } from '../../src/system/declaration/problem.ts';
import { DeclarationFolder, type Files, plain } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const params = (...words: string[]): string =>
  words.map(word => `kernelParams = ${word}\n`).join('');

/** In which order lists join. */
const orders: readonly (readonly [name: string, files: Files, params: readonly string[]])[] = [
  [
    'imports come first, in the order of their lines',
    {
      'system.conf': `imports = b.conf\nimports = a.conf\n[boot]\n${params('own')}`,
      'a.conf': `[boot]\n${params('a')}`,
      'b.conf': `[boot]\n${params('b1', 'b2')}`,
    },
    ['b1', 'b2', 'a', 'own'],
  ],
  [
    'depth first',
    {
      'system.conf': `imports = a.conf\nimports = b.conf\n`,
      'a.conf': `imports = deep/c.conf\n[boot]\n${params('a')}`,
      'deep/c.conf': `imports = ../b.conf\n[boot]\n${params('c')}`,
      'b.conf': `[boot]\n${params('b')}`,
    },
    ['b', 'c', 'a'],
  ],
  [
    'a file is taken once, however it is called',
    {
      'system.conf': `imports = a.conf\nimports = ./a.conf\nimports = /etc/genctl/x/../a.conf\n`,
      'a.conf': `[boot]\n${params('a')}`,
      'x/y': '',
    },
    ['a'],
  ],
  [
    'sections may be repeated',
    { 'system.conf': `[boot]\n${params('a')}[gc]\nkeep = 3\n[boot]\n${params('b')}` },
    ['a', 'b'],
  ],
  [
    'one value twice stays twice',
    { 'system.conf': `[boot]\n${params('a', 'b', 'a')}` },
    ['a', 'b', 'a'],
  ],
  [
    'overriding lists join and leave out the others',
    {
      'system.conf': `imports = a.conf\n[boot]\n${params('own')}kernelParams! = forced`,
      'a.conf': `[boot]\n${params('a')}kernelParams! = first`,
    },
    ['first', 'forced'],
  ],
  ['an empty override', { 'system.conf': `[boot]\n${params('a')}kernelParams! =` }, []],
];

for (const [name, files, expected] of orders) {
  test(`lists: ${name}`, () => {
    assert.equal(plain(folder.readGood(files).boot.kernelParams), expected);
  });
}

/** Which of several scalars wins. */
const scalars: readonly (readonly [name: string, files: Files, timeout: number])[] = [
  [
    'the same value twice is no conflict',
    {
      'system.conf': 'imports = a.conf\n[boot.loader]\ntimeout = 3\n',
      'a.conf': '[boot.loader]\ntimeout = "3"\n',
    },
    3,
  ],
  [
    'an override wins over what imports it',
    {
      'system.conf': 'imports = a.conf\n[boot.loader]\ntimeout = 3\n',
      'a.conf': '[boot.loader]\ntimeout! = 9\n',
    },
    9,
  ],
  [
    'an override wins over its own file',
    { 'system.conf': '[boot.loader]\ntimeout ! = 9\ntimeout = 3\n' },
    9,
  ],
  [
    'an override hides a conflict',
    { 'system.conf': '[boot.loader]\ntimeout = 1\ntimeout = 2\ntimeout! = 3\ntimeout! = 3\n' },
    3,
  ],
];

for (const [name, files, expected] of scalars) {
  test(`scalars: ${name}`, () => {
    assert.is(folder.readGood(files).boot.loader.timeout, expected);
  });
}

const missingHint =
  'Correct the path, which is relative to the file that imports it, or remove the line.';

/** What is said of files that do not fit together. */
const bad: readonly (readonly [name: string, files: Files, message: string])[] = [
  [
    'a conflict between files',
    {
      'system.conf': 'imports = a.conf\n\n[boot.loader]\ntimeout = 3\n',
      'a.conf': '[boot.loader]\ntimeout = 9\n',
    },
    'DECLARATION_CONFLICT system.conf:4: [boot.loader] timeout: is "3" here and "9" in a.conf:2 | Keep one of the two, or let one win: `timeout! = …`.',
  ],
  [
    'a conflict of durations, which are objects',
    { 'system.conf': '[gc]\nolderThan = 7d\nolderThan = 1w\nolderThan = 8d\n' },
    'DECLARATION_CONFLICT system.conf:4: [gc] olderThan: is "8d" here and "7d" in system.conf:2 | Keep one of the two, or let one win: `olderThan! = …`.',
  ],
  [
    'a conflict of overrides',
    {
      'system.conf': 'imports = a.conf\n[boot.loader]\ntimeout! = 3\n',
      'a.conf': '[boot.loader]\ntimeout! = 9\n',
    },
    'DECLARATION_CONFLICT system.conf:3: [boot.loader] timeout: is overridden with "3" here and with "9" in a.conf:2 | Keep one of the two overrides.',
  ],
  [
    'a conflict about a file in /etc',
    { 'system.conf': '[etc "a"]\nmode = 0600\n[etc "b"]\nmode = 0640\n[etc "a"]\nmode = 0644\n' },
    'DECLARATION_CONFLICT system.conf:6: [etc "a"] mode: is "0644" here and "0600" in system.conf:2 | Keep one of the two, or let one win: `mode! = …`.',
  ],
  [
    'a conflict within a specialisation',
    { 'system.conf': '[specialisation.a.gc]\nkeep = 1\nkeep = 2\n' },
    'DECLARATION_CONFLICT system.conf:3: [specialisation.a.gc] keep: is "2" here and "1" in system.conf:2 | Keep one of the two, or let one win: `keep! = …`.',
  ],
  [
    'a circle of one',
    { 'system.conf': '# x\nimports = system.conf\n' },
    'DECLARATION_IMPORT_CYCLE system.conf:2: imports: the imports go in a circle: system.conf -> system.conf | Remove one of these imports.',
  ],
  [
    'a circle of three, not through the first file',
    {
      'system.conf': 'imports = a.conf\n',
      'a.conf': 'imports = b.conf\n',
      'b.conf': 'imports = c.conf\n',
      'c.conf': 'imports = a.conf\n',
    },
    'DECLARATION_IMPORT_CYCLE c.conf:1: imports: the imports go in a circle: a.conf -> b.conf -> c.conf -> a.conf | Remove one of these imports.',
  ],
  [
    'a circle through a specialisation',
    {
      'system.conf': '[specialisation.a]\nimports = a.conf\n',
      'a.conf': 'imports = system.conf\n',
    },
    'DECLARATION_IMPORT_CYCLE a.conf:1: imports: the imports go in a circle: system.conf -> a.conf -> system.conf | Remove one of these imports.',
  ],
  [
    'a missing import',
    { 'system.conf': 'imports = nope.conf\n' },
    `DECLARATION_FILE_MISSING system.conf:1: imports: there is no file nope.conf | ${missingHint}`,
  ],
  [
    'a missing import of an import',
    { 'system.conf': 'imports = x/a.conf\n', 'x/a.conf': '\nimports = nope.conf\n' },
    `DECLARATION_FILE_MISSING x/a.conf:2: imports: there is no file x/nope.conf | ${missingHint}`,
  ],
  [
    'a missing import of a specialisation',
    { 'system.conf': '[specialisation.a]\nimports = nope.conf\n' },
    `DECLARATION_FILE_MISSING system.conf:2: [specialisation.a] imports: there is no file nope.conf | ${missingHint}`,
  ],
  [
    'an import below a file',
    { 'system.conf': 'imports = a.conf/b.conf\n', 'a.conf': '' },
    `DECLARATION_FILE_MISSING system.conf:1: imports: there is no file a.conf/b.conf | ${missingHint}`,
  ],
  [
    'two imports in one line',
    { 'system.conf': 'imports = a.conf b.conf\n', 'a.conf': '', 'b.conf': '' },
    'DECLARATION_FILE_MISSING system.conf:1: imports: there is no file a.conf b.conf | Name one file a line, without globs: repeated `imports` lines make a list.',
  ],
  [
    'an import that is a folder',
    { 'system.conf': 'imports = x\n', 'x/a.conf': '' },
    'DECLARATION_FILE_UNREADABLE system.conf:1: imports: x is not a file',
  ],
  [
    'an import that is too large',
    { 'system.conf': 'imports = a.conf\n', 'a.conf': '#'.repeat((1 << 20) + 1) },
    'DECLARATION_FILE_UNREADABLE system.conf:1: imports: cannot read a.conf: it has 1048577 bytes, more than the 1048576 expected',
  ],
  [
    'an overridden import',
    { 'system.conf': 'imports! = a.conf\n', 'a.conf': '' },
    'DECLARATION_SYNTAX system.conf:1: imports: imports cannot be overridden | Write `imports = FILE`.',
  ],
  [
    'a specialisation within a specialisation, by import',
    {
      'system.conf': '[specialisation.a]\nimports = a.conf\n',
      'a.conf': '[specialisation.b.gc]\nkeep = 1\n',
    },
    'DECLARATION_UNKNOWN_SECTION a.conf:1: [specialisation.b.gc]: a specialisation cannot have specialisations, and one imports this file in system.conf | Move the section into a file that no specialisation imports.',
  ],
  [
    'an error in a file that is imported twice, told once',
    {
      'system.conf': '[specialisation.a]\nimports = x.conf\n[specialisation.b]\nimports = x.conf\n',
      'x.conf': 'quiet\n',
    },
    'DECLARATION_SYNTAX x.conf:1: "quiet" is neither a section, a comment nor `key = value` | A value cannot go on in the next line: lists take one `key = value` for each value.',
  ],
];

for (const [name, files, message] of bad) {
  test(`refuses ${name}`, () => assert.is(folder.readBad(files), message));
}

test('refuses imports that nest without end in sight', () => {
  const files: Record<string, string> = { 'system.conf': 'imports = 1.conf\n' };
  for (let at = 1; at <= 70; at++) files[`${at}.conf`] = `imports = ${at + 1}.conf\n`;
  assert.is(
    folder.readBad(files),
    'DECLARATION_FILE_UNREADABLE 63.conf:1: imports: 64.conf is reached through more than 64 files | Import it nearer to system.conf.',
  );
});

test('a missing declaration names genctl init', () => {
  const empty = new DeclarationFolder();
  assert.equal(empty.readAgain().error, {
    code: 'DECLARATION_FILE_MISSING',
    message: 'system.conf: there is no declaration',
    hint: 'Run `genctl init` to write one for this machine, or name another folder with --config.',
  });
  empty.remove();
});

test('a declaration that is a folder is said to be one', () => {
  assert.is(
    folder.readBad({ 'system.conf/x': '' }),
    'DECLARATION_FILE_UNREADABLE system.conf: system.conf is not a file',
  );
});

test('links are followed within the root, and imports stay relative to the name that was used', () => {
  folder.read({ 'real/a.conf': 'imports = b.conf\n', 'b.conf': '[gc]\nkeep = 4\n' });
  fs.writeFileSync(`${folder.config}/system.conf`, 'imports = link.conf\nimports = real/c.conf\n');
  fs.symlinkSync('/etc/genctl/real/a.conf', `${folder.config}/link.conf`);
  fs.symlinkSync('a.conf', `${folder.config}/real/c.conf`);
  assert.is(folder.readAgain().declaration?.gc.keep, 4);
});

test('a specialisation is the machine with its own on top', () => {
  const declaration = folder.readGood({
    'system.conf': `
[specialisation.safe]
imports = safe.conf
[specialisation.safe.boot]
kernelParams = own
[specialisation.bare.boot]
kernelParams! = bare
[specialisation.same]
[system]
kernel = /boot/a
[boot]
kernelParams! = parent
[boot.loader]
timeout! = 3
[etc "motd"]
mode = 0644
user = root
[specialisation.safe.etc "motd"]
mode = 0600
[specialisation.safe.etc "new"]
mode = 0600
`,
    'safe.conf': '[boot]\nkernelParams = imported\n[boot.loader]\ntimeout = 9\n',
  });
  const { safe, bare, same } = declaration.specialisations;
  assert.equal(Object.keys(declaration.specialisations), ['bare', 'safe', 'same']);
  assert.equal(plain(safe?.boot.kernelParams), ['parent', 'imported', 'own']);
  assert.equal(plain(bare?.boot.kernelParams), ['bare']);
  assert.is(safe?.boot.loader.timeout, 9);
  assert.is(declaration.boot.loader.timeout, 3);
  assert.is(safe?.system.kernel, '/boot/a');
  assert.equal(plain(safe?.etc), { motd: { mode: 0o600, user: 'root' }, new: { mode: 0o600 } });
  assert.equal(plain(declaration.etc), { motd: { mode: 0o644, user: 'root' } });
  const { specialisations, files, ...own } = plain(declaration) as Record<string, unknown>;
  assert.equal([typeof specialisations, typeof files], ['object', 'object']);
  assert.equal(plain(same), own);
});

test('what a header declares by itself is joined from all files, and by a specialisation', () => {
  const declaration = folder.readGood({
    'system.conf': `imports = a.conf
[swapDevices "/b"]
[specialisation.more.swapDevices "/c"]
[specialisation.more.fileSystems "/"]
options = noatime
options! = ro
[fileSystems "/"]
options = compress
[etc "motd"]
`,
    'a.conf': '[swapDevices "/a"]\n[fileSystems "/"]\ndevice = UUID=0a\n',
  });
  const { more } = declaration.specialisations;
  assert.equal(Object.keys(declaration.swapDevices), ['/a', '/b']);
  assert.equal(Object.keys(more?.swapDevices ?? {}), ['/a', '/b', '/c']);
  assert.equal(plain(more?.fileSystems), { '/': { device: 'UUID=0a', options: ['ro'] } });
  // Without a key, a section about a file says nothing of it.
  assert.equal(plain(declaration.etc), {});
  const origin = declaration.origin('fileSystems.options', { subject: '/' });
  assert.is(origin?.line, 8);
});

test('a specialisation does not take again what the machine imports, two may import the same', () => {
  const declaration = folder.readGood({
    'system.conf': `
imports = common.conf
[specialisation.a]
imports = common.conf
imports = more.conf
[specialisation.b]
imports = more.conf
`,
    'common.conf': `[boot]\n${params('common')}`,
    'more.conf': `[boot]\n${params('more')}`,
  });
  const { a, b } = declaration.specialisations;
  assert.equal(plain(a?.boot.kernelParams), ['common', 'more']);
  assert.equal(plain(b?.boot.kernelParams), ['common', 'more']);
});

test('an imported file may declare specialisations of the machine', () => {
  const declaration = folder.readGood({
    'system.conf': `imports = a.conf\n[specialisation.s.boot]\n${params('two')}`,
    'a.conf': `[specialisation.s.boot]\n${params('one')}`,
  });
  assert.equal(plain(declaration.specialisations['s']?.boot.kernelParams), ['one', 'two']);
});

test('names of JavaScript are names like others', () => {
  const declaration = folder.readGood({
    'system.conf': '[specialisation.toString.gc]\nkeep = 1\n[etc "hasOwnProperty"]\nmode = 0600\n',
  });
  assert.equal(Object.keys(declaration.specialisations), ['toString']);
  assert.is(declaration.specialisations['valueOf'], undefined);
  assert.equal(Object.keys(declaration.etc), ['hasOwnProperty']);
});

test('every value knows where it is from', () => {
  const declaration = folder.readGood({
    'system.conf': `imports = a.conf
[system]
kernel = /boot/vmlinuz-*
[boot]
kernelParams = two three
[etc "motd"]
mode = 0600
[specialisation.safe.system]
kernel = /boot/safe
[specialisation.safe.boot]
kernelParams = four
`,
    'a.conf': '[boot]\nkernelParams = one\n',
  });
  const at = (...query: Parameters<typeof declaration.origin>): string => {
    const origin = declaration.origin(...query);
    return origin === undefined ? 'default' : formatOrigin(origin).replace(`${folder.config}/`, '');
  };
  const safe = 'safe';
  assert.is(at('system.kernel'), 'system.conf:3: [system] kernel');
  assert.is(at('boot.kernelParams'), 'a.conf:2: [boot] kernelParams');
  assert.is(at('boot.kernelParams', { item: 1 }), 'system.conf:5: [boot] kernelParams');
  assert.is(at('boot.kernelParams', { item: 2 }), 'system.conf:5: [boot] kernelParams');
  assert.is(at('boot.kernelParams', { item: 3 }), 'default');
  assert.is(at('boot.loader.timeout'), 'default');
  assert.is(at('etc.mode', { subject: 'motd' }), 'system.conf:7: [etc "motd"] mode');
  assert.is(at('etc.mode', { subject: 'other' }), 'default');
  assert.is(
    at('system.kernel', { specialisation: safe }),
    'system.conf:9: [specialisation.safe.system] kernel',
  );
  assert.is(at('boot.kernelParams', { specialisation: safe }), 'a.conf:2: [boot] kernelParams');
  assert.is(
    at('boot.kernelParams', { specialisation: safe, item: 3 }),
    'system.conf:11: [specialisation.safe.boot] kernelParams',
  );
  assert.is(at('system.kernel', { specialisation: 'none' }), 'default');
});

test('a declaration is frozen throughout', () => {
  const declaration = folder.readGood({
    'system.conf':
      '[gc]\nolderThan = 1d\n[etc "a"]\nmode = 0600\n[specialisation.s.gc]\nkeep = 1\n',
  });
  const open: string[] = [];
  const look = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Object.isFrozen(value)) open.push(name);
    for (const [key, inner] of Object.entries(value)) look(inner, `${name}.${key}`);
  };
  look(declaration, 'declaration');
  assert.equal(open, []);
});

test.run();
