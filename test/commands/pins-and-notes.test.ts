import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const roots = '/nix/var/nix/gcroots/genctl';
const statePath = '/nix/var/genctl/state.json';

/** What `list` says of a generation. */
function listed(sandbox: Sandbox, number: number): { pinned: boolean; note: string | null } {
  const { generations } = sandbox.run(['list', '--json']).json as {
    generations: { number: number; pinned: boolean; note: string | null }[];
  };
  const { pinned, note } = generations.find(each => each.number === number) ?? {};
  return { pinned: pinned ?? false, note: note ?? null };
}

/** Numbers of the generations that have entries in the menu. */
function inMenu(sandbox: Sandbox): number[] {
  const numbers = sandbox.entries().flatMap(name => /^genctl-\w{8}-(\d+)-/.exec(name)?.[1] ?? []);
  return [...new Set(numbers.map(Number))].toSorted((left, right) => left - right);
}

test('a pin keeps a generation from gc, from Nix and in the menu, until it is taken away', () => {
  using sandbox = Sandbox.with(3);
  const system = sandbox.target(1);
  assert.match(sandbox.runWell('pin', '1').stdout, /^generation 1 is pinned/);
  assert.is(fs.readlinkSync(sandbox.at(`${roots}/system-1`)), system);
  assert.ok(listed(sandbox, 1).pinned);
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [1, 3]);
  assert.ok(sandbox.exists(`${system}/boot.json`));
  assertRefused(sandbox, ['gc', '--delete', '1'], {
    code: 'GENERATION_IN_USE',
    message: 'generation 1 cannot go: it is pinned',
    hint: 'First unpin it.',
  });
  for (const label of ['fourth', 'fifth']) {
    sandbox.declare({ label, loader: ['configurationLimit = 1'] });
    sandbox.runWell('switch');
  }
  assert.equal(inMenu(sandbox), [1, 5], 'the limit is 1: the default, and a pin');
  assert.match(sandbox.runWell('unpin', '1').stdout, /^generation 1 is not pinned/);
  assert.equal(sandbox.names(roots), []);
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [5]);
  assert.not(sandbox.exists(system));
});

test('a second run of pin, unpin or note writes nothing, and a dry run never does', () => {
  using sandbox = Sandbox.with(2);
  for (const args of [
    ['pin', '1'],
    ['note', '1', 'before', 'the', 'disk'],
    ['unpin', '1'],
    ['note', '1'],
  ]) {
    const before = sandbox.snapshot({ withTimes: true });
    assert.match(sandbox.runWell(...args, '--dry-run').stdout, `write ${statePath}`);
    assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
    sandbox.runWell(...args);
    const after = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
    const again = sandbox.runWell(...args, '--json').json as { changed: boolean };
    assert.not(again.changed, args.join(' '));
    assert.equal(
      changesBetween(after, sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] })),
      [],
      args.join(' '),
    );
  }
});

test('a generation of another profile has pins and notes of its own', () => {
  using sandbox = Sandbox.with(1);
  sandbox.link(1, sandbox.addSystem('work'), 'work');
  sandbox.select(1, 'work');
  sandbox.runWell('pin', '1', '--profile', 'work');
  sandbox.runWell('note', '1', 'mine', '--profile', 'work');
  assert.equal(sandbox.names(roots), ['work-1']);
  assert.equal(listed(sandbox, 1), { pinned: false, note: null }, 'that of system');
  const why = sandbox.runWell('why', '1', '--profile', 'work').stdout;
  assert.match(why, /^generation 1 of profile work stays:\n {2}it is the current one\n/);
  assert.match(why, /\n {2}it is pinned\n/);
  assert.match(why, /\nnote: mine\n/);
  sandbox.runWell('unpin', '1', '--profile', 'work');
  assert.equal(sandbox.names(roots), []);
});

test('a note is kept word by word, whatever its words look like', () => {
  using sandbox = Sandbox.with(1);
  for (const [words, note] of [
    [['before', 'the', 'new', 'disk'], 'before the new disk'],
    [['007', '0x1F', '1e3'], '007 0x1F 1e3'],
    [['one  text', 'of', 'two'], 'one  text of two'],
    [['--', '--dry-run', '-x', 'works'], '--dry-run -x works'],
    [['--', '--help', '-h', '--version', 'too'], '--help -h --version too'],
    [['-5', 'degrees'], '-5 degrees'],
    [['Größe', '漢字', '👍'], 'Größe 漢字 👍'],
    [['"quoted"', '\\n', '$HOME', '`id`'], '"quoted" \\n $HOME `id`'],
    [['x'.repeat(500)], 'x'.repeat(500)],
  ] as const) {
    sandbox.runWell('note', '1', ...words);
    assert.is(listed(sandbox, 1).note, note);
    assert.match(sandbox.runWell('list').stdout, note);
  }
  for (const none of [[], [''], [' ', ' ']]) {
    sandbox.runWell('note', '1', 'something');
    assert.is(sandbox.runWell('note', '1', ...none).stdout, 'generation 1 has no note\n');
    assert.is(listed(sandbox, 1).note, null);
  }
});

test('a note that could harm who reads it is refused', () => {
  using sandbox = Sandbox.with(1);
  sandbox.runWell('note', '1', 'kept');
  for (const [note, what] of [
    ['two\nlines', 'U+000A'],
    ['\u001b[2Jcleared', 'U+001B'],
    ['\u009b31mred', 'U+009B'],
    ['bell\u0007', 'U+0007'],
    ['back\rwards', 'U+000D'],
    ['\u202egnp.exe', 'U+202E'],
    ['a\u2028b', 'U+2028'],
  ] as const) {
    assertRefused(sandbox, ['note', '1', note], {
      code: 'NOTE_UNSAFE',
      message: `the note holds ${what}, which no note may hold`,
      hint: 'Write it in one line, without control characters.',
    });
  }
  assertRefused(sandbox, ['note', '1', 'x'.repeat(501)], {
    code: 'NOTE_UNSAFE',
    message: /^the note has 501 characters/,
    hint: 'Shorten it.',
  });
  assert.is(listed(sandbox, 1).note, 'kept');
});

test('flags among the words are flags, and unknown ones are refused', () => {
  using sandbox = Sandbox.with(1);
  assertRefused(sandbox, ['note', '1', 'a', '--keep', '5'], {
    exitCode: 2,
    code: 'USAGE',
    message: 'Unknown argument: keep',
    hint: /--help/,
  });
  for (const args of [['pin'], ['unpin'], ['note'], ['why']]) {
    assertRefused(sandbox, args, { exitCode: 2, code: 'USAGE', message: /./, hint: /--help/ });
    assertRefused(sandbox, [...args, '0'], {
      exitCode: 2,
      code: 'USAGE',
      message: 'GEN: it is not a whole number above 0',
      hint: /--help/,
    });
    assertRefused(sandbox, [...args, '9'], {
      code: 'GENERATION_UNKNOWN',
      message: 'there is no generation 9',
      hint: 'See `genctl list`.',
    });
    assertRefused(sandbox, [...args, '1', '--profile', 'nope'], {
      code: 'PROFILE_UNKNOWN',
      message: 'there is no profile nope',
      hint: 'Profiles of this machine: system.',
    });
  }
});

test('no boot partition and no declaration are needed', () => {
  using sandbox = Sandbox.with(2);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/elsewhere'));
  fs.rmSync(sandbox.at('/etc/genctl'), { recursive: true });
  sandbox.runWell('pin', '1');
  sandbox.runWell('note', '1', 'without', 'a', 'disk');
  assert.equal(listed(sandbox, 1), { pinned: true, note: 'without a disk' });
  const { exitCode, stderr } = sandbox.run(['list']);
  assert.is(exitCode, 0);
  assert.match(stderr, /warning\[ESP_NOT_MOUNTED\]: .*\nhint: Mount it there/);
});

test('a state that cannot be read is not written over', () => {
  using sandbox = Sandbox.with(2);
  sandbox.runWell('pin', '1');
  const state = sandbox.read(statePath);
  for (const [text, code] of [
    ['', 'STATE_UNREADABLE'],
    [state.slice(0, 100), 'STATE_UNREADABLE'],
    ['null', 'STATE_UNREADABLE'],
    [state.replace('"pinned": true', '"pinned": "yes"'), 'STATE_UNREADABLE'],
    [state.replace('"target": "', '"target": 5, "was": "'), 'STATE_UNREADABLE'],
    [state.replace('"version": 1', '"version": 2'), 'STATE_TOO_NEW'],
  ] as const) {
    assert.is.not(text, state);
    sandbox.write(statePath, text);
    for (const args of [
      ['pin', '2'],
      ['unpin', '1'],
      ['note', '1', 'x'],
      ['gc', '--keep', '1'],
    ]) {
      assertRefused(sandbox, args, { code, message: /state\.json/, hint: /./ });
    }
    const why = sandbox.run(['why', '1']);
    assert.is(why.exitCode, 0, why.stderr);
    assert.match(why.stderr, `warning[${code}]`);
  }
});

test('a pin of a generation that others have removed can be taken away', () => {
  using sandbox = Sandbox.with(3);
  sandbox.runWell('pin', '1');
  sandbox.runWell('note', '1', 'mine');
  const system = sandbox.target(1);
  fs.rmSync(sandbox.at('/nix/var/nix/profiles/system-1-link'));
  sandbox.runWell('gc', '--keep', '2');
  assert.ok(sandbox.exists(system), 'its root is there still');
  sandbox.runWell('unpin', '1');
  assert.equal(sandbox.names(roots), []);
  sandbox.runWell('gc', '--keep', '2');
  assert.not(sandbox.exists(system));
  assertRefused(sandbox, ['unpin', '1'], {
    code: 'GENERATION_UNKNOWN',
    message: 'there is no generation 1',
    hint: 'See `genctl list`.',
  });
  // Nix gives the number again: nothing of the old one is on it.
  sandbox.link(1, sandbox.addSystem('reused'));
  assert.equal(listed(sandbox, 1), { pinned: false, note: null });
});

test('a number that is used again inherits nothing', () => {
  using sandbox = Sandbox.with(3);
  sandbox.runWell('pin', '1');
  sandbox.runWell('note', '1', 'mine');
  fs.rmSync(sandbox.at('/nix/var/nix/profiles/system-1-link'));
  sandbox.link(1, sandbox.addSystem('reused'));
  assert.equal(listed(sandbox, 1), { pinned: false, note: null });
  sandbox.runWell('pin', '1');
  assert.is(fs.readlinkSync(sandbox.at(`${roots}/system-1`)), sandbox.target(1));
  assert.equal(listed(sandbox, 1), { pinned: true, note: null });
});

test.run();
