import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DeclarationFolder } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const commentHint = 'Put the value into double quotes; a comment needs a line of its own.';
const lineHint =
  'A value cannot go on in the next line: lists take one `key = value` for each value.';
const quotedHint = 'Put the whole value into double quotes, each quote within as \\".';

/** What a value of [system] label is read as. */
const values: readonly (readonly [right: string, value: string])[] = [
  ['plain', 'plain'],
  ['  spaced  out  ', 'spaced  out'],
  ['"quoted"', 'quoted'],
  ["'single'", 'single'],
  ["'5'", '5'],
  ["'true'", 'true'],
  ["'null'", 'null'],
  ['"a ; b # c"', 'a ; b # c'],
  ["'a ; b'", 'a ; b'],
  ['a\\;b\\#c', 'a;b#c'],
  ['a\\\\b', 'a\\b'],
  ['a\\nb', 'a\\nb'],
  ['"say \\"hi\\""', 'say "hi"'],
  ['say "hi"', 'say "hi"'],
  ["it's", "it's"],
  ['a=b', 'a=b'],
  ['true', 'true'],
  ['null', 'null'],
  ['"\\u00e9"', 'é'],
  ['日本 🐧', '日本 🐧'],
  ['[x]', '[x]'],
];

for (const [right, value] of values.filter(([, value]) => !value.startsWith('!'))) {
  test(`reads label = ${right}`, () => {
    const declaration = folder.readGood({ 'system.conf': `[system]\nlabel = ${right}\n` });
    assert.is(declaration.system.label, value);
  });
}

/** What is said of [system] label with a value that would be misread. */
const badValues: readonly (readonly [right: string, message: string])[] = [
  ['a ; b', `the value has an unquoted ;, at which it would be cut off | ${commentHint}`],
  ['a # b', `the value has an unquoted #, at which it would be cut off | ${commentHint}`],
  ['a\\\\;b', `the value has an unquoted ;, at which it would be cut off | ${commentHint}`],
  [
    'a \\',
    'the value ends with a backslash, and a value cannot go on in the next line | Write it in one line, or repeat the key: lists take one value a line.',
  ],
  ...['"a', '"', '"a\\"'].map(
    text =>
      [
        text,
        'the value starts with a quote (") that is never closed | Close it in the same line; put a value that has quotes within into double quotes, each of them as \\".',
      ] as const,
  ),
  ...["'", "'a", '\'a"'].map(
    text =>
      [
        text,
        'the value starts with a quote (\') that is never closed | Close it in the same line; put a value that has quotes within into double quotes, each of them as \\".',
      ] as const,
  ),
  ['"a" b', `the value goes on after its closing quote | ${quotedHint}`],
  ['"a" "b"', `the value goes on after its closing quote | ${quotedHint}`],
  ["'a' b", `the value goes on after its closing quote | ${quotedHint}`],
  ['"a" ; b', 'the value goes on after its closing quote | Put the comment on a line of its own.'],
  [
    '"a\\qb"',
    'the value has a backslash or a tab that means nothing within double quotes | Write \\\\ for a backslash and \\" for a quote.',
  ],
  [
    '"a\tb"',
    'the value has a backslash or a tab that means nothing within double quotes | Write \\\\ for a backslash and \\" for a quote.',
  ],
  ...["'1e3'", '\'"x"\'', "'-0'", `'{"toString":1}'`, `'{"__proto__":{"a":1}}'`, "'[]'"].map(
    text =>
      [
        text,
        'the value is within single quotes, where it would be read as JSON | Use double quotes.',
      ] as const,
  ),
  ...(
    [
      ['"a\\nb"', 'U+000A'],
      ['"a\\rb"', 'U+000D'],
      ['"a\\u0000b"', 'U+0000'],
      ['"a\\u001b[2J"', 'U+001B'],
      ['"a\\u007fb"', 'U+007F'],
      ['"a\\u0085b"', 'U+0085'],
      ['"a\\u2028b"', 'U+2028'],
      ['"a\\u202eb"', 'U+202E'],
      ['"a\\ud800b"', 'U+D800'],
    ] as const
  ).map(
    ([text, name]) =>
      [
        text,
        `the value holds ${name}, a character that no value may hold | Leave it out; write a list as one line for each value.`,
      ] as const,
  ),
];

for (const [right, message] of badValues) {
  test(`refuses label = ${JSON.stringify(right)}`, () => {
    assert.is(
      folder.readBad({ 'system.conf': `# first\n[system]\nlabel = ${right}\n` }),
      `DECLARATION_SYNTAX system.conf:3: [system] label: ${message}`,
    );
  });
}

/** What is said of a whole file whose structure is wrong. */
const badFiles: readonly (readonly [
  name: string,
  content: string | Uint8Array,
  message: string,
])[] = [
  [
    'a word',
    '[boot]\nquiet\n',
    `system.conf:2: [boot]: "quiet" is neither a section, a comment nor \`key = value\` | ${lineHint}`,
  ],
  [
    'a continuation',
    '[boot]\nkernelParams = quiet\n    splash\n',
    `system.conf:3: [boot]: "splash" is neither a section, a comment nor \`key = value\` | ${lineHint}`,
  ],
  [
    'an open header',
    '[boot\n',
    'system.conf:1: the section header "[boot" is not closed | Close it with a ] in the same line.',
  ],
  [
    'a comment behind a header',
    '[boot] ; mine\n',
    'system.conf:1: "; mine" stands behind the section header | Put it on a line of its own; so does a comment.',
  ],
  [
    'a key behind a header',
    '[boot] kernelParams = quiet\n',
    'system.conf:1: "kernelParams = quiet" stands behind the section header | Put it on a line of its own; so does a comment.',
  ],
  ['no name', '[ ]\n', 'system.conf:1: the section header has no name | Write it like [boot].'],
  [
    'quotes never closed in a header',
    '[etc "a]\n',
    'system.conf:1: the section header "[etc \\"a]" has quotes that cannot be read | Write it like [etc "ssh/sshd_config"].',
  ],
  [
    'a newline in a header',
    '[etc "a\\nb"]\n',
    'system.conf:1: the section header "[etc \\"a\\\\nb\\"]" has quotes that cannot be read | Write it like [etc "ssh/sshd_config"].',
  ],
  [
    'a header with two subjects',
    '[etc "a" "b"]\n',
    'system.conf:1: the section header "[etc \\"a\\" \\"b\\"]" is not closed after its quotes | Write it like [etc "ssh/sshd_config"].',
  ],
  [
    "ini's array",
    '[boot]\nkernelParams[] = quiet\n',
    'system.conf:2: [boot]: "kernelParams[]" is not a key | Write the plain key once for each value: repeated keys make a list.',
  ],
  [
    'an appended value',
    '[boot]\nkernelParams += quiet\n',
    'system.conf:2: [boot]: "kernelParams +" is not a key | Write the plain key once for each value: repeated keys make a list.',
  ],
  ['no key', '[boot]\n = quiet\n', 'system.conf:2: [boot]: "" is not a key | Write `key = value`.'],
  [
    'a quoted key',
    '[boot]\n"kernelParams" = quiet\n',
    'system.conf:2: [boot]: "\\"kernelParams\\"" is not a key | A key consists of letters and digits, and of a ! at its end to override.',
  ],
  [
    'NUL',
    '[boot]\nkernelParams = a\0b\n',
    'system.conf:2: [boot] kernelParams: the line holds U+0000, a character that no line may hold | Remove it; `cat -v FILE` shows where it is.',
  ],
  [
    'NUL in a header, and does not look at its keys',
    '[gc]\n[bo\0ot]\nkernelParams = a\n',
    'system.conf:2: the line holds U+0000, a character that no line may hold | Remove it; `cat -v FILE` shows where it is.',
  ],
  [
    'a lone carriage return',
    '[boot]\n# a\rkernelParams = quiet\n',
    'system.conf:2: [boot]: the line holds U+000D, a character that no line may hold | Remove it; `cat -v FILE` shows where it is.',
  ],
  [
    'an escape sequence in a comment',
    '# \u001b[2J\n',
    'system.conf:1: the line holds U+001B, a character that no line may hold | Remove it; `cat -v FILE` shows where it is.',
  ],
  [
    'Latin-1',
    Buffer.from('[system]\nlabel = caf\u00e9\n', 'latin1'),
    'system.conf:2: [system] label: the line is not valid UTF-8 | Save the file as UTF-8.',
  ],
  [
    'UTF-16',
    Buffer.from('\ufeff[boot]\n', 'utf16le'),
    'system.conf:1: the line is not valid UTF-8 | Save the file as UTF-8.',
  ],
  [
    'an overlong slash',
    Buffer.concat([
      Buffer.from('[system]\nkernel = '),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('x\n'),
    ]),
    'system.conf:2: [system] kernel: the line is not valid UTF-8 | Save the file as UTF-8.',
  ],
];

for (const [name, content, message] of badFiles) {
  test(`refuses ${name}`, () => {
    const said = folder.readBad({ 'system.conf': content });
    // UTF-16 has more to complain about: the first line of it is enough.
    const first = said.startsWith('DECLARATION_INVALID')
      ? said
          .split('\n')
          .slice(1, 3)
          .join(' | ')
          .replaceAll(/^ {2}| {4}hint: /g, '')
      : said.replace('DECLARATION_SYNTAX ', '');
    assert.is(first, message);
  });
}

test('lets a byte order mark, CRLF, tabs, blank lines and indentation pass', () => {
  const text = [
    '\ufeff; first',
    '',
    '\t[ boot.loader ]\t',
    '  # a comment of its own line ; with # anything = in it',
    '\ttimeout\t=\t7\t',
    '   ',
    'editor=false',
  ].join('\r\n');
  const declaration = folder.readGood({ 'system.conf': text });
  assert.is(declaration.boot.loader.timeout, 7);
  assert.is(declaration.boot.loader.editor, false);
});

test('keeps a replacement character that is there itself', () => {
  const declaration = folder.readGood({ 'system.conf': '[system]\nlabel = a\ufffdb\n' });
  assert.is(declaration.system.label, 'a\ufffdb');
});

test('shows all errors together, each with its hint, in the order of files and lines', () => {
  assert.is(
    folder.readBad({
      'system.conf':
        'imports = more.conf\nquiet\n[boot.loader]\ntimeout = soon\neditor = a;b\n[bot]\nx = 1\n',
      'more.conf': '[gc]\nkepp = 3\n',
    }),
    [
      'DECLARATION_INVALID the declaration has 5 errors:',
      '  system.conf:2: "quiet" is neither a section, a comment nor `key = value`',
      `    hint: ${lineHint}`,
      '  system.conf:4: [boot.loader] timeout: expects a whole number from 0 to 65535, or one of menu-force, menu-hidden, not "soon"',
      '    hint: Write for example `timeout = 5`.',
      '  system.conf:5: [boot.loader] editor: the value has an unquoted ;, at which it would be cut off',
      `    hint: ${commentHint}`,
      '  system.conf:6: [bot]: there is no such section',
      '    hint: Did you mean [boot]?',
      '  more.conf:2: [gc] kepp: there is no such option',
      '    hint: Did you mean keep?',
    ].join('\n'),
  );
});

test('stops telling after fifty errors', () => {
  const said = folder.readBad({ 'system.conf': 'x\n'.repeat(200_000) });
  assert.ok(said.startsWith('DECLARATION_INVALID the declaration has 200000 errors:\n'));
  assert.ok(said.endsWith('\n  and 199950 more'));
  assert.is(said.split('\n').length, 1 + 50 * 2 + 1);
});

test.run();
