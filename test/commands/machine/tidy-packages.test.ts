import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { tidyPackages } from '../../../src/commands/machine/tidy-packages.ts';
import { Lock } from '../../../src/host/lock.ts';
import { Root } from '../../../src/host/root.ts';
import { packageCacheFolder } from '../../../src/system/debian/apt/package-cache.ts';
import { noAccounts } from '../../../src/system/debian/lock/lock.ts';
import { writeLock } from '../../../src/system/debian/lock/lock-file.ts';

const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-tidy-'));
test.after(() => fs.rmSync(sandbox, { recursive: true }));
const cache = path.join(sandbox, packageCacheFolder);
const unlocked = `${'a'.repeat(64)}.deb`;
const config = '/etc/genctl';

test('what is cached goes, but not under the hands of another run, which is no failure', () => {
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(path.join(cache, unlocked), 'x');
  using root = new Root(sandbox);
  writeLock(root, config, {
    suite: 'bookworm',
    architecture: 'amd64',
    wanted: [],
    packages: [],
    accounts: noAccounts,
  });
  {
    using _lock = Lock.take(root, 'build');
    tidyPackages({ root, config });
  }
  assert.equal(fs.readdirSync(cache), [unlocked]);
  tidyPackages({ root, config });
  assert.equal(fs.readdirSync(cache), []);
});

test.run();
