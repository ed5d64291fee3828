import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mainProgram } from '../../../src/activation/units/main-program.ts';
import { UnitDefinitions } from '../../../src/activation/units/unit-definition.ts';
import { unitFiles } from './unit-tree.ts';

const cases: readonly [command: string, program: string | undefined][] = [
  ['/usr/sbin/sshd -D', '/usr/sbin/sshd'],
  ['-+/usr/bin/a', '/usr/bin/a'],
  ['@/usr/bin/dbus-daemon @dbus-daemon --system', '/usr/bin/dbus-daemon'],
  ['"/opt/my program" x', '/opt/my program'],
  ["'/usr/bin/a' x", '/usr/bin/a'],
  ['/usr/lib/%p/%i', '/usr/lib/a/one'],
  ['/usr/lib/%H', undefined],
  ['sh -c /usr/bin/a', undefined],
  ['', undefined],
];

test('the program that a service runs as', () => {
  for (const [command, program] of cases) {
    const files = unitFiles({
      '/usr/lib/systemd/system/a@.service': `[Service]\nExecStart=${command}\n`,
    });
    assert.is(mainProgram(new UnitDefinitions(files).of('a@one.service')), program, command);
  }
});

test.run();
