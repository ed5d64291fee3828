import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../../../src/host/root.ts';
import { dropUnlocked } from '../../../../src/system/debian/apt/drop-unlocked.ts';
import { packageCacheFolder } from '../../../../src/system/debian/apt/package-cache.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-cache-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));

const hash = (digit: string): string => digit.repeat(64);

test('packages that the lock names stay, others go, and nothing else is touched', () => {
  const cache = path.join(sandbox, packageCacheFolder);
  fs.mkdirSync(cache, { recursive: true });
  for (const name of [`${hash('a')}.deb`, `${hash('b')}.deb`, 'README']) {
    fs.writeFileSync(path.join(cache, name), 'x'.repeat(8192));
  }
  using root = new Root(sandbox);
  const htop = { name: 'htop', version: '1', architecture: 'all', sizeBytes: 1, poolPath: 'p' };
  const freedBytes = dropUnlocked(root, [{ ...htop, sha256: hash('a') }]);
  assert.equal(fs.readdirSync(cache).toSorted(), ['README', `${hash('a')}.deb`]);
  assert.ok(freedBytes >= 8192, String(freedBytes));
});

test.run();
