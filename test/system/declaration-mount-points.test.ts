import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DeclarationFolder, type Files, plain } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const loader = (...lines: readonly string[]): string =>
  `[boot.loader]\n${lines.map(line => `${line}\n`).join('')}`;

/** What lists of boot partitions come to. */
const good: readonly (readonly [name: string, files: Files, efi: string[], extended: string[]])[] =
  [
    [
      'an extended boot partition beside the default',
      { 'system.conf': loader('xbootldrMountPoint = /x') },
      ['/boot'],
      ['/x'],
    ],
    [
      'one that is given replaces the default',
      { 'system.conf': loader('efiSysMountPoint = /efi', 'xbootldrMountPoint = /boot') },
      ['/efi'],
      ['/boot'],
    ],
    [
      'mirrors of imported files come first',
      {
        'system.conf': `imports = a.conf\n${loader('efiSysMountPoint = /efi2')}`,
        'a.conf': loader('efiSysMountPoint = /efi'),
      },
      ['/efi', '/efi2'],
      [],
    ],
    [
      'an override leaves out what is imported, though it repeats it',
      {
        'system.conf': `imports = a.conf\n${loader('efiSysMountPoint! = /efi')}`,
        'a.conf': loader('efiSysMountPoint = /efi', 'efiSysMountPoint = /efi2'),
      },
      ['/efi'],
      [],
    ],
  ];

for (const [name, files, efi, extended] of good) {
  test(name, () => {
    const { efiSysMountPoint, xbootldrMountPoint } = folder.readGood(files).boot.loader;
    assert.equal(plain(efiSysMountPoint), efi);
    assert.equal(plain(xbootldrMountPoint), extended);
  });
}

const once = 'Remove one of the two lines: each partition is named once.';
const apart = 'Name the place where each of the two partitions is mounted.';
const pairs = 'Give one xbootldrMountPoint for each efiSysMountPoint, in the same order, or none.';

/** What is said of lists that do not go together. */
const bad: readonly (readonly [name: string, files: Files, message: string])[] = [
  [
    'one place twice, written in two ways',
    { 'system.conf': loader('efiSysMountPoint = /efi', 'efiSysMountPoint = /efi/') },
    `system.conf:3: [boot.loader] efiSysMountPoint: "/efi" is a value of it already, in system.conf:2 | ${once}`,
  ],
  [
    'one place in two files',
    {
      'system.conf': `imports = a.conf\n${loader('efiSysMountPoint = /efi')}`,
      'a.conf': loader('efiSysMountPoint = /efi'),
    },
    `system.conf:3: [boot.loader] efiSysMountPoint: "/efi" is a value of it already, in a.conf:2 | ${once}`,
  ],
  [
    'one place for both partitions',
    { 'system.conf': loader('xbootldrMountPoint = /efi', 'efiSysMountPoint = /efi') },
    `system.conf:2: [boot.loader] xbootldrMountPoint: "/efi" is efiSysMountPoint already, in system.conf:3 | ${apart}`,
  ],
  [
    'an extended boot partition in the place that is the default of the other',
    { 'system.conf': loader('xbootldrMountPoint = /boot') },
    `system.conf:2: [boot.loader] xbootldrMountPoint: "/boot" is the efiSysMountPoint where none is given | ${apart}`,
  ],
  [
    'fewer extended ones',
    {
      'system.conf': loader(
        'efiSysMountPoint = /efi',
        'xbootldrMountPoint = /x',
        'efiSysMountPoint = /efi2',
      ),
    },
    `system.conf:3: [boot.loader] xbootldrMountPoint: the lists differ in length: 1 of xbootldrMountPoint, 2 of efiSysMountPoint | ${pairs}`,
  ],
  [
    'more extended ones',
    { 'system.conf': loader('xbootldrMountPoint = /x', 'xbootldrMountPoint = /y') },
    `system.conf:3: [boot.loader] xbootldrMountPoint: the lists differ in length: 2 of xbootldrMountPoint, 1 of efiSysMountPoint | ${pairs}`,
  ],
  [
    'what a specialisation adds, told of it alone',
    {
      'system.conf': `${loader('efiSysMountPoint = /efi')}[specialisation.s.boot.loader]\nefiSysMountPoint = /efi\n[specialisation.t.gc]\nkeep = 1\n`,
    },
    `system.conf:4: [specialisation.s.boot.loader] efiSysMountPoint: "/efi" is a value of it already, in system.conf:2 | ${once}`,
  ],
];

for (const [name, files, message] of bad) {
  test(`refuses ${name}`, () => {
    assert.is(folder.readBad(files), `DECLARATION_CONFLICT ${message}`);
  });
}

test.run();
