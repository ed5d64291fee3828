import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/** Numbers of the generations that have entries in the menu. */
function inMenu(sandbox: Sandbox): number[] {
  const numbers = sandbox.entries().flatMap(name => /^genctl-\w{8}-(\d+)-/.exec(name)?.[1] ?? []);
  return [...new Set(numbers.map(Number))].toSorted((left, right) => left - right);
}

function defaultNumber(sandbox: Sandbox): number {
  const conf = sandbox.read('/boot/loader/loader.conf');
  return Number(/^default genctl-\w{8}-(\d+)-/.exec(conf)?.[1]);
}

/** Everything that a second run must not write. */
function written(sandbox: Sandbox) {
  return sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
}

test('a second run of anything writes nothing', () => {
  using sandbox = Sandbox.with(2);
  sandbox.declare({
    label: 'special',
    specialisations: { rescue: 'single', fast: 'mitigations=off' },
    etc: { 'ssh/x': 'x\n' },
  });
  for (const args of [
    ['switch'],
    ['menu', 'sync'],
    ['loader', 'install'],
    ['switch', '1'],
    ['boot', '3'],
    ['test', '3'],
    ['gc', '--keep', '2'],
  ]) {
    sandbox.runWell(...args);
    const before = written(sandbox);
    const again = sandbox.runWell(...args, '--json');
    assert.equal(changesBetween(before, written(sandbox)), [], args.join(' '));
    const { changed } = again.json as { changed?: boolean };
    assert.is(changed ?? false, false, args.join(' '));
  }
});

test('a menu of one entry is called so', () => {
  using sandbox = Sandbox.with(1);
  assert.is(sandbox.runWell('menu', 'sync').stdout, 'the menu shows 1 entry\n');
});

test('a dry run of anything writes nothing, and says what would be done', () => {
  using sandbox = Sandbox.with(2);
  sandbox.declare({ label: 'new' });
  sandbox.runWell('build');
  const before = written(sandbox);
  for (const args of [['switch'], ['test', '1'], ['rollback'], ['gc', '--keep', '1']]) {
    const { json } = sandbox.runWell(...args, '--dry-run', '--json');
    assert.ok((json as { plan: { prepare: unknown[] } }).plan.prepare, args.join(' '));
    assert.equal(changesBetween(before, written(sandbox)), [], args.join(' '));
  }
  assert.match(sandbox.runWell('switch', '1', '--dry-run').stdout, /^ {2}1 {2}/);
  assert.is(sandbox.runWell('menu', 'sync', '--dry-run').stdout, 'nothing to do\n');
});

test('numbers are never given twice', () => {
  using sandbox = Sandbox.with(3);
  sandbox.runWell('switch', '1');
  fs.rmSync(sandbox.at('/nix/var/nix/profiles/system-3-link'));
  sandbox.runWell('menu', 'sync');
  assert.equal(inMenu(sandbox), [1, 2]);
  sandbox.declare({ label: 'fourth' });
  sandbox.runWell('switch');
  assert.is(sandbox.current(), 4);
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [4]);
  sandbox.runWell('switch', '4');
  sandbox.declare({ label: 'fifth' });
  sandbox.runWell('boot');
  assert.is(sandbox.current(), 5);
  sandbox.link(41, sandbox.target(4));
  sandbox.declare({ label: 'next' });
  sandbox.runWell('switch');
  assert.is(sandbox.current(), 42, 'above what others gave');
});

test('a number is never given that something bears already, or that cannot be read again', () => {
  using sandbox = Sandbox.with(1);
  const profiles = '/nix/var/nix/profiles';
  sandbox.write(`${profiles}/system-2-link`, 'precious\n');
  fs.mkdirSync(sandbox.at(`${profiles}/system-3-link`));
  sandbox.declare({ label: 'next' });
  sandbox.runWell('switch');
  assert.is(sandbox.current(), 4);
  assert.is(sandbox.read(`${profiles}/system-2-link`), 'precious\n');

  sandbox.link(999_999_999, sandbox.target(1));
  sandbox.declare({ label: 'one too many' });
  assertRefused(sandbox, ['switch'], {
    code: 'NUMBERS_USED_UP',
    message: 'profile system has had generation 999999999, and no number is above it',
    hint: /highestNumber of system in \/nix\/var\/genctl\/state\.json/,
  });
});

test('a highest number that is none makes the state unreadable', () => {
  using sandbox = Sandbox.with(1);
  for (const wrong of ['0', '-1', '1.5', '1e9', '9007199254740993', '1e400']) {
    const path = '/nix/var/genctl/state.json';
    sandbox.edit(path, text =>
      text.replace(/"highestNumber": [^\s,}]+/, `"highestNumber": ${wrong}`),
    );
    assertRefused(sandbox, ['switch'], {
      code: 'STATE_UNREADABLE',
      message: 'ROOT/nix/var/genctl/state.json is damaged',
      hint: /backup/,
    });
  }
});

test('a number whose switch failed is not given again', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'will fail', etc: { broken: 'x\n' } });
  const built = sandbox.runWell('build').stdout.trim();
  const applied = fs.readlinkSync(sandbox.at('/nix/var/nix/profiles/system-1-link'));
  const whole = [built, applied].map(system => {
    const file = sandbox.at(`${system}/activate`);
    const text = fs.readFileSync(file, 'utf8');
    fs.chmodSync(file, 0o755);
    fs.writeFileSync(file, '#!/bin/sh\n[ "$1" = plan ] || exit 1\necho "folder \'x\'"\n');
    return { file, text };
  });
  const failed = sandbox.run(['switch']);
  assert.is(failed.exitCode, 4, 'the activation of the generation before fails as well');
  assert.match(failed.stderr, /^error\[UNDO_FAILED\]: .*\nhint: .*genctl recover/m);
  assert.is(sandbox.current(), 1);
  for (const { file, text } of whole) fs.writeFileSync(file, text);
  sandbox.runWell('recover');
  assert.equal(sandbox.numbers(), [1]);
  sandbox.runWell('switch');
  assert.is(sandbox.current(), 3, 'the second number was given to what failed');
});

test('the menu keeps the current, the booted, the active and the default beyond its limit', () => {
  using sandbox = Sandbox.with(3);
  const limit = { loader: ['configurationLimit = 1'] };
  sandbox.declare({ label: 'fourth', ...limit });
  sandbox.runWell('switch');
  assert.equal(inMenu(sandbox), [4]);
  sandbox.runWell('menu', 'sync');
  assert.equal(inMenu(sandbox), [4]);
  fs.symlinkSync(sandbox.target(2), sandbox.at('/run/booted-system'));
  sandbox.runWell('menu', 'sync');
  assert.equal(inMenu(sandbox), [2, 4]);
  sandbox.runWell('boot', '1');
  assert.equal(inMenu(sandbox), [1, 2, 4]);
  assert.is(defaultNumber(sandbox), 1);
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [1, 2, 4], 'gc keeps the same');
  assert.is(sandbox.run(['rollback']).exitCode, 1, 'there is none before the first');
});

test('a rollback goes to a generation that the menu has not shown for long', () => {
  using sandbox = Sandbox.with(3);
  sandbox.declare({ label: 'third', loader: ['configurationLimit = 1'], etc: { motd: 'x\n' } });
  sandbox.runWell('switch');
  sandbox.runWell('menu', 'sync');
  const current = sandbox.current() ?? 0;
  assert.equal(inMenu(sandbox), [current]);
  sandbox.runWell('rollback');
  assert.is(defaultNumber(sandbox), current - 1);
  assert.is(sandbox.current(), current - 1);
});

test('the declaration of an older generation makes a new one, of the same system', () => {
  using sandbox = Sandbox.with(2);
  sandbox.declare({ label: 'first', etc: { motd: 'motd of first\n' } });
  sandbox.runWell('switch');
  assert.equal(sandbox.numbers(), [1, 2, 3]);
  assert.is(sandbox.target(3), sandbox.target(1));
  assert.is(sandbox.current(), 3);
  sandbox.runWell('switch');
  assert.equal(sandbox.numbers(), [1, 2, 3]);
});

test('two machines with the same declaration build the same path', () => {
  using one = Sandbox.blank();
  using other = Sandbox.blank();
  for (const sandbox of [one, other]) sandbox.declare({ etc: { 'a/b': 'c\n' } });
  assert.is(one.runWell('build').stdout, other.runWell('build').stdout);
});

test('boot leaves what runs, test leaves what boots', () => {
  using sandbox = Sandbox.with(2);
  const motd = (): string => sandbox.read(`${fs.readlinkSync(sandbox.at('/etc/static'))}/motd`);
  sandbox.runWell('boot', '1');
  assert.is(defaultNumber(sandbox), 1);
  assert.is(motd(), 'motd of second\n');
  sandbox.runWell('test', '1');
  sandbox.runWell('boot', '2');
  assert.is(defaultNumber(sandbox), 2);
  assert.is(motd(), 'motd of first\n');
});

test.run();
