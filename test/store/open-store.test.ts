import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fileOf } from '../../src/store/tree.ts';
import { Scratch } from './scratch.ts';

function failure(work: () => unknown): string {
  try {
    work();
    return 'no error';
  } catch (thrown) {
    return `${String(Reflect.get(Object(thrown), 'code'))} ${String(Reflect.get(Object(thrown), 'hint'))}`;
  }
}

test('without Nix the store is local, and is so for good once something was added', async () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const store = openStore(root, 'change');
  assert.is(store.kind, 'local');
  assert.equal(fs.readdirSync(scratch.path), []);
  const path = await store.add('x', fileOf('x'));
  const record = root.readFile('/nix/var/genctl/store.json').toString();
  assert.equal(JSON.parse(record), { version: 1, kind: 'local' });

  scratch.folder('nix/var/nix/db');
  assert.match(
    failure(() => openStore(root, 'change')),
    /^STORE_MANAGED_TWICE .*genctl store adopt/,
  );
  assert.ok(await openStore(root, 'read').has(path));
});

test("where Nix's database is, the store is Nix's", () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  scratch.folder('nix/var/nix/db');
  assert.is(openStore(root, 'change').kind, 'nix');
  const record = `${scratch.folder('nix/var/genctl')}/store.json`;
  fs.writeFileSync(record, '{"version":1,"kind":"nix"}\n');
  assert.is(openStore(root, 'change').kind, 'nix');
  fs.rmdirSync(`${scratch.path}/nix/var/nix/db`);
  assert.match(
    failure(() => openStore(root, 'read')),
    /^STORE_DATABASE_MISSING /,
  );
});

test('a record that cannot be understood is never guessed at', () => {
  using scratch = new Scratch();
  using root = new Root(scratch.path);
  const record = `${scratch.folder('nix/var/genctl')}/store.json`;
  for (const [text, code] of [
    ['', 'STORE_RECORD_INVALID'],
    ['{"version":1,', 'STORE_RECORD_INVALID'],
    ['null', 'STORE_RECORD_INVALID'],
    ['{"version":2,"kind":"local"}', 'STORE_RECORD_NEWER'],
    ['{"version":1,"kind":"guix"}', 'STORE_RECORD_NEWER'],
  ] as const) {
    fs.writeFileSync(record, text);
    assert.match(
      failure(() => openStore(root, 'read')),
      new RegExp(`^${code} `),
    );
  }
});

test.run();
