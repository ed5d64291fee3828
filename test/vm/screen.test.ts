import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Screen } from './screen.ts';

/** As systemd-boot draws: the chosen title black on light grey, padded with blanks. */
const menu = [
  '\x1b[2J\x1b[01;01H\x1b[0m\x1b[37m\x1b[40m',
  '\x1b[11;30H\x1b[30m\x1b[47m  generation 2  ',
  '\x1b[12;30H\x1b[37m\x1b[40m  génération 1  ',
].join('');

const shown = [
  { text: '', highlighted: false },
  { text: `${' '.repeat(31)}generation 2`, highlighted: true },
  { text: `${' '.repeat(31)}génération 1`, highlighted: false },
];

test('a menu is read with its highlight', () => {
  const screen = new Screen();
  screen.write(Buffer.from(menu));
  assert.equal(screen.rows().slice(9), shown);
});

test('bytes may be cut anywhere, in sequences and characters too', () => {
  const screen = new Screen();
  for (const byte of Buffer.from(menu)) screen.write(Buffer.from([byte]));
  assert.equal(screen.rows().slice(9), shown);
});

test('the highlight moves when both rows are drawn anew', () => {
  const screen = new Screen();
  screen.write(Buffer.from(menu));
  screen.write(Buffer.from('\x1b[11;30H\x1b[37m\x1b[40m  generation 2  '));
  screen.write(Buffer.from('\x1b[12;30H\x1b[30m\x1b[47m  génération 1  '));
  assert.equal(
    screen.rows().map(row => row.highlighted),
    [...Array.from({ length: 11 }, () => false), true],
  );
});

test('a blank highlight is no choice', () => {
  const screen = new Screen();
  screen.write(Buffer.from('\x1b[30m\x1b[47m   \x1b[0mtext'));
  assert.equal(screen.rows(), [{ text: '   text', highlighted: false }]);
});

test('clearing forgets the firmware’s own messages', () => {
  const screen = new Screen();
  screen.write(Buffer.from('BdsDxe: starting\r\n\x1b[2J\x1b[1;1Hafter'));
  assert.is(screen.toString(), 'after');
});

test('GRUB clears from where it draws on', () => {
  const screen = new Screen();
  screen.write(Buffer.from('Booting\r\nold row\r\nold end\x1b[2;4H\x1b[J'));
  assert.is(screen.toString(), 'Booting\nold');
  screen.write(Buffer.from('\x1b[H\x1b[J\x1b[1;1HGNU GRUB'));
  assert.is(screen.toString(), 'GNU GRUB');
});

test('output beyond the last row scrolls', () => {
  const screen = new Screen();
  for (let line = 0; line < 100; line += 1) screen.write(Buffer.from(`line ${line}\r\n`));
  const rows = screen.rows();
  assert.is(rows.at(-1)?.text, 'line 99');
  assert.ok(rows.length <= 60);
});

test.run();
