import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const narInfoFolder = '/nix/var/genctl/narinfo';

interface Verified {
  mended: { code: string; subject: string }[];
  findings: { code: string; subject: string }[];
}

function verify(sandbox: Sandbox, ...flags: readonly string[]): Answer & { json: Verified } {
  return sandbox.run(['store', 'verify', '--json', ...flags]) as Answer & { json: Verified };
}

function kernelOf(sandbox: Sandbox, number: number): string {
  return fs.readlinkSync(sandbox.at(`${sandbox.target(number)}/kernel`));
}

function etcOf(sandbox: Sandbox, number: number): string {
  return fs.readlinkSync(sandbox.at(`${sandbox.target(number)}/etc`));
}

/** Where the metadata of a store path is. */
function narInfoOf(storePath: string): string {
  return `${narInfoFolder}/${storePath.slice('/nix/store/'.length).slice(0, 32)}.narinfo`;
}

function flip(sandbox: Sandbox, logicalPath: string): void {
  sandbox.edit(logicalPath, text => `${text[0] === 'X' ? 'Y' : 'X'}${text.slice(1)}`);
}

test('what is declared is mended by building it again, and is the same as before', () => {
  using sandbox = Sandbox.with(2);
  const kernel = kernelOf(sandbox, 2);
  const whole = sandbox.read(kernel);
  flip(sandbox, kernel);
  const before = sandbox.snapshot({ withTimes: true });
  for (const flags of [[], ['--dry-run'], ['--repair', '--dry-run']]) {
    const { exitCode, json, stderr } = verify(sandbox, ...flags);
    assert.is(exitCode, 3, flags.join(' '));
    assert.equal(
      json.findings.map(({ code, subject }) => [code, subject]),
      [['STORE_PATH_DAMAGED', kernel]],
    );
    assert.equal(json.mended, []);
    assert.match(stderr, 'reading everything in the store');
    assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
  }
  assert.match(sandbox.run(['store', 'verify']).stderr, /hint: .*genctl store verify --repair/);
  assert.is(sandbox.runWell('store', 'verify', '--repair').stdout, `${kernel}: mended\n`);
  assert.is(sandbox.read(kernel), whole);
  assert.is(fs.statSync(sandbox.at(kernel)).mode & 0o777, 0o444);
  assert.is(
    sandbox.runWell('store', 'verify').stdout,
    'everything in the store is as it was added\n',
  );
  const calm = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
  assert.equal(verify(sandbox, '--repair').json, { mended: [], findings: [] });
  assert.equal(changesBetween(calm, sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] })), []);
});

test('what nothing declares any more is named, and the rest is mended', () => {
  using sandbox = Sandbox.with(2);
  const [old, kernel] = [etcOf(sandbox, 1), kernelOf(sandbox, 2)];
  flip(sandbox, `${old}/motd`);
  flip(sandbox, kernel);
  const { exitCode, json } = verify(sandbox, '--repair');
  assert.is(exitCode, 3);
  assert.equal(
    json.mended.map(({ subject }) => subject),
    [kernel],
  );
  assert.equal(
    json.findings.map(({ subject }) => subject),
    [old],
  );
  const { stderr } = sandbox.run(['store', 'verify', '--repair']);
  assert.match(
    stderr,
    /hint: Declare what it is part of again, and run `genctl store verify --repair`/,
  );
});

test('without a declaration what can be mended is, and why the rest is not is said', () => {
  for (const declaration of [undefined, '[gc]\nkeep = many\n']) {
    using sandbox = Sandbox.with(1);
    fs.rmSync(sandbox.at('/etc/genctl'), { recursive: true });
    if (declaration !== undefined) sandbox.write('/etc/genctl/system.conf', declaration);
    const kernel = kernelOf(sandbox, 1);
    flip(sandbox, kernel);
    fs.rmSync(sandbox.at(narInfoOf(sandbox.target(1))));
    const { exitCode, json, stderr } = verify(sandbox, '--repair');
    assert.is(exitCode, 3);
    assert.equal(
      json.mended.map(({ subject }) => subject),
      [sandbox.target(1)],
    );
    assert.equal(
      json.findings.map(({ subject }) => subject),
      [kernel],
    );
    assert.match(stderr, 'the declared system cannot be built anew to mend the rest: ');
  }
});

test('metadata of a path that is damaged or lost is made again from the path', () => {
  using sandbox = Sandbox.with(1);
  for (const damage of [
    (): string => 'rubbish',
    (): string => '',
    (text: string): string => text.slice(0, 80),
    (text: string): string => text.replace(/^References: .*\n/m, ''),
  ]) {
    for (const storePath of [kernelOf(sandbox, 1), sandbox.target(1)]) {
      const place = narInfoOf(storePath);
      const whole = sandbox.read(place);
      sandbox.write(place, damage(whole));
      const { exitCode, json, stderr } = verify(sandbox, '--repair');
      assert.is(exitCode, 0, `${damage(whole)}: ${stderr}`);
      assert.equal(
        json.mended.map(({ subject }) => subject),
        [storePath],
        damage(whole),
      );
      assert.is(sandbox.read(place), whole);
    }
  }
});

test('nothing is said to be mended that is not', () => {
  using sandbox = Sandbox.with(1);
  const place = narInfoOf(kernelOf(sandbox, 1));
  const whole = sandbox.read(place);
  for (const [from, to] of [
    [/NarSize: \d+/, 'NarSize: 5'],
    [/NarHash: sha256:../, 'NarHash: sha256:00'],
    [/CA: .*/, 'CA: fixed:r:sha256:0'],
  ] as const) {
    sandbox.write(place, whole.replace(from, to));
    const { exitCode, json } = verify(sandbox, '--repair');
    const isMended = sandbox.read(place) === whole;
    assert.is(json.mended.length, isMended ? 1 : 0, to);
    assert.is(exitCode, isMended ? 0 : 3, to);
    assert.is(verify(sandbox).exitCode, exitCode, to);
  }
});

test('files with odd metadata are named and set right', () => {
  using sandbox = Sandbox.with(1);
  const kernel = kernelOf(sandbox, 1);
  fs.chmodSync(sandbox.at(kernel), 0o666);
  const found = verify(sandbox);
  assert.is(found.exitCode, 3);
  assert.equal(
    found.json.findings.map(({ code, subject }) => [code, subject]),
    [['STORE_METADATA_ODD', kernel]],
  );
  assert.is(verify(sandbox, '--repair').exitCode, 0);
  assert.is(fs.statSync(sandbox.at(kernel)).mode & 0o7777, 0o444);
  assert.equal(verify(sandbox).json, { mended: [], findings: [] });
});

test('what a system needs and the store has lost is named, and built again', () => {
  using sandbox = Sandbox.with(2);
  const [kernel, old] = [kernelOf(sandbox, 2), etcOf(sandbox, 1)];
  const whole = sandbox.read(kernel);
  for (const path of [kernel, old]) fs.rmSync(sandbox.at(path), { recursive: true });
  const found = verify(sandbox);
  assert.equal(
    found.json.findings.map(({ code, subject }) => [code, subject]),
    [kernel, old].toSorted().map(path => ['STORE_PATH_MISSING', path]),
  );
  const { exitCode, json } = verify(sandbox, '--repair');
  assert.is(exitCode, 3);
  assert.equal(
    [json.mended, json.findings].map(list => list.map(({ subject }) => subject)),
    [[kernel], [old]],
  );
  assert.is(sandbox.read(kernel), whole);
});

test('equal files become one, once', () => {
  using sandbox = Sandbox.with(1);
  // As a store has them that was filled before equal files were linked.
  for (const name of ['one', 'two', 'three']) {
    const hash = name.padEnd(32, '0').replaceAll(/[eotu]/g, '1');
    const file = `/nix/store/${hash}-${name}`;
    sandbox.write(file, 'the same '.repeat(1000), 0o444);
    fs.utimesSync(sandbox.at(file), 1, 1);
  }
  const places = sandbox.names('/nix/store').filter(name => /-(?:one|two|three)$/.test(name));
  const inodes = (): Set<number> =>
    new Set(places.map(name => fs.statSync(sandbox.at(`/nix/store/${name}`)).ino));
  assert.is(inodes().size, 3);
  const before = sandbox.snapshot({ withTimes: true });
  sandbox.runWell('store', 'optimise', '--dry-run');
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
  const content = sandbox.snapshot({ leaveOut: ['/run', '/nix/store/.links'] });
  const { json } = sandbox.runWell('store', 'optimise', '--json');
  assert.equal(json, { linkedFiles: 2, savedBytes: 2 * 'the same '.length * 1000 });
  assert.is(inodes().size, 1);
  assert.equal(
    changesBetween(content, sandbox.snapshot({ leaveOut: ['/run', '/nix/store/.links'] })),
    [],
  );
  const again = sandbox.runWell('store', 'optimise').stdout;
  assert.is(again, '0 files linked, 0 B saved\n');
});

test.run();
