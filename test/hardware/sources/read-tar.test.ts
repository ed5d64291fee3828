import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readTar } from '../../../src/hardware/sources/read-tar.ts';
import { type PackedEntry, packEntry, packTar, paxRecord } from './pack-tar.ts';
import { thrownBy } from './thrown-by.ts';

/** What is in a tar, as text: `a file`, `-> target`, `/`. */
function contentOf(bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    [...readTar(bytes).entries].map(([path, entry]) => [
      path,
      entry.kind === 'file'
        ? Buffer.from(entry.bytes).toString()
        : entry.kind === 'link'
          ? `-> ${entry.target}`
          : '/',
    ]),
  );
}

function contentOfEntries(...entries: PackedEntry[]): Record<string, string> {
  return contentOf(packTar(entries));
}

test('files, links and folders are read; the rest is passed over', () => {
  const content = contentOfEntries(
    { name: './', type: '5' },
    { name: './a/b', content: 'text' },
    { name: 'old', content: 'v7', type: '\0' },
    { name: 'link', type: '2', linkTarget: '../../x' },
    { name: 'folder/', type: '5' },
    { name: 'old-folder/', type: '\0' },
    { name: 'hard', type: '1', linkTarget: 'a/b' },
    { name: 'character', type: '3' },
    { name: 'block', type: '4' },
    { name: 'fifo', type: '6' },
    { name: 'vendor', type: 'V', content: 'whatever' },
    { name: 'global', type: 'g', content: paxRecord('path', 'elsewhere') },
    { name: 'after', content: 'x'.repeat(513) },
  );
  assert.equal(content, {
    '/a/b': 'text',
    '/old': 'v7',
    '/link': '-> ../../x',
    '/folder': '/',
    '/old-folder': '/',
    '/after': 'x'.repeat(513),
  });
});

test('names, targets and sizes that do not fit into a header', () => {
  const name = `sys/${'deep/'.repeat(60)}uevent`;
  const target = `${'../'.repeat(60)}bus/pci`;
  const content = contentOfEntries(
    { name: '././@LongLink', type: 'L', content: `${name}\0` },
    { name: name.slice(0, 99), content: 'gnu' },
    { name: '././@LongLink', type: 'K', content: `${target}\0` },
    { name: 'gnu-link', type: '2', linkTarget: 'cut' },
    {
      name: 'PaxHeaders/x',
      type: 'x',
      content: paxRecord('mtime', '1.5') + paxRecord('path', `${name}-2`) + paxRecord('size', '3'),
    },
    { name: 'cut', content: 'pax', size: '00000000000\0' },
    { name: 'PaxHeaders/y', type: 'x', content: paxRecord('linkpath', `${target}\nü`) },
    { name: 'pax-link', type: '2', linkTarget: 'cut' },
    { name: 'plain', content: '1' },
    { name: 'large', content: '12345', size: Buffer.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5) },
  );
  assert.equal(content, {
    [`/${name}`]: 'gnu',
    '/gnu-link': `-> ${target}`,
    [`/${name}-2`]: 'pax',
    '/pax-link': `-> ${target}\nü`,
    '/plain': '1',
    '/large': '12345',
  });
});

test('what tar(1) packs, in each of its formats', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'read-tar-'));
  try {
    const path = `sys/devices/${'0000:00:01.0/'.repeat(12)}block`;
    fs.mkdirSync(join(folder, path), { recursive: true });
    fs.writeFileSync(join(folder, path, 'uevent'), 'MAJOR=8\n');
    fs.mkdirSync(join(folder, 'sys/class'), { recursive: true });
    fs.symlinkSync(`../../${path}`, join(folder, 'sys/class/sda'));
    for (const format of ['gnu', 'pax', 'posix', 'oldgnu']) {
      const bytes = execFileSync('tar', ['-C', folder, `--format=${format}`, '-c', '.']);
      const content = contentOf(bytes);
      assert.is(content[`/${path}/uevent`], 'MAJOR=8\n', format);
      assert.is(content['/sys/class/sda'], `-> ../../${path}`, format);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('of two entries of one name the last one counts', () => {
  const long = { name: 'a', content: Buffer.alloc((4 << 20) + 1) };
  assert.equal(contentOfEntries({ name: 'a', content: '1' }, { name: './a', content: '2' }), {
    '/a': '2',
  });
  const { entries, tooLong } = readTar(packTar([{ name: 'a', content: '1' }, long]));
  assert.is(entries.size, 0);
  assert.equal(tooLong, ['/a']);
});

test('names that would do harm elsewhere are refused, by name', () => {
  const long = (name: string): PackedEntry[] => [
    { name: 'x', type: 'x', content: paxRecord('path', name) },
    { name: 'cut', content: '' },
  ];
  const refused: readonly (readonly [PackedEntry[], RegExp])[] = [
    [[{ name: '/etc/passwd' }], /"\/etc\/passwd".*absolute/],
    [[{ name: '../x' }], /"\.\.\/x".*leads out/],
    [[{ name: 'sys/../../x' }], /leads out/],
    [[{ name: 'sys/..', type: '5' }], /leads out/],
    [[{ name: 'sys//x' }], /empty part/],
    [[{ name: '' }], /empty part/],
    [long('a\0b'), /"a\\u0000b".*NUL/],
    [
      [
        { name: 'x', type: 'x', content: paxRecord('linkpath', 'a\0b') },
        { name: 'l', type: '2' },
      ],
      /"l"/,
    ],
    [
      [
        { name: 'K', type: 'K', content: 'a'.repeat(5000) },
        { name: 'l', type: '2' },
      ],
      /"l"/,
    ],
    [long(`../${'x'.repeat(10_000)}`), /…"/],
  ];
  for (const [entries, message] of refused) {
    const error = thrownBy(() => readTar(packTar(entries)));
    assert.is(error?.code, 'CAPTURE_UNSAFE');
    assert.match(error?.message ?? '', message);
    assert.ok((error?.message.length ?? 0) < 400);
  }
});

test('what is no tar, or none any more', () => {
  const whole = packTar([{ name: 'first', content: 'x'.repeat(600) }, { name: 'second' }]);
  const flipped = Buffer.from(whole);
  flipped[512 * 3 + 5] = 1;
  const cases: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
    ['nothing', Buffer.alloc(0), 'CAPTURE_UNKNOWN', /no.* tar/],
    ['text', Buffer.from('P: /devices'.repeat(100)), 'CAPTURE_UNKNOWN', /no.* tar/],
    ['zeros', Buffer.alloc(10_240), 'CAPTURE_EMPTY', /without any entry/],
    ['cut in a content', whole.subarray(0, 1024), 'CAPTURE_DAMAGED', /cut off in "first"/],
    ['cut after an entry', whole.subarray(0, 1536), 'CAPTURE_DAMAGED', /cut off, after "first"/],
    ['without an end', whole.subarray(0, 2048), 'CAPTURE_DAMAGED', /cut off, after "second"/],
    ['a bit changed', flipped, 'CAPTURE_DAMAGED', /checksum.*after "first"/],
    ['a size of no number', packTar([{ name: 'a', size: 'zzz' }]), 'CAPTURE_DAMAGED', /size/],
    [
      'a size below zero',
      packTar([{ name: 'a', size: Buffer.alloc(12, 255) }]),
      'CAPTURE_DAMAGED',
      /size/,
    ],
    [
      'an endless size',
      packTar([{ name: 'a', size: Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 255)]) }]),
      'CAPTURE_DAMAGED',
      /size/,
    ],
    [
      'a huge size',
      packTar([{ name: 'a', size: '77777777777' }]),
      'CAPTURE_DAMAGED',
      /cut off in "a"/,
    ],
    [
      'an odd extended header',
      packTar([{ name: 'x', type: 'x', content: '99 path=a\n' }, { name: 'a' }]),
      'CAPTURE_DAMAGED',
      /extended header/,
    ],
    [
      'a long extended header',
      packTar([{ name: 'x', type: 'x', content: Buffer.alloc((1 << 20) + 1) }, { name: 'a' }]),
      'CAPTURE_DAMAGED',
      /longer than any path/,
    ],
  ];
  for (const [what, bytes, code, message] of cases) {
    const error = thrownBy(() => readTar(bytes));
    assert.is(error?.code, code, what);
    assert.match(error?.message ?? '', message, what);
  }
});

test('more entries than any machine has are refused', () => {
  const entry = packEntry({ name: 'a' });
  const bytes = Buffer.alloc(entry.length * 200_001 + 1024);
  for (let at = 0; at < 200_001; at++) entry.copy(bytes, at * entry.length);
  assert.is(thrownBy(() => readTar(bytes))?.code, 'SOURCE_TOO_LARGE');
});

test.run();
