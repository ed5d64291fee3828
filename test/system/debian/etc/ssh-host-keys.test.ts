import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OsTreeEntry } from '../../../../src/store/os-tree/os-tree-entry.ts';
import { sshHostKeyUnits } from '../../../../src/system/debian/etc/ssh-host-keys.ts';

function program(path: string): OsTreeEntry {
  const owner = { uid: 0, gid: 0, mode: 0o755, attributes: new Map() };
  return { kind: 'file', path, ...owner, sizeBytes: 0, sha256: '' };
}

test('a machine with sshd makes keys of its own before sshd starts, in both ways it is started', () => {
  const units = sshHostKeyUnits([program('usr/sbin/sshd')]);
  const textOf = (name: string): string =>
    units.find(({ path }) => path === `systemd/system/${name}`)?.text ?? '';
  const service = 'genctl-ssh-host-keys.service';
  assert.match(textOf(service), /^ExecStart=\/usr\/bin\/ssh-keygen -A$/m);
  for (const server of ['ssh.service', 'ssh@.service']) {
    assert.match(textOf(`${server}.d/genctl.conf`), new RegExp(`^Wants=${service}$`, 'm'));
    assert.match(textOf(`${server}.d/genctl.conf`), new RegExp(`^After=${service}$`, 'm'));
  }
});

test('a machine without sshd gets nothing', () => {
  assert.equal(sshHostKeyUnits([program('usr/bin/ssh')]), []);
});

test.run();
