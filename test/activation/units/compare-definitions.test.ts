import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareDefinitions } from '../../../src/activation/units/compare-definitions.ts';
import { parseUnit } from '../../../src/activation/units/unit-syntax.ts';

const base = '[Unit]\nDescription=A\nAfter=b.target\n[Service]\nExecStart=/bin/a ; /bin/b\n';

const pairs: readonly [what: string, before: string, after: string, difference: string][] = [
  ['the same', base, base, 'none'],
  [
    'comments, blanks and order of keys',
    base,
    `#x\n[Service]\nExecStart = /bin/a ; /bin/b\n;\n[Unit]\nAfter=b.target\nDescription=A`,
    'none',
  ],
  ['what follows a semicolon', base, base.replace('/bin/b', '/bin/c'), 'restart'],
  ['a description', base, base.replace('=A', '=B'), 'none'],
  ['a documentation more', base, `${base}[Unit]\nDocumentation=man:a\n`, 'none'],
  ['an [Install] more', base, `${base}[Install]\nWantedBy=multi-user.target\n`, 'none'],
  [
    'order of values',
    '[Service]\nExecStartPre=a\nExecStartPre=b',
    '[Service]\nExecStartPre=b\nExecStartPre=a',
    'restart',
  ],
  [
    'values taken back',
    '[Service]\nExecStart=a',
    '[Service]\nExecStart=b\nExecStart=\nExecStart=a',
    'none',
  ],
  [
    'nothing set, and nothing set by taking back',
    base,
    `${base}Environment=A=1\nEnvironment=\n`,
    'none',
  ],
  ['a reload trigger more', base, `${base}[Unit]\nX-Reload-Triggers=1\n`, 'reload'],
  [
    'a restart trigger',
    `${base}[Unit]\nX-Restart-Triggers=1\n`,
    `${base}[Unit]\nX-Restart-Triggers=2\n`,
    'restart',
  ],
  ['an ExecReload more', base, `${base}ExecReload=/bin/r\n`, 'reload'],
  ['an ExecReload less', `${base}ExecReload=/bin/r\n`, base, 'none'],
  [
    'a reload trigger and a command',
    base,
    `[Unit]\nX-Reload-Triggers=1\n${base}ExecStop=/bin/s`,
    'restart',
  ],
  [
    'options of a mount',
    '[Mount]\nWhat=/dev/a\nOptions=ro',
    '[Mount]\nWhat=/dev/a\nOptions=rw',
    'reload',
  ],
  [
    'what a mount mounts',
    '[Mount]\nWhat=/dev/a\nOptions=ro',
    '[Mount]\nWhat=/dev/b\nOptions=rw',
    'restart',
  ],
  ['a section less', `${base}[Unit]\nAfter=a.service\n`, base, 'restart'],
  ['a section of whoever wrote the file', `${base}[X-Own]\nA=1\n`, base, 'none'],
  ['what is to become of it', `${base}X-StopIfChanged=no\n`, base, 'none'],
  ['what it was made from', `${base}[Unit]\nX-Restart-Triggers=1\n`, base, 'restart'],
  ['a section that says nothing', `${base}[X-Own]\n`, base, 'none'],
];

test('what a difference takes', () => {
  for (const [what, before, after, difference] of pairs) {
    assert.is(compareDefinitions(parseUnit(before), parseUnit(after)), difference, what);
  }
});

test.run();
