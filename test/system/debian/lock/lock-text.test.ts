import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../../src/errors.ts';
import type { Lock } from '../../../../src/system/debian/lock/lock.ts';
import { parseLock } from '../../../../src/system/debian/lock/parse-lock.ts';
import { renderLock } from '../../../../src/system/debian/lock/render-lock.ts';

const path = '/etc/genctl/genctl.lock';

const htop = {
  name: 'htop',
  version: '3.2.2-2',
  architecture: 'amd64',
  sizeBytes: 152412,
  sha256: '03f3b6ed16e96621add9577c92349d7000d13b2ae341faa28a3dfe7f7a0ff7d2',
  poolPath: 'pool/main/h/htop/htop_3.2.2-2_amd64.deb',
};
const gcc = {
  ...htop,
  name: 'g++',
  version: '4:12.2.0-3',
  poolPath: 'pool/main/g/gcc-defaults/g++_12.2.0-3_amd64.deb',
};
const ssh = {
  name: 'sshd',
  uid: 100,
  gid: 65534,
  gecos: '',
  home: '/run/sshd',
  shell: '/bin/false',
};
const crontab = { name: 'crontab', gid: 101, members: ['ada'] };

const lock: Lock = {
  suite: 'bookworm',
  architecture: 'amd64',
  wanted: ['g++', 'htop'],
  packages: [gcc, htop],
  accounts: { users: [ssh], groups: [crontab] },
};

function refusal(text: string): GenctlError {
  try {
    parseLock(text, path);
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was wrong');
}

/** The text of the lock after a change by hand. */
function edited(change: (document: Record<string, unknown>) => void): string {
  const document = JSON.parse(renderLock(lock)) as Record<string, unknown>;
  change(document);
  return JSON.stringify(document);
}

function withPackage(fields: Readonly<Record<string, unknown>>): string {
  return edited(document => {
    document['packages'] = [gcc, { ...htop, ...fields }];
  });
}

test('a lock is read as it was written', () => {
  assert.equal({ ...parseLock(renderLock(lock), path) }, { ...lock, version: 1 });
});

test('a package, a user and a group take a line each, so that a diff shows what has changed', () => {
  const before = renderLock(lock).split('\n');
  const newer = { ...htop, version: '3.3.0-1' };
  const after = renderLock({ ...lock, packages: [newer, gcc] }).split('\n');
  const changed = after.filter((line, index) => line !== before[index]);
  assert.equal(changed, [`    ${JSON.stringify(newer)}`]);
  for (const each of [gcc, ssh, crontab]) {
    assert.is(before.filter(line => line.includes(JSON.stringify(each))).length, 1);
  }
});

test('what a newer genctl has added is kept, wherever it is', () => {
  const text = edited(document => {
    document['later'] = { a: 1 };
    document['packages'] = [gcc, { ...htop, later: 2 }];
    document['accounts'] = { users: [{ ...ssh, later: 3 }], groups: [crontab], later: 4 };
  });
  const { packages, accounts, ...others } = parseLock(text, path);
  const again = JSON.parse(renderLock({ ...others, packages, accounts })) as object;
  assert.equal(again, JSON.parse(text));
});

test('a newer format is refused', () => {
  const { code, hint } = refusal(edited(document => Object.assign(document, { version: 2 })));
  assert.is(code, 'LOCK_NEWER');
  assert.match(hint ?? '', 'newer genctl');
});

test('what is no JSON is refused by its line', () => {
  const conflict = renderLock(lock).replace('    {"name":"htop"', '<<<<<<< HEAD\n$&');
  const line = conflict.split('\n').indexOf('<<<<<<< HEAD') + 1;
  const { code, message } = refusal(conflict);
  assert.is(code, 'LOCK_INVALID');
  assert.ok(message.startsWith(`${path}:${line}: `), message);
  assert.is(refusal('').code, 'LOCK_INVALID');
  assert.is(refusal('[]').code, 'LOCK_INVALID');
});

test('each field that was changed by hand into something else is refused by its name', () => {
  const wrong: readonly [Readonly<Record<string, unknown>>, string][] = [
    [{ name: 'htop; rm' }, 'packages / 2 / name'],
    [{ version: '' }, 'packages / htop / version'],
    [{ version: '1 [trusted=yes]' }, 'packages / htop / version'],
    [{ architecture: 'arm64' }, 'packages / htop / architecture'],
    [{ sizeBytes: -1 }, 'packages / htop / sizeBytes'],
    [{ sizeBytes: '152412' }, 'packages / htop / sizeBytes'],
    [{ sha256: htop.sha256.slice(1) }, 'packages / htop / sha256'],
    [{ sha256: htop.sha256.toUpperCase() }, 'packages / htop / sha256'],
    [{ poolPath: '/pool/htop.deb' }, 'packages / htop / poolPath'],
    [{ poolPath: 'pool/../../htop.deb' }, 'packages / htop / poolPath'],
    [{ poolPath: 'http://evil.example/htop.deb' }, 'packages / htop / poolPath'],
    [{ poolPath: 'pool//htop.deb' }, 'packages / htop / poolPath'],
    [{ poolPath: undefined }, 'packages / htop / poolPath'],
  ];
  for (const [fields, place] of wrong) {
    const { code, message } = refusal(withPackage(fields));
    assert.is(code, 'LOCK_INVALID');
    assert.ok(message.startsWith(`${path}: ${place}: `), `${JSON.stringify(fields)}: ${message}`);
  }
});

test('packages and numbers that are there twice, or that were deleted, are refused', () => {
  const twice = withPackage({ name: 'g++' });
  assert.match(refusal(twice).message, 'packages: the package g++ is there twice');
  const deleted = edited(document => Object.assign(document, { packages: [gcc] }));
  assert.match(refusal(deleted).message, 'wanted: htop is not among the packages');
  const accounts = (users: unknown, groups: unknown): string =>
    edited(document => Object.assign(document, { accounts: { users, groups } }));
  assert.match(
    refusal(accounts([ssh, { ...ssh, name: 'other' }], [])).message,
    'accounts / users: the uid 100 is there twice',
  );
  assert.match(
    refusal(accounts([], [crontab, { ...crontab, name: 'other' }])).message,
    'accounts / groups: the gid 101 is there twice',
  );
  assert.match(
    refusal(accounts([{ ...ssh, shell: '/bin/sh:x' }], [])).message,
    'accounts / users / sshd / shell: ',
  );
  assert.match(refusal(accounts([{ ...ssh, uid: 70000 }], [])).message, 'users / sshd / uid: ');
});

test.run();
