import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { baseNameOf } from '../../src/store/store-path.ts';
import { tempRootsFolder } from '../../src/store/temp-roots.ts';
import { fileOf, folderOf } from '../../src/store/tree.ts';
import { bundleChild } from './bundle-child.ts';
import { addBoth } from './crash-child.ts';
import { type Call, canTrace, runChild, spread } from './kill-at-calls.ts';
import { Scratch } from './scratch.ts';
import { testWhere } from './test-where.ts';

/** How many calls of each verb it is killed at, evenly spread; all but for the quick run. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 1000);

const scratch = new Scratch();
process.on('exit', () => scratch[Symbol.dispose]());
const child = `${scratch.path}/child.mjs`;

type Verb = 'add' | 'collect' | 'optimise';

const run = (verb: Verb, rootPath: string, kill?: Call) =>
  runChild(`${scratch.path}/strace.log`, [child, verb, rootPath], kill);

/** After whatever happened, what is valid is complete, and the same work goes through. */
async function assertSound(root: Root, when: string, mendable: string[]): Promise<void> {
  const store = new LocalStore(root);
  const valid = await store.paths();
  for (const path of valid) {
    const code = (await store.verify(path))?.code;
    if (code !== undefined && mendable.includes(code)) await store.repair(path);
    assert.is(await store.verify(path), undefined, when);
  }
  assert.equal(await store.closure(valid), valid, `references are valid, ${when}`);
  const garbage = await store.garbage(valid);
  assert.equal(garbage.findings, [], when);
  assert.equal([...garbage.paths], [], when);

  const { kernel, system } = await addBoth(store);
  // Nothing is written where both are there already, not even to clean up.
  await store.collect([kernel, system]);
  assert.equal(await store.paths(), [kernel, system].toSorted(), when);
  assert.is(await store.verify(system), undefined, when);
  assert.equal(
    fs
      .readdirSync(root.onHost('/nix/store'))
      .filter(name => name !== '.links')
      .toSorted(),
    [kernel, system].map(baseNameOf).toSorted(),
    when,
  );
  const left = fs.readdirSync(root.onHost('/nix/var/genctl'), { recursive: true });
  assert.equal(
    left.filter(name => String(name).includes('draft')),
    [],
    when,
  );
}

/** As it was before genctl had a pool, or as another store's: equal files, each its own. */
function unlinkPool(root: Root): void {
  fs.rmSync(root.onHost('/nix/store/.links'), { recursive: true });
}

for (const verb of ['add', 'collect', 'optimise'] as const) {
  const name = `killed at any system call of ${verb}, the store holds whole paths or none`;
  testWhere(canTrace, 'strace is not installed or may not trace', name, async () => {
    bundleChild(child);
    const prepare = async (label: string) => {
      const root = new Root(scratch.folder(label));
      if (verb !== 'add') await addBoth(new LocalStore(root));
      if (verb === 'optimise') {
        unlinkPool(root);
        await new LocalStore(root).add(
          'equal',
          folderOf({ note: fileOf('x'), again: fileOf('x') }),
        );
        unlinkPool(root);
      }
      // This process's claims would keep everything from the child.
      fs.rmSync(root.onHost(tempRootsFolder), { recursive: true, force: true });
      return root;
    };
    using whole = await prepare(`${verb}-whole`);
    const all = run(verb, whole.hostPath);
    assert.ok(all.length >= 15, `only ${all.length} calls were seen`);
    const chosen = spread(all, share);
    let kills = 0;
    for (const call of chosen) {
      const when = `killed at ${call.name} ${call.occurrence} of ${verb}`;
      using root = await prepare(when.replaceAll(' ', '-'));
      if (run(verb, root.hostPath, call).length < all.length) kills++;
      // A folder's time is put back once its files are exchanged.
      await assertSound(root, when, verb === 'optimise' ? ['STORE_METADATA_ODD'] : []);
    }
    assert.ok(kills > chosen.length / 2, `${kills} of ${chosen.length} runs were killed`);
  });
}

test.run();
