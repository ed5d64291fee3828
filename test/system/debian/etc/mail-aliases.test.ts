import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OsTreeEntry } from '../../../../src/store/os-tree/os-tree-entry.ts';
import { mailAliasesUnits } from '../../../../src/system/debian/etc/mail-aliases.ts';

function program(path: string): OsTreeEntry {
  const owner = { uid: 0, gid: 0, mode: 0o755, attributes: new Map() };
  return { kind: 'file', path, ...owner, sizeBytes: 0, sha256: '' };
}

test('postfix finds its aliases, which its tree has no table of', () => {
  const [dropIn] = mailAliasesUnits([program('usr/bin/newaliases'), program('usr/sbin/postfix')]);
  assert.is(dropIn?.path, 'systemd/system/postfix@.service.d/genctl.conf');
  assert.match(dropIn?.text ?? '', /^ExecStartPre=-\/usr\/bin\/newaliases$/m);
});

test('other mail servers, which keep no table, get nothing', () => {
  assert.equal(mailAliasesUnits([program('usr/bin/newaliases'), program('usr/sbin/exim4')]), []);
});

test.run();
