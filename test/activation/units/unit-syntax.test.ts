import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flagOf, parseUnit, valuesOf } from '../../../src/activation/units/unit-syntax.ts';
import { enabledBySystemd, hasSystemctl } from './real-systemd.ts';

function values(text: string, key: string, section = 'Service'): readonly string[] {
  return valuesOf(parseUnit(text), section, key);
}

test('a value is whole, whatever other formats end it with', () => {
  const text = [
    '[Service]',
    'ExecStart=/bin/a ; /bin/b # c',
    'ExecStart = /bin/sh -c "x=1; y = [2]"',
    'Environment=A=1 "B=2 \\',
    '  3"',
  ].join('\n');
  assert.equal(values(text, 'ExecStart'), ['/bin/a ; /bin/b # c', '/bin/sh -c "x=1; y = [2]"']);
  assert.equal(values(text, 'Environment'), ['A=1 "B=2    3"']);
});

test('an empty value takes back those before it', () => {
  assert.equal(
    values('[Service]\nExecStart=a\nExecStart=b\nExecStart=\nExecStart=c', 'ExecStart'),
    ['c'],
  );
});

test('sections that come again go on, and keep apart from others', () => {
  const text = 'A=0\n[Service]\nA=1\n[Unit]\nA=2\n[Service]\nA=3\n';
  assert.equal(values(text, 'A'), ['1', '3']);
  assert.equal(values(text, 'A', 'Unit'), ['2']);
});

/** Of units that only can be enabled: systemd says what it reads there. */
const installs: readonly string[] = [
  '[Install]\nWantedBy=a.target \\\n# c\\\n  ; d\n b.target\\\nc.target\n',
  '[Install]\nWantedBy=a.target \\\n\nb.target\n',
  '[Install]\nWantedBy=a.target\\\r\n b.target\r\nWantedBy=d.target\\\n \nWantedBy=e.target \\\n\0 f.target\n',
  '\ufeff[Install]\r\nWantedBy=a.target\r\n WantedBy = b.target \r\nWantedBy=c.target\0WantedBy=d.target\n\u00a0WantedBy=e.target\n',
  '[Install]\nWantedBy=a.target\nWantedBy=\nWantedBy=b.target\n',
  '[Install]\nWantedBy=a.target\nnothing\n=x\n[Foo]\nWantedBy=c.target\n[Install]\nWantedBy=d.target\\',
  'WantedBy=z.target\n[Install]\n;WantedBy=a.target\n  #WantedBy=b.target\nWantedBy\t=\tc.target',
  '[Install]\nWantedBy=a.target\n\r\nWantedBy=b.target\n\rWantedBy=c.target\rWantedBy=d.target',
  '[Install] \nWantedBy=a.target\n[X-Other]\nWantedBy=b.target\n',
];

test('what systemd reads is read', () => {
  if (!hasSystemctl) return;
  for (const text of installs) {
    const ours = values(text, 'WantedBy', 'Install').flatMap(value => value.split(/\s+/));
    const links = enabledBySystemd({ '/etc/systemd/system/u.service': text }, 'u.service');
    const theirs = Object.keys(links).map(path => path.split('/')[4]?.replace(/\.wants$/, ''));
    assert.equal(ours.toSorted(), theirs, JSON.stringify(text));
  }
});

test('systemd gives up at a header without its end', () => {
  assert.equal(values('[Service]\nA=1\n[Serv\nA=2\n[Service]\nA=3', 'A'), ['1']);
});

test('no text is too odd or too long', () => {
  const million = 'x'.repeat(1 << 20);
  assert.equal(values(`[Service]\nA=${million}\nB=1`, 'A'), [million]);
  assert.equal(values(`[Service]\nA=${' '.repeat(1 << 20)}x${' '.repeat(1 << 20)}`, 'A'), ['x']);
  assert.is(values(`[Service]\n${'A=\\\n'.repeat(100_000)}`, 'A').length, 1);
  assert.is(values(`[Service]\n${'A=1\n'.repeat(100_000)}`, 'A').length, 100_000);
  assert.is(values(`[Service]\nA=${'\\'.repeat(100_001)}\nx`, 'A').length, 1);
  for (const text of [
    '',
    '\0',
    '[',
    ']',
    '[]',
    '=',
    '\\',
    '\ufffd=\ufffd',
    '[Service]\n\ud800=1',
  ]) {
    assert.equal(values(text, 'A'), [], JSON.stringify(text));
  }
});

test('a flag is what systemd takes for a boolean, and the last one holds', () => {
  const flag = (text: string): boolean | undefined => flagOf(parseUnit(text), 'X-A');
  assert.is(flag('[Unit]\nX-A=Yes'), true);
  assert.is(flag('[Service]\nX-A=1\nX-A=off'), false);
  assert.is(flag('[Unit]\nX-A=no\nX-A='), undefined);
  assert.is(flag('[Unit]\nX-A=maybe'), undefined);
});

test.run();
