import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileError } from '../../src/host/file-error.ts';
import { printable, printableLine } from '../../src/printable.ts';

test('what a terminal obeys, or shows in another order, is shown as what it is', () => {
  for (const [text, shown] of [
    ['a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['a\u009b2Jb', 'a\\u{9b}2Jb'],
    ['sda1\u202e1adn', 'sda1\\u{202e}1adn'],
    ['a\u2066b\u2069c\u200f', 'a\\u{2066}b\\u{2069}c\\u{200f}'],
    ['a\u2028b', 'a\\u{2028}b'],
    ['grün 日本 🙂', 'grün 日本 🙂'],
  ] as const) {
    assert.is(printableLine(text), shown);
    assert.is(printable(text), shown);
  }
});

test('a message has lines of its own, which are indented; a name cannot forge one', () => {
  assert.is(
    printable('two things:\n  one\n  two\nerror: forged'),
    'two things:\n  one\n  two\\nerror: forged',
  );
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  const { message } = fileError('read', '/tmp/a\n  error[X]: forged', missing);
  assert.not.ok(message.includes('\n'), message);
});

test.run();
