import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { Root } from '../../src/host/root.ts';
import { addressOf } from '../../src/store/address.ts';
import { narInfoFolder } from '../../src/store/local-folders.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narInfoName } from '../../src/store/narinfo.ts';
import { selfPlaceholder } from '../../src/store/self-reference.ts';
import type { NarPathInfo } from '../../src/store/store.ts';
import { baseNameOf, type StorePath, sourcePath } from '../../src/store/store-path.ts';
import { copyOf, fileOf, folderOf, linkTo } from '../../src/store/tree.ts';
import { makeOddTrees } from './odd-trees.ts';
import { nix, nixRegister, nixTest } from './real-nix.ts';
import { Scratch } from './scratch.ts';

/** A store in a folder of its own. */
class TestStore implements Disposable {
  readonly scratch = new Scratch();
  readonly root = new Root(this.scratch.folder('root'));
  readonly store = new LocalStore(this.root);

  onHost(path: StorePath): string {
    return this.root.onHost(path);
  }

  narInfo(path: StorePath): string {
    return this.root.onHost(`${narInfoFolder}/${narInfoName(path)}`);
  }

  /** All files of the root, but for this process's claims, with what tells of a write. */
  snapshot(): string[] {
    const all = fs.readdirSync(this.root.hostPath, { recursive: true, withFileTypes: true });
    return all
      .filter(({ parentPath, name }) => !`${parentPath}/${name}/`.includes('/run/'))
      .map(entry => {
        const path = `${entry.parentPath}/${entry.name}`;
        const { ino, mtimeMs, ctimeMs, mode, size } = fs.lstatSync(path);
        return [path, ino, mtimeMs, ctimeMs, mode, size].join(' ');
      })
      .toSorted();
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    this.scratch[Symbol.dispose]();
  }
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (thrown) {
    return `${String(Reflect.get(Object(thrown), 'code'))} ${String(thrown)}`;
  }
}

/** The names in a store's folder, without the pool of equal files. */
function storeNames(root: Root): string[] {
  return fs.readdirSync(root.onHost('/nix/store')).filter(name => name !== '.links');
}

async function dead(store: LocalStore, roots: Iterable<StorePath>): Promise<StorePath[]> {
  return [...(await store.garbage(roots)).paths];
}

function namesIn(snapshot: string[]): unknown[] {
  return snapshot.map(line => line.split(' ')[0]);
}

function draftName(...parts: unknown[]): string {
  return `.genctl-draft-${parts.join('-')}`;
}

const system = (kernel: StorePath) => {
  const me = selfPlaceholder('system');
  return folderOf({
    'boot.json': fileOf(JSON.stringify({ init: `${me}/init` })),
    init: fileOf(`#!/bin/sh\nexec ${me}/activate\n`, { executable: true }),
    kernel: linkTo(kernel),
    me: linkTo(me),
    empty: folderOf({}),
  });
};

/** A kernel, and a system that refers to it and to itself. */
async function addSystem(store: LocalStore): Promise<{ kernel: StorePath; system: StorePath }> {
  const kernel = await store.add('kernel', fileOf('a kernel'));
  const options = { inputs: [kernel], mentionsSelf: true };
  return { kernel, system: await store.add('system', system(kernel), options) };
}

test('a system is added, with its own path in the place of the placeholder', async () => {
  using test = new TestStore();
  const added = await addSystem(test.store);
  const at = test.onHost(added.system);
  const init = fs.readFileSync(`${at}/init`, 'utf8');
  assert.is(init, `#!/bin/sh\nexec ${added.system}/activate\n`);
  assert.is(fs.readlinkSync(`${at}/me`), added.system);
  assert.is(fs.readlinkSync(`${at}/kernel`), added.kernel);
  assert.ok(await test.store.has(added.system));
  assert.equal(await test.store.paths(), [added.kernel, added.system].toSorted());
  const info = (await test.store.info(added.system)) as NarPathInfo;
  assert.equal(info.references, [added.kernel, added.system].toSorted());
  assert.equal(await test.store.closure([added.system]), info.references);
  assert.equal(await test.store.closure([added.kernel]), [added.kernel]);
  assert.is(await test.store.verify(added.system), undefined);
});

test('metadata of files is canonical, whatever the umask and the source', async () => {
  using test = new TestStore();
  const source = test.scratch.folder('source');
  fs.mkdirSync(`${source}/open`, { mode: 0o777 });
  fs.chmodSync(`${source}/open`, 0o2777);
  fs.writeFileSync(`${source}/open/secret`, 'x', { mode: 0o600 });
  fs.writeFileSync(`${source}/open/setuid`, 'x');
  fs.chmodSync(`${source}/open/setuid`, 0o4711);
  fs.symlinkSync('x', `${source}/link`);
  const umask = process.umask(0o077);
  using folder = Folder.atHostPath(test.scratch.path);
  const path = await test.store.add('source', copyOf(folder, 'source'));
  process.umask(umask);
  const at = test.onHost(path);
  const stats = ['', '/open', '/open/secret', '/open/setuid', '/link'].map(name =>
    fs.lstatSync(at + name),
  );
  assert.equal(
    stats.map(stat => stat.mode & 0o7777),
    [0o555, 0o555, 0o444, 0o555, 0o777],
  );
  assert.ok(stats.every(stat => stat.mtimeMs === 1000));
  assert.ok(stats.every(stat => stat.uid === process.getuid?.()));
});

test('adding what is there already writes nothing', async () => {
  using test = new TestStore();
  const first = await addSystem(test.store);
  const before = test.snapshot();
  assert.equal(await addSystem(test.store), first);
  assert.equal(test.snapshot(), before);
});

test('looking at a root without a store writes nothing', async () => {
  using test = new TestStore();
  const path = addressOf('x', fileOf('x')).path;
  assert.not.ok(await test.store.has(path));
  assert.equal(await test.store.paths(), []);
  const garbage = await test.store.garbage([]);
  assert.equal([...garbage.paths], []);
  assert.equal([garbage.count, garbage.leftovers, garbage.findings], [0, [], []]);
  assert.equal(await test.store.collect([]), { deletedPaths: 0, freedBytes: 0, findings: [] });
  assert.equal(test.snapshot(), []);
});

test('a failed add leaves nothing behind', async () => {
  using test = new TestStore();
  await test.store.add('x', fileOf('x'));
  const source = test.scratch.folder('source');
  fs.writeFileSync(`${source}/a`, 'x');
  spawnSync('mkfifo', [`${source}/pipe`]);
  using folder = Folder.atHostPath(test.scratch.path);
  const before = test.snapshot();
  assert.match(
    await failure(test.store.add('source', copyOf(folder, 'source'))),
    /^FILE_KIND_UNSUPPORTED /,
  );
  const me = selfPlaceholder('named');
  const named = folderOf([['a', folderOf([[baseNameOf(me), fileOf(me)]])]]);
  assert.match(
    await failure(test.store.add('named', named, { mentionsSelf: true })),
    /^SELF_IN_NAME /,
  );
  assert.match(await failure(test.store.add('.x', fileOf('y'))), /^STORE_PATH_INVALID /);
  assert.equal(namesIn(test.snapshot()), namesIn(before));
});

test('content that changes while it is added is refused', async () => {
  using test = new TestStore();
  let reads = 0;
  const changing = {
    kind: 'file',
    executable: false,
    get content() {
      return Buffer.from(String(reads++));
    },
  } as const;
  assert.match(await failure(test.store.add('x', changing)), /^FILE_CHANGED /);
  assert.equal(storeNames(test.root), []);
  assert.equal(fs.readdirSync(test.root.onHost(narInfoFolder)), []);
});

test('references must be there', async () => {
  using test = new TestStore();
  const kernel = addressOf('kernel', fileOf('a kernel')).path;
  const adding = test.store.add('system', system(kernel), { inputs: [kernel] });
  assert.match(await failure(adding), /^REFERENCE_MISSING .*-kernel/);
  assert.not.ok(fs.existsSync(test.root.onHost('/nix')));
  assert.match(await failure(test.store.closure([kernel])), /^STORE_PATH_MISSING /);
});

test('inputs that are not mentioned are no references', async () => {
  using test = new TestStore();
  const kernel = await test.store.add('kernel', fileOf('a kernel'));
  const path = await test.store.add('x', fileOf('x'), { inputs: [kernel] });
  assert.equal((await test.store.info(path))?.references, []);
  assert.is(path, addressOf('x', fileOf('x')).path);
});

test('what no root reaches is garbage, what a root reaches is not', async () => {
  using test = new TestStore();
  const { kernel, system } = await addSystem(test.store);
  const lonely = await test.store.add('lonely', fileOf('lonely'));
  const top = await test.store.add('top', linkTo(system), { inputs: [system] });
  assert.equal(await dead(test.store, [top]), [lonely]);
  assert.equal(await dead(test.store, [kernel, lonely]), [top, system]);
  const all = await test.store.garbage([]);
  const paths = [...all.paths];
  assert.ok(paths.indexOf(top) < paths.indexOf(system));
  assert.ok(paths.indexOf(system) < paths.indexOf(kernel));
  let sizeBytes = 0;
  for (const path of paths) {
    sizeBytes += ((await test.store.info(path)) as NarPathInfo).narSizeBytes;
  }
  assert.is(all.sizeBytes, sizeBytes);
  assert.is(all.count, 4);
  assert.is((await test.store.collect([])).deletedPaths, 4);
  assert.equal(storeNames(test.root), []);
  assert.equal(fs.readdirSync(test.root.onHost('/nix/store/.links')), []);
  assert.equal(fs.readdirSync(test.root.onHost(narInfoFolder)), []);
});

test('a root that is missing is a finding', async () => {
  using test = new TestStore();
  const gone = addressOf('gone', fileOf('gone')).path;
  const { findings } = await test.store.garbage([gone]);
  assert.equal(
    findings.map(finding => [finding.code, finding.subject]),
    [['STORE_PATH_MISSING', gone]],
  );
});

for (const [damage, code] of [
  ['missing', 'STORE_PATH_UNKNOWN'],
  ['empty', 'NARINFO_INVALID'],
  ['torn', 'NARINFO_INVALID'],
  ["another path's", 'NARINFO_INVALID'],
  ['newer', 'NARINFO_NEWER'],
] as const) {
  test(`a path whose metadata is ${damage} is kept with all it mentions, and named`, async () => {
    using test = new TestStore();
    const { kernel, system } = await addSystem(test.store);
    const lonely = await test.store.add('lonely', fileOf('lonely'));
    const file = test.narInfo(system);
    const text = fs.readFileSync(file, 'utf8');
    if (damage === 'missing') fs.rmSync(file);
    else if (damage === 'empty') fs.writeFileSync(file, '');
    else if (damage === 'torn') fs.writeFileSync(file, text.slice(0, 200));
    else if (damage === 'newer') fs.writeFileSync(file, text.replace('Version: 1', 'Version: 2'));
    else fs.copyFileSync(test.narInfo(lonely), file);

    assert.not.ok(await test.store.has(system));
    const { paths, findings } = await test.store.garbage([]);
    assert.equal([...paths], [lonely]);
    assert.equal(
      findings.map(finding => [finding.code, finding.subject]),
      [[code, system]],
    );
    assert.is((await test.store.verify(system))?.code, code);
    const collected = await test.store.collect([]);
    assert.is(collected.deletedPaths, 1);
    assert.equal(collected.findings, findings);
    assert.ok(fs.existsSync(`${test.onHost(system)}/init`));
    assert.ok(fs.existsSync(test.onHost(kernel)));
    if (damage === 'newer') {
      assert.match(await failure(addSystem(test.store)), /^NARINFO_NEWER /);
      return;
    }
    // Adding the same again finds it whole, and knows it again.
    assert.equal(await addSystem(test.store), { kernel, system });
    assert.ok(await test.store.has(system));
  });
}

test('content that changed is found, and never taken for the right one', async () => {
  using test = new TestStore();
  const { system } = await addSystem(test.store);
  const file = `${test.onHost(system)}/init`;
  fs.chmodSync(file, 0o755);
  fs.writeFileSync(file, 'changed');
  assert.is((await test.store.verify(system))?.code, 'STORE_PATH_DAMAGED');
  fs.rmSync(test.narInfo(system));
  assert.match(
    await failure(addSystem(test.store)),
    /^STORE_PATH_DAMAGED .*something else is in its place/,
  );
  assert.is(fs.readFileSync(file, 'utf8'), 'changed');
});

test('drafts of processes that are gone are removed, those of others are not', async () => {
  using test = new TestStore();
  await addSystem(test.store);
  const folder = test.root.onHost('/nix/store');
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
  const space = fs.readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  const start = fs.readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ')[19];
  const stale = [
    draftName('00000000', space, process.pid, start, 'aa'),
    draftName(boot, space, process.pid, '1', 'ab'),
    draftName(boot, space, 2 ** 22 + 1, '1', 'ac'),
  ];
  const others = [
    draftName(boot, space, process.pid, start, 'ad'),
    draftName(boot, '1', process.pid, '1', 'ae'),
    draftName('x'),
    '.links',
    'lost+found',
  ];
  for (const name of [...stale, ...others])
    fs.mkdirSync(`${folder}/${name}/x`, { recursive: true });
  for (const name of stale) fs.chmodSync(`${folder}/${name}`, 0o555);
  assert.equal((await test.store.garbage([])).leftovers, stale.toSorted());
  await new LocalStore(test.root).add('x', fileOf('x'));
  const left = fs.readdirSync(folder);
  assert.not.ok(stale.some(name => left.includes(name)));
  assert.ok(others.every(name => left.includes(name)));
});

test('metadata of paths that are not there is removed with the garbage', async () => {
  using test = new TestStore();
  const { kernel, system } = await addSystem(test.store);
  const gone = sourcePath('gone', Buffer.alloc(32));
  fs.copyFileSync(test.narInfo(kernel), test.narInfo(gone));
  assert.not.ok(await test.store.has(gone));
  await test.store.collect([kernel, system]);
  assert.equal(
    fs.readdirSync(test.root.onHost(narInfoFolder)).toSorted(),
    [kernel, system].map(narInfoName).toSorted(),
  );
});

test('two adds of the same at once end with one path', async () => {
  using test = new TestStore();
  const paths = await Promise.all([addSystem(test.store), addSystem(test.store)]);
  assert.equal(paths[0], paths[1]);
  assert.is(storeNames(test.root).length, 2);
  assert.is(await test.store.verify(paths[0].system), undefined);
});

test('many files, more than are synced one by one', async () => {
  using test = new TestStore();
  const trees = test.scratch.folder('trees');
  using folder = Folder.atHostPath(trees);
  for (const name of makeOddTrees(trees)) {
    const path = await test.store.add('odd', copyOf(folder, name));
    assert.is(path, addressOf('odd', copyOf(folder, name)).path);
    assert.is(await test.store.verify(path), undefined, name);
  }
  const garbage = await test.store.garbage([]);
  assert.equal(garbage.findings, []);
  await test.store.collect([]);
  assert.equal(storeNames(test.root), []);
});

nixTest('the real Nix accepts what we made', async () => {
  using test = new TestStore();
  const trees = test.scratch.folder('trees');
  using folder = Folder.atHostPath(trees);
  for (const name of makeOddTrees(trees)) await test.store.add('odd', copyOf(folder, name));
  await addSystem(test.store);
  const infos: NarPathInfo[] = [];
  for (const path of await test.store.paths()) {
    infos.push((await test.store.info(path)) as NarPathInfo);
  }
  const nixRoot = test.root.hostPath;
  nixRegister(nixRoot, infos);
  nix('nix-store', ['--store', nixRoot, '--verify', '--check-contents']);
  const { system } = await addSystem(test.store);
  const requisites = nix('nix-store', ['--store', nixRoot, '--query', '--requisites', system]);
  assert.equal(
    requisites.toString().trim().split('\n').toSorted(),
    await test.store.closure([system]),
  );
  // It does look: the same with a changed file fails.
  fs.chmodSync(`${test.onHost(system)}/init`, 0o755);
  fs.writeFileSync(`${test.onHost(system)}/init`, 'changed');
  assert.throws(() => nix('nix-store', ['--store', nixRoot, '--verify', '--check-contents']));
});

test.run();
