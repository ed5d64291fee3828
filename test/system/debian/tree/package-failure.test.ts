import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type DpkgStatus,
  parseDpkgStatus,
} from '../../../../src/system/debian/tree/dpkg-status.ts';
import { installFailure } from '../../../../src/system/debian/tree/package-failure.ts';

/** What dpkg 1.21 and 1.22 write to --status-fd and to standard output. */
const statusLines = [
  'processing: install: broken',
  'status: broken: half-installed',
  'status: broken: unpacked',
  'processing: configure: broken:amd64',
  'status: broken: half-configured',
  'status: broken : error : installed broken package post-installation script subprocess returned error exit status 7',
  'status: after : error : dependency problems - leaving unconfigured',
];

const log = `Unpacking broken (1.0) ...
Setting up fine (1.0) ...
all is well
Setting up broken (1.0) ...
one
two
three
cannot reach \u001b[31mthe moon
five
dpkg: error processing package broken (--configure):
 installed broken package post-installation script subprocess returned error exit status 7
dpkg: dependency problems prevent configuration of after:
`;

const statuses = statusLines.map(parseDpkgStatus);
const failed = statuses.filter(
  (status): status is Extract<DpkgStatus, { kind: 'failed' }> => status?.kind === 'failed',
);

test('steps are known by their packages', () => {
  assert.equal(
    statuses.filter(status => status?.kind === 'begun'),
    [
      { kind: 'begun', stage: 'unpack', name: 'broken' },
      { kind: 'begun', stage: 'configure', name: 'broken' },
    ],
  );
});

test('a failure names the package, its script and what that said last', () => {
  const { code, message } = installFailure(failed, log);
  assert.is(code, 'PACKAGE_FAILED');
  assert.is(
    message,
    'cannot install broken: installed broken package post-installation script subprocess returned error exit status 7: two; three; cannot reach \\u{1b}[31mthe moon; five',
  );
});

test('a file that is no package is named', () => {
  const line = 'status: /run/genctl/packages/1.deb : error : corrupted filesystem tarfile';
  const status = parseDpkgStatus(line);
  assert.equal(status, {
    kind: 'failed',
    subject: '/run/genctl/packages/1.deb',
    reason: 'corrupted filesystem tarfile',
  });
});

test('a full disk is no package’s fault', () => {
  const full = `${log}dpkg: error: failed to write status: No space left on device\n`;
  assert.is(installFailure(failed, full).code, 'NO_SPACE');
});

test('what fails outside of dpkg says its last words', () => {
  const { code, message } = installFailure([], 'mount: tree: permission denied.\n');
  assert.is(code, 'BUILD_FAILED');
  assert.match(message, 'permission denied');
});

test('what lacks another package leads to the lock, and a script that fails to its questions', () => {
  const [broken, after] = failed;
  assert.ok(broken && after);
  assert.match(installFailure([after], log).hint ?? '', /genctl lock --update/);
  assert.match(installFailure([broken], log).hint ?? '', /debconfSelections/);
});

test.run();
