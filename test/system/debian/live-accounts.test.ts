import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../src/errors.ts';
import { Root } from '../../../src/host/root.ts';
import { parseAccounts } from '../../../src/system/debian/account-database.ts';
import {
  knownAccounts,
  readLiveAccounts,
  refuseClashes,
} from '../../../src/system/debian/live-accounts.ts';
import { type LockedAccounts, noAccounts } from '../../../src/system/debian/lock/lock.ts';
import { parseLock } from '../../../src/system/debian/lock/parse-lock.ts';
import { renderLock } from '../../../src/system/debian/lock/render-lock.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-accounts-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));
fs.mkdirSync(path.join(sandbox, 'etc'));
fs.writeFileSync(
  path.join(sandbox, 'etc/passwd'),
  'root:x:0:0:root:/root:/bin/bash\nsshd:x:104:65534::/run/sshd:/usr/sbin/nologin\nada:x:1000:1000::/home/ada:/bin/bash\nbroken\n',
);
fs.writeFileSync(
  path.join(sandbox, 'etc/group'),
  'root:x:0:\ncrontab:x:101:bob,ada\nada:x:1000:\n',
);
using root = new Root(sandbox);
const live = readLiveAccounts(root);

const user = (name: string, uid: number) => ({
  name,
  uid,
  gid: 0,
  gecos: '',
  home: '/',
  shell: '/',
});
const locked = (users: LockedAccounts['users'], groups: LockedAccounts['groups'] = []) => ({
  users,
  groups,
});

/** Why a lock does not fit the machine; undefined where it does. */
function clash(accounts: LockedAccounts): string | undefined {
  try {
    refuseClashes(live, accounts);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
}

test('users and groups of a machine are read, people left out where packages are meant', () => {
  assert.equal(
    live.users.map(({ name, uid }) => [name, uid]),
    [
      ['ada', 1000],
      ['root', 0],
      ['sshd', 104],
    ],
  );
  const { users, groups } = knownAccounts(noAccounts, live);
  assert.equal(
    users.map(({ name }) => name),
    ['root', 'sshd'],
  );
  assert.equal(groups, [
    { name: 'crontab', gid: 101, members: [] },
    { name: 'root', gid: 0, members: [] },
  ]);
  const crontab = live.groups.find(({ name }) => name === 'crontab');
  assert.equal(crontab?.members, ['ada', 'bob']);
});

test('what a machine may call its accounts, and a lock may not, makes no lock that cannot be read', () => {
  const odd = parseAccounts(
    [
      'root:x:0:0:root:/root:/bin/bash',
      'toor:x:0:0::/root:/bin/sh',
      'printer$:x:150:150::/:/bin/false',
      'old:x:151:0:An old one:/opt/my program:',
      'homeless:x:152:0:::/bin/sh',
    ].join('\n'),
    ['root:x:0:', 'twice:x:153:', 'again:x:153:', 'odd group:x:154:', 'fine:x:155:old,toor'].join(
      '\n',
    ),
  );
  const known = knownAccounts(noAccounts, odd);
  const text = renderLock({
    suite: 'bookworm',
    architecture: 'amd64',
    wanted: [],
    packages: [],
    accounts: known,
  });
  assert.equal(parseLock(text, 'genctl.lock').accounts, known);
  assert.equal(
    known.users.map(({ name, home, shell }) => [name, home, shell]),
    [
      ['homeless', '/', '/bin/sh'],
      ['old', '/opt/my program', '/bin/sh'],
    ],
  );
  assert.equal(
    known.groups.map(({ name, members }) => [name, members]),
    [
      ['fine', ['old']],
      ['root', []],
    ],
  );
});

test('once a lock has numbers, the machine has no say in them any more', () => {
  const later = locked([user('sshd', 106)]);
  assert.is(knownAccounts(later, live), later);
});

test('a lock whose numbers are free or the same here fits', () => {
  assert.is(clash(locked([user('sshd', 104), user('new', 105)])), undefined);
});

test('a name with another number here, and a number of another name, are both refused', () => {
  assert.match(
    clash(locked([user('sshd', 105)])) ?? '',
    /ACCOUNT_CLASH .*sshd has number 104 here, and 105/s,
  );
  assert.match(clash(locked([user('ntp', 104)])) ?? '', /number 104, .* user ntp, is sshd's here/s);
  const group = locked([], [{ name: 'ssl-cert', gid: 101, members: [] }]);
  assert.match(clash(group) ?? '', /group ssl-cert, is crontab's here/);
});

test.run();
