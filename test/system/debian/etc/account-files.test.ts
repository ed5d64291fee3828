// systemd-sysusers itself makes the accounts of what we write for it.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderAccounts } from '../../../../src/system/debian/account-database.ts';
import { sysusersText } from '../../../../src/system/debian/etc/account-files.ts';
import { loginFiles } from '../../../../src/system/debian/etc/login-files.ts';
import type { LockedAccounts } from '../../../../src/system/debian/lock/lock.ts';
import { skipIfMissing } from './systemd-tool.ts';

const accounts: LockedAccounts = {
  users: [
    {
      name: '_ssh',
      uid: 105,
      gid: 65534,
      gecos: '',
      home: '/run/sshd',
      shell: '/usr/sbin/nologin',
    },
    {
      name: 'odd',
      uid: 107,
      gid: 107,
      gecos: 'back\\slash, "quotes" and 100%u',
      home: '/var/lib/odd one',
      shell: '/bin/sh',
    },
    { name: 'root', uid: 0, gid: 0, gecos: 'root', home: '/root', shell: '/bin/bash' },
  ],
  groups: [
    { name: 'adm', gid: 4, members: ['odd'] },
    { name: 'nogroup', gid: 65534, members: [] },
    { name: 'odd', gid: 107, members: [] },
    { name: 'root', gid: 0, members: [] },
  ],
};

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-sysusers-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));

/** An empty root whose accounts are made; `before` is what it has in /etc already. */
function makeAccounts(before: Readonly<Record<string, string>>): {
  at: (name: string) => string;
  said: string;
} {
  const root = fs.mkdtempSync(path.join(sandbox, 'root-'));
  fs.mkdirSync(path.join(root, 'etc/sysusers.d'), { recursive: true });
  for (const [name, text] of Object.entries(before)) {
    fs.writeFileSync(path.join(root, 'etc', name), text);
  }
  fs.writeFileSync(path.join(root, 'etc/sysusers.d/genctl.conf'), sysusersText(accounts));
  const { status, stderr } = spawnSync('systemd-sysusers', ['--root', root, 'genctl.conf'], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const at = (name: string): string => fs.readFileSync(path.join(root, 'etc', name), 'utf8');
  return { at, said: stderr };
}

const sysusersTest = skipIfMissing(test, 'systemd-sysusers');

sysusersTest('a machine gets the users and groups of the lock, by their numbers', () => {
  const { at } = makeAccounts({});
  const lines = at('passwd').split('\n');
  assert.ok(lines.includes('root:x:0:0:root:/root:/bin/bash'), lines.join('\n'));
  assert.ok(lines.includes('_ssh:x:105:65534::/run/sshd:/usr/sbin/nologin'), lines.join('\n'));
  assert.ok(
    lines.some(
      line => line.startsWith('odd:x:107:107:') && line.endsWith(':/var/lib/odd one:/bin/sh'),
    ),
    lines.join('\n'),
  );
  assert.ok(at('group').split('\n').includes('adm:x:4:odd'), at('group'));
});

sysusersTest('what a machine has stays as it is', () => {
  const passwd = 'root:x:0:0:the boss:/root:/bin/zsh\nada:x:1000:1000::/home/ada:/bin/bash\n';
  const { at } = makeAccounts({ passwd, group: 'root:x:0:ada\nada:x:1000:\n' });
  assert.ok(at('passwd').startsWith(passwd), at('passwd'));
  assert.ok(at('group').includes('root:x:0:ada\n'), at('group'));
  assert.ok(at('passwd').includes('_ssh:x:105:'), at('passwd'));
});

test('passwd and group of a lock have its numbers, and no password', () => {
  const { passwd, group } = renderAccounts(accounts);
  assert.ok(passwd.includes('root:x:0:0:root:/root:/bin/bash\n'));
  assert.ok(group.includes('adm:x:4:odd\n'));
});

test('keys and first passwords of declared users come into files of /etc', () => {
  const files = loginFiles({
    users: {
      users: {
        ada: { initialHashedPassword: undefined, authorizedKeys: ['ssh-ed25519 AAAA ada@atlas'] },
        root: { initialHashedPassword: '$y$j9T$abc%d$efg', authorizedKeys: [] },
      },
    },
  } as unknown as Parameters<typeof loginFiles>[0]);
  const text = (end: string): string => files.find(({ path }) => path.endsWith(end))?.text ?? '';
  assert.is(text('authorized_keys.d/ada'), 'ssh-ed25519 AAAA ada@atlas\n');
  // Both files of sshd's own are read as without us: who is let in by them would be locked out.
  assert.match(
    text('genctl-authorized-keys.conf'),
    / \.ssh\/authorized_keys \.ssh\/authorized_keys2 /,
  );
  assert.match(text('genctl-authorized-keys.conf'), /\/etc\/ssh\/authorized_keys\.d\/%u/);
  assert.match(
    text('systemd-sysusers.service.d/genctl.conf'),
    /^SetCredential=passwd\.hashed-password\.root:\$y\$j9T\$abc%%d\$efg$/m,
  );
});

test.run();
