import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCommandLine } from '../../src/cli.ts';
import { openContext } from '../../src/commands/context.ts';
import { GenctlError } from '../../src/errors.ts';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const sandbox = Sandbox.with(1);
process.on('exit', () => sandbox[Symbol.dispose]());

const usage: readonly (readonly [readonly string[], string | RegExp])[] = [
  [['swich'], /did you mean switch\?$/i],
  [['frobnicate'], /unknown (?:command|argument): frobnicate$/i],
  [['menu'], 'Say which: genctl menu show | sync | verify | repair | adopt | probe'],
  [['menu', 'frobnicate'], /frobnicate$/],
  [['list', '--frob'], /frob$/],
  [['switch', 'abc'], 'GEN: it is not a whole number above 0'],
  [['switch', '0'], 'GEN: it is not a whole number above 0'],
  [['switch', '-1'], 'GEN: it is not a whole number above 0'],
  [['switch', '1.5'], 'GEN: it is not a whole number above 0'],
  [['switch', '1', '2'], /2$/],
  [['gc', '--keep', '0'], '--keep: it is not a whole number above 0'],
  [['gc', '--keep', 'many'], '--keep: it is not a whole number above 0'],
  [['show'], /^Not enough non-option arguments/],
  [['list', '--root'], /^Not enough arguments following: root$/],
  [['list', '--profile'], /^Not enough arguments following: profile$/],
  [['list', '--root', ''], '--root is empty'],
];

/** What a command line is refused with, without a process of its own. */
async function refusalOf(args: readonly string[]): Promise<GenctlError> {
  try {
    const invocation = await readCommandLine(['--root', sandbox.root, ...args]);
    if (invocation !== undefined) {
      const context = openContext(invocation.flags);
      using _root = context.root;
      await invocation.run(context);
    }
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
  throw new Error(`accepted: ${args.join(' ')}`);
}

for (const [args, message] of usage) {
  test(`usage: genctl ${args.join(' ')}`, async () => {
    const refusal = await refusalOf(args);
    assert.is(refusal.code, 'USAGE');
    assert.is(refusal.exitCode, 2);
    assert.ok(refusal.hint);
    if (typeof message === 'string') assert.is(refusal.message, message);
    else assert.match(refusal.message, message);
  });
}

test('what is refused as a whole program', () => {
  assertRefused(sandbox, ['swich'], {
    exitCode: 2,
    code: 'USAGE',
    message: /did you mean switch\?$/i,
    hint: /genctl --help/,
  });
  assertRefused(sandbox, ['gc'], {
    exitCode: 2,
    code: 'KEEP_MISSING',
    message: 'neither a flag nor [gc] says what stays',
    hint: /gc --keep 5/,
  });
});

test('generations and profiles that are not there', async () => {
  const expected: readonly (readonly [readonly string[], string, string])[] = [
    [['switch', '99'], 'GENERATION_UNKNOWN', 'there is no generation 99'],
    [['show', '99'], 'GENERATION_UNKNOWN', 'there is no generation 99'],
    [
      ['rollback'],
      'NO_EARLIER_GENERATION',
      'there is no generation before generation 1 that can boot',
    ],
    ...['../x', 'a"b', 'x\ny', 'system-1-link'].map(
      profile =>
        [
          ['list', '--profile', profile],
          'PROFILE_UNKNOWN',
          `there is no profile ${profile}`,
        ] as const,
    ),
  ];
  const before = sandbox.snapshot();
  for (const [args, code, message] of expected) {
    const refusal = await refusalOf(args);
    assert.is(refusal.code, code);
    assert.is(refusal.message, message);
    assert.is(refusal.exitCode, 1);
    assert.ok(refusal.hint);
  }
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
});

test('a root that is not there', () => {
  assertRefused(sandbox, ['--root', '/nonexistent', 'list'], {
    code: 'ROOT_MISSING',
    message: 'cannot work on /nonexistent: there is no such folder',
    hint: /--root/,
  });
});

test('--json: one document on standard output, errors too', () => {
  for (const [args, code] of [
    [['switch', '99'], 'GENERATION_UNKNOWN'],
    [['switch', 'abc'], 'USAGE'],
  ] as const) {
    const answer = sandbox.run([...args, '--json']);
    const { error } = answer.json as { error: { code: string; message: string; hint: string } };
    assert.is(error.code, code);
    assert.type(error.message, 'string');
    assert.type(error.hint, 'string');
    assert.is(answer.stdout.trimEnd().split('\n').length, 1);
    assert.match(answer.stderr, `error[${code}]: ${error.message}`);
  }
});

test('--json: one document from every command that goes well', () => {
  using other = Sandbox.with(2);
  for (const args of [
    ['list'],
    ['show', '1'],
    ['status'],
    ['menu', 'show'],
    ['menu', 'sync'],
    ['loader', 'status'],
    ['loader', 'install'],
    ['build'],
    ['switch', '--dry-run'],
    ['switch', '1'],
    ['test', '1'],
    ['switch', '2'],
    ['rollback'],
    ['gc', '--keep', '1'],
    ['recover'],
  ]) {
    const answer = other.run([...args, '--json']);
    assert.is(answer.exitCode, 0, `${args.join(' ')}: ${answer.stderr}`);
    assert.type(answer.json, 'object', `${args.join(' ')}: ${answer.stdout}`);
  }
});

test('a reader that has gone, and one that cannot take it', () => {
  const shell = (script: string) => ({ wrapper: ['sh', '-c', script, 'sh'] });
  for (const json of [[], ['--json']]) {
    const gone = sandbox.run(['list', ...json], shell('{ "$@"; echo "code $?" >&2; } | head -c 0'));
    assert.match(gone.stderr, 'code 0');
    assert.not.match(gone.stderr, 'rror');
    const closed = sandbox.run(['list', ...json], shell('exec "$@" >&-'));
    assert.is(closed.exitCode, 0);
    const full = sandbox.run(['list', ...json], shell('exec "$@" >/dev/full'));
    assert.is(full.exitCode, 1);
    assert.match(full.stderr, /^error\[OUTPUT_FAILED\]: .*ENOSPC.*\nhint: /);
  }
});

test('colours are for terminals only, and not with NO_COLOR', () => {
  const escape = String.fromCodePoint(0x1b);
  for (const args of [['list'], ['switch', '99']]) {
    const { stdout, stderr } = sandbox.run(args);
    assert.not.ok(`${stdout}${stderr}`.includes(escape), args.join(' '));
  }
  const onTerminal = (env: Record<string, string>) =>
    sandbox.run(['list'], {
      wrapper: ['sh', '-c', `script -qec "$*" /dev/null`, 'sh'],
      env: { TERM: 'xterm', ...env },
    });
  const coloured = onTerminal({});
  if (coloured.exitCode !== 0) return;
  assert.ok(coloured.stdout.includes(`${escape}[`));
  assert.not.ok(onTerminal({ NO_COLOR: '1' }).stdout.includes(`${escape}[`));
});

test('help and version', () => {
  const overview = sandbox.run(['--help']);
  assert.is(overview.exitCode, 0);
  const lines = [...overview.stdout.matchAll(/^ {2}genctl (\w+)/gm)];
  const names = lines.map(match => match[1] ?? '').filter(name => name !== 'completion');
  assert.ok(names.length >= 13, overview.stdout);
  assert.match(sandbox.run(['--version']).stdout, /^genctl \d+\.\d+\.\d+\n$/);
});

test.run();
