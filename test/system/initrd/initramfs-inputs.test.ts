import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../../src/host/root.ts';
import type { StorePath } from '../../../src/store/store-path.ts';
import { fileOf } from '../../../src/store/tree.ts';
import { initramfsInputs } from '../../../src/system/initrd/initramfs-inputs.ts';

const tree = `/nix/store/${'0'.repeat(32)}-tree` as StorePath;

interface Package {
  readonly name: string;
  readonly fields?: readonly string[];
  readonly files?: readonly string[];
  readonly version?: string;
}

/** A tree's packages, and what else is in it, by path. */
interface Content {
  readonly packages: readonly Package[];
  readonly written?: Readonly<Record<string, string>>;
  /** What a declaration says below /etc. */
  readonly declared?: Readonly<Record<string, string>>;
}

const packages: readonly Package[] = [
  { name: 'initramfs-tools', fields: ['Depends: udev-core | other, awk'] },
  { name: 'udev-core', fields: ['Depends: libudev1'], files: ['/lib/udev/rules.d/50.rules'] },
  { name: 'libudev1' },
  { name: 'mawk', fields: ['Provides: awk'] },
  { name: 'gzip', fields: ['Essential: yes'] },
  {
    name: 'plymouth',
    fields: ['Suggests: theme'],
    files: ['/usr/share/initramfs-tools/hooks/plymouth'],
  },
  { name: 'theme' },
  { name: 'motd', files: ['/usr/share/motd'] },
];

/** What an initrd by initramfs-tools is told apart by, as text. */
function inputsOf({ packages, written = {}, declared = {} }: Content): string {
  const hostPath = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-initramfs-'));
  const database = `${tree}/usr/lib/sysimage/dpkg`;
  const place = (logicalPath: string, text: string): void => {
    const target = path.join(hostPath, logicalPath);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  };
  try {
    const stanzas = packages.map(({ name, version = '1', fields = [] }) =>
      [`Package: ${name}`, `Version: ${version}`, 'Architecture: amd64', ...fields, ''].join('\n'),
    );
    place(`${database}/status`, stanzas.join('\n'));
    for (const { name, files = [] } of packages) {
      place(`${database}/info/${name}:amd64.list`, ['/.', ...files, ''].join('\n'));
    }
    for (const [logicalPath, text] of Object.entries(written))
      place(`${tree}/${logicalPath}`, text);
    using root = new Root(hostPath);
    const etc = new Map(Object.entries(declared).map(([path, text]) => [path, fileOf(text)]));
    return JSON.stringify(initramfsInputs(root, tree, ['initramfs-tools'], etc));
  } finally {
    fs.rmSync(hostPath, { recursive: true });
  }
}

const before = inputsOf({ packages });

test('a package that brings nothing to an initrd leaves it as it is', () => {
  const htop = { name: 'htop', fields: ['Depends: libudev1'], files: ['/usr/bin/htop'] };
  assert.is(inputsOf({ packages: [htop, ...packages] }), before);
  const newer = packages.map(one => (one.name === 'motd' ? { ...one, version: '2' } : one));
  assert.is(inputsOf({ packages: newer }), before);
});

for (const name of ['libudev1', 'mawk', 'gzip', 'plymouth', 'theme', 'udev-core']) {
  test(`another version of ${name}, of which an initrd may have a part, makes another one`, () => {
    const newer = packages.map(one => (one.name === name ? { ...one, version: '2' } : one));
    assert.is.not(inputsOf({ packages: newer }), before);
  });
}

const additions: readonly (readonly [string, Content])[] = [
  [
    'a package with firmware',
    { packages: [...packages, { name: 'firmware', files: ['/lib/firmware/nic.bin'] }] },
  ],
  [
    'a package that checks a file system',
    { packages: [...packages, { name: 'xfsprogs', files: ['/sbin/fsck.xfs'] }] },
  ],
  [
    'a rule that a script of a package has written',
    { packages, written: { 'etc/udev/rules.d/70.rules': 'new' } },
  ],
  [
    'keys of the console that a declaration says',
    { packages, declared: { 'default/keyboard': 'XKBLAYOUT=de' } },
  ],
  [
    'the same version built anew',
    { packages, written: { 'usr/lib/sysimage/dpkg/info/gzip.md5sums': '0 usr/bin/gzip' } },
  ],
];
for (const [what, content] of additions) {
  test(`${what} makes another initrd`, () => {
    assert.is.not(inputsOf(content), before);
  });
}

test.run();
