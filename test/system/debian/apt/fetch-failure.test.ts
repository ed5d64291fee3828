import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fetchFailure } from '../../../../src/system/debian/apt/fetch-failure.ts';
import type { LockedPackage } from '../../../../src/system/debian/lock/lock.ts';

const nano: LockedPackage = locked('nano', '7.2-1');
const vim: LockedPackage = locked('vim', '2:9.0-1');

function locked(name: string, version: string): LockedPackage {
  return {
    name,
    version,
    architecture: 'amd64',
    poolPath: `pool/main/${name}_${version.replace(':', '%3a')}_amd64.deb`,
    sha256: 'a'.repeat(64),
    sizeBytes: 1000,
  };
}

/** The code for what apt says of each package. */
function codeOf(...reasons: [LockedPackage, string][]): string {
  const stderr = reasons
    .map(([{ poolPath }, reason]) => {
      const uri = `http://127.0.0.1:40403/debian/${poolPath}`;
      return `E: Failed to fetch ${uri}  ${reason} [IP: 127.0.0.1 40403]\n`;
    })
    .join('');
  const packages = [...new Set(reasons.map(([each]) => each))];
  return fetchFailure(packages, `${stderr}E: Download Failed\n`, '/var/cache/genctl/packages').code;
}

test('a network that fails is no missing package, whatever numbers its port has', () => {
  for (const reason of [
    'Connection failed',
    'Could not connect to 127.0.0.1:40404 (127.0.0.1). - connect (111: Connection refused)',
    'Error reading from server. Remote end closed connection',
    "Could not resolve 'no410.invalid'",
    '503  Service Unavailable',
  ]) {
    assert.is(codeOf([nano, reason]), 'APT_FAILED', reason);
  }
});

test('a package is gone where all mirrors say so, and it is said where all are', () => {
  for (const reason of [
    '404  Not Found',
    '403  Forbidden',
    '410  Gone',
    'File not found - /srv/nano.deb (2: No such file or directory)',
    'Failed to stat - stat (2: No such file or directory)',
  ]) {
    assert.is(codeOf([nano, reason]), 'PACKAGE_GONE', reason);
  }
  assert.is(codeOf([nano, '404  Not Found'], [nano, '410  Gone']), 'PACKAGE_GONE');
  assert.is(codeOf([nano, '404  Not Found'], [nano, 'Connection failed']), 'APT_FAILED');
  assert.is(codeOf([nano, '404  Not Found'], [vim, 'Connection failed']), 'APT_FAILED');
});

test('other bytes than the lock says are said before all else', () => {
  for (const reason of [
    'Hash Sum mismatch',
    'File has unexpected size (996 != 1000). Mirror sync in progress?',
    'Writing more data than expected (1200 > 1000)',
  ]) {
    assert.is(codeOf([vim, '404  Not Found'], [nano, reason]), 'PACKAGE_DAMAGED', reason);
  }
});

test.run();
