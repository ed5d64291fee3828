import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleChild } from '../bundle-child.ts';
import { type Call, canTrace, runChild, spread } from '../kill-at-calls.ts';
import { testWhere } from '../test-where.ts';
import { canHoldTrees, lack, makeTree, TreeStore } from './scratch-tree.ts';

/** How many calls it is killed at, evenly spread. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 25);

const name =
  'killed at any system call while a tree is added, the store holds it whole or not at all';
testWhere(canTrace && canHoldTrees, `${lack}, and strace`, name, async () => {
  using shared = new TreeStore();
  const child = `${shared.scratch.path}/child.mjs`;
  bundleChild(child);
  makeTree(`${shared.sources.path}/tree`);
  const run = (test: TreeStore, kill?: Call): Call[] => {
    const args = [child, 'add-os-tree', test.root.hostPath, shared.sources.path];
    return runChild(`${shared.scratch.path}/strace.log`, args, kill);
  };
  using whole = new TreeStore();
  const all = run(whole);
  assert.ok(all.length >= 50, `only ${all.length} calls were seen`);
  let kills = 0;
  const chosen = spread(all, share);
  for (const call of chosen) {
    const when = `killed at ${call.name} ${call.occurrence}`;
    using test = new TreeStore();
    if (run(test, call).length < all.length) kills++;
    for (const path of await test.store.paths()) {
      assert.is(await test.store.verify(path), undefined, when);
    }
    const path = await test.store.osTrees.add('tree', shared.sources, 'tree');
    await test.store.collect([path]);
    assert.equal(await test.store.verifyAll(), [], when);
    assert.equal(fs.readdirSync(test.root.onHost('/nix/store')).length, 2, when);
    const left = fs.readdirSync(test.root.onHost('/nix/var/genctl'), { recursive: true });
    assert.equal(
      left.filter(file => String(file).includes('draft')),
      [],
      when,
    );
  }
  assert.ok(kills > chosen.length / 2, `${kills} of ${chosen.length} runs were killed`);
});

test.run();
