import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { notableLines } from '../../src/activation/notable-lines.ts';
import { apply, withdraw } from './checked-runs.ts';
import { Sandbox, shells } from './sandbox.ts';

test('what happens to files of the user is notable, and nothing else', () => {
  const [shell] = shells();
  if (shell === undefined) return;
  using sandbox = new Sandbox();
  sandbox.write('/etc/back', 'mine');
  sandbox.write('/etc/taken', 'mine');
  sandbox.write('/etc/stays', 'mine');
  const files = {
    back: 'b',
    taken: 't',
    stays: 's',
    'folder/restored /etc/x': 'f',
    copy: { text: 'c', mode: 0o600 },
  };
  const system = sandbox.system('a', files, { policies: { stays: 'keep' } });
  const applied = apply(sandbox, shell, system);
  assert.ok(applied.length > 6);
  assert.equal(notableLines(`${applied.join('\n')}\n`), [
    'backed up /etc/back as /etc/.genctl/backup/back',
    'backed up /etc/taken as /etc/.genctl/backup/taken',
    'kept /etc/stays, which is not ours (file)',
  ]);
  sandbox.write('/etc/taken', 'later');
  sandbox.write('/etc/copy', 'edited');
  assert.equal(notableLines(withdraw(sandbox, shell, system).join('\n')), [
    'backed up /etc/copy as /etc/.genctl/backup/copy',
    'restored /etc/back from /etc/.genctl/backup/back',
    'left the backup of /etc/taken at /etc/.genctl/backup/taken: another one is there',
  ]);
  assert.equal(notableLines(''), []);
});

test.run();
