import * as fs from 'node:fs';
import * as path from 'node:path';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../../src/errors.ts';
import { Folder } from '../../../../src/host/folder.ts';
import { Root } from '../../../../src/host/root.ts';
import { isInstalled } from '../../../../src/host/run.ts';
import { LocalStore } from '../../../../src/store/local-store.ts';
import type { OsTreeEntry } from '../../../../src/store/os-tree/os-tree-entry.ts';
import { renderAccounts } from '../../../../src/system/debian/account-database.ts';
import { packageCacheFolder } from '../../../../src/system/debian/apt/package-cache.ts';
import {
  type LockedAccounts,
  type LockedPackage,
  noAccounts,
} from '../../../../src/system/debian/lock/lock.ts';
import { type BuiltTree, buildTree } from '../../../../src/system/debian/tree/build-tree.ts';
import { installPackages } from '../../../../src/system/debian/tree/install-packages.ts';
import { cachePackage } from '../../../packages/cache-package.ts';
import { memory } from '../../../packages/memory.ts';
import { suite } from '../../../packages/real-packages.ts';
import { testWhere } from '../../../store/test-where.ts';
import { architecture, giveEssential } from './essential-packages.ts';

const work = fs.mkdtempSync(path.join(memory, 'genctl-tree-test-'));
test.after(() => {
  using parent = Folder.atHostPath(path.dirname(work));
  parent.removeTree(path.basename(work));
});

const canBuild =
  process.getuid?.() === 0 &&
  suite !== '' &&
  ['apt-get', 'dpkg-deb', 'getfattr', 'setfattr', 'setpriv', 'unshare'].every(isInstalled);

function testBuild(name: string, work: () => Promise<void>): void {
  testWhere(canBuild, 'needs root, apt and getfattr (attr)', name, work);
}

/** A machine's root with packages, where trees are built. */
class Builder {
  readonly root: Root;
  readonly store: LocalStore;
  /** Packages whose steps were told. */
  readonly steps: string[] = [];
  /** Packages that had to be in the cache. */
  readonly fetched: string[] = [];
  /** Why all were installed anew. */
  readonly reasons: string[] = [];

  constructor() {
    this.root = new Root(work);
    this.store = new LocalStore(this.root);
  }

  get cache(): string {
    return this.root.onHost(packageCacheFolder);
  }

  build(
    packages: LockedPackage[],
    { accounts = noAccounts }: { accounts?: LockedAccounts } = {},
  ): Promise<BuiltTree> {
    this.steps.length = 0;
    this.fetched.length = 0;
    this.reasons.length = 0;
    return buildTree({
      root: this.root,
      store: this.store,
      osTrees: this.store.osTrees,
      suite,
      architecture: architecture(),
      packages,
      fetch: async asked => {
        this.fetched.push(...asked.map(({ name }) => name));
      },
      accounts,
      debconfSelections: 'asker asker/colour string green\n',
      kernelPackage: 'linux-image-test',
      reuse: true,
      onPackage: ({ name }) => this.steps.push(name),
      onWhole: reason => this.reasons.push(reason),
    });
  }

  async entries({ tree }: BuiltTree): Promise<Map<string, OsTreeEntry>> {
    const listing = await this.store.osTrees.listing(tree);
    return new Map(listing.map(entry => [entry.path, entry]));
  }

  text({ tree }: BuiltTree, file: string): string {
    return fs.readFileSync(path.join(this.root.onHost(tree), file), 'utf8');
  }

  /** The memory of the tree that was built last, a path on the host. */
  lastRecord(): string {
    const folder = this.root.onHost('/nix/var/genctl/trees');
    const records = fs.readdirSync(folder).map(name => path.join(folder, name));
    const [last = ''] = records.toSorted(
      (left, right) => fs.statSync(right).mtimeMs - fs.statSync(left).mtimeMs,
    );
    return last;
  }

  /** What builds have left of what they worked in. */
  leftovers(): string[] {
    return fs.readdirSync(this.root.onHost('/var/cache/genctl/build'));
  }
}

const privateKey = '-----BEGIN EC PRIVATE KEY-----';

const first = new Builder();
let base: LockedPackage[] = [];
let built: BuiltTree;
let added: LockedPackage[] = [];
let builtUpon: BuiltTree;

testBuild('packages become a tree, a kernel and its modules', async () => {
  // As `smallDebian` has it, which finds the packages for both.
  const names = ['adduser', 'attr', 'busybox-static', 'passwd', 'login', 'usr-is-merged'];
  const essential = await giveEssential(first.cache, names);
  const made = [
    cachePackage(first.cache, {
      name: 'linux-image-test',
      control: { Depends: 'linux-image-6.1-test' },
    }),
    cachePackage(first.cache, {
      name: 'linux-image-6.1-test',
      files: { 'boot/vmlinuz-6.1-test': 'kernel', 'lib/modules/6.1-test/modules.dep': 'none' },
    }),
    cachePackage(first.cache, {
      name: 'linux-image-9-other',
      files: { 'boot/vmlinuz-9-other': 'other', 'lib/modules/9-other/modules.dep': 'none' },
    }),
    cachePackage(first.cache, {
      name: 'asker',
      control: { Depends: 'debconf' },
      files: { 'etc/example.key': privateKey },
      scripts: {
        templates: 'Template: asker/colour\nType: string\nDescription: Which colour?\n',
        postinst: `#!/bin/sh -e
. /usr/share/debconf/confmodule
db_get asker/colour
echo "$RET" >/etc/asker
date >/var/log/asker.log
mkdir -p /etc/ssh /etc/systemd/user/x.wants
ln -s /lib/systemd/user/y /etc/systemd/user/x.wants/y
echo secret >/etc/ssh/ssh_host_rsa_key
echo '${privateKey}' >/var/lib/asker.pem
mkdir /etc/mdadm
printf '%s\\n' 'MAILADDR root' '' '# definitions of existing MD arrays' \
  'ARRAY /dev/md/builds  metadata=1.2 UUID=8ac3a1e7:90b2d1c4:5d1e7f2a:0c4b6d8e name=builder:builds' \
  '' '# This configuration was auto-generated by mkconf' >/etc/mdadm/mdadm.conf
perl -MSocket -e '
  socket(my $local, AF_UNIX, SOCK_STREAM, 0) or die;
  bind($local, pack_sockaddr_un("/etc/socket")) or die;
  socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die;
  connect($udp, pack_sockaddr_in(9, INADDR_LOOPBACK)) or die "no lo: $!";
' >&2
`,
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
    ['var/lib/asker.pem', 'etc/socket'],
    ['usr/lib/modules/6.1-test', 'usr/lib/modules/9-other', 'var/log/dpkg.log'],
  ].flat();
  assert.equal(
    gone.filter(file => entries.has(file)),
    [],
  );
  assert.is(first.text(built, 'etc/example.key'), privateKey);
  // Which arrays the machine has that builds is its own business.
  assert.is(
    first.text(built, 'etc/mdadm/mdadm.conf'),
    'MAILADDR root\n\n# This configuration was auto-generated by mkconf\n',
  );
  assert.is(entries.get('usr/lib/modules')?.kind, 'folder');
  const places = ['usr/local', 'var/lib/dpkg', 'usr/bin/genctl', 'bin'];
  const links = [...places, 'etc/systemd/user/x.wants/y'].map(file => {
    const entry = entries.get(file);
    return entry?.kind === 'link' ? entry.target : entry?.kind;
  });
  assert.equal(links, [
    '../var/local',
    '../../usr/lib/sysimage/dpkg',
    '/run/current-system/genctl/bin/genctl',
    'usr/bin',
    // As systemctl has it, whoever made the link.
    '/usr/lib/systemd/user/y',
  ]);
  assert.is(new Set(first.steps).size, base.length);
  assert.equal(first.leftovers(), []);
});

testBuild('the same packages are not built again', async () => {
  const again = await first.build(base, { accounts: built.accounts });
  assert.equal(again, built);
  assert.equal(first.steps, []);
  assert.equal(first.fetched, []);
});

/** cap_net_bind_service, effective and permitted. */
const capability = '0x0100000200040000000000000000000000000000';

testBuild('what comes on top is installed alone, and its accounts get numbers', async () => {
  const made = cachePackage(first.cache, {
    name: 'brings-user',
    control: { Depends: 'adduser, attr, passwd' },
    files: { 'usr/bin/tool': '#!/bin/sh\n', 'etc/tool.conf': 'x\n', 'usr/share/tool': 'x\n' },
    scripts: {
      conffiles: '/etc/tool.conf\n',
      // dash has diversions, and mawk is awk: by a higher priority, so the order decides nothing.
      preinst: `#!/bin/sh -e
dpkg-divert --package brings-user --add --rename --divert /usr/share/tool.x /usr/share/tool
`,
      postinst: `#!/bin/sh -e
update-alternatives --install /usr/bin/awk awk /usr/bin/tool 1
groupadd --system zz-group
adduser --system --group --home /var/lib/aa aa-user
adduser aa-user tty
chown aa-user:zz-group /usr/bin/tool
chmod 6755 /usr/bin/tool
setfattr -n security.capability -v ${capability} /usr/bin/tool
setfattr -n user.note -v 0x61 /var/lib/aa
`,
    },
  });
  added = [...base, made];
  // What somebody has set up for his own shell makes no other tree.
  const elsewhere = path.join(work, 'elsewhere');
  for (const name of ['upper', 'tree', 'flat'])
    fs.mkdirSync(`${elsewhere}/${name}`, { recursive: true });
  const own = { CDPATH: elsewhere, TAR_OPTIONS: '--exclude=tool' };
  Object.assign(process.env, own);
  builtUpon = await first.build(added, { accounts: built.accounts });
  for (const name of Object.keys(own)) delete process.env[name];
  assert.equal(new Set(first.steps), new Set(['brings-user']));
  assert.equal(first.fetched, ['brings-user']);
  assert.equal(first.reasons, []);
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
  // They would be lost with the owner that the file had while it was made.
  const attributes = tool?.kind === 'file' ? tool.attributes : undefined;
  assert.is(attributes?.get('security.capability')?.toString('hex'), capability.slice(2));
  const home = entries.get('var/lib/aa');
  assert.equal(home?.kind === 'folder' && [home.uid, [...home.attributes.keys()]], [
    ours[0],
    ['user.note'],
  ]);
  assert.is(builtUpon.kernel, built.kernel);
});

testBuild(
  'where nothing can be laid upon another tree, the whole is built to the same bit',
  async () => {
    fs.rmSync(first.lastRecord());
    const programs = fs.mkdtempSync(path.join(work, 'programs-'));
    fs.writeFileSync(
      path.join(programs, 'mount'),
      '#!/bin/sh\ncase "$*" in *"-t overlay"*) exit 32 ;; esac\nPATH=${PATH#*:} exec mount "$@"\n',
      { mode: 0o755 },
    );
    const before = process.env['PATH'];
    process.env['PATH'] = `${programs}:${before}`;
    try {
      const whole = await first.build(added, { accounts: builtUpon.accounts });
      const [these, those] = [await first.entries(whole), await first.entries(builtUpon)];
      const differing = [...these.keys(), ...those.keys()].filter(
        file => inspect(these.get(file)) !== inspect(those.get(file)),
      );
      assert.equal(differing, []);
      assert.equal(whole, builtUpon);
    } finally {
      process.env['PATH'] = before;
    }
    assert.equal(new Set(first.steps).size, added.length);
    assert.match(first.reasons.join(), 'the kernel cannot lay it below');
    // All that was built upon it has not changed it.
    assert.is(await first.store.verify(built.tree), undefined);
  },
);

testBuild('a package that cannot be configured is named, with its last words', async () => {
  const broken = cachePackage(first.cache, {
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

testBuild('a pipe, which no store can hold, is named', async () => {
  const piper = cachePackage(first.cache, {
    name: 'piper',
    scripts: { postinst: '#!/bin/sh\nmkfifo /var/lib/pipe\n' },
  });
  try {
    await first.build([...base, piper], { accounts: built.accounts });
    assert.unreachable();
  } catch (thrown) {
    assert.ok(thrown instanceof GenctlError);
    assert.match(thrown.message, 'a device or a pipe in it: ./var/lib/pipe');
  }
});

testBuild('a script that waits for ever is ended', async () => {
  const sleeper = cachePackage(first.cache, {
    name: 'sleeper',
    scripts: { postinst: '#!/bin/sh\nexec sleep 86399\n' },
  });
  fs.mkdirSync(path.join(work, 'scratch'));
  using scratch = Folder.atHostPath(path.join(work, 'scratch'));
  scratch.makeFolder('accounts');
  using accounts = scratch.open('accounts');
  for (const [name, text] of Object.entries(renderAccounts(built.accounts))) {
    accounts.createUnsynced(name, Buffer.from(text));
  }
  const relations = { preDepends: [], depends: [], provides: [] };
  const batch = [{ ...sleeper, essential: false, ...relations }];
  const plan = {
    scratch: scratch.path,
    packages: first.cache,
    architecture: architecture(),
    order: { essential: [], batches: [batch] },
    base: first.root.onHost(built.tree),
  };
  try {
    await installPackages(scratch, plan, '', () => undefined, 0.1);
    assert.unreachable();
  } catch (thrown) {
    assert.ok(thrown instanceof GenctlError);
    assert.is(thrown.code, 'PACKAGE_FAILED');
    assert.match(thrown.message, /^cannot install .*: it has not come to an end in 0.1 minutes$/);
  }
});

test.run();
