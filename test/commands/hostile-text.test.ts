import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';

/** Every entry of the menu as its lines. */
function entryLines(sandbox: Sandbox): string[][] {
  return sandbox
    .entries()
    .map(name => sandbox.read(`/boot/loader/entries/${name}`).trimEnd().split('\n'));
}

const known = /^(?:title|sort-key|version|machine-id|linux|initrd|options) \S/;

/** No entry has a line that genctl does not write, and none of its lines twice. */
function assertSound(sandbox: Sandbox): void {
  for (const lines of entryLines(sandbox)) {
    for (const line of lines) assert.match(line, known);
    const keys = lines.map(line => line.split(' ')[0]);
    assert.equal(keys, [...new Set(keys)], lines.join('\n'));
    assert.is(lines.find(line => line.startsWith('options '))?.split(' init=').length, 2);
  }
}

test('labels of a declaration', () => {
  using sandbox = Sandbox.with(0);
  for (const label of [
    'Größe 100% "quoted" $HOME',
    'title x',
    "it's",
    '日本語 \\n',
    '%n%t{}<%= 1 %>',
  ]) {
    sandbox.declare({ label: `"${label.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` });
    sandbox.runWell('boot');
    const newest = sandbox.runWell('list', '--json').json as { generations: { label: string }[] };
    assert.is(newest.generations[0]?.label, label);
    const titles = entryLines(sandbox).map(lines => lines[0]);
    assert.ok(
      titles.some(title => title?.startsWith(`title ${label} - generation `)),
      label,
    );
  }
  assertSound(sandbox);
  for (const [label, code] of [
    ['"a\\nb"', 'DECLARATION_SYNTAX'],
    ['a\u0007b', 'DECLARATION_SYNTAX'],
    ['a\u202eb', 'DECLARATION_SYNTAX'],
    ['x'.repeat(5000), 'DECLARATION_WRONG_TYPE'],
  ] as const) {
    sandbox.declare({ label });
    assertRefused(sandbox, ['switch'], { code, message: /\[system\] label: /, hint: /./ });
  }
});

test('parameters and specialisations of a declaration', () => {
  using sandbox = Sandbox.with(1);
  for (const kernelParams of ['a\u0001b', 'init=/bin/sh', '"quiet init=/x', 'größe=1']) {
    sandbox.declare({ kernelParams });
    const { exitCode, stderr } = sandbox.run(['build']);
    assert.is(exitCode, 1, kernelParams);
    assert.match(stderr, /^error\[DECLARATION_\w+\]: .*\[boot\] kernelParams/);
  }
  for (const name of ['a/b', 'a+3-0', 'a b', '..', 'x'.repeat(40)]) {
    sandbox.declare({ specialisations: { [name]: 'x' } });
    const { exitCode, stderr } = sandbox.run(['build']);
    assert.is(exitCode, 1, name);
    assert.match(stderr, /^error\[DECLARATION_\w+\]: /);
  }
});

test("somebody's boot.json", () => {
  using sandbox = Sandbox.with(1);
  const escape = String.fromCodePoint(0x1b);
  const fine = {
    empty: { label: '' },
    blanks: { label: ' \u00a0 ' },
    long: { label: 'x'.repeat(5000) },
    words: { label: '"quotes" 100% ${HOME} größe' },
    names: { specialisations: { 'a+3-0': 'x', '..': 'y', 'a b"c': 'z', __proto__x: 'w' } },
    params: { kernelParams: ['', ' quiet ', 'a b', '"x y"'] },
    surrogate: { label: 'a\ud800b' },
  };
  const bad = {
    newline: { label: 'x\nlinux /evil' },
    separator: { specialisations: { 'a\u2028b': 'x' } },
    slash: { specialisations: { 'a/b': 'x' } },
    control: { kernelParams: [`x${escape}[2J`] },
    return: { label: 'x\ry' },
    key: { sortKey: 'a b' },
  };
  let number = 10;
  for (const [name, system] of Object.entries({ ...fine, ...bad })) {
    sandbox.link(number, sandbox.addSystem(name, system));
    number += 1;
  }
  sandbox.link(
    40,
    sandbox.addSystem('escape', { bootJson: `${escape}]0;title${String.fromCodePoint(7)}` }),
  );
  sandbox.link(41, `/nix/store/x\nerror[FAKE]: no${escape}[31m`);
  const synced = sandbox.runWell('menu', 'sync');
  assertSound(sandbox);
  assert.not.ok(synced.stderr.includes(escape), 'no message holds what a terminal obeys');
  assert.not.match(synced.stderr, /^error/m);
  const warned = [...synced.stderr.matchAll(/^warning\[\w+\]: generation (\d+):/gm)];
  assert.equal(
    warned.map(match => Number(match[1])),
    [...Object.keys(bad).map((_, index) => 10 + Object.keys(fine).length + index), 40, 41],
  );
  for (const name of sandbox.entries())
    assert.match(name, /^genctl-[0-9a-f]{8}-\d+-[0-9a-f]{12}\.conf$/);
  assert.is(sandbox.entries().length, 1 + Object.keys(fine).length + 4);
});

test('names of files below etc/', () => {
  using sandbox = Sandbox.with(0);
  const names = [
    "it's",
    '-rf',
    'a b',
    '"x"',
    '$(touch evil)',
    '*',
    'größe',
    "'; touch evil; '",
    '%s',
  ];
  sandbox.declare({ etc: Object.fromEntries(names.map(name => [name, `content of ${name}\n`])) });
  sandbox.runWell('switch');
  for (const name of names) {
    assert.is(
      sandbox.read(`${fs.readlinkSync(sandbox.at('/etc/static'))}/${name}`),
      `content of ${name}\n`,
    );
    assert.is(fs.readlinkSync(sandbox.at(`/etc/${name}`)), `/etc/static/${name}`);
  }
  assert.not.ok(sandbox.exists('/etc/evil'));
  sandbox.write('/etc/genctl/etc/two\nlines', 'x');
  assertRefused(sandbox, ['switch'], {
    code: 'ETC_BAD_ENTRY',
    message: 'ROOT/etc/genctl/etc/two\\nlines: it holds a line break',
    hint: /Rename or remove/,
  });
});

test('profiles with names that are none are no profiles', () => {
  using sandbox = Sandbox.with(1);
  const target = sandbox.target(1);
  for (const name of ['a"b', 'x\ny', '-x', '.hidden', 'ö', 'system']) {
    sandbox.link(1, target, name === 'system' ? 'placeholder' : name);
  }
  fs.symlinkSync(target, sandbox.at('/nix/var/nix/profiles/system-profiles/system-7-link'));
  sandbox.link(1, target, 'A.b_c-d');
  const { generations } = sandbox.runWell('list', '--json').json as {
    generations: { profile: string; number: number }[];
  };
  assert.equal(
    generations.map(({ profile, number }) => `${profile} ${number}`),
    ['system 1', 'A.b_c-d 1', 'placeholder 1'],
  );
  sandbox.runWell('menu', 'sync');
  assertSound(sandbox);
  assert.is(sandbox.entries().length, 3);
});

test('a foreign entry cannot hide in the output', () => {
  using sandbox = Sandbox.with(1);
  const escape = String.fromCodePoint(0x1b);
  sandbox.write('/boot/loader/entries/a.conf', `title ${escape}[2Jx\nlinux /x\n`);
  sandbox.write('/boot/loader/entries/huge.conf', 'x'.repeat(2 << 20));
  fs.mkdirSync(sandbox.at('/boot/loader/entries/folder.conf'));
  const { stdout } = sandbox.runWell('menu', 'show');
  assert.not.ok(stdout.includes(escape));
  assert.match(stdout, 'a.conf');
  sandbox.runWell('menu', 'sync');
});

test('what goes to a terminal holds nothing that it obeys, nor lines that look like ours', () => {
  using sandbox = Sandbox.with(1);
  const evil = '\u001b[2J\u009b1m\n  label: forged';
  const toplevel = sandbox.addSystem('evil', { kernelParams: [evil] });
  sandbox.link(2, toplevel);
  sandbox.link(3, `/nix/store/${'1'.repeat(32)}-\u001b[2J`);
  for (const args of [
    ['show', '2'],
    ['show', '3'],
    ['list'],
    ['status'],
    ['menu', 'show'],
    ['switch', '2', '--dry-run'],
    ['gc', '--keep', '1', '--dry-run'],
    ['list', '--profile', 'x\u001b[2J'],
  ]) {
    const { stdout, stderr } = sandbox.run(args);
    assert.not.match(stdout + stderr, /[^\P{Cc}\n]/u, args.join(' '));
    assert.not.match(stdout, /^ {2}label: forged/m);
  }
});

test.run();
