import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleChild } from './bundle-child.ts';
import { Scratch } from './scratch.ts';
import { testWhere } from './test-where.ts';

const nobody = 65534;

/** Where the tests run as a user anyway, the others show what this one shows. */
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', '0'], { uid: nobody, gid: nobody }).status === 0;

testWhere(canBeNobody, 'root only', 'a user adds and deletes in a root of their own', () => {
  using scratch = new Scratch();
  fs.chmodSync(scratch.path, 0o755);
  const child = `${scratch.path}/child.mjs`;
  bundleChild(child);
  const root = scratch.folder('root');
  fs.chownSync(root, nobody, nobody);
  const asNobody = (verb: string) => {
    const { status, stderr } = spawnSync(process.execPath, [child, verb, root], {
      uid: nobody,
      gid: nobody,
    });
    assert.is(status, 0, stderr.toString());
  };
  asNobody('add');
  const store = `${root}/nix/store`;
  const added = fs.readdirSync(store).filter(name => name !== '.links');
  assert.is(added.length, 2);
  for (const name of added) {
    const stat = fs.statSync(`${store}/${name}`);
    assert.is(stat.uid, nobody);
    assert.is(stat.mode & 0o222, 0);
  }
  asNobody('collect');
  assert.equal(fs.readdirSync(store), ['.links']);
  assert.equal(fs.readdirSync(`${root}/nix/var/genctl/narinfo`), []);
});

test.run();
