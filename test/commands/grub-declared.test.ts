import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assertScripts,
  declareGrub,
  goWell,
  grubFolder,
  grubMachine,
  indexInForce,
} from './grub-machine.ts';
import { storeOnly } from './refusal.ts';
import type { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const hash = `grub.pbkdf2.sha512.10000.${'AB'.repeat(64)}.${'CD'.repeat(64)}`;

test('labels, parameters and specialisations that mean something to GRUB are only text', () => {
  using sandbox = grubMachine(0);
  const escaped = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const labels = [
    "it's $HOME; reboot",
    'a" } menuentry "evil" {',
    '%n ${root} `x` \\',
    'a>b && halt # no',
    "'\\''; set root=evil",
    'größe 日本語 --id all',
    '-- --unrestricted',
    '<%= 1 %>',
  ];
  for (const label of labels) {
    declareGrub(sandbox, {
      label: escaped(label),
      kernelParams: escaped(`"a=$x;{b}" c='d>e' 'f\\g' quiet`),
      specialisations: { rescue: '"x=`$(id)`"' },
    });
    const { exitCode, stderr } = sandbox.run(['boot'], { env: {} });
    if (exitCode !== 0) {
      assert.is(exitCode, 1, stderr);
      assert.match(stderr, /^error\[\w+\]: .*\nhint: /m, label);
      continue;
    }
    assert.ok(goWell(sandbox, 'menu', 'show').stdout.includes(`  ${label} - generation `), label);
    assertScripts(sandbox);
  }
  const { json } = goWell(sandbox, 'menu', 'show', '--json');
  const { entries } = json as { entries: { title: string }[] };
  assert.is(entries.length, 2 * sandbox.numbers().length, 'each its own entry, and nobody else');
});

test('parameters that GRUB would not hand on as they are: they arrive, or are refused', () => {
  using sandbox = grubMachine(0);
  const specs: Readonly<Record<string, readonly string[]>> = {
    quotes: [`a='b"c`, 'd\\e', "f='g h'"],
    names: ['--unrestricted', '$root', '${x}', '{', '}', ';', '&&', '|', '>', '#no'],
    blanks: ['', ' quiet ', 'a b', '"x y"'],
    bytes: ['größe=1', '日本'],
  };
  let number = 1;
  for (const [name, kernelParams] of Object.entries(specs)) {
    sandbox.link(number, sandbox.addSystem(name, { kernelParams, label: `of ${name}` }));
    number += 1;
  }
  sandbox.link(number, sandbox.addSystem('bad', { label: 'x\nlinux /evil' }));
  sandbox.select(1);
  const answer = sandbox.run(['menu', 'sync'], { env: {} });
  if (answer.exitCode === 0) {
    assertScripts(sandbox);
    const { json } = goWell(sandbox, 'menu', 'show', '--json');
    const { entries } = json as { entries: { title: string }[] };
    assert.is(entries.length, Object.keys(specs).length);
  } else assert.match(answer.stderr, /^error\[\w+\]: .*\nhint: /m);
  assert.not.match(answer.stderr, /\[BUG\]/);
});

test('profiles with odd names get submenus of their own', () => {
  using sandbox = grubMachine(1);
  for (const name of ['A.b_c-d', 'all', "it's"]) sandbox.link(1, sandbox.target(1), name);
  goWell(sandbox, 'menu', 'sync');
  assertScripts(sandbox);
  const index = sandbox.read(indexInForce(sandbox));
  const ids = [...index.matchAll(/^submenu --id (\S+) /gm)].map(([, id]) => id);
  assert.equal(ids, [...new Set(ids)], 'no two have one identifier');
  assert.ok(ids.includes('all') && ids.includes('profile-all'), ids.join());
});

test('the users of the menu: right lines, and no hash where it is not needed', () => {
  using sandbox = grubMachine(0);
  sandbox.write('/etc/grub-hash', `${hash}\n`, 0o600);
  const users = [
    '[boot.loader.grub.users "admin"]',
    `hashedPassword = ${hash}`,
    '[boot.loader.grub.users "other"]',
    'hashedPasswordFile = /etc/grub-hash',
  ];
  declareGrub(sandbox, { label: 'n1', grub: users });
  const answers = [
    ['switch', '--dry-run'],
    ['switch'],
    ['show', '1'],
    ['menu', 'show'],
    ['list'],
  ].map(args => sandbox.runWell(...args));
  for (const { stdout, stderr } of answers) {
    assert.not.match(stdout + stderr, /pbkdf2|ABABAB/, 'nothing printed has a hash');
  }
  const index = sandbox.read(indexInForce(sandbox));
  assert.match(index, /^set superusers='admin other'$/m);
  const folder = grubFolder(sandbox);
  const holders = sandbox.names(folder).filter(name => name.endsWith('.cfg'));
  const [holder] = holders.filter(name => sandbox.read(`${folder}/${name}`).includes(hash));
  assert.ok(holder && index.includes(holder), 'the index leads to the passwords');
  assert.is(
    fs.statSync(sandbox.at(`${folder}/${holder}`)).mode & 0o077,
    0,
    'for nobody else to read',
  );
  const lines = sandbox.read(`${folder}/${holder}`).split('\n');
  for (const name of ['admin', 'other']) {
    assert.ok(lines.includes(`password_pbkdf2 ${name} ${hash}`), name);
  }
  assert.match(index, /^set genctl_access=--unrestricted$/m, 'entries boot without a password');
  assertScripts(sandbox);
  const below = fs.readdirSync(sandbox.at('/nix'), { recursive: true, encoding: 'utf8' });
  const holding = below
    .filter(name => fs.lstatSync(sandbox.at(`/nix/${name}`)).isFile())
    .filter(name => sandbox.read(`/nix/${name}`).includes(hash));
  assert.equal(
    holding.filter(name => name.startsWith('store/')),
    [],
    'the store is for all to read',
  );
  declareGrub(sandbox, {
    label: 'n2',
    grub: [...users, '[boot.loader.grub]', 'unrestricted = false'],
  });
  goWell(sandbox, 'switch');
  assert.not.match(sandbox.read(indexInForce(sandbox)), '--unrestricted');
});

test('a password file that is missing, or holds none, is said; its user cannot log in', () => {
  using sandbox = grubMachine(1);
  const users = ['[boot.loader.grub.users "admin"]', 'hashedPasswordFile = /etc/grub-hash'];
  declareGrub(sandbox, { label: 'n2', grub: users });
  for (const text of [undefined, 'secret\n', `${hash} x\n`]) {
    if (text !== undefined) sandbox.write('/etc/grub-hash', text);
    const { exitCode, stderr } = sandbox.run(['switch'], { env: {} });
    assert.ok(exitCode === 0 || exitCode === 3, stderr);
    assert.match(stderr, /^warning\[GRUB_PASSWORD_UNREADABLE\]: .*\/etc\/grub-hash: .*admin/m);
    assert.not.match(stderr, 'secret');
    const index = sandbox.read(indexInForce(sandbox));
    assert.match(index, /^set superusers=admin$/m, 'editing stays forbidden');
    assert.not.match(index, /^password/m);
    assertScripts(sandbox);
  }
});

for (const [name, text] of [
  ['an open block', 'if true; then\n  echo x\n'],
  ['an open quote', "echo 'x\n"],
  ['a block too many', '}\n'],
  ['a word alone', 'menuentry {\n'],
] as const) {
  test(`text of the user with ${name} is refused before anything is written`, () => {
    using sandbox = grubMachine(1);
    sandbox.write('/etc/genctl/extra.cfg', text);
    for (const option of ['extraConfig', 'extraEntries', 'extraEntriesBefore']) {
      declareGrub(sandbox, { label: 'n2', grub: [`${option} = extra.cfg`] });
      const before = sandbox.snapshot();
      const answer = sandbox.run(['switch'], { env: {} });
      if (name === 'a word alone' && answer.exitCode === 0) continue;
      assert.is(answer.exitCode, 1, `${option}: ${answer.stderr}`);
      assert.match(answer.stderr, /^error\[GRUB_SYNTAX\]: .*, line \d+: /m);
      assert.match(answer.stderr, option);
      const changed = changesBetween(before, sandbox.snapshot());
      assert.equal(
        changed.filter(line => !storeOnly.test(line.slice(2))),
        [],
        option,
      );
    }
    assertScripts(sandbox);
  });
}

test('entries of the user are in the menu, before ours and behind them', () => {
  using sandbox = grubMachine(1);
  sandbox.write('/etc/genctl/before.cfg', "menuentry 'Memory test' { linux /memtest }");
  sandbox.write('/etc/genctl/behind.cfg', "menuentry 'Firmware' --id fw { chainloader /fw.efi }\n");
  declareGrub(sandbox, {
    label: 'n2',
    grub: ['extraEntriesBefore = before.cfg', 'extraEntries = behind.cfg'],
  });
  goWell(sandbox, 'switch');
  assertScripts(sandbox);
  const lines = goWell(sandbox, 'menu', 'show').stdout.trimEnd().split('\n').slice(1);
  assert.match(lines[0] ?? '', 'Memory test');
  assert.match(lines[1] ?? '', /^\* {2}n2 - generation 2/);
  assert.match(lines.at(-1) ?? '', 'Firmware');
});

/** A declaration that names disks, which a folder does not have. */
function declareDisk(sandbox: Sandbox, device: string): void {
  declareGrub(sandbox, { label: 'disk', grub: [`device = ${device}`] });
  sandbox.edit('/etc/genctl/system.conf', text => text.replace('device = nodev\n', ''));
}

test('a disk that GRUB cannot be installed on from here: at first refused', () => {
  using sandbox = grubMachine(0);
  declareDisk(sandbox, '/dev/no-such-disk');
  const stderr = assertRefusedBy(sandbox, 'GRUB_NEEDS_DEVICE');
  assert.match(stderr, sandbox.at('/boot'));
});

test('a disk that GRUB cannot be installed on from here: later what is installed stays, and it is said', () => {
  using sandbox = grubMachine(1);
  declareDisk(sandbox, '/dev/no-such-disk');
  for (const args of [['switch'], ['switch'], ['rollback']]) {
    const { exitCode, stderr } = sandbox.run(args, { env: {} });
    assert.is(exitCode, 3, stderr);
    assert.match(stderr, /^warning\[GRUB_NEEDS_DEVICE\]: .*GRUB stays as it was installed last: /m);
  }
  const refused = sandbox.run(['loader', 'install'], { env: {} });
  assert.is(refused.exitCode, 1, refused.stderr);
  assert.match(refused.stderr, /^error\[GRUB_NEEDS_DEVICE\]: .*\nhint: /m);
  assertScripts(sandbox);
});

for (const [line, code, message] of [
  ['device = sda', 'DECLARATION_', /device/],
  ['timeoutStyle = soon', 'DECLARATION_', /timeoutStyle/],
  ['noSuch = 1', 'DECLARATION_', /noSuch/],
  ['terminalOutput = paper', 'DECLARATION_', /terminalOutput/],
  ['efiBootloaderId = ../x', 'DECLARATION_', /efiBootloaderId/],
  ['gfxmode = "a; reboot"', 'DECLARATION_', /gfxmode/],
] as const) {
  test(`a declaration with ${line} is refused, and says where`, () => {
    using sandbox = grubMachine(1);
    declareGrub(sandbox, { label: 'n2', grub: [line] });
    const answer = assertRefusedBy(sandbox, code);
    assert.match(answer, message);
    assert.match(answer, /system\.conf:\d+/);
  });
}

function assertRefusedBy(sandbox: Sandbox, code: string): string {
  const before = sandbox.snapshot();
  const { exitCode, stderr } = sandbox.run(['switch'], { env: {} });
  assert.is(exitCode, 1, stderr);
  assert.match(stderr, `error[${code}`);
  assert.match(stderr, '\nhint: ');
  const changed = changesBetween(before, sandbox.snapshot());
  assert.equal(
    changed.filter(line => !storeOnly.test(line.slice(2))),
    [],
  );
  return stderr;
}

test('flags that are none are refused', () => {
  using sandbox = grubMachine(1);
  for (const args of [
    ['loader', 'install', '--grub'],
    ['menu', 'probe', 'x', '--no'],
    ['loader', 'grub'],
  ]) {
    const { exitCode, stderr } = sandbox.run(args, { env: {} });
    assert.is(exitCode, 2, args.join(' '));
    assert.match(stderr, /^error\[USAGE\]: .*\nhint: /m);
  }
  assert.ok(sandbox.exists(`${grubFolder(sandbox)}/default.cfg`));
});

test.run();
