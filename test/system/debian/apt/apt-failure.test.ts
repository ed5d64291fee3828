import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updateFailure } from '../../../../src/system/debian/apt/apt-failure.ts';

const mirror = 'http://127.0.0.1:40403/debian';

/** What `apt-get update` prints on standard error where there is no file at an address. */
function missing(path: string, reason = '404  Not Found [IP: 127.0.0.1 40403]'): string {
  return `E: Failed to fetch ${mirror}/${path}  ${reason}\nE: Some index files failed to download. They have been ignored, or old ones used instead.\n`;
}

test('a mirror that is being brought up to date still has the suite', () => {
  const stdout = `Ign:1 ${mirror} tiny InRelease\nGet:2 ${mirror} tiny Release [223 B]\nErr:4 ${mirror} tiny/main amd64 Packages\n`;
  const { code, message } = updateFailure({
    stdout,
    stderr: missing('dists/tiny/main/binary-amd64/Packages'),
  });
  assert.is(code, 'APT_FAILED');
  assert.match(message, /binary-amd64\/Packages {2}404/);
});

test('a suite is unknown where a mirror has no Release of it', () => {
  for (const suite of ['tiny', 'tiny/updates']) {
    const ofTrusted = updateFailure({
      stdout: `Ign:1 ${mirror} ${suite} InRelease\nIgn:2 ${mirror} ${suite} Release\n`,
      stderr: missing(`dists/${suite}/main/binary-amd64/Packages`),
    });
    const ofSigned = updateFailure({
      stdout: '',
      stderr: `E: The repository '${mirror} ${suite} Release' does not have a Release file.\n`,
    });
    for (const { code, message } of [ofTrusted, ofSigned]) {
      assert.is(code, 'SUITE_UNKNOWN');
      assert.is(message, `${mirror} has no suite ${suite}`);
    }
  }
});

test('what a proxy refuses or a portal answers is no missing signature', () => {
  for (const reason of [
    '403  Forbidden [IP: 127.0.0.1 40403]',
    '407  Proxy Authentication Required [IP: 127.0.0.1 40403]',
    "Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)",
  ]) {
    const unsigned = `E: The repository '${mirror} tiny InRelease' is not signed.\n`;
    const stderr = missing('dists/tiny/InRelease', reason) + unsigned;
    assert.is(updateFailure({ stdout: '', stderr }).code, 'APT_FAILED', reason);
  }
});

test('signatures that apt cannot check or does not trust', () => {
  for (const stderr of [
    `E: The repository '${mirror} tiny Release' is not signed.\n`,
    `W: GPG error: ${mirror} tiny InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 0E98404D386FA1D9\nE: The repository '${mirror} tiny InRelease' is not signed.\n`,
    `Warning: OpenPGP signature verification failed: ${mirror} tiny InRelease: Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key 4CB50190207B4758A3F73A796ED0E7B82643E131, which is needed to verify signature.\nError: The repository '${mirror} tiny InRelease' is not signed.\n`,
    `E: An error occurred during the signature verification. The repository is not updated and the previous index files will be used. GPG error: ${mirror} tiny InRelease: The following signatures were invalid: EXPKEYSIG 0E98404D386FA1D9\nE: Failed to fetch ${mirror}/dists/tiny/InRelease  The following signatures were invalid: EXPKEYSIG 0E98404D386FA1D9\n`,
  ]) {
    assert.is(updateFailure({ stdout: '', stderr }).code, 'SIGNATURE_REFUSED', stderr);
  }
});

test.run();
