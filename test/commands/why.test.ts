import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runs } from './clock.ts';
import { Sandbox } from './sandbox.ts';

interface Why {
  keep: boolean;
  reasons: { rule: string; text: string }[];
  store: { ownBytes: number; sharedBytes: number };
  boot: { ownBytes: number; sharedBytes: number } | null;
  heldBy: string[];
}

function why(sandbox: Sandbox, number: number): Why {
  const { exitCode, json, stderr } = sandbox.run(['why', String(number), '--json']);
  assert.is(exitCode, 0, stderr);
  return json as Why;
}

function rules(sandbox: Sandbox, number: number): string[] {
  return why(sandbox, number).reasons.map(({ rule }) => rule);
}

/** Adds to the declaration what `[gc]` says. */
function declareGc(sandbox: Sandbox, ...lines: readonly string[]): void {
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[gc]\n${lines.join('\n')}\n`);
}

test('the rules that are declared, and every use, are the reasons', () => {
  using sandbox = Sandbox.with(3);
  declareGc(sandbox, 'keep = 2');
  runs(sandbox, 'booted-system', 1);
  assert.equal(rules(sandbox, 3), ['current', 'active', 'default', 'newest']);
  assert.equal(rules(sandbox, 2), ['newest']);
  assert.equal(rules(sandbox, 1), ['booted']);
  fs.rmSync(sandbox.at('/run/booted-system'));
  assert.equal(why(sandbox, 1).keep, false);
  const { stdout } = sandbox.runWell('why', '1');
  assert.match(stdout, /^generation 1 goes with the next gc:\n {2}it is beyond the newest 2\n/);
  const before = why(sandbox, 1);
  const { freedBytes } = sandbox.runWell('gc', '--json').json as { freedBytes: number };
  assert.equal(sandbox.numbers(), [2, 3], 'and it goes');
  assert.is(freedBytes, before.store.ownBytes, 'what is its own is what that frees');
});

test('without a rule all stay, and that is said', () => {
  using sandbox = Sandbox.with(2);
  assert.equal(rules(sandbox, 1), []);
  assert.match(
    sandbox.runWell('why', '1').stdout,
    /^generation 1 stays:\n {2}no rule in \[gc\] lets any generation go\n/,
  );
});

test('without a declaration, or with a wrong one, it answers what it can', () => {
  for (const text of [undefined, '[gc]\nkeep = many\n', 'nonsense']) {
    using sandbox = Sandbox.with(2);
    fs.rmSync(sandbox.at('/etc/genctl/system.conf'));
    if (text !== undefined) sandbox.write('/etc/genctl/system.conf', text);
    const { stdout, stderr } = sandbox.runWell('why', '2');
    assert.match(stdout, /^generation 2 stays:\n {2}it is the current one\n/);
    assert.match(
      stdout,
      text === undefined
        ? /there is no declaration, so gc does only what its flags say, such as --keep\n/
        : /the rules in \[gc\] cannot be read, and gc does nothing until they can\n/,
    );
    assert.match(stderr, /^warning\[DECLARATION_\w+\]: rules: .*system\.conf.*\nhint: /);
    assert.is.not(sandbox.run(['gc']).exitCode, 0, 'as it says');
    const withFlag = sandbox.run(['gc', '--keep', '1']).exitCode;
    assert.is(withFlag === 0, text === undefined, 'as it says');
  }
});

test('without a boot partition nothing is said of it', () => {
  using sandbox = Sandbox.with(2);
  assert.ok(why(sandbox, 1).boot);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/elsewhere'));
  const { stdout, stderr } = sandbox.runWell('why', '1');
  assert.not.match(stdout, 'boot partition');
  assert.match(stderr, 'warning[ESP_NOT_MOUNTED]');
  assert.is(why(sandbox, 1).boot, null);
});

test('what else holds its system is named', () => {
  using sandbox = Sandbox.with(2);
  assert.equal(why(sandbox, 1).heldBy, []);
  fs.mkdirSync(sandbox.at('/nix/var/nix/gcroots'), { recursive: true });
  fs.symlinkSync(sandbox.target(1), sandbox.at('/nix/var/nix/gcroots/mine'));
  const [holder = '', ...others] = why(sandbox, 1).heldBy;
  assert.equal(others, []);
  assert.match(holder, '/nix/var/nix/gcroots/mine -> ');
  assert.match(
    sandbox.runWell('why', '1').stdout,
    /\n {2}also held by \/nix\/var\/nix\/gcroots\/mine/,
  );
});

test('generations of the same system are named by their numbers', () => {
  using sandbox = Sandbox.with(2);
  for (const number of [5, 6]) sandbox.link(number, sandbox.target(1));
  sandbox.link(1, sandbox.target(1), 'work');
  const { stdout } = sandbox.runWell('why', '1');
  assert.match(stdout, /\n {2}also generations 5, 6\n {2}also generation 1 of profile work\n/);
  assert.not.match(stdout, 'also held by');
});

test('one that cannot be read says so', () => {
  using sandbox = Sandbox.with(2);
  declareGc(sandbox, 'keep = 1');
  sandbox.edit(`${sandbox.target(1)}/boot.json`, text => text.slice(0, 50));
  assert.equal(rules(sandbox, 1), ['unreadable']);
  const { stdout } = sandbox.runWell('why', '1');
  assert.match(stdout, 'only a person can say that it is not wanted');
  assert.match(stdout, /\nit cannot boot: .+\n/);
  sandbox.runWell('gc', '--delete', '1');
  assert.equal(sandbox.numbers(), [2]);
});

test.run();
