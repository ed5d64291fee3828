import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { narInfoFolder } from '../../src/store/local-folders.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narInfoName } from '../../src/store/narinfo.ts';
import type { StorePath } from '../../src/store/store-path.ts';
import { fileOf } from '../../src/store/tree.ts';
import { SeededRandom } from '../boot/seeded-random.ts';
import { addBoth, crashSystem } from './crash-child.ts';
import { Scratch } from './scratch.ts';
import { testWhere } from './test-where.ts';

const rounds = Number(process.env['GENCTL_TEST_ROUNDS'] ?? 100);

const isRoot = process.getuid?.() === 0;

test('a path that is as it was added is sound, and nothing of it is written', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const { system } = await addBoth(store);
  const before = fs.statSync(root.onHost(`${system}/init`)).ctimeMs;
  assert.equal(await store.repair(system), { outcome: 'sound' });
  assert.is(fs.statSync(root.onHost(`${system}/init`)).ctimeMs, before);
  assert.equal(await store.verifyAll(), []);
});

for (const damage of ['missing', 'torn', 'of other references'] as const) {
  test(`a .narinfo that is ${damage} is written again from the content`, async () => {
    using scratch = new Scratch();
    using root = new Root(scratch.path);
    const store = new LocalStore(root);
    const { kernel, system } = await addBoth(store);
    const file = root.onHost(`${narInfoFolder}/${narInfoName(system)}`);
    const text = fs.readFileSync(file, 'utf8');
    if (damage === 'missing') fs.rmSync(file);
    else if (damage === 'torn') fs.writeFileSync(file, text.slice(0, 100));
    else
      fs.writeFileSync(
        file,
        text.replace(` ${kernel.slice(11)}`, '').replace(kernel.slice(11), ''),
      );
    assert.equal(
      (await store.verifyAll()).map(({ subject }) => subject),
      [system],
    );
    assert.is((await store.repair(system)).outcome, 'mended');
    assert.is(fs.readFileSync(file, 'utf8'), text);
    assert.equal(await store.verifyAll(), []);
  });
}

test('modes and times that are not the store’s are set right', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const { system } = await addBoth(store);
  const at = root.onHost(system);
  fs.chmodSync(`${at}/init`, 0o755);
  fs.utimesSync(`${at}/specialisation`, 5, 5);
  fs.chmodSync(at, 0o777);
  assert.equal(
    (await store.verifyAll()).map(({ code, subject }) => [code, subject]),
    [['STORE_METADATA_ODD', system]],
  );
  const repair = await store.repair(system);
  assert.is(repair.outcome, 'mended');
  assert.match(repair.outcome === 'mended' ? repair.finding.reason : '', /^3 of its files/);
  assert.is(fs.statSync(at).mode & 0o7777, 0o555);
  assert.is(fs.statSync(`${at}/init`).mode & 0o7777, 0o555);
  assert.is(fs.statSync(`${at}/specialisation`).mtimeMs, 1000);
  assert.equal(await store.repair(system), { outcome: 'sound' });
  assert.equal(await store.verifyAll(), []);
});

testWhere(
  isRoot,
  'root only',
  'files are root’s, whichever group has the store’s folder',
  async () => {
    using scratch = new Scratch();
    using root = new Root(scratch.path);
    const store = new LocalStore(root);
    const { system } = await addBoth(store);
    // As Nix makes it, so that its build users can write there.
    fs.chownSync(root.onHost('/nix/store'), 0, 30_000);
    fs.chmodSync(root.onHost('/nix/store'), 0o1775);
    assert.equal(await store.verifyAll(), []);
    const [file, link] = [root.onHost(`${system}/init`), root.onHost(`${system}/kernel`)];
    fs.chownSync(file, 1000, 1000);
    fs.lchownSync(link, 1000, 1000);
    assert.is((await store.verify(system))?.code, 'STORE_METADATA_ODD');
    assert.is((await store.repair(system)).outcome, 'mended');
    for (const place of [file, link]) {
      const { uid, gid } = fs.lstatSync(place);
      assert.equal([uid, gid], [0, 0], place);
    }
    assert.is(fs.statSync(file).mode & 0o7777, 0o555);
  },
);

test('what is wrong in several ways is mended in all of them', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const { system } = await addBoth(store);
  const file = root.onHost(`${narInfoFolder}/${narInfoName(system)}`);
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(
    file,
    text.replace(/NarSize: \d+/, 'NarSize: 5').replace('CA:', 'Sig: a:b\nCA:'),
  );
  fs.chmodSync(root.onHost(system), 0o755);
  const repair = await store.repair(system);
  assert.is(repair.outcome === 'mended' && repair.finding.code, 'NARINFO_INVALID');
  assert.equal(await store.verifyAll(), []);
  assert.is(fs.readFileSync(file, 'utf8'), text.replace('CA:', 'Sig: a:b\nCA:'));
});

testWhere(isRoot, 'root only', 'any damage: what is named is mended, or named again', async () => {
  const random = new SeededRandom(11);
  let mended = 0;
  for (let round = 0; round < rounds; round++) {
    using scratch = new Scratch();
    using root = new Root(scratch.path);
    const store = new LocalStore(root);
    const { kernel, system } = await addBoth(store);
    const change = (path: StorePath): void => {
      const narInfo = root.onHost(`${narInfoFolder}/${narInfoName(path)}`);
      const at = root.onHost(path);
      const isFolder = fs.lstatSync(at).isDirectory();
      const changes = [
        () => {
          const bytes = fs.readFileSync(narInfo);
          bytes[random.below(bytes.length)] = 32 + random.below(95);
          fs.writeFileSync(narInfo, bytes);
        },
        () => fs.truncateSync(narInfo, random.below(300)),
        () => fs.rmSync(narInfo, { recursive: true }),
        () => {
          fs.rmSync(narInfo, { recursive: true });
          fs.mkdirSync(narInfo);
        },
        () => fs.chmodSync(at, random.below(0o7777)),
        () => fs.lutimesSync(at, 7, random.below(3)),
        () => fs.rmSync(at, { recursive: true }),
        () => spawnSync('mkfifo', [isFolder ? `${at}/pipe` : at]),
        () => fs.writeFileSync(isFolder ? `${at}/init` : at, 'other'),
      ];
      changes[random.below(changes.length)]?.();
    };
    change(system);
    if (random.below(2) === 0) change(kernel);
    const found = await store.verifyAll();
    const left: string[] = [];
    for (const { subject } of found) {
      const repair = await store.repair(subject as StorePath);
      assert.is.not(repair.outcome, 'sound', `round ${round}: ${subject} was named`);
      if (repair.outcome === 'damaged') left.push(repair.finding.subject);
      else mended++;
    }
    const names = (await store.verifyAll()).map(({ subject }) => subject);
    assert.equal(names.toSorted(), left.toSorted(), `round ${round}`);
  }
  assert.ok(mended > rounds / 4, `only ${mended} were mended`);
});

test('a path that is gone is named where another needs it, and harmless where none does', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const { kernel, system } = await addBoth(store);
  const lonely = await store.add('lonely', fileOf('lonely'));
  for (const path of [kernel, lonely]) fs.rmSync(root.onHost(path));
  const found = await store.verifyAll();
  assert.equal(
    found.map(({ code, subject }) => [code, subject]),
    [['STORE_PATH_MISSING', kernel]],
  );
  assert.match(found[0]?.reason ?? '', system);
  assert.is((await store.repair(kernel)).outcome, 'damaged');
  fs.rmSync(root.onHost(`${narInfoFolder}/${narInfoName(kernel)}`));
  assert.is((await store.verifyAll()).length, 1, 'with nothing recorded about it, too');
  await addBoth(store);
  assert.equal(await store.verifyAll(), []);
});

test('content that changed is named, left as it is, and replaced where it is built again', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new LocalStore(root);
  const { kernel, system } = await addBoth(store);
  for (const withRecord of [true, false]) {
    const file = root.onHost(`${system}/init`);
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, 'changed');
    fs.chmodSync(file, 0o555);
    if (!withRecord) fs.rmSync(root.onHost(`${narInfoFolder}/${narInfoName(system)}`));
    assert.is((await store.repair(system)).outcome, 'damaged');
    assert.is(fs.readFileSync(file, 'utf8'), 'changed');
    const options = { inputs: [kernel], mentionsSelf: true };
    assert.is(await store.addAnew('system', crashSystem(kernel), options), system);
    assert.equal(await store.verifyAll(), []);
    const names = fs.readdirSync(root.onHost('/nix/store'));
    assert.is(names.length, 3, `the damaged one is gone: ${names.join(' ')}`);
  }
});

test.run();
