import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sandbox, type Shell, type System, shells, type Wanted } from '../activation/sandbox.ts';

/** How many kills of a scenario are tried, evenly spread; scripts/soak tries all. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 6);

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
const usersTexts = [
  'my motd',
  'my issue',
  'my edit',
  'my folder',
  'my own',
  'my copy',
  'same as declared',
  'same as well',
  'my kept',
  'my file for a link',
  'my folder for a link',
];
/** Where a text of the user's is declared too. */
const declaredToo = ['/etc/equal 644', '/etc/same 644'];

/** What is run: a system's `activate`, or the withdrawal of whatever is applied. */
type Run = 'a' | 'b' | 'withdraw';

/** One machine: the user has files, and system `a` may be applied; `b` is another system. */
class Scene implements Disposable {
  readonly sandbox = new Sandbox();
  readonly #activate: Readonly<Record<Run, System>>;

  constructor(applied: 'fresh' | { a: Shell; next?: 'b' }) {
    const { sandbox } = this;
    sandbox.write('/etc/issue', 'my issue');
    sandbox.write('/etc/own/file', 'my own');
    sandbox.write('/etc/copied', 'my copy');
    sandbox.write('/etc/same', 'same as well');
    fs.mkdirSync(sandbox.at('/etc/own/empty'));
    sandbox.link('/etc/static', '/var/static');
    const a = sandbox.system('a', {
      issue: 'issue of a',
      hosts: 'hosts of a',
      'own/empty/file': 'in a folder of the user',
      'gone/deep/file': 'gone',
      'link-to-copy': 'as link',
      'copy-to-link': { text: 'as copy', mode: 0o600 },
      edited: { text: 'edited of a', mode: 0o640 },
      plain: { text: 'plain of a', mode: 0o644 },
      copied: { text: 'copied of a', mode: 0o644 },
      same: { text: 'same as well', mode: 0o644 },
      'file-to-folder': 'file',
      'folder-to-file/inside': 'inside',
      'direct/moved': { target: '../of-a' },
      'direct/same': { target: '/same' },
      'direct/gone': { target: '/gone' },
      'direct-to-copy': { target: '/a' },
      kept: { text: 'kept of a', mode: 0o644 },
      'replaced/by-file': 'a link',
      'replaced/by-folder': { target: '/direct' },
      'replaced/by-link': 'a link',
    });
    const filesOfB: Readonly<Record<string, Wanted>> = {
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
      'direct/moved': { target: '../of-b' },
      'direct/same': { target: '/same' },
      'direct/new': { target: '/elsewhere/name' },
      'direct-to-copy': { text: 'copy of b', mode: 0o644 },
      kept: { text: 'kept of b', mode: 0o644 },
      'replaced/by-file': 'a link',
      'replaced/by-folder': { target: '/direct' },
    };
    const b = sandbox.system('b', filesOfB, { policies: { kept: 'keep' } });
    this.#activate = { a, b, withdraw: b };
    if (applied !== 'fresh') {
      assert.is(sandbox.run(applied.a, a).status, 0);
      sandbox.write('/etc/edited', 'my edit', 0o640);
      for (const path of ['by-file', 'by-folder', 'by-link']) {
        fs.rmSync(sandbox.at(`/etc/replaced/${path}`));
      }
      sandbox.write('/etc/replaced/by-file', 'my file for a link');
      sandbox.write('/etc/replaced/by-folder/file', 'my folder for a link');
      sandbox.link('/etc/replaced/by-link', '/mine');
    } else {
      sandbox.write('/etc/edit', 'my edit');
      sandbox.write('/etc/replaced-file', 'my file for a link');
      sandbox.write('/etc/replaced-folder', 'my folder for a link');
    }
    sandbox.write('/etc/kept', 'my kept');
    sandbox.write('/etc/motd', 'my motd');
    sandbox.write('/etc/equal', 'same as declared');
    sandbox.write('/etc/elsewhere/file', 'my folder');
    sandbox.link('/etc/taken', 'elsewhere');
    if (applied !== 'fresh' && applied.next !== undefined) {
      assert.is(sandbox.run(applied.a, b).status, 0);
    }
  }

  /** The same machine in a folder of its own. */
  copy(): Sandbox {
    return copyOf(this.sandbox.root);
  }

  /** Runs one of the verbs on a copy, under a tracer where one is given. */
  run(
    copy: Sandbox,
    shell: Shell,
    verb: Run,
    tracer: readonly string[] = [],
  ): SpawnSyncReturns<string> {
    const system = this.#activate[verb];
    const activate = copy.at(`${system.systemPath}/activate`);
    const args = verb === 'withdraw' ? [verb] : [];
    return copy.run(shell, { ...system, activate }, args, tracer);
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

/** All of /etc but the state, and where /run/current-system points to. */
function outcomeOf(sandbox: Sandbox): string[] {
  const current = '/run/current-system';
  return [...sandbox.list(), sandbox.exists(current) ? sandbox.target(current) : 'none'];
}

function assertNothingLost(sandbox: Sandbox, verb: Run, why: string): void {
  const files = sandbox.list('/etc', []);
  for (const text of usersTexts) {
    const holders = files.filter(line => line.endsWith(` ${JSON.stringify(text)}`));
    const own = holders.filter(
      line => holders.length === 1 || !declaredToo.some(file => line.startsWith(file)),
    );
    assert.is(own.length, 1, `${why}: ${text}: ${holders.join(', ')}`);
  }
  const state = sandbox.exists('/etc/.genctl') ? fs.readdirSync(sandbox.at('/etc/.genctl')) : [];
  const leftovers = ['new', 'manifest.pending', ...(verb === 'withdraw' ? ['manifest'] : [])];
  for (const leftover of leftovers) {
    assert.not(state.includes(leftover), `${why}: .genctl/${leftover}`);
  }
  if (verb !== 'withdraw' || state.length === 0) return;
  // What stays is a backup that has a record, and the records of those only.
  const records = sandbox.read('/etc/.genctl/records').split('\n').slice(0, -1);
  assert.ok(records.length > 0, why);
  for (const record of records) {
    const slot = /^(?:kept '[^']+' '([^']+)'|edited '[^']+' '([^']+)' '[^']+' \w+)$/
      .exec(record)
      ?.slice(1)
      .find(group => group !== undefined);
    assert.ok(slot !== undefined && sandbox.exists(`/etc/.genctl/${slot}`), `${why}: ${record}`);
  }
}

/** What a withdrawal makes of it depends on the system that it finds, not on the verb alone. */
const dependsOnFound = '/etc/kept ';
/** What is the user's in the place of ours is drift, but in the way once a withdrawal is through. */
const dependsOnWithdrawn = '/etc/replaced/';

/** Runs a verb to its end, which must be as expected. */
function assertEnds(
  sandbox: Sandbox,
  scene: Scene,
  shell: Shell,
  verb: Run,
  expected: Expected,
  why: string,
  maybeWithdrawn = false,
): void {
  const { status, stderr } = scene.run(sandbox, shell, verb);
  assert.is(status, 0, `${why}: ${stderr}`);
  assert.is(stderr, '', why);
  const untold = [
    ...(verb === 'withdraw' || maybeWithdrawn ? [dependsOnFound] : []),
    ...(maybeWithdrawn ? [dependsOnWithdrawn] : []),
  ];
  const shown = (lines: readonly string[]): string[] =>
    lines.filter(line => !untold.some(start => line.startsWith(start)));
  assert.equal(shown(outcomeOf(sandbox)), shown(expected[verb]), why);
  assertNothingLost(sandbox, verb, why);
}

type Expected = Readonly<Record<Run, readonly string[]>>;

/** What an undisturbed run of each verb makes of a scene. */
function expectedOf(scene: Scene, shell: Shell): Expected {
  const outcome = (verb: Run): string[] => {
    using copy = scene.copy();
    const { status, stderr } = scene.run(copy, shell, verb);
    assert.is(status, 0, `${verb}: ${stderr}`);
    assertNothingLost(copy, verb, verb);
    return outcomeOf(copy);
  };
  return { a: outcome('a'), b: outcome('b'), withdraw: outcome('withdraw') };
}

interface Scenario {
  name: string;
  scene: (shell: Shell) => Scene;
  /** What is killed, and is then run again. */
  attacked: Run;
  /** What else is run after the kill, and then the attacked one. */
  back: Run;
}

const scenarios: readonly Scenario[] = [
  { name: 'a change', scene: shell => new Scene({ a: shell }), attacked: 'b', back: 'a' },
  { name: 'a first apply', scene: () => new Scene('fresh'), attacked: 'a', back: 'withdraw' },
  {
    name: 'a withdrawal',
    scene: shell => new Scene({ a: shell }),
    attacked: 'withdraw',
    back: 'a',
  },
  {
    name: 'a rollback',
    scene: shell => new Scene({ a: shell, next: 'b' }),
    attacked: 'a',
    back: 'b',
  },
];

/** Kills the attacked run at its points, and lets it end again, and back, and again. */
function attack(
  { scene: sceneOf, attacked, back }: Scenario,
  shell: Shell,
  how: (scene: Scene, verb: Run) => { points: number; kill: (at: number, copy: Sandbox) => string },
): void {
  using scene = sceneOf(shell);
  const expected = expectedOf(scene, shell);
  const { points, kill } = how(scene, attacked);
  assert.ok(points >= 10, `only ${points} points`);
  const tries = Math.min(share, points);
  // States that were gone through already.
  const seen = new Set<string>();
  for (let index = 0; index < tries; index++) {
    using killed = scene.copy();
    const why = kill(Math.floor(((index + 0.5) * points) / tries), killed);
    const state = outcomeOf(killed).concat(killed.list('/etc', [])).join('\n');
    if (seen.has(state)) continue;
    seen.add(state);
    using other = copyOf(killed.root);
    assertEnds(killed, scene, shell, attacked, expected, `${why}, again`);
    const maybeWithdrawn = attacked === 'withdraw';
    assertEnds(other, scene, shell, back, expected, `${why}, back`, maybeWithdrawn);
    assertEnds(other, scene, shell, attacked, expected, `${why}, back and again`, maybeWithdrawn);
  }
}

const ownGroup = ['/usr/bin/setsid', '-w'];

/** Runs a verb and kills the shell itself before its nth change. */
function runKilledInShell(
  sandbox: Sandbox,
  scene: Scene,
  shell: Shell,
  verb: Run,
  nth: number,
): SpawnSyncReturns<string> {
  return scene.run(sandbox, shell, verb, [...ownGroup, ...killer(nth)]);
}

function killer(nth: number): string[] {
  const inject = `inject=${changingCalls}:signal=SIGKILL:when=${nth}`;
  return ['/usr/bin/strace', '-qqq', '-o', '/dev/null', '-e', inject];
}

function counter(log: string): string[] {
  return [
    '/usr/bin/strace',
    '-qqq',
    '-o',
    log,
    '-e',
    'signal=none',
    '-e',
    `trace=${changingCalls}`,
  ];
}

function countLines(file: string): number {
  return fs.readFileSync(file, 'utf8').split('\n').length - 1;
}

/** How many changes the shell itself makes in a run. */
function changesOfShell(scene: Scene, shell: Shell, verb: Run): number {
  using copy = scene.copy();
  assert.is(scene.run(copy, shell, verb, counter(copy.at('/log'))).status, 0);
  return countLines(copy.at('/log'));
}

/** Puts each program that changes something into a script that knows the how-manyeth it is. */
function wrapTools(tools: Sandbox, shell: Shell, run: string): Shell {
  for (const tool of changingTools) {
    const script = `#!${shell.command[0]}
count=$(/usr/bin/cat ${tools.at('/count')})
count=$((count + 1))
echo $count >${tools.at('/count')}
tool=/usr/bin/${tool}
${run}
`;
    tools.write(`/bin/${tool}`, script, 0o755);
  }
  tools.write('/count', '0');
  return { ...shell, toolPath: `${tools.at('/bin')}:${shell.toolPath}` };
}

/** How many changes each program makes that a run starts. */
function changesOfTools(scene: Scene, shell: Shell, verb: Run): number[] {
  using tools = new Sandbox();
  const trace = counter(`${tools.at('/log')}.$count`).join(' ');
  const counting = wrapTools(tools, shell, `exec ${trace} $tool "$@"`);
  using copy = scene.copy();
  assert.is(scene.run(copy, counting, verb).status, 0);
  return Array.from({ length: Number(tools.read('/count')) }, (_, index) =>
    countLines(tools.at(`/log.${index + 1}`)),
  );
}

/**
 * Runs a verb and kills it with all its children before the nth change of the kth program that it
 * starts, or when that program is done.
 */
function runKilledInTool(
  sandbox: Sandbox,
  scene: Scene,
  shell: Shell,
  verb: Run,
  [kth, nth]: readonly [number, number],
): SpawnSyncReturns<string> {
  using tools = new Sandbox();
  const run = `[ $count = ${kth} ] || exec $tool "$@"
${killer(nth).join(' ')} $tool "$@" 2>/dev/null
kill -9 0`;
  return scene.run(sandbox, wrapTools(tools, shell, run), verb, ownGroup);
}

const needed = ['/usr/bin/strace', '/usr/bin/setsid', '/usr/bin/dash'];
const missing = needed.filter(file => !fs.existsSync(file)).map(file => path.basename(file));
const usableShells = missing.length > 0 ? [] : shells();
const dashOnly = usableShells.filter(({ name }) => name === 'dash');

if (missing.length > 0) {
  test.skip(`activate is killed at each change (needs ${missing.join(', ')})`, () => undefined);
}

for (const shell of usableShells) {
  for (const scenario of scenarios) {
    test(`${scenario.name}, killed in the shell, under ${shell.name}`, () => {
      attack(scenario, shell, (scene, verb) => ({
        points: changesOfShell(scene, shell, verb),
        kill: (at, copy) => {
          const { signal, status, stderr } = runKilledInShell(copy, scene, shell, verb, at + 1);
          assert.ok(signal === 'SIGKILL' || status === 137, stderr);
          return `killed at write ${at + 1}`;
        },
      }));
    });
  }
}

for (const shell of dashOnly) {
  for (const scenario of scenarios) {
    test(`${scenario.name}, killed in the programs that it starts, under ${shell.name}`, () => {
      attack(scenario, shell, (scene, verb) => {
        // Before the first change of a program is where the one before it has ended.
        const points = changesOfTools(scene, shell, verb).flatMap((changes, index) =>
          Array.from({ length: Math.max(changes, 1) }, (_, done) => [index + 1, done + 2] as const),
        );
        return {
          points: points.length,
          kill: (at, copy) => {
            const point = points[at] ?? ([1, 1] as const);
            const { signal, status, stderr } = runKilledInTool(copy, scene, shell, verb, point);
            assert.ok(signal === 'SIGKILL' || status === 137, stderr);
            return `killed in program ${point[0]} at change ${point[1]}`;
          },
        };
      });
    });
  }
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

/** Stories of four kills each: a soak has an end. */
const mostStories = 500;

for (const shell of dashOnly) {
  test(`applying two systems and withdrawing, killed again and again, under ${shell.name}`, () => {
    using scene = new Scene({ a: shell });
    const expected = expectedOf(scene, shell);
    for (let seed = 1; seed <= Math.min(share, mostStories); seed++) {
      const random = randomFrom(seed);
      const pick = (): Run => (['b', 'a', 'withdraw'] as const)[random(3)] ?? 'b';
      using killed = scene.copy();
      const story = [`seed ${seed}`];
      for (let kill = 0; kill < 4; kill++) {
        const verb = pick();
        if (random(2) === 0) {
          const nth = 1 + random(35);
          story.push(`${verb} at write ${nth}`);
          runKilledInShell(killed, scene, shell, verb, nth);
        } else {
          const point = [1 + random(35), 1 + random(2)] as const;
          story.push(`${verb} in program ${point[0]} at ${point[1]}`);
          runKilledInTool(killed, scene, shell, verb, point);
        }
      }
      const last = pick();
      assertEnds(killed, scene, shell, last, expected, [...story, `then ${last}`].join(', '), true);
    }
  });
}

test.run();
