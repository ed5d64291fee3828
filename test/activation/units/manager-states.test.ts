// What `systemctl show` prints, read into states.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseUnitStates } from '../../../src/activation/units/observed-unit.ts';

test('a unit as systemd 252 prints it', () => {
  const text = String.raw`Type=notify
NRestarts=1
Result=success
ExecMainStatus=0
Id=sshd.service
Names=ssh.service sshd.service
RequiredBy=
BoundBy=a.service
ConsistsOf=b.service c.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/lib/systemd/system/ssh.service
DropInPaths=/etc/systemd/system/ssh.service.d/10-a.conf "/etc/systemd/system/ssh.service.d/with space.conf"
Triggers=b.path c.path
UpheldBy=d.target
TriggeredBy="dev-disk-by\\x2duuid.swap" ssh.socket
NeedDaemonReload=yes
InvocationID=0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d
`;
  assert.equal(parseUnitStates(text), [
    {
      name: 'sshd.service',
      names: ['sshd.service', 'ssh.service'],
      active: 'active',
      sub: 'running',
      load: 'loaded',
      fragmentPath: '/lib/systemd/system/ssh.service',
      dropInPaths: [
        '/etc/systemd/system/ssh.service.d/10-a.conf',
        '/etc/systemd/system/ssh.service.d/with space.conf',
      ],
      invocationId: '0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d',
      needsDaemonReload: true,
      triggeredBy: [String.raw`dev-disk-by\x2duuid.swap`, 'ssh.socket'],
      triggers: ['b.path', 'c.path'],
      upheldBy: ['d.target'],
      result: 'success',
      exitStatus: 0,
      restarts: 1,
      stopsWithIt: ['a.service', 'b.service', 'c.service'],
    },
  ]);
});

test('names stay as they are: a backslash, a dash in front, an equals sign in a value', () => {
  const text = String.raw`Id=dev-disk-by\x2dlabel-a\x20b.device
FragmentPath=/a=b

Id=-.mount
InvocationID=
`;
  const [device, mount] = parseUnitStates(text);
  assert.is(device?.name, String.raw`dev-disk-by\x2dlabel-a\x20b.device`);
  assert.is(device?.fragmentPath, '/a=b');
  assert.is(mount?.name, '-.mount');
  assert.is(mount?.invocationId, undefined);
});

test('what another systemd lacks or does not print counts as empty', () => {
  const [unit] = parseUnitStates('Id=a.target\nActiveState=active\nLoadState=loaded\n');
  assert.is(unit?.result, undefined);
  assert.is(unit?.fragmentPath, undefined);
  assert.equal([unit?.names, unit?.stopsWithIt], [['a.target'], []]);
  const words = ['', '[not set]', '0'.repeat(32), 'abc'];
  for (const word of words) {
    const [other] = parseUnitStates(`Id=a.service\nInvocationID=${word}\n`);
    assert.is(other?.invocationId, undefined, word);
  }
  assert.equal(parseUnitStates(''), []);
});

test.run();
