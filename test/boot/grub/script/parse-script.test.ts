import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandsOf, parseScript, textOf } from '../../../../src/boot/grub/script/parse-script.ts';
import type { Word } from '../../../../src/boot/grub/script/tokens.ts';
import { hasProgram, testWhere } from '../../../commands/test-where.ts';
import { SeededRandom } from '../../seeded-random.ts';

const pieces = [
  "' \" ' ' $ ${x} $x \"b$x\" $\"a \\ # | > { } ; [ [[ = ! é 'q'\\''r' time case echo a x menuentry".split(
    ' ',
  ),
  'if then else elif fi for in do done while until function'.split(' '),
  ['\n', '\n', '\\\n', '"a\nb"', "'a b'", '# c', ' ', '\t'],
].flat() as [string, ...string[]];

/** A script that begins with a command, as grub-script-check refuses those without any. */
function randomScript(random: SeededRandom): string {
  const parts = Array.from(
    { length: 1 + random.below(12) },
    () => random.pick(pieces) + (random.below(4) === 0 ? '' : ' '),
  );
  return `true\n${parts.join('')}\n`;
}

testWhere(
  hasProgram('grub-script-check', '--version'),
  'grub-script-check (grub-common)',
  'what GRUB refuses is refused, and nothing else',
  () => {
    const top = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-grub-'));
    try {
      const random = new SeededRandom(11);
      const seen = { good: 0, bad: 0 };
      for (let round = 0; round < 400; round += 1) {
        const source = randomScript(random);
        fs.writeFileSync(`${top}/grub.cfg`, source);
        const isGood = spawnSync('grub-script-check', [`${top}/grub.cfg`]).status === 0;
        const { problems } = parseScript(source);
        assert.is(problems.length === 0, isGood, JSON.stringify({ source, problems }));
        seen[isGood ? 'good' : 'bad'] += 1;
      }
      assert.ok(seen.good > 50 && seen.bad > 50);
    } finally {
      fs.rmSync(top, { recursive: true });
    }
  },
);

test('no text makes it throw, or go on for ever', () => {
  const random = new SeededRandom(12);
  for (let round = 0; round < 2000; round += 1) {
    const { statements } = parseScript(randomScript(random).slice(random.below(6)));
    commandsOf(statements);
  }
  const deep = (text: string): string => text.repeat(20_000);
  for (const text of [
    'menuentry a {\n',
    'if ',
    '"',
    "'",
    '${',
    '\\',
    '}',
    'a;',
    '\0',
    '$"',
    '\\\n',
  ]) {
    parseScript(deep(text));
  }
  assert.is(
    parseScript(`menuentry a {\n${'b {\n'.repeat(90)}c\n${'}\n'.repeat(91)}`).problems.length,
    0,
  );
});

/** Variables between angle brackets; double ones where they are quoted. */
function shown(word: Word): string {
  return word
    .map(part =>
      'text' in part ? part.text : part.quoted ? `<<${part.variable}>>` : `<${part.variable}>`,
    )
    .join('');
}

test('words are what GRUB makes of them', () => {
  const wordsOf = (source: string): string[] =>
    commandsOf(parseScript(source).statements).flatMap(({ words }) => words.map(shown));
  assert.equal(wordsOf(`a 'b c' "d $e \${f} \\$ \\" \\x" g\\ h i\\'j`), [
    'a',
    'b c',
    'd <<e>> <<f>> $ " \\x',
    'g h',
    "i'j",
  ]);
  assert.equal(wordsOf("a'b'\"c\"$d'e' '' # f"), ['abc<d>e', '']);
  assert.equal(wordsOf('a#b \\\n  c d\\\ne\n'), ['a#b', 'c', 'de']);
  assert.equal(wordsOf('a\r\nb\r\n'), ['a', 'b']);
  assert.equal(wordsOf('a $? $# $* $@ $1 $12x'), ['a', '<?>', '<#>', '<*>', '<@>', '<1>', '<12>x']);
});

test("a distribution's menu is read with its submenus, and around what is broken", () => {
  const { statements, problems } = parseScript(`
set timeout_style=menu
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
else
   set default="0"
fi
function savedefault {
  if [ -z "\${boot_once}" ]; then
    saved_entry="\${chosen}"
  fi
}
a | b
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {
	load_video
	linux	/vmlinuz-6.1 root=/dev/sda1 ro  quiet
}
submenu 'Advanced options' {
	menuentry 'Debian, with 6.1' --class debian { linux /vmlinuz-6.1 }
}
`);
  assert.equal(
    problems.map(({ line }) => line),
    [13],
  );
  const commands = commandsOf(statements);
  const entries = commands.filter(({ block }) => block !== undefined);
  assert.equal(
    entries.map(({ words }) => textOf(words[1])),
    ['Debian GNU/Linux', 'Advanced options'],
  );
  const [simple, advanced] = entries.map(({ block }) => commandsOf(block ?? []));
  assert.equal(simple?.[1]?.words.map(textOf), [
    'linux',
    '/vmlinuz-6.1',
    'root=/dev/sda1',
    'ro',
    'quiet',
  ]);
  assert.is(textOf(advanced?.[0]?.words[1]), 'Debian, with 6.1');
});

test.run();
