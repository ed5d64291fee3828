import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { addressOf } from '../../src/store/address.ts';
import { NixStore, parseRegistrations, parseVerified } from '../../src/store/nix-store.ts';
import { selfPlaceholder } from '../../src/store/self-reference.ts';
import { fileOf, folderOf, linkTo } from '../../src/store/tree.ts';
import { nix, nixTest } from './real-nix.ts';
import { Scratch } from './scratch.ts';

const isDraft = (name: string): boolean => name.includes('draft');

test("Nix's registrations, with and without a deriver and references", () => {
  const [a, b] = [addressOf('a', fileOf('a')).path, addressOf('b', fileOf('b')).path];
  const hash = '00'.repeat(32);
  const text = [a, hash, '8', '', '0', b, hash, '9', '/nix/store/x.drv', '2', b, a, ''].join('\n');
  const found = parseRegistrations(text);
  assert.equal(found.get(a)?.references, []);
  assert.equal(found.get(b)?.references, [a, b].toSorted());
  assert.is(found.get(b)?.narSizeBytes, 9);
  assert.throws(() => parseRegistrations(text.slice(0, -60)), /cut off|is no store path/);
});

test('what Nix complains of, and no word in the name of a path', () => {
  const { path } = addressOf('libgpg-error-1.45', fileOf('a'));
  const text = [
    'checking hashes...',
    `updating size field on '${path}' to 8`,
    `path '${path}' was modified! expected hash 'sha256:00', got 'sha256:01'`,
  ];
  assert.equal(parseVerified(text.slice(0, 2).join('\n')), []);
  assert.equal(
    parseVerified(text.join('\n')).map(({ subject }) => subject),
    [path],
  );
});

nixTest("a system is added to Nix's store by Nix, with references, and deleted by it", async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new NixStore(root);
  const kernel = await store.add('kernel', fileOf('a kernel'));
  assert.is(kernel, addressOf('kernel', fileOf('a kernel')).path);
  const me = selfPlaceholder('system');
  const tree = folderOf({
    init: fileOf(`${me}/init`, { executable: true }),
    kernel: linkTo(kernel),
  });
  const options = { inputs: [kernel], mentionsSelf: true };
  const system = await store.add('system', tree, options);
  assert.is(system, addressOf('system', tree, options).path);
  assert.is(await store.add('system', tree, options), system);
  assert.is(fs.readFileSync(root.onHost(`${system}/init`), 'utf8'), `${system}/init`);

  const both = [kernel, system].toSorted();
  assert.ok(await store.has(system));
  assert.equal(await store.paths(), both);
  assert.equal((await store.info(system))?.references, both);
  assert.equal(await store.closure([system]), both);
  assert.is(await store.verify(system), undefined);
  const args = ['path-info', '--store', scratch.path, '--json', system];
  assert.match(nix('nix', args).toString(), /"ca":"fixed:r:sha256:/);
  nix('nix-store', ['--store', scratch.path, '--verify', '--check-contents']);
  assert.equal(fs.readdirSync(root.onHost('/nix/var/genctl')), ['store.json']);

  const lonely = await store.add('lonely', fileOf('lonely'));
  const { paths } = await store.garbage([system]);
  assert.equal([...paths], [lonely]);
  const collected = await store.collect([system]);
  assert.is(collected.deletedPaths, 1);
  assert.equal(await store.paths(), both);
  assert.equal(fs.readdirSync(root.onHost('/nix/var/nix/gcroots')).filter(isDraft), []);
  assert.is((await store.verify(lonely))?.code, 'STORE_PATH_MISSING');
  fs.chmodSync(root.onHost(`${system}/init`), 0o755);
  assert.equal(await store.verifyAll(), []);
  fs.writeFileSync(root.onHost(`${system}/init`), 'changed');
  assert.is((await store.verify(system))?.code, 'STORE_PATH_DAMAGED');
  assert.equal(
    (await store.verifyAll()).map(({ subject }) => subject),
    [system],
  );
  assert.is((await store.repair(system)).outcome, 'damaged');
});

nixTest("a reference that Nix's store does not have is missing", async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const kernel = addressOf('kernel', fileOf('a kernel')).path;
  let code = '';
  const adding = new NixStore(root).add('x', linkTo(kernel), { inputs: [kernel] });
  await adding.catch((thrown: unknown) => {
    code = String(Reflect.get(Object(thrown), 'code'));
  });
  assert.is(code, 'REFERENCE_MISSING');
});

nixTest('a store that cannot be asked has not lost its paths, nor is it whole', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = new NixStore(root);
  const kernel = await store.add('kernel', fileOf('a kernel'));
  fs.rmSync(root.onHost('/nix/var/nix/db'), { recursive: true });
  fs.writeFileSync(root.onHost('/nix/var/nix/db'), 'no folder');
  for (const ask of [
    () => store.has(kernel),
    () => store.verify(kernel),
    () => store.verifyAll(),
  ]) {
    let code = '';
    await ask().catch((thrown: unknown) => {
      code = String(Reflect.get(Object(thrown), 'code'));
    });
    assert.is(code, 'PROGRAM_FAILED');
  }
});

test.run();
