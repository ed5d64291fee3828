import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSource } from '../../../src/hardware/sources/open-source.ts';
import { SeededRandom } from '../../boot/seeded-random.ts';
import { server } from './facter-reports.ts';
import { packTar, smallCapture } from './pack-tar.ts';
import { thrownBy } from './thrown-by.ts';

const capture = packTar(smallCapture());
const report = Buffer.from(JSON.stringify(server()));
const udev = Buffer.from(
  'Warning: something\nP: /devices/pci0000:00/0000:00:1f.2\nE: SUBSYSTEM=pci\n',
);

test('what a file is, its content tells', () => {
  const files: readonly (readonly [string, Uint8Array, string])[] = [
    ['a capture', capture, 'capture'],
    ['a packed capture', gzipSync(capture), 'capture'],
    ['a report', report, 'facter'],
    ['a packed report', gzipSync(report), 'facter'],
    ['a report with a mark', Buffer.concat([Buffer.from('\ufeff \n'), report]), 'facter'],
    ['an export', udev, 'udev-export'],
    ['a packed export', gzipSync(udev), 'udev-export'],
    [
      'an export with Windows’ line ends',
      Buffer.from(String(udev).replaceAll('\n', '\r\n')),
      'udev-export',
    ],
  ];
  for (const [what, bytes, kind] of files) {
    const source = openSource(bytes, 'given.file');
    assert.is(source.kind, kind, what);
    assert.is(source.name, 'given.file');
    assert.ok(source.tree.names('/sys').length > 0, what);
  }
});

test('what it is not, is said with the file’s name and what is taken', () => {
  const files: readonly (readonly [Uint8Array, string, RegExp])[] = [
    [Buffer.alloc(0), 'SOURCE_UNKNOWN', /^x: it is empty$/],
    [Buffer.from('{ imports = [ ]; }'), 'SOURCE_UNKNOWN', /begins as JSON/],
    [report.subarray(0, 900), 'SOURCE_UNKNOWN', /begins as JSON/],
    [Buffer.from('{"name": "genctl"}'), 'SOURCE_UNKNOWN', /no report/],
    [Buffer.from('[1]'), 'SOURCE_UNKNOWN', /no known kind/],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff]), 'SOURCE_UNKNOWN', /no known kind/],
    [Buffer.from('P: /sys/x\n'), 'SOURCE_UNKNOWN', /no known kind/],
    [Buffer.alloc(2048), 'CAPTURE_EMPTY', /without any entry/],
    [gzipSync(Buffer.alloc(0)), 'SOURCE_UNKNOWN', /empty/],
    [Buffer.from([0x1f, 0x8b, 8, 0]), 'CAPTURE_DAMAGED', /unpacked/],
    [Buffer.from(`{${' '.repeat(33 << 20)}}`), 'SOURCE_TOO_LARGE', /32\.0 MiB/],
  ];
  for (const [bytes, code, message] of files) {
    const error = thrownBy(() => openSource(bytes, 'x'));
    assert.is(error?.code, code, String(message));
    assert.match(error?.message ?? '', message);
    if (code === 'SOURCE_UNKNOWN') assert.match(error?.hint ?? '', /nixos-facter/);
  }
});

test('random bytes, and files that are damaged, are a source or an expected failure', () => {
  const files = [capture, report, udev, gzipSync(report)];
  for (let seed = 0; seed < 800; seed++) {
    const random = new SeededRandom(seed);
    const bytes = Buffer.from(files[seed % files.length] ?? []);
    for (let flips = random.below(20); flips >= 0; flips--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    thrownBy(() => openSource(bytes.subarray(0, 1 + random.below(bytes.length)), 'x'));
  }
});

test.run();
