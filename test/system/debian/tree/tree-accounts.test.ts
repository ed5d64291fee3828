import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../../src/errors.ts';
import { parseAccounts, renderAccounts } from '../../../../src/system/debian/account-database.ts';
import { type LockedAccounts, noAccounts } from '../../../../src/system/debian/lock/lock.ts';
import {
  packageNumbers,
  renumber,
  withGiven,
} from '../../../../src/system/debian/tree/tree-accounts.ts';

/** Accounts from `NAME UID GID` and `NAME GID`. */
function accounts(users: string[], groups: string[]): LockedAccounts {
  const passwd = users.map(user => {
    const [name, uid, gid] = user.split(' ');
    return `${name}:x:${uid}:${gid}:of ${name}:/nonexistent:/bin/false`;
  });
  const group = groups.map(text => {
    const [name, gid, members = ''] = text.split(' ');
    return `${name}:x:${gid}:${members}`;
  });
  return parseAccounts(passwd.join('\n'), group.join('\n'));
}

function numbers({ users, groups }: LockedAccounts): string[] {
  return [
    ...users.map(({ name, uid, gid }) => `${name} ${uid} ${gid}`),
    ...groups.map(({ name, gid }) => `${name} ${gid}`),
  ];
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown.code;
    throw thrown;
  }
  return 'none';
}

const base = ['root 0 0', 'nobody 65534 65534'];
const baseGroups = ['root 0', 'tty 5', 'nogroup 65534'];

test('the group users has the number that systemd gives it, and nobody else gets it', () => {
  const found = accounts([...base, 'sshd 101 65534'], [...baseGroups, '_ssh 101', 'users 100']);
  const { groups } = renumber(found, noAccounts).accounts;
  const gids = new Map(groups.map(({ name, gid }) => [name, gid]));
  assert.equal([gids.get('users'), gids.get('_ssh')], [100, 101]);
});

test('numbers follow names, whatever order accounts were made in', () => {
  const early = accounts(
    [...base, '_ssh 100 65534', 'cron 101 107'],
    [...baseGroups, 'crontab 101', '_ssh 107'],
  );
  const late = accounts(
    [...base, 'cron 999 998', '_ssh 998 65534'],
    [...baseGroups, 'crontab 999', '_ssh 998'],
  );
  const expected = ['_ssh 100 65534', 'cron 101 100', 'nobody 65534 65534', 'root 0 0'];
  const expectedGroups = ['_ssh 100', 'crontab 102', 'nogroup 65534', 'root 0', 'tty 5'];
  assert.equal(numbers(renumber(early, noAccounts).accounts), [...expected, ...expectedGroups]);
  assert.equal(numbers(renumber(late, noAccounts).accounts), [...expected, ...expectedGroups]);
});

test('a number that is given is kept, and nobody else gets it', () => {
  const given = accounts(['tss 100 103'], ['tss 103', 'left 101']);
  const found = accounts(
    [...base, 'tss 105 105', 'aaa 100 100'],
    [...baseGroups, 'tss 105', 'aaa 100'],
  );
  const { accounts: settled, users, groups } = renumber(found, given);
  assert.equal(
    numbers(settled).filter(line => /aaa|tss/.test(line)),
    ['aaa 102 102', 'tss 100 103', 'aaa 102', 'tss 103'],
  );
  assert.equal(
    [...users],
    [
      [100, 102],
      [105, 100],
    ],
  );
  assert.equal(
    [...groups],
    [
      [100, 102],
      [105, 103],
    ],
  );
  assert.equal(withGiven(settled, given).groups.find(({ name }) => name === 'left')?.gid, 101);
});

test('a second time nothing changes', () => {
  const found = accounts([...base, 'b 999 999', 'a 998 998'], [...baseGroups, 'b 999', 'a 998']);
  const { accounts: settled } = renumber(found, noAccounts);
  const again = renumber(settled, settled);
  assert.equal([again.users.size, again.groups.size], [0, 0]);
  assert.equal(again.accounts, settled);
});

test('numbers of Debian itself stay, and a lock may not say otherwise', () => {
  const found = accounts(['www-data 33 33'], ['www-data 33']);
  assert.is(
    codeOf(() => renumber(found, accounts(['www-data 100 33'], []))),
    'ACCOUNT_CLASH',
  );
  assert.is(
    codeOf(() => renumber(found, accounts(['mine 33 33'], []))),
    'ACCOUNT_CLASH',
  );
  assert.is(
    codeOf(() => renumber(found, accounts([], ['mine 33']))),
    'ACCOUNT_CLASH',
  );
});

test('two names with one number in the lock are a clash', () => {
  const given = accounts(['a 100 100', 'b 100 100'], []);
  assert.is(
    codeOf(() => renumber(noAccounts, given)),
    'ACCOUNT_CLASH',
  );
});

test('when all numbers are given, it is said', () => {
  const count = packageNumbers.last - packageNumbers.first + 1;
  const groups = Array.from(
    { length: count },
    (_, index) => `g${index} ${packageNumbers.first + index}`,
  );
  const found = accounts([], ['one-more 999']);
  assert.is(
    codeOf(() => renumber(found, accounts([], groups))),
    'ACCOUNT_NUMBERS_SPENT',
  );
});

test('what is written is read back', () => {
  const found = accounts([...base, 'a 100 100'], [...baseGroups, 'a 100 a,root']);
  const { passwd, group } = renderAccounts(found);
  assert.equal(parseAccounts(passwd, group), found);
});

test('a damaged line is nobody', () => {
  assert.equal(parseAccounts('x\n:x:1:1:::\na:x:-1:0:::\n', 'b:x:one:\n'), noAccounts);
});

test.run();
