import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox, type Shell, type System, shells } from '../activation/sandbox.ts';

/** Each is killed before it is done; opening a file to write is seen at its first write. */
const changingCalls = (
  'rename renameat renameat2 unlink unlinkat rmdir symlink symlinkat link linkat mkdir mkdirat ' +
  'chmod fchmod fchmodat chown fchown lchown fchownat write sendfile copy_file_range ftruncate'
)
  .split(' ')
  .map(name => `?${name}`)
  .join(',');

const changingTools = ['cat', 'chmod', 'chown', 'cp', 'ln', 'mkdir', 'mv', 'rm', 'rmdir'];

/** Texts that the user wrote: each must be there, once, whatever happens. */
const usersTexts = ['my motd', 'my issue', 'my edit', 'my folder', 'same as declared', 'my own'];

/** One machine: system `a` is applied, the user has files, `b` is what is applied under attack. */
class Scene implements Disposable {
  readonly sandbox = new Sandbox();
  readonly a: System;
  readonly b: System;

  constructor(shell: Shell) {
    const { sandbox } = this;
    sandbox.write('/etc/issue', 'my issue');
    sandbox.write('/etc/own/file', 'my own');
    this.a = sandbox.system('a', {
      issue: 'issue of a',
      hosts: 'hosts of a',
      'gone/deep/file': 'gone',
      'link-to-copy': 'as link',
      'copy-to-link': { text: 'as copy', mode: 0o600 },
      edited: { text: 'edited of a', mode: 0o640 },
      plain: { text: 'plain of a', mode: 0o644 },
      'file-to-folder': 'file',
      'folder-to-file/inside': 'inside',
    });
    this.b = sandbox.system('b', {
      hosts: 'hosts of b',
      motd: 'motd of b',
      'link-to-copy': { text: 'as copy', mode: 0o400 },
      'copy-to-link': 'as link',
      edited: { text: 'edited of b', mode: 0o640 },
      plain: { text: 'plain of b', mode: 0o600 },
      equal: { text: 'same as declared', mode: 0o644 },
      'file-to-folder/inside': 'inside',
      'folder-to-file': 'file',
      'new/deep/one': 'one',
      'new/deep/two': 'two',
      'taken/file': 'file',
    });
    assert.is(sandbox.run(shell, this.a).status, 0);
    sandbox.write('/etc/motd', 'my motd');
    sandbox.write('/etc/edited', 'my edit', 0o640);
    sandbox.write('/etc/equal', 'same as declared');
    sandbox.write('/etc/elsewhere/file', 'my folder');
    sandbox.link('/etc/taken', 'elsewhere');
  }

  /** The same machine in a folder of its own. */
  copy(): Sandbox {
    return copyOf(this.sandbox.root);
  }

  [Symbol.dispose](): void {
    this.sandbox[Symbol.dispose]();
  }
}

function copyOf(root: string): Sandbox {
  const copy = new Sandbox();
  fs.rmSync(copy.root, { recursive: true });
  spawnSync('cp', ['-a', root, copy.root]);
  return copy;
}

function at(sandbox: Sandbox, system: System): System {
  return { ...system, activate: sandbox.at(`${system.systemPath}/activate`) };
}

function run(sandbox: Sandbox, shell: Shell, system: System, why: string): void {
  const result = sandbox.run(shell, at(sandbox, system));
  assert.is(result.status, 0, `${why}: ${result.stderr}`);
  assert.is(result.stderr, '', why);
}

function assertNothingLost(sandbox: Sandbox, why: string): void {
  const files = sandbox.list('/etc', []);
  for (const text of usersTexts) {
    const holders = files.filter(line => line.endsWith(` ${JSON.stringify(text)}`));
    const own = holders.filter(line => !line.startsWith('/etc/equal 644') || holders.length === 1);
    assert.is(own.length, 1, `${why}: ${text}: ${holders.join(', ')}`);
  }
  for (const leftover of ['new', 'manifest.pending']) {
    assert.not(sandbox.exists(`/etc/.genctl/${leftover}`), `${why}: .genctl/${leftover}`);
  }
}

interface Expected {
  a: readonly string[];
  b: readonly string[];
}

function expectedOf(scene: Scene, shell: Shell): Expected {
  using a = scene.copy();
  run(a, shell, scene.a, 'a again');
  assertNothingLost(a, 'a again');
  using b = scene.copy();
  run(b, shell, scene.b, 'b');
  assertNothingLost(b, 'b');
  return { a: a.list(), b: b.list() };
}

/** States that were gone through already, by shell. */
const seen = new Set<string>();

/** After a kill: again, back, and again and back end exactly where an undisturbed run does. */
function assertRecovers(
  killed: Sandbox,
  scene: Scene,
  shell: Shell,
  expected: Expected,
  why: string,
): void {
  const state = [shell.name, ...killed.list('/etc', [])].join('\n');
  if (seen.has(state)) return;
  seen.add(state);
  using back = copyOf(killed.root);
  run(killed, shell, scene.b, `${why}, again`);
  assert.equal(killed.list(), expected.b, `${why}, again`);
  assertNothingLost(killed, `${why}, again`);
  run(back, shell, scene.a, `${why}, back`);
  assert.equal(back.list(), expected.a, `${why}, back`);
  assertNothingLost(back, `${why}, back`);
  run(back, shell, scene.b, `${why}, back and again`);
  assert.equal(back.list(), expected.b, `${why}, back and again`);
  assertNothingLost(back, `${why}, back and again`);
}

/** Runs a system's activate and kills the shell itself before its nth change. */
function runKilledInShell(
  sandbox: Sandbox,
  shell: Shell,
  system: System,
  nth: number,
): SpawnSyncReturns<string> {
  return sandbox.run(shell, at(sandbox, system), [], ['/usr/bin/setsid', '-w', ...killer(nth)]);
}

function killer(nth: number): string[] {
  const inject = `inject=${changingCalls}:signal=SIGKILL:when=${nth}`;
  return ['/usr/bin/strace', '-qqq', '-o', '/dev/null', '-e', inject];
}

/**
 * Runs a system's activate and kills it with all its children before the nth change of the kth
 * program that it starts, or when that program is done.
 */
function runKilledInTool(
  sandbox: Sandbox,
  shell: Shell,
  system: System,
  kth: number,
  nth: number,
): 'killed' | 'tool ended' | 'ended' {
  using tools = new Sandbox();
  const [interpreter] = shell.command;
  for (const tool of changingTools) {
    const script = `#!${interpreter}
count=$(cat ${tools.at('/count')})
count=$((count + 1))
echo $count >${tools.at('/count')}
[ $count = ${kth} ] || exec /usr/bin/${tool} "$@"
${killer(nth).join(' ')} /usr/bin/${tool} "$@" 2>/dev/null
[ $? -ge 128 ] || echo >${tools.at('/ended')}
kill -9 0
`;
    tools.write(`/bin/${tool}`, script.replace('$(cat ', '$(/usr/bin/cat '), 0o755);
  }
  tools.write('/count', '0');
  const result = sandbox.run(
    { ...shell, toolPath: `${tools.at('/bin')}:${shell.toolPath}` },
    at(sandbox, system),
    [],
    ['/usr/bin/setsid', '-w'],
  );
  if (result.status === 0) return 'ended';
  return tools.exists('/ended') ? 'tool ended' : 'killed';
}

const needed = ['/usr/bin/strace', '/usr/bin/setsid', '/usr/bin/dash'];
const missing = needed.filter(file => !fs.existsSync(file)).map(file => path.basename(file));

if (missing.length > 0) {
  test.skip(`activate is killed at each change (needs ${missing.join(', ')})`, () => undefined);
}

for (const shell of missing.length > 0 ? [] : shells()) {
  test(`activate, killed in the shell at each change, under ${shell.name}`, () => {
    using scene = new Scene(shell);
    const expected = expectedOf(scene, shell);
    let points = 0;
    for (;;) {
      using killed = scene.copy();
      const result = runKilledInShell(killed, shell, scene.b, points + 1);
      if (result.status === 0) break;
      assert.ok(result.signal === 'SIGKILL' || result.status === 137, result.stderr);
      points++;
      assertRecovers(killed, scene, shell, expected, `write ${points}`);
    }
    assert.ok(points >= 20, `only ${points} points`);
  });
}

for (const shell of missing.length > 0 ? [] : shells().filter(({ name }) => name === 'dash')) {
  test(`activate, killed in each program that it starts, under ${shell.name}`, () => {
    using scene = new Scene(shell);
    const expected = expectedOf(scene, shell);
    let points = 0;
    for (let kth = 1, nth = 1; ; points++) {
      using killed = scene.copy();
      const how = runKilledInTool(killed, shell, scene.b, kth, nth);
      if (how === 'ended') break;
      assertRecovers(killed, scene, shell, expected, `program ${kth}, change ${nth}`);
      // Before the first change of a program is where the one before it has ended.
      [kth, nth] = how === 'killed' ? [kth, nth + 1] : [kth + 1, 2];
    }
    assert.ok(points >= 40, `only ${points} points`);
  });
}

/** A small generator (mulberry32), so that a failure can be had again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

for (const shell of missing.length > 0 ? [] : shells().filter(({ name }) => name === 'dash')) {
  test(`activate of two systems, killed again and again, under ${shell.name}`, () => {
    using scene = new Scene(shell);
    const expected = expectedOf(scene, shell);
    for (let seed = 1; seed <= 15; seed++) {
      const random = randomFrom(seed);
      using killed = scene.copy();
      const story = [`seed ${seed}`];
      for (let kill = 0; kill < 4; kill++) {
        const name = random(3) === 0 ? 'a' : 'b';
        if (random(2) === 0) {
          const nth = 1 + random(35);
          story.push(`${name} at write ${nth}`);
          runKilledInShell(killed, shell, scene[name], nth);
        } else {
          const [kth, nth] = [1 + random(35), 1 + random(2)];
          story.push(`${name} in program ${kth} at ${nth}`);
          runKilledInTool(killed, shell, scene[name], kth, nth);
        }
      }
      const last = random(2) === 0 ? 'a' : 'b';
      const why = [...story, `then ${last}`].join(', ');
      run(killed, shell, scene[last], why);
      assert.equal(killed.list(), expected[last], why);
      assertNothingLost(killed, why);
    }
  });
}

test.run();
