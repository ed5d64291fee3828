import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../../src/host/folder.ts';
import type { StorePath } from '../../../src/store/store-path.ts';
import { copyOf, fileOf } from '../../../src/store/tree.ts';
import { testWhere } from '../test-where.ts';
import {
  canHoldTrees,
  lack,
  netRaw,
  setAttribute,
  shownAttributes,
  TreeStore,
} from './scratch-tree.ts';

const treeTest = (name: string, work: (test: TreeStore) => Promise<void>): void =>
  testWhere(canHoldTrees, lack, name, async () => {
    using test = new TreeStore();
    await work(test);
  });

/** All that is below a folder, with what a NAR does not know. */
function everything(at: string): string[] {
  const names = fs.readdirSync(at, { recursive: true }).map(String);
  return ['', ...names.toSorted()].map(name => {
    const path = `${at}/${name}`;
    const stat = fs.lstatSync(path);
    const content = stat.isFile()
      ? fs.readFileSync(path, 'hex')
      : stat.isSymbolicLink()
        ? fs.readlinkSync(path)
        : '';
    return [name, stat.mode.toString(8), stat.uid, stat.gid, content].join(' ');
  });
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (thrown) {
    return `${String(Reflect.get(Object(thrown), 'code'))} ${String(thrown)}`;
  }
}

treeTest(
  'owners, setuid and sticky bits, capabilities and odd names are as they were',
  async test => {
    const path = await test.add();
    const source = `${test.sources.path}/source-0`;
    assert.equal(everything(test.at(path)), everything(source));
    assert.is(shownAttributes(test.at(path)), shownAttributes(source));
    for (const name of ['', '/usr/bin', '/usr/bin/su', '/bin']) {
      assert.is(fs.lstatSync(test.at(path, name)).mtimeMs, 1000, name);
    }
    assert.is(await test.store.verify(path), undefined);
    const info = await test.store.info(path);
    assert.equal([info?.kind, info?.references], ['os-tree', []]);
    assert.equal(await test.store.closure([path]), [path]);
    const listing = await test.store.osTrees.listing(path);
    assert.equal(
      listing.find(entry => entry.path === 'usr/bin/ping'),
      {
        kind: 'file',
        path: 'usr/bin/ping',
        mode: 0o755,
        uid: 0,
        gid: 0,
        sizeBytes: 4,
        sha256: '758d61f26a44448384e5c4468a0dcb7a2abe456067b0f7b505bc28b9411fe931',
        attributes: new Map([['security.capability', Buffer.from(netRaw.slice(2), 'hex')]]),
      },
    );
  },
);

treeTest('the listing is the format that trees are named by: it never changes', async test => {
  const path = await test.add(at => fs.rmSync(`${at}/usr`, { recursive: true }));
  const listing = fs.readFileSync(
    test.root.onHost(`/nix/var/genctl/os-trees/${path.slice(11)}.listing`),
    'utf8',
  );
  assert.is(
    listing,
    [
      'genctl-os-tree 1',
      'folder 755 0 0 ""',
      'link 7 8 "bin" "usr/bin"',
      'folder 755 0 0 "var" "user.empty"=',
      'folder 2775 0 8 "var/mail"',
      'folder 1777 0 0 "var/tmp"',
      '',
    ].join('\n'),
  );
  assert.is(path, '/nix/store/26128dsg3ffc1r450bsv5kjcflv8w8l3-tree');
});

treeTest('the same tree elsewhere and at another time has the same path', async test => {
  const path = await test.add();
  const same = await test.add(at => {
    fs.utimesSync(`${at}/usr/bin/su`, 5, 5);
    fs.rmSync(`${at}/usr/bin/sudo`);
    fs.copyFileSync(`${at}/usr/bin/su`, `${at}/usr/bin/sudo`);
    fs.chmodSync(`${at}/usr/bin/sudo`, 0o4755);
  });
  assert.is(same, path);
});

const changes: Record<string, (at: string) => void> = {
  'a mode': at => fs.chmodSync(`${at}/usr/bin/su`, 0o755),
  'a sticky bit': at => fs.chmodSync(`${at}/var/tmp`, 0o777),
  'an owner': at => fs.chownSync(`${at}/usr/open`, 1, 0),
  'a group': at => fs.chownSync(`${at}/usr/open`, 0, 1),
  "a link's owner": at => fs.lchownSync(`${at}/bin`, 0, 0),
  'a link': at => {
    fs.rmSync(`${at}/bin`);
    fs.symlinkSync('usr/sbin', `${at}/bin`);
    fs.lchownSync(`${at}/bin`, 7, 8);
  },
  'a capability': at => {
    setAttribute(`${at}/usr/bin/ping`, 'security.capability', netRaw.replace('2000', '2001'));
  },
  'an attribute': at => setAttribute(`${at}/usr`, 'user.more', '0x'),
  'a content': at => fs.writeFileSync(`${at}/usr/open`, 'SECRET'),
  'a name': at => fs.renameSync(`${at}/usr/open`, `${at}/usr/opened`),
  'an empty folder': at => fs.mkdirSync(`${at}/empty`),
};

treeTest('whatever is changed, the path is another one', async test => {
  const paths = [await test.add()];
  for (const change of Object.values(changes)) paths.push(await test.add(change));
  assert.is(new Set(paths).size, paths.length);
});

treeTest('a tree is no NAR path, of whatever content', async test => {
  using folder = Folder.atHostPath(test.sources.path);
  fs.writeFileSync(`${test.sources.path}/file`, 'x');
  fs.chmodSync(`${test.sources.path}/file`, 0o444);
  const nar = await test.store.add('file', copyOf(folder, 'file'));
  const tree = await test.store.osTrees.add('file', folder, 'file');
  assert.is.not(tree, nar);
  assert.equal(await test.store.paths(), [nar, tree].toSorted());
  assert.equal(await test.store.verifyAll(), []);
  assert.match(await failure(test.store.osTrees.listing(nar)), /^OS_TREE_LISTING_INVALID /);
});

treeTest('what a tree cannot hold is refused by name, and leaves nothing behind', async test => {
  const refusals: [RegExp, (at: string) => void][] = [
    [/^FILE_KIND_UNSUPPORTED .*usr\/pipe/, at => spawnSync('mkfifo', [`${at}/usr/pipe`])],
    [/^FILE_KIND_UNSUPPORTED .*null/, at => spawnSync('mknod', [`${at}/null`, 'c', '1', '3'])],
    [
      /^TREE_NAME_INVALID .*no UTF-8/,
      at => fs.writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff])]), ''),
    ],
    [/^TREE_NAME_INVALID .*bad-link/, at => fs.symlinkSync(Buffer.from([0xff]), `${at}/bad-link`)],
  ];
  for (const [expected, change] of refusals) {
    assert.match(await failure(test.add(change)), expected);
  }
  assert.not.ok(fs.existsSync(test.root.onHost('/nix')));
});

const inode = (test: TreeStore, path: StorePath, below: string): number =>
  fs.lstatSync(test.at(path, below)).ino;

treeTest('trees share their files where owner, mode and attributes are the same', async test => {
  const one = await test.add();
  const two = await test.add(at => fs.writeFileSync(`${at}/usr/bin/new`, 'new'), 'other');
  for (const name of ['/usr/bin/su', '/usr/bin/ping', '/usr/shadow']) {
    assert.is(inode(test, one, name), inode(test, two, name), name);
  }
  assert.is(inode(test, one, '/usr/shadow'), inode(test, one, '/usr/again'), 'within a tree, too');
  assert.is.not(inode(test, one, '/usr/shadow'), inode(test, one, '/usr/open'));
  assert.is.not(inode(test, one, '/usr/bin/empty'), inode(test, two, '/usr/bin/empty'));
  assert.is(fs.statSync(test.root.onHost('/nix/store/.links-os')).mode & 0o777, 0o700);
  const before = everything(test.at(two));
  await test.store.optimise();
  assert.equal(everything(test.at(two)), before);
  assert.equal(await test.store.verifyAll(), []);
});

treeTest('a file that somebody changed is never given to another tree', async test => {
  const one = await test.add();
  fs.writeFileSync(test.at(one, '/usr/shadow'), 'SECRET');
  fs.utimesSync(test.at(one, '/usr/shadow'), 1, 1);
  const two = await test.add(undefined, 'other');
  assert.is(await test.store.verify(two), undefined);
  assert.is((await test.store.verify(one))?.code, 'STORE_PATH_DAMAGED');
});

treeTest(
  'with a base the path is the same, and what is said to be the same is not read',
  async test => {
    const base = await test.add();
    const change = (at: string): void => {
      fs.writeFileSync(`${at}/usr/open`, 'changed');
      fs.writeFileSync(`${at}/usr/bin/new`, 'new');
      fs.rmSync(`${at}/usr/bin/crontab`);
    };
    const whole = await test.add(change);
    fs.rmSync(test.root.onHost('/nix/store/.links-os'), { recursive: true });
    const asked: string[] = [];
    const isSame = (path: string): boolean => {
      asked.push(path);
      return !['usr/open', 'usr/bin/new'].includes(path);
    };
    // By another name, so that it is laid.
    const source = 'source-1';
    // Nobody may even look into it.
    fs.writeFileSync(`${test.sources.path}/${source}/usr/shadow`, 'not what is said');
    const based = await test.store.osTrees.add('tree', test.sources, source, {
      base: { path: base, isSame },
    });
    assert.is(based, whole);
    const other = await test.store.osTrees.add('other', test.sources, source, {
      base: { path: base, isSame },
    });
    assert.is(inode(test, other, '/usr/shadow'), inode(test, base, '/usr/shadow'));
    assert.is(await test.store.verify(other), undefined);
    assert.ok(asked.includes('usr/shadow'));
    assert.equal(everything(test.at(other)), everything(test.at(whole)));
  },
);

treeTest('what is no base any more costs time, and changes nothing', async test => {
  const base = await test.add();
  const listing = test.root.onHost(`/nix/var/genctl/os-trees/${base.slice(11)}.listing`);
  fs.writeFileSync(listing, 'torn');
  const same = await test.store.osTrees.add('other', test.sources, 'source-0', {
    base: { path: base, isSame: () => true },
  });
  assert.is(await test.store.verify(same), undefined);
});

treeTest(
  'a collection deletes trees, their listings and what of the pool nothing holds',
  async test => {
    const one = await test.add();
    const two = await test.add(at => fs.writeFileSync(`${at}/usr/bin/own`, 'own'), 'other');
    const { path: nar } = { path: await test.store.add('x', fileOf('x')) };
    const pool = test.root.onHost('/nix/store/.links-os');
    const before = fs.readdirSync(pool).length;
    test.forgetClaims();
    const graph = await test.store.graph();
    assert.ok(graph.narSizeBytes(one) > 20);
    const { deletedPaths } = await test.store.collect([one, nar]);
    assert.is(deletedPaths, 1);
    assert.not.ok(fs.existsSync(test.at(two)));
    assert.is(fs.readdirSync(pool).length, before - 1);
    assert.equal(await test.store.verifyAll(), []);
    const swept = await test.store.collect([nar]);
    assert.equal([swept.deletedPaths, swept.findings], [1, []]);
    assert.equal(fs.readdirSync(pool), []);
    assert.equal(fs.readdirSync(test.root.onHost('/nix/var/genctl/os-trees')), []);
  },
);

test.run();
