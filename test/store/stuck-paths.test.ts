import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { LocalFolders } from '../../src/store/local-folders.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { sourcePath } from '../../src/store/store-path.ts';
import { surveyOf } from '../../src/store/survey.ts';
import { Sweep } from '../../src/store/sweep.ts';
import { fileOf, linkTo } from '../../src/store/tree.ts';
import { Scratch } from './scratch.ts';
import { testWhere } from './test-where.ts';

/** Something mounted, until it is disposed of. */
class TestMount implements Disposable {
  readonly #at: string;
  readonly isThere: boolean;

  constructor(args: readonly string[], at: string) {
    this.#at = at;
    this.isThere = spawnSync('mount', [...args, at]).status === 0;
  }

  [Symbol.dispose](): void {
    if (this.isThere) spawnSync('umount', [this.#at]);
  }
}

function canMount(): boolean {
  using scratch = new Scratch();
  using mount = new TestMount(['--bind', scratch.folder('from')], scratch.folder('to'));
  return mount.isThere;
}

const isMounting = canMount();

for (const [kind, argsOf] of [
  ['another file system', () => ['-t', 'tmpfs', 'tmpfs']],
  ['a folder of the same', (other: string) => ['--bind', other]],
] as const) {
  testWhere(
    isMounting,
    'cannot mount',
    `${kind} in a leftover stays, and stops nothing`,
    async () => {
      using scratch = new Scratch();
      using root = new Root(scratch.folder('root'));
      const store = new LocalStore(root);
      const gone = await store.add('gone', fileOf('gone'));
      const draft = root.onHost('/nix/store/.genctl-draft-00000000-1-1-1-aa');
      fs.mkdirSync(`${draft}/a/home`, { recursive: true });
      using mount = new TestMount(argsOf(scratch.folder('other')), `${draft}/a/home`);
      assert.ok(mount.isThere);
      fs.writeFileSync(`${draft}/a/home/letter`, 'dear');
      await new LocalStore(root).add('x', fileOf('x'));
      const { deletedPaths, findings } = await store.collect([]);
      assert.is(deletedPaths, 1 + 1);
      assert.not.ok(await store.has(gone));
      assert.equal(
        findings.map(({ code, subject }) => [code, subject]),
        [['STORE_LEFTOVER', draft]],
      );
      assert.is(fs.readFileSync(`${draft}/a/home/letter`, 'utf8'), 'dear');
    },
  );
}

testWhere(
  isMounting,
  'cannot mount',
  'what cannot be renamed stays with what it needs',
  async () => {
    using scratch = new Scratch();
    using root = new Root(scratch.folder('root'));
    const store = new LocalStore(root);
    const library = await store.add('library', fileOf('library'));
    const app = await store.add('app', linkTo(library), { inputs: [library] });
    const busy = await store.add('busy', fileOf(app), { inputs: [app] });
    await store.add('lonely', fileOf('lonely'));
    using folders = new LocalFolders(root);
    const { graph } = surveyOf(folders);
    using mount = new TestMount(['--bind', root.onHost(busy)], root.onHost(busy));
    assert.ok(mount.isThere);
    const order = graph.deletionOrder(graph.mark([]));
    const { deletedPaths, findings } = await new Sweep(root, folders, graph).run(order);
    assert.is(deletedPaths, 1);
    assert.equal(
      findings.map(({ code, subject }) => [code, subject]),
      [['STORE_PATH_STUCK', busy]],
    );
    assert.equal(await store.paths(), [app, busy, library].toSorted());
  },
);

test('beside something that cannot be read nothing is deleted', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.folder('root'));
  const store = new LocalStore(root);
  const path = await store.add('x', fileOf('x'));
  const pipe = sourcePath('pipe', Buffer.alloc(32));
  assert.is(spawnSync('mkfifo', [root.onHost(pipe)]).status, 0);
  const { deletedPaths, findings } = await store.collect([]);
  assert.is(deletedPaths, 0);
  assert.equal(
    findings.map(({ code, subject }) => [code, subject]),
    [
      ['STORE_PATH_UNKNOWN', pipe],
      ['STORE_REFERENCES_UNKNOWN', pipe],
    ],
  );
  assert.ok(await store.has(path));
  assert.is((await store.garbage([])).count, 0);
  fs.rmSync(root.onHost(pipe));
  assert.is((await store.collect([])).deletedPaths, 1);
});

test.run();
