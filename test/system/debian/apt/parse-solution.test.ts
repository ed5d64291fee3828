import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseSolution } from '../../../../src/system/debian/apt/parse-solution.ts';

test('what comes is named by its file, whatever the mirror calls it', () => {
  const { install, remove } = parseSolution(
    [
      'The following NEW packages will be installed:',
      '  nano vim',
      '2 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.',
      "'http://mirror.example/pool/vim_9.0.1378-2_amd64.deb' vim_2%3a9.0.1378-2+b1_amd64.deb 1567412 MD5Sum:b2",
      "'copy:/srv/it's _1_2_.deb 3 here/nano.deb' nano_7.2%5f1-1~bpo_all.deb 690060 ",
      "'http://mirror.example/pool/c.deb' libc6_2.36-9+deb12u10_i386.deb 2759320 SHA256:c3",
    ].join('\n'),
  );
  assert.equal(install, [
    { name: 'vim', version: '2:9.0.1378-2+b1', architecture: 'amd64' },
    { name: 'nano', version: '7.2_1-1~bpo', architecture: 'all' },
    { name: 'libc6', version: '2.36-9+deb12u10', architecture: 'i386' },
  ]);
  assert.equal(remove, []);
});

test('what goes is what stands below its heading, and nothing else', () => {
  for (const heading of ['The following packages will be REMOVED:', 'REMOVING:']) {
    const lines = [
      'The following additional packages will be installed:',
      '  libnew',
      heading,
      '  exim4-base   libold:i386',
      '  postfix*',
      'The following NEW packages will be installed:',
      '  libnew msmtp-mta',
    ];
    const { install, remove } = parseSolution(`${lines.join('\n')}\n`);
    assert.equal(remove, ['exim4-base', 'libold', 'postfix']);
    assert.equal(install, []);
  }
});

test.run();
