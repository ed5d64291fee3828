import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareLocks } from '../../../../src/system/debian/lock/compare-locks.ts';
import { completeLock } from '../../../../src/system/debian/lock/complete-lock.ts';
import type { Lock } from '../../../../src/system/debian/lock/lock.ts';
import { readLock, writeLock } from '../../../../src/system/debian/lock/lock-file.ts';
import { lockState } from '../../../../src/system/debian/lock/lock-state.ts';
import { aptTest, refusalOf } from '../apt/apt-test.ts';
import { SmallArchive } from '../apt/small-archive.ts';

const daemon = {
  name: 'daemon-user',
  uid: 101,
  gid: 101,
  gecos: '',
  home: '/',
  shell: '/bin/false',
};
const accounts = { users: [daemon], groups: [] };

function first(archive: SmallArchive, ...wanted: readonly string[]): Promise<Lock> {
  return completeLock(archive.settings, { lock: undefined, wanted, update: 'nothing' });
}

aptTest('a current lock is given back as it is, and no apt is asked', async () => {
  using archive = new SmallArchive().add('tiny-one', '1');
  const lock = await first(archive, 'tiny-one');
  archive.useSources('nothing that apt could read\n');
  const wish = { lock, wanted: ['tiny-one'], update: 'nothing' } as const;
  assert.is(await completeLock(archive.settings, wish), lock);
});

aptTest('numbers of users stay, whatever becomes of the packages', async () => {
  using archive = new SmallArchive().add('tiny-one', '1').add('tiny-two', '1');
  const lock = { ...(await first(archive, 'tiny-one')), accounts };
  const other = await completeLock(archive.settings, {
    lock,
    wanted: ['tiny-two'],
    update: 'nothing',
  });
  assert.equal(other.accounts, accounts);
  assert.equal(compareLocks(lock, other), [
    { name: 'tiny-one', before: '1', after: undefined },
    { name: 'tiny-two', before: undefined, after: '1' },
  ]);
  archive.add('tiny-two', '2');
  const anew = await completeLock(archive.settings, {
    lock: other,
    wanted: ['tiny-two'],
    update: 'everything',
  });
  assert.equal(anew.accounts, accounts);
  assert.equal(compareLocks(other, anew), [{ name: 'tiny-two', before: '1', after: '2' }]);
});

aptTest('a lock for another machine is refused, and made anew on request', async () => {
  using archive = new SmallArchive().add('tiny-one', '1');
  const lock = await first(archive, 'tiny-one');
  const wish = { wanted: ['tiny-one'], update: 'nothing' } as const;
  const { settings } = archive;
  const arm = { ...lock, architecture: 'arm64' };
  const old = { ...lock, suite: 'older' };
  const refused = async (lock: Lock): Promise<string> =>
    (await refusalOf(completeLock(settings, { ...wish, lock }))).code;
  assert.is(await refused(arm), 'LOCK_OTHER_ARCHITECTURE');
  assert.is(await refused(old), 'LOCK_OTHER_SUITE');
  const anew = await completeLock(settings, { ...wish, lock: arm, update: 'everything' });
  assert.equal(anew, lock);
});

aptTest('a package that is not locked cannot be updated', async () => {
  using archive = new SmallArchive().add('tiny-one', '1');
  const lock = await first(archive, 'tiny-one');
  const wish = { lock, wanted: ['tiny-one'], update: ['tiny-oen'] };
  const { code, hint } = await refusalOf(completeLock(archive.settings, wish));
  assert.equal([code, hint], ['PACKAGE_NOT_LOCKED', 'Did you mean tiny-one?']);
});

aptTest(
  'a lock is written whole, through a link, and not at all where it is the same',
  async () => {
    using archive = new SmallArchive().add('tiny-one', '1');
    const { root } = archive;
    assert.is(readLock(root, '/etc/genctl'), undefined);
    const lock = await first(archive, 'tiny-one');
    const path = root.onHost('/etc/genctl/genctl.lock');
    fs.mkdirSync(root.onHost('/repository'));
    fs.writeFileSync(root.onHost('/repository/lock'), '', { mode: 0o640 });
    fs.symlinkSync('/repository/lock', path);
    writeLock(root, '/etc/genctl', lock);
    assert.is(fs.readlinkSync(path), '/repository/lock');
    const before = fs.statSync(root.onHost('/repository/lock'));
    assert.is(before.mode & 0o777, 0o640);
    assert.equal(readLock(root, '/etc/genctl')?.packages, lock.packages);
    writeLock(root, '/etc/genctl', lock);
    assert.is(fs.statSync(root.onHost('/repository/lock')).ino, before.ino);
    assert.equal(fs.readdirSync(root.onHost('/repository')), ['lock']);
  },
);

test('in what a lock differs from what is wanted', () => {
  const lock: Lock = {
    suite: 'bookworm',
    architecture: 'amd64',
    wanted: ['htop', 'nano'],
    packages: [],
    accounts,
  };
  const wish = { suite: 'bookworm', architecture: 'amd64', wanted: ['nano', 'htop'] };
  assert.equal(lockState(lock, wish), { kind: 'current' });
  assert.equal(lockState(lock, { ...wish, wanted: ['vim', 'htop'] }), {
    kind: 'other-packages',
    added: ['vim'],
    dropped: ['nano'],
  });
  assert.equal(lockState(lock, { ...wish, suite: 'trixie' }), {
    kind: 'other-suite',
    locked: 'bookworm',
  });
  assert.equal(lockState(lock, { ...wish, architecture: 'arm64' }), {
    kind: 'other-architecture',
    locked: 'amd64',
  });
});

test.run();
