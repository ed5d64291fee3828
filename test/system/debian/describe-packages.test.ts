import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describePackages } from '../../../src/system/debian/describe-packages.ts';

const status = [
  'Package: htop',
  'Status: install ok installed',
  'Installed-Size: 361',
  'Depends: libc6 (>= 2.34), libncursesw6 (>= 6), libnl-3-200:any | other, mta | base-files, libc6 (<< 3)',
  'Description: interactive processes viewer',
  ' Depends: nothing of this line',
  '',
  'Package: base-files',
  'Pre-Depends: awk',
  'Installed-Size: 340',
  '',
].join('\n');

const locked = (name: string) => ({
  name,
  version: '3.2.2-2',
  architecture: 'amd64',
  sizeBytes: 1,
  sha256: '',
  poolPath: '',
});

test('a list of packages says what each needs and takes, and which were asked for', () => {
  const list = describePackages([locked('base-files'), locked('htop')], status, new Set(['htop']));
  assert.equal(
    list.map(({ name, installedSizeBytes, depends, isWanted }) => ({
      name,
      installedSizeBytes,
      depends,
      isWanted,
    })),
    [
      { name: 'base-files', installedSizeBytes: 340 * 1024, depends: ['awk'], isWanted: false },
      {
        name: 'htop',
        installedSizeBytes: 361 * 1024,
        depends: ['base-files', 'libc6', 'libncursesw6', 'libnl-3-200'],
        isWanted: true,
      },
    ],
  );
});

test.run();
