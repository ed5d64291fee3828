import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../../src/errors.ts';
import { renderAptConfiguration } from '../../../../src/system/debian/apt/apt-configuration.ts';
import { transportOptions } from '../../../../src/system/debian/apt/host-apt.ts';
import { parseSources, sourcesFormat } from '../../../../src/system/debian/apt/parse-sources.ts';
import { sourcesOfSuite } from '../../../../src/system/debian/apt/select-sources.ts';

const list = `
deb http://mirror.example/debian bookworm main contrib # the archive
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] https://mirror/debian-security bookworm-security main
# deb http://old/debian bullseye main
deb cdrom:[Debian 12]/ bookworm main
deb https://vendor.example/apt stable main
`;

const deb822 = `# Debian
Types: deb deb-src
URIs: http://mirror.example/debian
  http://mirror/debian
Suites: bookworm bookworm-updates trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDME

Enabled: no
Types: deb
URIs: http://off/debian
Suites: bookworm

Types: deb-src
URIs: http://source/debian
Suites: bookworm
`;

test('of one-line sources those of the suite are taken, with their options', () => {
  assert.equal(sourcesOfSuite(parseSources(list, 'list'), 'bookworm'), {
    list: [
      'deb http://mirror.example/debian bookworm main contrib\n',
      'deb [arch=amd64 signed-by=/k.gpg] https://mirror/debian-security bookworm-security main\n',
    ].join(''),
    deb822: '',
    uris: ['http://mirror.example/debian', 'https://mirror/debian-security'],
  });
});

test('of a paragraph of fields the suites are taken, and all else but sources of sources', () => {
  const { deb822: taken, uris } = sourcesOfSuite(parseSources(deb822, 'deb822'), 'bookworm');
  assert.equal(taken.split('\n'), [
    'Types: deb',
    'URIs: http://mirror.example/debian http://mirror/debian',
    'Suites: bookworm bookworm-updates',
    'Components: main',
    'Signed-By:',
    ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
    ' .',
    ' mDME',
    '',
  ]);
  assert.equal(uris, ['http://mirror.example/debian', 'http://mirror/debian']);
});

test('old names of security archives go with their suite, other releases do not', () => {
  const text =
    'deb http://a/ buster main\ndeb http://a/ buster/updates main\ndeb http://a/ busters x';
  const { list: taken } = sourcesOfSuite(parseSources(text, 'list'), 'buster');
  assert.is(taken, 'deb http://a/ buster main\ndeb http://a/ buster/updates main\n');
});

test('lines that end as another system ends them are read as apt reads them', () => {
  const ended = (text: string): string => text.replaceAll('\n', '\r\n');
  assert.equal(
    sourcesOfSuite(parseSources(ended(list), 'list'), 'bookworm'),
    sourcesOfSuite(parseSources(list, 'list'), 'bookworm'),
  );
  assert.equal(
    sourcesOfSuite(parseSources(ended(deb822), 'deb822'), 'bookworm'),
    sourcesOfSuite(parseSources(deb822, 'deb822'), 'bookworm'),
  );
});

test('an unknown suite is refused with those there are, the nearest first', () => {
  const all = [...parseSources(list, 'list'), ...parseSources(deb822, 'deb822')];
  for (const [suite, meant] of [
    ['trixi', 'trixie'],
    ['bokworm', 'bookworm'],
  ] as const) {
    try {
      sourcesOfSuite(all, suite);
      assert.unreachable();
    } catch (thrown) {
      const { code, message, hint } = thrown as GenctlError;
      assert.is(code, 'SUITE_UNKNOWN');
      assert.match(message, `they have ${meant}, `);
      assert.match(hint ?? '', `Did you mean ${meant}?`);
    }
  }
});

test('the format of a file is told by its lines', () => {
  assert.is(sourcesFormat('# mine\ndeb http://a/ bookworm main\n'), 'list');
  assert.is(sourcesFormat(deb822), 'deb822');
});

test('of the settings of the machine the way to its mirrors is taken, no hook and no waiver', () => {
  const dump = [
    'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";',
    'Acquire "";',
    'Acquire::http::Proxy "http://proxy:3128/";',
    'Acquire::AllowInsecureRepositories "1";',
    'Acquire::Retries "5";',
    'Dir::Cache "/elsewhere";',
  ].join('\n');
  const transport = transportOptions(dump);
  assert.equal(
    transport.map(({ name }) => name),
    ['Acquire::http::Proxy', 'Acquire::Retries'],
  );
  const host = {
    trusted: '/etc/apt/trusted.gpg',
    trustedParts: '/etc/apt/trusted.gpg.d/',
    netrc: '/etc/apt/auth.conf',
    netrcParts: '/etc/apt/auth.conf.d/',
    transport,
    sandboxUid: undefined,
  };
  const text = renderAptConfiguration({ folder: '/c/apt', architecture: 'arm64', host });
  assert.match(text, '\nAcquire::http::Proxy "http://proxy:3128/";\n');
  assert.match(text, '\nAPT::Architecture "arm64";\n');
  assert.throws(
    () => renderAptConfiguration({ folder: '/a"; Dir "/', architecture: 'amd64', host }),
    (thrown: unknown) => thrown instanceof GenctlError && thrown.code === 'UNSAFE_TEXT',
  );
});

test.run();
