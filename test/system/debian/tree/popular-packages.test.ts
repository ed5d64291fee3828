// What people add most, package by package on top of one tree: whether that was possible, and that
// it gave what all packages at once give. Takes long and fetches a lot, so that scripts/soak runs
// it: GENCTL_POPULAR_PACKAGES is how many of the list are tried, in its order.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../../../src/host/folder.ts';
import { Root } from '../../../../src/host/root.ts';
import { isInstalled } from '../../../../src/host/run.ts';
import { LocalStore } from '../../../../src/store/local-store.ts';
import { packageCacheFolder } from '../../../../src/system/debian/apt/package-cache.ts';
import {
  type LockedAccounts,
  type LockedPackage,
  noAccounts,
} from '../../../../src/system/debian/lock/lock.ts';
import { type BuiltTree, buildTree } from '../../../../src/system/debian/tree/build-tree.ts';
import { cachePackage } from '../../../packages/cache-package.ts';
import { memory } from '../../../packages/memory.ts';
import { suite } from '../../../packages/real-packages.ts';
import { testWhere } from '../../../store/test-where.ts';
import { architecture, giveEssential } from './essential-packages.ts';

/** What every machine has: `wanted-packages.ts`. */
const always = [
  ['adduser', 'apt', 'attr', 'busybox-static', 'ca-certificates', 'dbus', 'kmod', 'login'],
  ['passwd', 'systemd-sysv', 'udev', 'usr-is-merged'],
].flat();

const popular = [
  [
    'vim',
    'nano',
    'less',
    'postfix',
    'git',
    'openssh-server',
    'nginx-light',
    'htop',
    'sudo',
    'cron',
  ],
  ['python3-minimal', 'man-db', 'gawk', 'redis-server', 'exim4-daemon-light', 'bsd-mailx', 'curl'],
  ['tmux', 'wget', 'rsync', 'bash-completion', 'screen', 'strace', 'lsof', 'jq', 'zip', 'file'],
  ['locales', 'rsyslog', 'logrotate', 'iptables', 'nftables', 'zsh', 'gnupg', 'chrony', 'ssl-cert'],
  ['dnsmasq-base', 'lvm2', 'smartmontools', 'mc', 'at', 'tzdata', 'install-info', 'bind9-host'],
  ['xml-core', 'w3m', 'emacsen-common'],
].flat();

/** They cannot be installed beside the others. */
const rivals = new Set(['exim4-daemon-light', 'bsd-mailx']);

const work = fs.mkdtempSync(path.join(memory, 'genctl-popular-test-'));
test.after(() => {
  using parent = Folder.atHostPath(path.dirname(work));
  parent.removeTree(path.basename(work));
});

const root = new Root(work);
const store = new LocalStore(root);
const cache = root.onHost(packageCacheFolder);
let kernel: LockedPackage[] = [];

interface Attempt extends BuiltTree {
  /** Why it was built as a whole; empty where it was built on top of another tree. */
  whole: string;
}

async function build(
  packages: readonly LockedPackage[],
  accounts: LockedAccounts,
  reuse = true,
): Promise<Attempt> {
  let whole = '';
  const built = await buildTree({
    root,
    store,
    osTrees: store.osTrees,
    suite,
    architecture: architecture(),
    packages: [...packages, ...kernel],
    fetch: async () => undefined,
    accounts,
    debconfSelections: '',
    kernelPackage: 'linux-image-test',
    reuse,
    onPackage: () => undefined,
    onWhole: reason => {
      whole = reason;
    },
  });
  return { ...built, whole };
}

/** Paths of what is not the same in both trees. */
async function differing(these: BuiltTree, those: BuiltTree): Promise<string[]> {
  const [left, right] = await Promise.all(
    [these, those].map(async ({ tree }) => {
      const listing = await store.osTrees.listing(tree);
      return new Map(listing.map(entry => [entry.path, inspect(entry)]));
    }),
  );
  const paths = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])]);
  return [...paths].filter(each => left?.get(each) !== right?.get(each));
}

const count = Number(process.env['GENCTL_POPULAR_PACKAGES'] ?? 0);
const canBuild =
  count > 0 &&
  process.getuid?.() === 0 &&
  suite !== '' &&
  ['apt-get', 'dpkg-deb', 'getfattr', 'setfattr', 'setpriv', 'unshare'].every(isInstalled);

function testBuild(name: string, work: () => Promise<void>): void {
  testWhere(canBuild, 'needs root, apt, attr and ./scripts/soak', name, work);
}

let base: Attempt;
/** The base and all that was added so far, one on top of the other, by name. */
const all = new Map<string, LockedPackage>();
let latest: Attempt;

testBuild('popular packages come on top of a system', async () => {
  const given = await giveEssential(cache, always);
  for (const each of given) all.set(each.name, each);
  const files = { 'boot/vmlinuz-6.1': 'kernel', 'lib/modules/6.1/modules.dep': '' };
  kernel = [
    cachePackage(cache, { name: 'linux-image-test', control: { Depends: 'linux-image-6.1' } }),
    cachePackage(cache, { name: 'linux-image-6.1', files }),
  ];
  base = await build(given, noAccounts);
  latest = base;
});

for (const name of popular.slice(0, count)) {
  testBuild(`${name}, on top, is what it is otherwise`, async () => {
    const packages = await giveEssential(cache, [...always, name]);
    const onTop = await build(packages, base.accounts);
    process.stdout.write(`${name}: ${onTop.whole === '' ? 'on top' : `whole, ${onTop.whole}`}\n`);
    const whole = await build(packages, onTop.accounts, false);
    assert.equal(await differing(onTop, whole), []);
    assert.is(onTop.tree, whole.tree);
    if (rivals.has(name)) return;
    for (const each of packages) all.set(each.name, each);
    latest = await build([...all.values()], latest.accounts);
  });
}

testBuild('one after the other they are what they are all at once', async () => {
  const whole = await build([...all.values()], latest.accounts, false);
  assert.equal(await differing(latest, whole), []);
  assert.is(latest.tree, whole.tree);
});

test.run();
