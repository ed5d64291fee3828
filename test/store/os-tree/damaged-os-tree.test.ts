import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWhere } from '../test-where.ts';
import { canHoldTrees, lack, setAttribute, TreeStore } from './scratch-tree.ts';

const treeTest = (name: string, work: (test: TreeStore) => Promise<void>): void =>
  testWhere(canHoldTrees, lack, name, async () => {
    using test = new TreeStore();
    await work(test);
  });

const removeAttribute = (path: string, name: string): void => {
  spawnSync('setfattr', ['-h', '-x', name, path]);
};

/** What is done to a tree in the store, and what is said of it. */
const mendable: [RegExp, (at: string) => void][] = [
  [/^usr\/bin\/su: its mode is 755, and was 4755/, at => fs.chmodSync(`${at}/usr/bin/su`, 0o755)],
  [/^var\/tmp: its mode is 777, and was 1777/, at => fs.chmodSync(`${at}/var/tmp`, 0o777)],
  // It loses its capability as well.
  [
    /^usr\/bin\/ping: its owner is 5:0, and was 0:0/,
    at => fs.chownSync(`${at}/usr/bin/ping`, 5, 0),
  ],
  [/^bin: its owner is 0:0, and was 7:8/, at => fs.lchownSync(`${at}/bin`, 0, 0)],
  [
    /^usr\/bin\/ping: its attribute security.capability is not/,
    at => removeAttribute(`${at}/usr/bin/ping`, 'security.capability'),
  ],
  [
    /^usr\/open: its attribute user.more is not/,
    at => setAttribute(`${at}/usr/open`, 'user.more', '0x01'),
  ],
  [/^the tree itself: its time is not 1/, at => fs.utimesSync(at, 5, 5)],
];

const unmendable: [RegExp, (at: string) => void][] = [
  [
    /^usr\/open: its content is not what was added; 3 files differ/,
    at => {
      fs.writeFileSync(`${at}/usr/open`, 'SECRET');
      fs.utimesSync(`${at}/usr/open`, 1, 1);
      fs.chmodSync(`${at}/usr/bin/su`, 0o755);
    },
  ],
  [/^usr\/again: it is missing/, at => fs.rmSync(`${at}/usr/again`)],
  [/^usr\/zusatz: it was not there/, at => fs.writeFileSync(`${at}/usr/zusatz`, '')],
  [
    /^bin: it leads to \/tmp, and led to usr\/bin/,
    at => {
      fs.rmSync(`${at}/bin`);
      fs.symlinkSync('/tmp', `${at}/bin`);
    },
  ],
  [
    /^var\/mail: it is a link, and was a folder/,
    at => {
      fs.rmdirSync(`${at}/var/mail`);
      fs.symlinkSync('/tmp', `${at}/var/mail`);
    },
  ],
  [/usr\/pipe: it is a device/, at => spawnSync('mkfifo', [`${at}/usr/pipe`])],
];

treeTest('metadata that is not what was added is named, and mended', async test => {
  const path = await test.add();
  for (const [expected, damage] of mendable) {
    damage(test.at(path));
    const finding = await test.store.verify(path);
    assert.is(finding?.code, 'STORE_METADATA_ODD', String(expected));
    assert.match(finding?.reason ?? '', expected);
    assert.is((await test.store.repair(path)).outcome, 'mended', String(expected));
    assert.equal(await test.store.verifyAll(), [], String(expected));
  }
});

treeTest('what cannot be mended is named, and added anew', async test => {
  const path = await test.add();
  for (const [expected, damage] of unmendable) {
    damage(test.at(path));
    const finding = await test.store.verify(path);
    assert.is(finding?.code, 'STORE_PATH_DAMAGED', String(expected));
    assert.match(finding?.reason ?? '', expected);
    assert.is((await test.store.repair(path)).outcome, 'damaged', String(expected));
    assert.is(await test.store.osTrees.addAnew('tree', test.sources, 'source-0'), path);
    assert.equal(await test.store.verifyAll(), [], String(expected));
  }
  const names = fs.readdirSync(test.root.onHost('/nix/store')).toSorted();
  assert.equal(names, ['.links-os', path.slice(11)].toSorted(), 'nothing is left over');
});

for (const [what, damage] of [
  ['listing is missing', (listing: string) => fs.rmSync(listing)],
  ['listing is torn', (listing: string) => fs.truncateSync(listing, 100)],
  ['.narinfo is missing', (_: string, narInfo: string) => fs.rmSync(narInfo)],
  ['.narinfo is torn', (_: string, narInfo: string) => fs.truncateSync(narInfo, 60)],
  [
    'size is another one',
    (_: string, narInfo: string) => {
      const text = fs.readFileSync(narInfo, 'utf8');
      fs.writeFileSync(narInfo, text.replace(/TreeSize: \d+/, 'TreeSize: 5'));
    },
  ],
] as const) {
  treeTest(`a tree whose ${what} is recorded again`, async test => {
    const path = await test.add();
    const listing = test.root.onHost(`/nix/var/genctl/os-trees/${path.slice(11)}.listing`);
    const narInfo = test.root.onHost(`/nix/var/genctl/narinfo/${path.slice(11, 43)}.narinfo`);
    const texts = [listing, narInfo].map(file => fs.readFileSync(file, 'utf8'));
    damage(listing, narInfo);
    assert.equal(
      (await test.store.verifyAll()).map(({ subject }) => subject),
      [path],
    );
    // Nobody takes it for a NAR path, whose files all have one owner.
    await test.store.optimise();
    assert.is((await test.store.repair(path)).outcome, 'mended');
    assert.equal(
      [listing, narInfo].map(file => fs.readFileSync(file, 'utf8')),
      texts,
    );
    assert.equal(await test.store.verifyAll(), []);
  });
}

test.run();
