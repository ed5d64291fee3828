import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { newestMatch } from '../../src/system/newest-match.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-newest-match-'));
test.after(() => fs.rmSync(folder, { recursive: true }));

/** The name of what a glob means in a folder that has files of these names, and no others. */
function newest(glob: string, names: readonly string[]): string {
  fs.rmSync(`${folder}/boot`, { recursive: true, force: true });
  fs.mkdirSync(`${folder}/boot`);
  for (const name of names) fs.writeFileSync(`${folder}/boot/${name}`, '');
  using root = new Root(folder);
  const { folder: found, name } = newestMatch(root, `/boot/${glob}`);
  using _ = found;
  return name;
}

test('versions are compared as numbers, and a candidate comes before its release', () => {
  const kernels = ['vmlinuz-6.1.0-9-amd64', 'vmlinuz-6.1.0-35-amd64', 'vmlinuz-5.10.0-40-amd64'];
  assert.is(newest('vmlinuz-*', kernels), 'vmlinuz-6.1.0-35-amd64');
  assert.is(newest('vmlinuz-*', ['vmlinuz-6.2-rc1', 'vmlinuz-6.2']), 'vmlinuz-6.2');
});

test('copies that others keep of an earlier one are not taken for a newer one', () => {
  const initrd = 'initrd.img-6.1.0-35-amd64';
  for (const end of ['.bak', '.dpkg-bak', '.new', '.old-dkms', '~']) {
    assert.is(newest('initrd.img-*', [initrd, initrd + end]), initrd, end);
  }
  for (const end of ['.old', '.sig', '.dpkg-tmp', '.dpkg-new']) {
    assert.is(newest('vmlinuz-*', ['vmlinuz-6.8.0', `vmlinuz-6.8.0${end}`]), 'vmlinuz-6.8.0', end);
  }
});

test('a copy is taken by who asks for it', () => {
  const kernels = ['vmlinuz-6.8.0', 'vmlinuz-6.8.0.old', 'vmlinuz-6.7.0.old'];
  assert.is(newest('vmlinuz-*.old', kernels), 'vmlinuz-6.8.0.old');
  assert.is(newest('vmlinuz-6.8.0.old', kernels), 'vmlinuz-6.8.0.old');
});

test.run();
