import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { LocalFolders, narInfoFolder } from '../../src/store/local-folders.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narInfoName } from '../../src/store/narinfo.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { surveyOf } from '../../src/store/survey.ts';
import { Sweep } from '../../src/store/sweep.ts';
import { tempRootsFolder } from '../../src/store/temp-roots.ts';
import { copyOf, fileOf, folderOf, linkTo } from '../../src/store/tree.ts';
import { SeededRandom } from '../boot/seeded-random.ts';
import { bundleChild } from './bundle-child.ts';
import { Scratch } from './scratch.ts';

const rounds = Number(process.env['GENCTL_TEST_KILLS'] ?? 12);

/** So many that another program removes them (`remove-trees.ts`). */
const many = 400;

/** Paths that each refer to some of those before it. */
async function addGraph(store: LocalStore, random: SeededRandom, count: number) {
  const references = new Map<StorePath, readonly StorePath[]>();
  for (let index = 0; index < count; index++) {
    const before = [...references.keys()];
    const inputs = before.filter(() => random.below(before.length) < 2);
    const entries = inputs.map((path, at) => [`${at}`, linkTo(path)] as const);
    const tree = folderOf([...entries, ['own', fileOf(`${index}`)], ['same', fileOf('the same')]]);
    references.set(await store.add(`path-${index}`, tree, { inputs }), inputs);
  }
  return references;
}

function reached(
  roots: readonly StorePath[],
  references: ReadonlyMap<StorePath, readonly StorePath[]>,
) {
  const found = new Set(roots);
  for (const path of found) for (const other of references.get(path) ?? []) found.add(other);
  return found;
}

test('any store: after a collection what roots reach is there, whole, and nothing else', async () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < rounds; round++) {
    using scratch = new Scratch();
    using root = new Root(scratch.path);
    const store = new LocalStore(root);
    const references = await addGraph(store, random, round === 0 ? many : 30);
    const roots = [...references.keys()].filter(() => random.below(12) === 0);
    const alive = reached(roots, references);
    const { sizeBytes } = await store.garbage(roots);
    const isPart = round % 3 === 2;
    const maxFreedBytes = isPart ? Math.floor(sizeBytes / 2) : undefined;
    const collected = await store.collect(roots, { maxFreedBytes });
    assert.equal(collected.findings, []);
    const left = await store.paths();
    assert.is(collected.deletedPaths, references.size - left.length);
    assert.equal(
      [...alive].filter(path => !left.includes(path)),
      [],
    );
    assert.equal(await store.closure(left), left);
    for (const path of left) assert.is(await store.verify(path), undefined);
    if (isPart) {
      assert.ok(left.length > alive.size && collected.deletedPaths > 0);
      await store.collect(roots);
    }
    assert.equal(await store.paths(), [...alive].toSorted());
    assert.is(fs.readdirSync(root.onHost(narInfoFolder)).length, alive.size);
    const names = fs.readdirSync(root.onHost('/nix/store'));
    assert.is(names.filter(name => name !== '.links').length, alive.size);
  }
});

test('a collection says how much it freed: what others hold too stays', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const shared = fileOf('s'.repeat(10_000));
  const kept = await store.add('kept', folderOf({ shared }));
  await store.add('gone', folderOf({ shared, own: fileOf('o'.repeat(700)) }));
  assert.is((await store.collect([kept])).freedBytes, 700);
  assert.is((await store.collect([])).freedBytes, 10_000);
});

test('links of all profiles and of the folder of roots keep what they lead to', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const store = new LocalStore(root);
  const link = (at: string, target: string): void => {
    fs.mkdirSync(root.onHost(at.slice(0, at.lastIndexOf('/'))), { recursive: true });
    fs.symlinkSync(target, root.onHost(at));
  };
  const add = (name: string): Promise<StorePath> => store.add(name, folderOf({ x: fileOf(name) }));
  const kept = new Map<string, StorePath>();
  for (const at of [
    '/nix/var/nix/profiles/default-3-link',
    '/nix/var/nix/profiles/per-user/anna/profile-2-link',
    '/nix/var/nix/gcroots/direct',
    '/home/anna/result',
    '/run/booted-system',
    '/run/current-system',
  ]) {
    const path = await add(at.replaceAll('/', '-').slice(1));
    kept.set(at, path);
    link(at, at.includes('profile') ? `${path}/x` : path);
  }
  link('/nix/var/nix/gcroots/auto/abc', '/home/anna/result');
  link('/nix/var/nix/gcroots/auto/gone', '/home/anna/gone');
  const file = await add('file');
  fs.writeFileSync(root.onHost(`/nix/var/nix/gcroots/${file.slice(11)}`), '');
  const lonely = await add('lonely');
  assert.is((await store.collect([])).deletedPaths, 1);
  assert.not.ok(await store.has(lonely));
  assert.equal(await store.paths(), [...kept.values(), file].toSorted());

  fs.rmSync(root.onHost('/home/anna/result'));
  await store.collect([]);
  assert.not.ok(await store.has(kept.get('/home/anna/result') as StorePath));
});

for (const [use, start] of [
  ['runs a program', (at: string) => spawn(`${at}/sleep`, ['100'])],
  ['works in a folder', (at: string) => spawn('sleep', ['100'], { cwd: at })],
  [
    'has a file open',
    (at: string) =>
      spawn('sleep', ['100'], { stdio: [fs.openSync(`${at}/sleep`, 'r'), 'pipe', 'pipe'] }),
  ],
] as const) {
  test(`what a process uses stays while it ${use}`, async () => {
    using scratch = new Scratch();
    using root = new Root(scratch.folder('root'));
    using bin = Folder.atHostPath('/usr/bin');
    const store = new LocalStore(root);
    const path = await store.add('program', folderOf({ sleep: copyOf(bin, 'sleep') }));
    const child = start(root.onHost(path));
    await new Promise(resolve => child.once('spawn', resolve));
    assert.is((await store.collect([])).deletedPaths, 0);
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill();
    await ended;
    if (use === 'has a file open') return;
    assert.is((await store.collect([])).deletedPaths, 1);
  });
}

test('what a build claims after the roots were read stays, with all it refers to', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const kernel = await store.add('kernel', fileOf('a kernel'));
  const system = await store.add('system', linkTo(kernel), { inputs: [kernel] });
  await store.add('lonely', fileOf('lonely'));
  using folders = new LocalFolders(root);
  const { graph } = surveyOf(folders);
  const order = graph.deletionOrder(graph.mark([]));
  assert.is(order.length, 3);
  // As Nix does: named by the pid alone. What has no end yet is still being written.
  const claims = `${root.onHost(tempRootsFolder)}/${process.ppid}`;
  fs.writeFileSync(claims, `${system}\0/nix/store/abc`);
  assert.is((await new Sweep(root, folders, graph).run(order)).deletedPaths, 1);
  assert.equal(await store.paths(), [kernel, system].toSorted());
  fs.renameSync(claims, `${root.onHost(tempRootsFolder)}/${2 ** 22 + 1}`);
  assert.is((await store.collect([])).deletedPaths, 2);
  assert.is(fs.readdirSync(root.onHost(tempRootsFolder)).length, 1, 'the dead one is removed');
});

test('builds beside collections find whole whatever they have added', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const child = `${scratch.path}/child.mjs`;
  bundleChild(child);
  const store = new LocalStore(root);
  let deletedPaths = 0;
  for (let round = 0; round < rounds; round++) {
    const builder = spawn(process.execPath, [child, 'build', root.hostPath]);
    let output = '';
    builder.stdout.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
    let errors = '';
    builder.stderr.on('data', (piece: Buffer) => {
      errors += piece.toString();
    });
    const ended = new Promise(resolve => builder.once('close', resolve));
    while (!output.includes('\n') && builder.exitCode === null) {
      deletedPaths += (await store.collect([])).deletedPaths;
      await new Promise(resolve => {
        setImmediate(resolve);
      });
    }
    const added = output.trim().split(' ') as StorePath[];
    assert.ok(added.length > 20, errors);
    for (const path of added) assert.is(await store.verify(path), undefined, `round ${round}`);
    assert.equal((await store.garbage([])).findings, []);
    builder.stdin.end();
    await ended;
  }
  assert.ok(deletedPaths > 0, 'nothing was ever deleted');
});

test('a .narinfo that is no file keeps its path, and is named', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const path = await store.add('x', fileOf('x'));
  const file = root.onHost(`${narInfoFolder}/${narInfoName(path)}`);
  fs.rmSync(file);
  fs.mkdirSync(file);
  const { deletedPaths, findings } = await store.collect([]);
  assert.is(deletedPaths, 0);
  assert.equal(
    findings.map(({ code, subject }) => [code, subject]),
    [['NARINFO_INVALID', path]],
  );
});

test.run();
