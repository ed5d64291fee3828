import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cachedPackagePath,
  fetchPackages,
} from '../../../../src/system/debian/apt/package-cache.ts';
import { resolvePackages } from '../../../../src/system/debian/apt/resolve-packages.ts';
import type { LockedPackage } from '../../../../src/system/debian/lock/lock.ts';
import { aptTest, refusalOf } from './apt-test.ts';
import { SmallArchive } from './small-archive.ts';

const nothing = { locked: [], update: [], freshLists: true };

/** An archive with two packages beside the essential one, and all three locked. */
async function locked(): Promise<{ archive: SmallArchive; packages: LockedPackage[] }> {
  const archive = new SmallArchive().add('tiny-one', '1').add('tiny-two', '1');
  const wanted = ['tiny-one', 'tiny-two'];
  const packages = await resolvePackages(archive.settings, { ...nothing, wanted });
  archive.said.length = 0;
  return { archive, packages };
}

function cached(archive: SmallArchive): string[] {
  return fs.readdirSync(archive.root.onHost('/var/cache/genctl/packages')).toSorted();
}

aptTest('all packages are fetched, each said once, and need no source from then on', async () => {
  const { archive, packages } = await locked();
  using _ = archive;
  await fetchPackages(archive.settings, packages);
  assert.equal(cached(archive), packages.map(({ sha256 }) => `${sha256}.deb`).toSorted());
  archive.useSources('no line that apt could read\n');
  archive.said.length = 0;
  await fetchPackages(archive.settings, packages);
  assert.equal(archive.said, []);
});

aptTest('one wrong byte is found, and mended where that can be', async () => {
  const { archive, packages } = await locked();
  using _ = archive;
  const [, one] = packages;
  if (one === undefined) throw new Error('nothing was locked');
  await fetchPackages(archive.settings, packages);
  const path = cachedPackagePath(archive.root, one);
  const bytes = fs.readFileSync(path);
  fs.writeFileSync(
    path,
    bytes.map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
  );
  await fetchPackages(archive.settings, packages);
  assert.equal(fs.readFileSync(path), bytes);
  fs.writeFileSync(path, bytes.subarray(1));
  archive.withdraw('tiny-one', '1');
  const { code, message } = await refusalOf(fetchPackages(archive.settings, packages));
  assert.is(code, 'PACKAGE_DAMAGED');
  assert.ok(message.startsWith(`${path}: it is not the tiny-one 1 that the lock names`), message);
});

aptTest('what mirrors have no more is named, and the others are kept', async () => {
  const { archive, packages } = await locked();
  using _ = archive;
  archive.withdraw('tiny-two', '1');
  const { code, hint } = await refusalOf(fetchPackages(archive.settings, packages));
  assert.is(code, 'PACKAGE_GONE');
  assert.match(hint ?? '', /genctl lock --update tiny-two$/);
  const kept = packages.filter(({ name }) => name !== 'tiny-two');
  assert.equal(
    cached(archive).filter(name => name.endsWith('.deb')),
    kept.map(({ sha256 }) => `${sha256}.deb`).toSorted(),
  );
});

aptTest(
  'a mirror out of reach is left for the next one; none is a matter of the network',
  async () => {
    const { archive, packages } = await locked();
    using _ = archive;
    const nobody = 'deb [trusted=yes] http://127.0.0.1:1/ tiny main\n';
    archive.useSources(nobody);
    const { code, hint } = await refusalOf(fetchPackages(archive.settings, packages));
    assert.is(code, 'APT_FAILED');
    assert.match(hint ?? '', /what was fetched whole stays/);
    archive.useSources(nobody + archive.line('[trusted=yes] '));
    await fetchPackages(archive.settings, packages);
    assert.is(cached(archive).length, packages.length);
  },
);

aptTest('other bytes at the mirror are refused', async () => {
  const { archive, packages } = await locked();
  using _ = archive;
  archive.add('tiny-one', '1', { Homepage: 'https://example.org/' });
  const { code, message } = await refusalOf(fetchPackages(archive.settings, packages));
  assert.is(code, 'PACKAGE_DAMAGED');
  assert.match(message, /^tiny-one 1: the mirror has other bytes/);
  assert.not(cached(archive).includes(`${packages[1]?.sha256}.deb`));
});

aptTest('room is counted before anything is fetched', async () => {
  const { archive, packages } = await locked();
  using _ = archive;
  const huge = packages.map(each => ({ ...each, sizeBytes: 2 ** 50 }));
  const { code, message } = await refusalOf(fetchPackages(archive.settings, huge));
  assert.is(code, 'NO_SPACE');
  assert.match(message, /they take 3072\.0 TiB, and .* are free$/);
  assert.equal(cached(archive), []);
});

test.run();
