import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const profiles = '/nix/var/nix/profiles';
const day = 24 * 3600;

/** Lets a generation's link say something else, made so many days ago. */
function relink(sandbox: Sandbox, number: number, target: string): void {
  fs.rmSync(sandbox.at(`${profiles}/system-${number}-link`));
  sandbox.link(number, target);
}

function age(sandbox: Sandbox, number: number, days: number): void {
  const seconds = Date.now() / 1000 - days * day;
  fs.lutimesSync(sandbox.at(`${profiles}/system-${number}-link`), seconds, seconds);
}

/** Adds to the declaration what `[gc]` says. */
function declareGc(sandbox: Sandbox, ...lines: readonly string[]): void {
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[gc]\n${lines.join('\n')}\n`);
}

test('without any link of a generation, the menu stays and nothing is swept', () => {
  using sandbox = Sandbox.with(2);
  for (const name of sandbox.names(profiles)) fs.rmSync(sandbox.at(`${profiles}/${name}`));
  const refusal = {
    code: 'NO_READABLE_GENERATION',
    message:
      'no generation is left in ROOT/nix/var/nix/profiles, but the menu has entries, so it stays as it is',
    hint: /file system of \/nix/,
  };
  assertRefused(sandbox, ['menu', 'sync'], refusal);
  assertRefused(sandbox, ['gc', '--keep', '5'], refusal);
  fs.rmSync(sandbox.at(profiles), { recursive: true });
  assertRefused(sandbox, ['gc', '--keep', '5'], refusal);
  sandbox.link(1, sandbox.addSystem('other'), 'work');
  assertRefused(sandbox, ['menu', 'sync'], refusal);
  assertRefused(sandbox, ['gc', '--keep', '5'], refusal);
  sandbox.runWell('switch');
  assert.is(sandbox.current(), 3, 'the number is remembered');
});

test('a store path that a link leads into, somehow, is not swept', () => {
  const ways: readonly ((sandbox: Sandbox, system: string) => string)[] = [
    (_, system) => `${system}/`,
    (_, system) => `${system}/etc`,
    (_, system) => `/nix/store/nothing/../${system.slice('/nix/store/'.length)}`,
    (_, system) => `/nix//store/./${system.slice('/nix/store/'.length)}/.`,
    (_, system) => `../../../store/${system.slice('/nix/store/'.length)}`,
    (sandbox, system) => {
      fs.symlinkSync(system, sandbox.at('/srv'));
      return '/srv';
    },
  ];
  for (const way of ways) {
    using sandbox = Sandbox.with(3);
    const system = sandbox.target(1);
    relink(sandbox, 1, way(sandbox, system));
    const { stderr } = sandbox.runWell('gc', '--keep', '1');
    assert.match(stderr, 'warning[LINK_BROKEN]: generation 1');
    assert.equal(sandbox.numbers(), [1, 3]);
    assert.ok(sandbox.exists(`${system}/boot.json`), sandbox.target(1));
    for (const name of ['kernel', 'initrd', 'etc']) {
      assert.ok(fs.existsSync(sandbox.at(fs.readlinkSync(sandbox.at(`${system}/${name}`)))));
    }
  }
});

test('what runs is neither collected nor swept, however /run says it', () => {
  for (const [name, rest] of [
    ['booted-system', '/'],
    ['current-system', '/.'],
    ['booted-system', '/etc'],
  ] as const) {
    using sandbox = Sandbox.with(3);
    const system = sandbox.target(1);
    fs.rmSync(sandbox.at(`/run/${name}`), { force: true });
    fs.symlinkSync(system + rest, sandbox.at(`/run/${name}`));
    sandbox.runWell('gc', '--keep', '1');
    assert.equal(sandbox.numbers(), [1, 3], name + rest);
    assert.ok(sandbox.exists(`${system}/boot.json`), name + rest);
  }
});

test('links in gcroots keep what they lead into, and what is on the way', () => {
  using sandbox = Sandbox.with(3);
  const systems = [1, 2].map(number => sandbox.target(number));
  fs.mkdirSync(sandbox.at('/nix/var/nix/gcroots/auto'), { recursive: true });
  fs.symlinkSync(`${systems[0]}/init`, sandbox.at('/nix/var/nix/gcroots/one'));
  fs.symlinkSync('../../../../../home/result', sandbox.at('/nix/var/nix/gcroots/auto/two'));
  fs.mkdirSync(sandbox.at('/home'));
  fs.symlinkSync(`${systems[1]}/`, sandbox.at('/home/result'));
  fs.symlinkSync('loop', sandbox.at('/nix/var/nix/gcroots/loop'));
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [3]);
  for (const system of systems) assert.ok(sandbox.exists(`${system}/boot.json`), system);
});

test('where a link does not say what it keeps, nothing of the store is deleted', () => {
  for (const target of ['/etc/passwd', '/mnt/store/x', '/nix/store', '/nix/store/a b', 'loop']) {
    using sandbox = Sandbox.with(3);
    fs.symlinkSync('loop', sandbox.at(`${profiles}/loop`));
    sandbox.link(9, target);
    const store = sandbox.names('/nix/store');
    const { stderr, json, exitCode } = sandbox.run(['gc', '--keep', '1', '--json']);
    assert.is(exitCode, 3, 'somebody has to look');
    assert.match(stderr, `warning[STORE_ROOT_UNCLEAR]: generation 9: its link leads to ${target}`);
    assert.equal(sandbox.names('/nix/store'), store, target);
    assert.is((json as { storePathCount: number }).storePathCount, 0);
    assert.equal(sandbox.numbers(), [3, 9], 'generations go all the same');
  }
  using sandbox = Sandbox.with(3);
  fs.symlinkSync('/somewhere/else', sandbox.at('/run/booted-system'));
  const store = sandbox.names('/nix/store');
  const { stderr, exitCode } = sandbox.run(['gc', '--keep', '1']);
  assert.is(exitCode, 3);
  assert.match(stderr, 'warning[STORE_ROOT_UNCLEAR]: /run/booted-system');
  assert.equal(sandbox.names('/nix/store'), store);
});

/** The state is lost, so entries that are there are those of another owner. */
function loseState(sandbox: Sandbox): void {
  fs.rmSync(sandbox.at('/nix/var/genctl/state.json'));
}

function defaultIs(sandbox: Sandbox, number: number): void {
  const entry = sandbox.entries().find(name => name.split('-')[2] === String(number)) ?? '';
  sandbox.edit('/boot/loader/loader.conf', text =>
    text.replace(/^default .*$/m, `default ${entry}`),
  );
}

test('what boots by default through an entry of another owner stays', () => {
  using sandbox = Sandbox.with(3);
  const [system, path] = [sandbox.target(1), '/boot/loader/entries/debian.conf'];
  sandbox.write(path, `title Old\nlinux /vmlinuz\noptions quiet init=${system}/init\n`);
  sandbox.edit('/boot/loader/loader.conf', text =>
    text.replace(/^default .*$/m, 'default deb*.conf'),
  );
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [1, 3]);
  sandbox.edit(path, text => text.replace(system, `${system}-more`));
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [3], 'that entry boots another system');
});

test('once the state is lost, what boots by default and what is pinned stay', () => {
  using sandbox = Sandbox.with(3);
  const [first, second] = [sandbox.target(1), sandbox.target(2)];
  sandbox.runWell('pin', '2');
  defaultIs(sandbox, 1);
  loseState(sandbox);
  const { json } = sandbox.runWell('list', '--json');
  const { generations } = json as { generations: { number: number; pinned: boolean }[] };
  assert.equal(
    generations.filter(({ pinned }) => pinned).map(({ number }) => number),
    [2],
  );
  sandbox.runWell('loader', 'install');
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [1, 2, 3]);
  for (const system of [first, second]) assert.ok(sandbox.exists(`${system}/boot.json`), system);
  // The entries of the installation before become ours, and then go with their generations.
  sandbox.runWell('menu', 'adopt', '--yes');
  sandbox.runWell('unpin', '2');
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [1, 3], 'a pin can be taken away');
});

test('a generation goes only when it is beyond the newest and old enough', () => {
  using sandbox = Sandbox.with(3);
  declareGc(sandbox, 'keep = 1', 'olderThan = 30d');
  age(sandbox, 1, 31);
  age(sandbox, 2, 29);
  sandbox.runWell('gc', '--keep', '3');
  assert.equal(sandbox.numbers(), [1, 2, 3], 'the flag overrides the declared number');
  sandbox.runWell('gc');
  assert.equal(sandbox.numbers(), [2, 3], 'the second is too young');
  age(sandbox, 2, 31);
  sandbox.runWell('gc', '--keep', '1', '--older-than', '5w');
  assert.equal(sandbox.numbers(), [2, 3], 'the flag overrides the declared age');
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [3], 'the declared age holds beside the flag');
});

test('only an age, and a declaration that cannot be asked', () => {
  using sandbox = Sandbox.with(3);
  for (const number of [1, 3]) age(sandbox, number, 3);
  sandbox.runWell('gc', '--older-than', '2d');
  assert.equal(sandbox.numbers(), [2, 3], 'the current one never goes');
  assertRefused(sandbox, ['gc', '--older-than', '1m'], {
    exitCode: 2,
    code: 'USAGE',
    message: '--older-than "1m" is no age',
    hint: /12h, 30d, 4w/,
  });
  declareGc(sandbox, 'olderThan = soon');
  const broken = sandbox.run(['gc', '--keep', '1']);
  assert.is(broken.exitCode, 1, 'what it would keep is not known');
  assert.equal(sandbox.numbers(), [2, 3]);
  fs.rmSync(sandbox.at('/etc/genctl/system.conf'));
  const before = sandbox.snapshot();
  assert.is(sandbox.run(['gc']).exitCode, 1);
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(sandbox.numbers(), [3], 'no declaration says nothing of ages');
});

test.run();
