import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Folder } from '../../src/host/folder.ts';
import { writeWhole } from '../../src/host/write-whole.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-whole-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));

const modeOf = (name: string): number => fs.statSync(path.join(sandbox, name)).mode & 0o7777;

test('a new text is as private as the old one was, and never less before', () => {
  fs.writeFileSync(path.join(sandbox, 'private'), 'old\n', { mode: 0o640 });
  using folder = Folder.atHostPath(sandbox);
  const madeAs: (number | undefined)[] = [];
  const create = folder.createFile.bind(folder);
  folder.createFile = (name, content, mode) => {
    madeAs.push(mode);
    create(name, content, mode);
  };
  writeWhole(folder, 'private', 'new\n', 0o644);
  assert.equal(madeAs, [0o600]);
  assert.is(modeOf('private'), 0o640);
  assert.is(fs.readFileSync(path.join(sandbox, 'private'), 'utf8'), 'new\n');
  writeWhole(folder, 'fresh', 'new\n', 0o664);
  assert.is(modeOf('fresh'), 0o664);
  assert.equal(fs.readdirSync(sandbox).toSorted(), ['fresh', 'private']);
});

test.run();
