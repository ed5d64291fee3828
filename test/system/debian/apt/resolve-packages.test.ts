import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fetchPackages } from '../../../../src/system/debian/apt/package-cache.ts';
import {
  type Resolution,
  resolvePackages,
} from '../../../../src/system/debian/apt/resolve-packages.ts';
import type { LockedPackage } from '../../../../src/system/debian/lock/lock.ts';
import { aptTest, refusalOf } from './apt-test.ts';
import { SmallArchive } from './small-archive.ts';

/*
 * The real apt, on an archive of packages that hold nothing.
 */

function resolve(archive: SmallArchive, wish: Partial<Resolution>): Promise<LockedPackage[]> {
  const nothing = { wanted: [], locked: [], update: [], freshLists: true };
  return resolvePackages(archive.settings, { ...nothing, ...wish });
}

function named(packages: readonly LockedPackage[]): string[] {
  return packages.map(({ name, version }) => `${name} ${version}`);
}

aptTest(
  'what is wanted comes with what it needs and what is essential, and nothing else',
  async () => {
    using archive = new SmallArchive();
    archive.add('tiny-lib', '1').add('tiny-extra', '1');
    archive.add('tiny-top', '1:2.0~rc1-3', { Depends: 'tiny-lib', Recommends: 'tiny-extra' });
    const found = await resolve(archive, { wanted: ['tiny-top'] });
    assert.equal(named(found), ['tiny-base 1', 'tiny-lib 1', 'tiny-top 1:2.0~rc1-3']);
    assert.is(found[2]?.poolPath, 'pool/tiny-top_1:2.0~rc1-3_all.deb');
    assert.match(found[2]?.sha256 ?? '', /^[0-9a-f]{64}$/);
  },
);

aptTest('what is locked stays as it is when something else comes and goes', async () => {
  using archive = new SmallArchive();
  archive.add('tiny-lib', '1').add('tiny-top', '1', { Depends: 'tiny-lib' });
  const locked = await resolve(archive, { wanted: ['tiny-top'] });
  archive.add('tiny-lib', '2').add('tiny-top', '2', { Depends: 'tiny-lib' }).add('tiny-other', '1');
  const more = await resolve(archive, { wanted: ['tiny-other', 'tiny-top'], locked });
  assert.equal(named(more), ['tiny-base 1', 'tiny-lib 1', 'tiny-other 1', 'tiny-top 1']);
  const less = await resolve(archive, { wanted: ['tiny-other'], locked: more });
  assert.equal(named(less), ['tiny-base 1', 'tiny-other 1']);
});

aptTest('what nothing needs any more goes, however many they are', async () => {
  using archive = new SmallArchive();
  const needed = Array.from({ length: 8 }, (_, number) => `tiny-library-${number}`);
  for (const name of needed) archive.add(name, '1');
  archive.add('tiny-top', '1', { Depends: needed.join(', ') }).add('tiny-other', '1');
  const locked = await resolve(archive, { wanted: ['tiny-other', 'tiny-top'] });
  assert.is(locked.length, needed.length + 3);
  const less = await resolve(archive, { wanted: ['tiny-other'], locked });
  assert.equal(named(less), ['tiny-base 1', 'tiny-other 1']);
});

aptTest('one that is to be updated becomes newer, with what the newer one needs', async () => {
  using archive = new SmallArchive();
  archive.add('tiny-lib', '1').add('tiny-top', '1', { Depends: 'tiny-lib' }).add('tiny-rest', '1');
  const wanted = ['tiny-rest', 'tiny-top'];
  const locked = await resolve(archive, { wanted });
  archive.add('tiny-lib', '2').add('tiny-rest', '2');
  archive.add('tiny-top', '2', { Depends: 'tiny-lib (>= 2)' });
  const one = await resolve(archive, { wanted, locked, update: ['tiny-top'] });
  assert.equal(named(one), ['tiny-base 1', 'tiny-lib 2', 'tiny-rest 1', 'tiny-top 2']);
  const all = await resolve(archive, { wanted });
  assert.equal(named(all), ['tiny-base 1', 'tiny-lib 2', 'tiny-rest 2', 'tiny-top 2']);
});

aptTest(
  'a version that mirrors have dropped stays while it is cached, or else is named',
  async () => {
    using archive = new SmallArchive();
    archive
      .add('tiny-lib', '1')
      .add('tiny-top', '1', { Depends: 'tiny-lib' })
      .add('tiny-more', '1');
    const locked = await resolve(archive, { wanted: ['tiny-top'] });
    const wanted = ['tiny-more', 'tiny-top'];
    await fetchPackages(archive.settings, locked);
    archive.withdraw('tiny-lib', '1').add('tiny-lib', '2');
    const kept = await resolve(archive, { wanted, locked });
    assert.equal(named(kept), ['tiny-base 1', 'tiny-lib 1', 'tiny-more 1', 'tiny-top 1']);
    using cache = archive.root.folder('/var/cache/genctl');
    cache.removeTree('packages');
    const { code, message, hint } = await refusalOf(resolve(archive, { wanted, locked }));
    assert.is(code, 'PACKAGE_GONE');
    assert.match(message, /^tiny-lib 1: no mirror has this version any more/);
    assert.match(hint ?? '', /genctl lock --update tiny-lib$/);
    const mended = await resolve(archive, { wanted, locked, update: ['tiny-lib'] });
    assert.equal(named(mended), ['tiny-base 1', 'tiny-lib 2', 'tiny-more 1', 'tiny-top 1']);
  },
);

aptTest('an unknown name is refused with the nearest one and its place', async () => {
  using archive = new SmallArchive();
  archive.add('tiny-top', '1', { Provides: 'tiny-virtual' });
  const places: Record<string, string> = { 'tiny-tpo': 'system.conf:7' };
  const placeOf = (name: string): string | undefined => places[name];
  const wrong = resolve(archive, { wanted: ['tiny-tpo'], placeOf });
  const { code, message } = await refusalOf(wrong);
  assert.is(code, 'PACKAGE_UNKNOWN');
  assert.match(message, /^system\.conf:7: tiny-tpo \(did you mean tiny-top\?\)/);
  // To apt-get, a minus at the end would mean to remove it.
  assert.is((await refusalOf(resolve(archive, { wanted: ['tiny-top-'] }))).code, 'PACKAGE_UNKNOWN');
  assert.is(
    (await refusalOf(resolve(archive, { wanted: ['tiny-virtual'] }))).code,
    'PACKAGE_UNKNOWN',
  );
});

aptTest('a name that is newer than the lists is found in fresh ones', async () => {
  using archive = new SmallArchive();
  await resolve(archive, {});
  archive.add('tiny-new', '1');
  const found = await resolve(archive, { wanted: ['tiny-new'], freshLists: false });
  assert.equal(named(found), ['tiny-base 1', 'tiny-new 1']);
});

aptTest('lists that are old are fetched anew where that can be', async () => {
  using archive = new SmallArchive();
  // Those of `file:` are looked at where they are, and never old.
  archive.useSources(archive.line('[trusted=yes] ').replace(' file:', ' copy:'));
  archive.add('tiny-one', '1');
  await resolve(archive, {});
  const stamp = archive.root.onHost('/var/cache/genctl/apt/tiny-amd64/lists-of');
  const aYear = 365 * 24 * 3600;
  // Also those that a clock that was wrong has dated.
  for (const [version, seconds] of [
    ['2', 1],
    ['3', Date.now() / 1000 + aYear],
  ] as const) {
    archive.withdraw('tiny-one', `${Number(version) - 1}`).add('tiny-one', version);
    fs.utimesSync(stamp, seconds, seconds);
    const found = await resolve(archive, { wanted: ['tiny-one'], freshLists: false });
    assert.equal(named(found), ['tiny-base 1', `tiny-one ${version}`]);
  }
});

aptTest('two that conflict are both named, also where one of them is locked', async () => {
  using archive = new SmallArchive();
  archive.add('tiny-exim', '1', { Provides: 'tiny-mta', Conflicts: 'tiny-mta' });
  archive.add('tiny-postfix', '1', { Provides: 'tiny-mta', Conflicts: 'tiny-mta' });
  const wanted = ['tiny-exim', 'tiny-postfix'];
  const locked = await resolve(archive, { wanted: ['tiny-exim'] });
  for (const before of [[], locked]) {
    const { code, message } = await refusalOf(resolve(archive, { wanted, locked: before }));
    assert.is(code, 'PACKAGES_CONFLICT');
    assert.match(message, /^tiny-exim and tiny-postfix cannot be installed together: /);
  }
});

aptTest('what needs something that no source has is named with what it lacks', async () => {
  using archive = new SmallArchive();
  archive.add('tiny-top', '1', { Depends: 'tiny-nowhere' });
  const { code, message } = await refusalOf(resolve(archive, { wanted: ['tiny-top'] }));
  assert.is(code, 'PACKAGES_CONFLICT');
  assert.match(message, /^tiny-top cannot be installed: tiny-top: Depends: tiny-nowhere/);
});

aptTest('sources without a signature, without a suite, and out of reach', async () => {
  using archive = new SmallArchive();
  archive.useSources(archive.line());
  assert.is((await refusalOf(resolve(archive, {}))).code, 'SIGNATURE_REFUSED');
  archive.useSources(archive.line('[trusted=yes] ').replace(' ./', ' nosuch main'));
  const noSuite = await refusalOf(resolve(archive, {}));
  assert.is(noSuite.code, 'SUITE_UNKNOWN');
  assert.match(noSuite.message, /has no suite nosuch$/);
  // Nobody listens at the port of tcpmux.
  archive.useSources('deb [trusted=yes] http://127.0.0.1:1/ tiny main\n');
  const unreachable = await refusalOf(resolve(archive, {}));
  assert.is(unreachable.code, 'APT_FAILED');
  assert.match(unreachable.hint ?? '', /^Check the network/);
});

aptTest('lists that apt cannot read are not taken for packages that are gone', async () => {
  using archive = new SmallArchive();
  archive.add('tiny-one', '1');
  const wanted = ['tiny-one'];
  const locked = await resolve(archive, { wanted });
  const state = archive.root.onHost('/var/cache/genctl/apt/tiny-amd64');
  for (const name of fs.readdirSync(`${state}/state/lists`)) {
    if (name.endsWith('Packages'))
      fs.writeFileSync(`${state}/state/lists/${name}`, 'Version: 1\n\n');
  }
  fs.rmSync(`${state}/cache`, { recursive: true });
  const { code, message } = await refusalOf(
    resolve(archive, { wanted, locked, freshLists: false }),
  );
  assert.is(code, 'APT_FAILED');
  assert.match(message, /^cannot read the lists of packages: /);
});

test.run();
