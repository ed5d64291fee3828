import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../../src/errors.ts';
import { Folder } from '../../../../src/host/folder.ts';
import { Root } from '../../../../src/host/root.ts';
import { isInstalled } from '../../../../src/host/run.ts';
import { LocalStore } from '../../../../src/store/local-store.ts';
import type { OsTreeEntry } from '../../../../src/store/os-tree/os-tree-entry.ts';
import { packageCacheFolder } from '../../../../src/system/debian/apt/package-cache.ts';
import {
  type LockedAccounts,
  type LockedPackage,
  noAccounts,
} from '../../../../src/system/debian/lock/lock.ts';
import { type BuiltTree, buildTree } from '../../../../src/system/debian/tree/build-tree.ts';
import { testWhere } from '../../../store/test-where.ts';
import { architecture, fetchEssential, share, suite } from './essential-packages.ts';
import { makePackage } from './made-packages.ts';

// Trees have thousands of files, which are written and read several times.
const memory = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const work = fs.mkdtempSync(path.join(memory, 'genctl-tree-test-'));
test.after(() => {
  using parent = Folder.atHostPath(path.dirname(work));
  parent.removeTree(path.basename(work));
});

const canBuild =
  process.getuid?.() === 0 &&
  suite !== '' &&
  ['apt-get', 'dpkg-deb', 'getfattr', 'setpriv', 'unshare'].every(isInstalled);

function testBuild(name: string, work: () => Promise<void>): void {
  testWhere(canBuild, 'needs root, apt and getfattr (attr)', name, work);
}

/** A machine's root with packages, where trees are built. */
class Builder {
  readonly root: Root;
  readonly store: LocalStore;
  /** Packages whose steps were told. */
  readonly steps: string[] = [];

  constructor(name: string) {
    fs.mkdirSync(path.join(work, name));
    this.root = new Root(path.join(work, name));
    this.store = new LocalStore(this.root);
  }

  get cache(): string {
    return this.root.onHost(packageCacheFolder);
  }

  build(
    packages: LockedPackage[],
    { accounts = noAccounts, reuse = true }: { accounts?: LockedAccounts; reuse?: boolean } = {},
  ): Promise<BuiltTree> {
    this.steps.length = 0;
    return buildTree({
      root: this.root,
      store: this.store,
      suite,
      architecture: architecture(),
      packages,
      accounts,
      debconfSelections: 'asker asker/colour string green\n',
      kernelPackage: 'linux-image-test',
      reuse,
      onPackage: ({ name }) => this.steps.push(name),
    });
  }

  async entries({ tree }: BuiltTree): Promise<Map<string, OsTreeEntry>> {
    const listing = await this.store.osTrees.listing(tree);
    return new Map(listing.map(entry => [entry.path, entry]));
  }

  text({ tree }: BuiltTree, file: string): string {
    return fs.readFileSync(path.join(this.root.onHost(tree), file), 'utf8');
  }

  /** What builds have left of what they worked in. */
  leftovers(): string[] {
    return fs.readdirSync(this.root.onHost('/var/cache/genctl/build'));
  }
}

const first = new Builder('first');
const second = new Builder('second');
let base: LockedPackage[] = [];
let built: BuiltTree;
let added: LockedPackage[] = [];
let builtUpon: BuiltTree;

testBuild('packages become a tree, a kernel and its modules', async () => {
  const essential = await fetchEssential(first.root, ['adduser', 'passwd', 'usr-is-merged']);
  const made = [
    makePackage(first.cache, {
      name: 'linux-image-test',
      control: 'Depends: linux-image-6.1-test\n',
    }),
    makePackage(first.cache, {
      name: 'linux-image-6.1-test',
      files: { 'boot/vmlinuz-6.1-test': 'kernel', 'lib/modules/6.1-test/modules.dep': 'none' },
    }),
    makePackage(first.cache, {
      name: 'linux-image-9-other',
      files: { 'boot/vmlinuz-9-other': 'other', 'lib/modules/9-other/modules.dep': 'none' },
    }),
    makePackage(first.cache, {
      name: 'asker',
      control: 'Depends: debconf\n',
      scripts: {
        templates: 'Template: asker/colour\nType: string\nDescription: Which colour?\n',
        postinst:
          '#!/bin/sh -e\n. /usr/share/debconf/confmodule\ndb_get asker/colour\necho "$RET" >/etc/asker\ndate >/var/log/asker.log\nmkdir -p /etc/ssh; echo secret >/etc/ssh/ssh_host_rsa_key\n',
      },
    }),
  ];
  base = [...essential, ...made];
  built = await first.build(base);
  assert.is(built.kernelRelease, '6.1-test');
  assert.is(fs.readFileSync(first.root.onHost(built.kernel), 'utf8'), 'kernel');
  assert.equal(fs.readdirSync(first.root.onHost(built.modules)), ['6.1-test']);
  const entries = await first.entries(built);
  const su = entries.get('usr/bin/su');
  assert.is(su?.kind === 'file' && su.mode, 0o4755);
  assert.is(first.text(built, 'etc/asker'), 'green\n');
  assert.is(first.text(built, 'var/log/asker.log'), '');
  const gone = [
    ['etc/passwd', 'etc/group', 'etc/shadow', 'etc/gshadow', 'etc/passwd-', 'etc/machine-id'],
    ['etc/ssh/ssh_host_rsa_key', 'usr/sbin/policy-rc.d', 'boot/vmlinuz-6.1-test'],
    ['usr/lib/modules/6.1-test', 'usr/lib/modules/9-other', 'var/log/dpkg.log'],
  ].flat();
  assert.equal(
    gone.filter(file => entries.has(file)),
    [],
  );
  assert.is(entries.get('usr/lib/modules')?.kind, 'folder');
  const links = ['usr/local', 'var/lib/dpkg', 'usr/bin/genctl', 'bin'].map(file => {
    const entry = entries.get(file);
    return entry?.kind === 'link' ? entry.target : entry?.kind;
  });
  assert.equal(links, [
    '../var/local',
    '../../usr/lib/sysimage/dpkg',
    '/run/current-system/genctl/bin/genctl',
    'usr/bin',
  ]);
  assert.is(new Set(first.steps).size, base.length);
  assert.equal(first.leftovers(), []);
});

testBuild('the same packages are not built again', async () => {
  const again = await first.build(base, { accounts: built.accounts });
  assert.equal(again, built);
  assert.equal(first.steps, []);
});

testBuild('what comes on top is installed alone, and its accounts get numbers', async () => {
  const made = makePackage(first.cache, {
    name: 'brings-user',
    control: 'Depends: adduser, passwd\n',
    files: { 'usr/bin/tool': '#!/bin/sh\n', 'etc/tool.conf': 'x\n' },
    scripts: {
      conffiles: '/etc/tool.conf\n',
      postinst: `#!/bin/sh -e
groupadd --system zz-group
adduser --system --group --home /var/lib/aa aa-user
adduser aa-user tty
chown aa-user:zz-group /usr/bin/tool
chmod 6755 /usr/bin/tool
`,
    },
  });
  added = [...base, made];
  builtUpon = await first.build(added, { accounts: built.accounts });
  assert.equal(new Set(first.steps), new Set(['brings-user']));
  const { users, groups } = builtUpon.accounts;
  const user = users.find(({ name }) => name === 'aa-user');
  assert.is(user?.home, '/var/lib/aa');
  assert.equal(groups.find(({ name }) => name === 'tty')?.members, ['aa-user']);
  const ours = [user?.uid, user?.gid, groups.find(({ name }) => name === 'zz-group')?.gid];
  for (const number of ours) assert.ok(number !== undefined && number >= 100 && number <= 499);
  const entries = await first.entries(builtUpon);
  const tool = entries.get('usr/bin/tool');
  assert.equal(tool?.kind === 'file' && [tool.uid, tool.gid, tool.mode], [
    ours[0],
    ours[2],
    0o6755,
  ]);
  assert.is(entries.get('var/lib/aa')?.uid, ours[0]);
  assert.is(builtUpon.kernel, built.kernel);
});

testBuild('elsewhere, and as a whole, it is the same tree to the bit', async () => {
  fs.mkdirSync(second.cache, { recursive: true });
  share(first.cache, second.cache);
  const whole = await second.build(added, { accounts: builtUpon.accounts, reuse: false });
  assert.equal(whole, builtUpon);
  assert.is(await first.store.verify(built.tree), undefined);
});

testBuild('a package that cannot be configured is named, with its last words', async () => {
  const broken = makePackage(first.cache, {
    name: 'broken',
    scripts: { postinst: '#!/bin/sh\necho the moon is not there\nexit 7\n' },
  });
  try {
    await first.build([...base, broken], { accounts: built.accounts });
    assert.unreachable();
  } catch (thrown) {
    assert.ok(thrown instanceof GenctlError);
    assert.is(thrown.code, 'PACKAGE_FAILED');
    assert.match(
      thrown.message,
      /^cannot install broken: .*post-installation.*: the moon is not there$/,
    );
  }
  assert.equal(first.leftovers(), []);
});

test.run();
