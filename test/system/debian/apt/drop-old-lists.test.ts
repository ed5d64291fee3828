import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../../../src/host/root.ts';
import { dropOldLists } from '../../../../src/system/debian/apt/drop-old-lists.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-lists-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));
const apt = path.join(sandbox, 'var/cache/genctl/apt');

/** An apt root whose lists are of so many days ago; undefined where they never became whole. */
function aptRoot(name: string, ageDays: number | undefined): void {
  const lists = path.join(apt, name, 'state/lists');
  fs.mkdirSync(lists, { recursive: true });
  fs.writeFileSync(path.join(lists, 'mirror_Packages'), 'x'.repeat(8192));
  if (ageDays === undefined) return;
  const stamp = path.join(apt, name, 'lists-of');
  fs.writeFileSync(stamp, 'sources\n');
  const seconds = Date.now() / 1000 - ageDays * 24 * 3600;
  fs.utimesSync(stamp, seconds, seconds);
}

test('lists of packages that are old or not whole go, those of this week stay', () => {
  aptRoot('bookworm-amd64', 6);
  aptRoot('bullseye-amd64', 8);
  // By a clock that was wrong.
  aptRoot('buster-amd64', -4000);
  aptRoot('sid-amd64', undefined);
  fs.writeFileSync(path.join(apt, 'README'), 'not ours');
  using root = new Root(sandbox);
  const freedBytes = dropOldLists(root);
  assert.equal(fs.readdirSync(apt).toSorted(), ['README', 'bookworm-amd64']);
  assert.ok(fs.existsSync(path.join(apt, 'bookworm-amd64/state/lists/mirror_Packages')));
  assert.ok(freedBytes >= 2 * 8192, String(freedBytes));
});

test.run();
