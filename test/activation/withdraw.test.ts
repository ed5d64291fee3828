import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apply, withdraw } from './checked-runs.ts';
import { Sandbox, shells } from './sandbox.ts';

/** Everything below /etc, the state too. */
function etcOf(sandbox: Sandbox): string[] {
  return sandbox.list('/etc', []);
}

for (const shell of shells()) {
  const name = (what: string): string => `${shell.name}: ${what}`;

  test(name('withdrawing gives back the /etc from before, whatever was in the way'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/motd', 'my motd', 0o640);
    sandbox.write('/etc/folder/deep/file', 'my file');
    fs.mkdirSync(sandbox.at('/etc/folder/empty'));
    fs.mkdirSync(sandbox.at('/etc/empty'));
    sandbox.link('/etc/link', 'somewhere');
    sandbox.link('/etc/static', '/var/static');
    sandbox.write('/etc/file', 'in the way of a folder');
    sandbox.write('/etc/same', 'same');
    sandbox.write('/etc/copied', 'mine');
    sandbox.write("/etc/it's $(odd)", 'odd');
    const before = etcOf(sandbox);
    const a = sandbox.system('a', {
      motd: 'm',
      folder: 'f',
      link: 'l',
      'file/below': 'b',
      'new/deep/one': '1',
      'empty/one': '1',
      same: { text: 'same', mode: 0o644 },
      copied: { text: 'copied', mode: 0o600 },
      "it's $(odd)": 'o',
    });
    const b = sandbox.system('b', { motd: 'm', other: 'o', link: { text: 'l', mode: 0o600 } });
    apply(sandbox, shell, a);
    const ofA = sandbox.list();
    const removed = withdraw(sandbox, shell, a);
    assert.ok(removed.includes('removed /etc/static'));
    assert.ok(removed.includes('restored /etc/motd from /etc/.genctl/backup/motd'));
    assert.equal(etcOf(sandbox), before);
    assert.not(sandbox.exists('/run/current-system'));
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), ofA, 'it can be applied again');
    apply(sandbox, shell, b);
    withdraw(sandbox, shell, b);
    assert.equal(etcOf(sandbox), before, 'after a change too');
    apply(sandbox, shell, b);
    withdraw(sandbox, shell, a);
    assert.equal(etcOf(sandbox), before, 'by the script of another system too');
    assert.not(sandbox.exists('/run/current-system'));
  });

  test(name('withdrawing where nothing was applied does nothing'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/motd', 'my motd');
    sandbox.write('/nix/store/other-etc/motd', 'theirs');
    sandbox.link('/etc/static', '/nix/store/other-etc');
    sandbox.link('/etc/issue', '/etc/static/issue');
    sandbox.link('/run/current-system', '/nix/store/other-system');
    const before = sandbox.list('', ['nix']);
    const a = sandbox.system('a', { motd: 'm', issue: 'i' });
    assert.equal(withdraw(sandbox, shell, a), []);
    assert.equal(sandbox.list('', ['nix']), before);
    using bare = new Sandbox();
    assert.equal(withdraw(bare, shell, bare.system('a', { motd: 'm' })), []);
    assert.equal(bare.list('', ['nix']), ['/etc/ 755']);
    fs.rmdirSync(bare.at('/etc'));
    assert.equal(withdraw(bare, shell, bare.system('b', { motd: 'm' })), []);
    assert.not(bare.exists('/etc'));
  });

  test(name('backups that may not come back stay, with their records, and are named'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/x', 'original');
    sandbox.write('/etc/back', 'back');
    const a = sandbox.system('a', {
      x: '1',
      back: '1',
      replaced: '1',
      'ours/link': '1',
      copy: { text: '1', mode: 0o600 },
    });
    apply(sandbox, shell, a);
    fs.rmSync(sandbox.at('/etc/x'));
    sandbox.write('/etc/x', 'newer');
    fs.rmSync(sandbox.at('/etc/replaced'));
    sandbox.write('/etc/replaced/inner', 'mine');
    fs.mkdirSync(sandbox.at('/etc/replaced/empty'));
    sandbox.write('/etc/ours/mine', 'mine');
    // It was put over what was ours: it stays a backup.
    const b = sandbox.system('b', {
      replaced: '2',
      'ours/link': '1',
      copy: { text: '1', mode: 0o600 },
    });
    apply(sandbox, shell, b);
    sandbox.write('/etc/copy', 'edited');
    const lines = withdraw(sandbox, shell, b);
    for (const line of [
      'backed up /etc/copy as /etc/.genctl/backup/copy',
      'left the backup of /etc/x at /etc/.genctl/backup/x: it does not come back',
      'left the backup of /etc/replaced at /etc/.genctl/backup/replaced: it does not come back',
    ]) {
      assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`);
    }
    assert.equal(etcOf(sandbox), [
      '/etc/.genctl/ 755',
      '/etc/.genctl/backup/ 700',
      '/etc/.genctl/backup/copy 644 "edited"',
      '/etc/.genctl/backup/replaced/ 755',
      '/etc/.genctl/backup/replaced/empty/ 755',
      '/etc/.genctl/backup/replaced/inner 644 "mine"',
      '/etc/.genctl/backup/x 644 "original"',
      `/etc/.genctl/records 644 ${JSON.stringify(
        [
          `kept 'x' 'backup/x'`,
          `edited 'replaced' 'backup/replaced' '${a.etcPath}' ${a.id}`,
          `edited 'copy' 'backup/copy' '${b.etcPath}' ${b.id}`,
          '',
        ].join('\n'),
      )}`,
      '/etc/back 644 "back"',
      '/etc/ours/ 755',
      '/etc/ours/mine 644 "mine"',
      '/etc/x 644 "newer"',
    ]);
    // What was edited comes back with the system in which it was.
    apply(sandbox, shell, a);
    assert.is(sandbox.read('/etc/replaced/inner'), 'mine');
    assert.is(sandbox.target('/etc/x'), '/etc/static/x');
    withdraw(sandbox, shell, a);
    assert.is(sandbox.read('/etc/x'), 'newer');
  });

  test(name('lines of a newer version are not run, and go'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/one', 'mine');
    const before = etcOf(sandbox);
    const odd = `touch '${sandbox.at('/pwned')}'\nmount 'x' 'y'\nlink 'no-such' 'more' words\n`;
    const newer = sandbox.system('newer', { one: '1', 'd/x': 'x' }, { extraLines: odd });
    const older = sandbox.system('older', { two: '2' });
    assert.is(sandbox.run(shell, newer).status, 0);
    sandbox.write('/etc/.genctl/records', `${sandbox.read('/etc/.genctl/records')}tie 'z'\n`);
    const manifest = sandbox.read('/etc/.genctl/manifest');
    sandbox.write('/etc/.genctl/manifest', manifest.replace('manifest 1 ', 'manifest 2 '));
    withdraw(sandbox, shell, older);
    assert.equal(etcOf(sandbox), before);
    assert.not(sandbox.exists('/pwned'));
    assert.not(sandbox.exists('/run/current-system'));
  });

  for (const damage of ['', 'manif', "link 'a\n", undefined]) {
    test(name(`withdrawing with a state of ${JSON.stringify(damage)} loses nothing`), () => {
      using sandbox = new Sandbox();
      sandbox.write('/etc/mine', 'mine');
      sandbox.write('/etc/one', 'my one');
      const before = etcOf(sandbox);
      const a = sandbox.system('a', { one: '1', 'd/two': '2' });
      apply(sandbox, shell, a);
      fs.rmSync(sandbox.at('/etc/.genctl/manifest'));
      if (damage !== undefined) sandbox.write('/etc/.genctl/manifest', damage);
      withdraw(sandbox, shell, a);
      assert.equal(etcOf(sandbox), before);
    });
  }

  test(name('what cannot be withdrawn is said, and a later run does it'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/one', 'mine');
    const before = etcOf(sandbox);
    const system = sandbox.system('a', { one: '1' });
    apply(sandbox, shell, system);
    // A folder of the user's where the temporary name of the state would be.
    sandbox.write('/etc/.genctl/new/in-the-way', 'x');
    const result = sandbox.run(shell, system, ['withdraw']);
    assert.is(result.status, 1);
    assert.is(sandbox.target('/etc/one'), '/etc/static/one');
    fs.rmSync(sandbox.at('/etc/.genctl/new'), { recursive: true });
    withdraw(sandbox, shell, system);
    assert.equal(etcOf(sandbox), before);
    assert.match(sandbox.run(shell, system, ['help']).stdout, 'activate withdraw');
    assert.is(sandbox.run(shell, system, ['withdraw', 'more']).status, 2);
    assert.is(sandbox.run(shell, system, ['plan', 'nonsense']).status, 2);
  });
}

test.run();
