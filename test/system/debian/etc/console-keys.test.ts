import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OsTreeEntry } from '../../../../src/store/os-tree/os-tree-entry.ts';
import { consoleKeyUnits } from '../../../../src/system/debian/etc/console-keys.ts';

function program(path: string): OsTreeEntry {
  const owner = { uid: 0, gid: 0, mode: 0o755, attributes: new Map() };
  return { kind: 'file', path, ...owner, sizeBytes: 0, sha256: '' };
}

test('keys of another generation are forgotten before any are loaded', () => {
  const [unit] = consoleKeyUnits([program('usr/bin/setupcon')]);
  assert.is(unit?.path, 'systemd/system/keyboard-setup.service.d/genctl.conf');
  const [, script = ''] = /^ExecStartPre=-\/bin\/sh -c '(.*)'$/m.exec(unit?.text ?? '') ?? [];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-keys-'));
  for (const name of ['cached_setup_keyboard.sh', 'cached_UTF-8_del.kmap.gz', 'remap.inc']) {
    fs.writeFileSync(path.join(folder, name), '');
  }
  spawnSync('sh', ['-c', script.replace('/etc/console-setup', folder)]);
  assert.equal(fs.readdirSync(folder), ['remap.inc']);
  fs.rmSync(folder, { recursive: true });
});

test('a machine without console-setup gets nothing', () => {
  assert.equal(consoleKeyUnits([program('usr/bin/loadkeys')]), []);
});

test.run();
