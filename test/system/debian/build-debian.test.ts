import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../src/errors.ts';
import { Root } from '../../../src/host/root.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { buildDebian } from '../../../src/system/debian/build-debian.ts';
import { wantedPackages } from '../../../src/system/debian/wanted-packages.ts';
import { DeclarationFolder } from '../declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

test('a lock whose numbers are others here is refused before anything is fetched or built', async () => {
  const declaration = folder.readGood({
    'system.conf':
      '[system]\nbuilder = debian\nsuite = bookworm\n[fileSystems "/"]\ndevice = LABEL=root\nfsType = ext4\n',
  });
  fs.writeFileSync(path.join(folder.hostPath, 'etc/passwd'), 'ntp:x:104:104::/:/bin/false\n');
  using root = new Root(folder.hostPath);
  const wanted = wantedPackages(declaration, 'amd64');
  const packages = wanted.map(name => ({
    name,
    version: '1',
    architecture: 'all',
    sizeBytes: 1,
    sha256: '0'.repeat(64),
    poolPath: `pool/${name}.deb`,
  }));
  const sshd = { name: 'sshd', uid: 104, gid: 104, gecos: '', home: '/', shell: '/bin/false' };
  const build = buildDebian({
    root,
    store: openStore(root, 'change'),
    configFolder: '/etc/genctl',
    declaration,
    platform: 'x86_64-linux',
    lock: {
      suite: 'bookworm',
      architecture: 'amd64',
      wanted,
      packages,
      accounts: { users: [sshd], groups: [] },
    },
    reuse: true,
    onProgress: () => undefined,
    onPackage: () => undefined,
    onWhole: () => undefined,
    onLeftOut: () => undefined,
  });
  const thrown: unknown = await build.catch((reason: unknown) => reason);
  assert.ok(thrown instanceof GenctlError);
  assert.is(thrown.code, 'ACCOUNT_CLASH', thrown.message);
});

test.run();
