import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { narOf } from '../../src/store/nar.ts';
import { fileOf, folderOf, type Tree } from '../../src/store/tree.ts';
import { layeredTree, notCovered, OpenFolders } from '../../src/system/layered-etc.ts';

const paths = (...names: string[]): { path: string }[] => names.map(name => ({ path: name }));

test('what is declared covers a packaged file of its path, and nothing beside it', () => {
  const left = notCovered(paths('motd', 'ssh/sshd_config', 'ssh/moduli'), paths('ssh/moduli'));
  assert.equal(left, paths('motd', 'ssh/sshd_config'));
});

test('a declared file covers all of a packaged folder, and a declared folder a packaged file', () => {
  assert.equal(
    notCovered(paths('cron.d/e2scrub', 'cron.d/x/y', 'cron'), paths('cron.d')),
    paths('cron'),
  );
  assert.equal(notCovered(paths('alternatives'), paths('alternatives/pager')), []);
});

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-layers-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));

function nar(tree: Tree): string {
  return Buffer.concat([...narOf(tree)].map(piece => Buffer.from(piece))).toString('latin1');
}

test('one tree is made of files of several folders and of texts', () => {
  for (const [name, text] of [
    ['below/motd', 'packaged\n'],
    ['below/ssh/moduli', 'moduli\n'],
    ['above/ssh/sshd_config', 'declared\n'],
  ] as const) {
    fs.mkdirSync(path.dirname(path.join(sandbox, name)), { recursive: true });
    fs.writeFileSync(path.join(sandbox, name), text);
  }
  using below = Folder.atHostPath(path.join(sandbox, 'below'));
  using above = Folder.atHostPath(path.join(sandbox, 'above'));
  using open = new OpenFolders();
  const tree = layeredTree(
    [
      { path: 'ssh/sshd_config', content: { below: above } },
      { path: 'hostname', content: { text: 'atlas\n' } },
      { path: 'motd', content: { below } },
      { path: 'ssh/moduli', content: { below } },
    ],
    open,
  );
  const expected = folderOf({
    hostname: fileOf('atlas\n'),
    motd: fileOf('packaged\n'),
    ssh: folderOf({ moduli: fileOf('moduli\n'), sshd_config: fileOf('declared\n') }),
  });
  assert.is(nar(tree), nar(expected));
});

test.run();
