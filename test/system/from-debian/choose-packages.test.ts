import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseStanzas } from '../../../src/system/debian/control-stanzas.ts';
import { choosePackages, isAskedFor } from '../../../src/system/from-debian/choose-packages.ts';
import type { DebianFacts } from '../../../src/system/from-debian/debian-facts.ts';
import { parseInstalledPackages } from '../../../src/system/from-debian/installed-packages.ts';
import type { LeftOutKind } from '../../../src/system/from-debian/left-out.ts';
import type { PackageOrigin } from '../../../src/system/from-debian/package-origins.ts';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

/** A machine with the packages of these stanzas; a name and what differs from a plain package. */
function machineWith(
  stanzas: Readonly<Record<string, Readonly<Record<string, string>>>>,
  more: { auto?: readonly string[]; origins?: Readonly<Record<string, PackageOrigin>> } = {},
): DebianFacts {
  const status = Object.entries(stanzas).map(([name, fields]) => {
    const all = {
      Package: name,
      Status: 'install ok installed',
      Architecture: 'amd64',
      Version: '1-1',
      ...fields,
    };
    return Object.entries(all)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
  });
  return {
    suite: 'bookworm',
    architecture: 'amd64',
    hostName: 'm',
    packages: parseInstalledPackages(status.join('\n')),
    autoInstalled: new Set((more.auto ?? []).map(name => `${name} amd64`)),
    origins: new Map(Object.entries(more.origins ?? {})),
    chosenAlternatives: [],
    localDiversions: [],
    users: [],
    systemUsers: [],
    mountPoints: [],
    localPrograms: [],
    locales: [],
  };
}

function leftOutOf(facts: DebianFacts): Partial<Record<LeftOutKind, readonly string[]>> {
  return Object.fromEntries(choosePackages(facts).leftOut.map(({ kind, items }) => [kind, items]));
}

test('what somebody asked for is declared; what came along is not', () => {
  const facts = machineWith(
    {
      base: { Essential: 'yes', Depends: 'libbase' },
      libbase: { Section: 'libs' },
      htop: { Depends: 'libtinfo6 (>= 6), default-mta | mail-agent' },
      libtinfo6: { Section: 'libs' },
      exim: { Provides: 'mail-agent (= 1)', Architecture: 'all' },
      'libmine-dev': { Section: 'libdevel' },
      libalone1: { Section: 'libs' },
      gone: { Status: 'deinstall ok config-files' },
      half: { Status: 'install reqreinst half-installed' },
    },
    { auto: ['exim'] },
  );
  const { systemPackages } = choosePackages(facts);
  assert.equal(systemPackages, ['htop', 'libalone1', 'libbase', 'libmine-dev']);
  assert.equal(leftOutOf(facts), { libraries: ['libtinfo6'] });
});

test('what genctl brings, and what cannot be built from Debian, has a reason each', () => {
  const facts = machineWith(
    {
      'linux-image-amd64': {},
      'linux-image-6.1.0-9-amd64': {},
      'linux-image-6.1.0-10-amd64': {},
      'linux-headers-amd64': {},
      'grub-pc': {},
      'grub2-common': {},
      'shim-signed': {},
      'initramfs-tools': {},
      dkms: {},
      'zfs-dkms': {},
      wine32: { Architecture: 'i386' },
      vendor: {},
      mine: {},
      nodejs: {},
      kept: { Status: 'hold ok installed' },
    },
    { origins: { vendor: 'third-party', mine: 'local', nodejs: 'newer-than-debian' } },
  );
  const { kernelPackage, systemPackages } = choosePackages(facts);
  assert.is(kernelPackage, 'linux-image-amd64');
  assert.equal(systemPackages, ['kept', 'nodejs']);
  assert.equal(leftOutOf(facts), {
    kernels: ['linux-headers-amd64', 'linux-image-6.1.0-10-amd64', 'linux-image-6.1.0-9-amd64'],
    loaders: ['grub-pc', 'grub2-common', 'shim-signed'],
    initrds: ['initramfs-tools'],
    dkms: ['dkms', 'zfs-dkms'],
    foreignArchitecture: ['wine32:i386'],
    thirdParty: ['vendor'],
    local: ['mine'],
    otherVersion: ['nodejs'],
    held: ['kept'],
  });
});

test('without a package that follows the newest kernel, it is the newest one', () => {
  const facts = machineWith({
    'linux-image-6.1.0-9-amd64': {},
    'linux-image-6.1.0-10-amd64': {},
    'linux-image-6.1.0-10-amd64-dbg': {},
  });
  assert.is(choosePackages(facts).kernelPackage, 'linux-image-6.1.0-10-amd64');
  assert.is(choosePackages(machineWith({ htop: {} })).kernelPackage, undefined);
});

test('of recommended packages, those that bring the others are offered', () => {
  const facts = machineWith(
    {
      desktop: { Recommends: 'fonts, player | other-player' },
      fonts: { Depends: 'fontconfig' },
      fontconfig: {},
      'other-player': { Recommends: 'codecs' },
      codecs: {},
      orphan: {},
    },
    { auto: ['fonts', 'fontconfig', 'other-player', 'codecs', 'orphan'] },
  );
  const { systemPackages, recommended } = choosePackages(facts);
  assert.equal(systemPackages, ['desktop']);
  assert.equal(recommended, ['codecs', 'fonts', 'other-player']);
  assert.equal(leftOutOf(facts), {
    recommended: ['codecs', 'fontconfig', 'fonts', 'other-player'],
    unneeded: ['orphan'],
  });
});

test('where apt was not asked, that is said', () => {
  const facts = { ...machineWith({ htop: {} }), origins: undefined };
  assert.equal(leftOutOf(facts), { unknownOrigin: ['apt'] });
});

testWhere(
  hasProgram('apt-mark', '--version'),
  'no apt-mark',
  'apt-mark says the same of this machine',
  () => {
    const { stdout } = spawnSync('apt-mark', ['showmanual'], { encoding: 'utf8' });
    const read = (path: string): string =>
      fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
    const packages = parseInstalledPackages(read('/var/lib/dpkg/status'));
    const states = parseStanzas(read('/var/lib/apt/extended_states'));
    const autoInstalled = new Set(
      states.flatMap(state =>
        state.get('auto-installed') === '1'
          ? [`${state.get('package')} ${state.get('architecture')}`]
          : [],
      ),
    );
    const architecture = packages.find(({ name }) => name === 'dpkg')?.architecture ?? '';
    const own = packages.filter(each => ['all', architecture].includes(each.architecture));
    const asked = own.filter(each => isAskedFor(each, { architecture, autoInstalled }));
    const expected = stdout.split('\n').filter(name => name !== '' && !name.includes(':'));
    assert.equal(
      asked.map(({ name }) => name),
      expected.toSorted(),
    );
  },
);

test.run();
