import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decideUnitChanges } from '../../../src/activation/units/decide-changes.ts';
import { noUnitChanges, type UnitChanges } from '../../../src/activation/units/unit-changes.ts';
import type { UnitState } from '../../../src/activation/units/unit-state.ts';
import { type Tree, unitFiles } from './unit-tree.ts';

const etc = '/etc/systemd/system';
const lib = '/usr/lib/systemd/system';

/** What is on any Debian machine of these tests. */
const vendor: Tree = {
  [`${lib}/multi-user.target`]: '[Unit]\nRequires=basic.target\nAllowIsolate=yes\n',
  [`${lib}/timers.target`]: '[Unit]\nDescription=Timers\n',
  [`${lib}/sockets.target`]: '[Unit]\nDescription=Sockets\n',
  [`${lib}/dbus.service`]:
    '[Unit]\nRequires=dbus.socket\n[Service]\nExecStart=/usr/bin/dbus-daemon\n',
  [`${lib}/systemd-journald.service`]:
    '[Service]\nExecStart=/lib/systemd/systemd-journald\nSockets=systemd-journald.socket\n',
  [`${lib}/systemd-journald.socket`]: '[Socket]\nListenStream=/run/systemd/journal/stdout\n',
  [`${lib}/ssh.service`]:
    '[Service]\nExecStart=/usr/sbin/sshd -D\nExecReload=/bin/kill -HUP $MAINPID\nKillMode=process\n[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n',
  [`${etc}/sshd.service`]: `-> ${lib}/ssh.service`,
  [`${etc}/multi-user.target.wants/ssh.service`]: `-> ${lib}/ssh.service`,
  [`${lib}/getty@.service`]:
    '[Service]\nExecStart=-/sbin/agetty %I\n[Install]\nWantedBy=getty.target\n',
  [`${lib}/ssh@.service`]: '[Service]\nExecStart=-/usr/sbin/sshd -i\n',
};

const running = ['multi-user.target', 'timers.target', 'sockets.target'];

function state(name: string, more: Partial<UnitState> = {}): UnitState {
  return {
    name,
    active: 'active',
    load: 'loaded',
    fragmentPath: undefined,
    dropInPaths: [],
    invocationId: '0'.repeat(32),
    needsDaemonReload: false,
    triggeredBy: [],
    stopsWithIt: [],
    ...more,
  };
}

interface Change {
  /** What is there besides what the vendor brings, before and after. */
  before?: Tree;
  after?: Tree;
  /** Units that run besides the targets, and those in another state. */
  states?: readonly (string | UnitState)[];
  ownUnit?: string;
}

function decide({ before = {}, after = {}, states = [], ownUnit }: Change): UnitChanges {
  return decideUnitChanges(
    unitFiles({ ...vendor, ...before }),
    unitFiles({ ...vendor, ...after }),
    [...running, ...states].map(unit => (typeof unit === 'string' ? state(unit) : unit)),
    ownUnit,
  );
}

function service(more = '', exec = '/bin/a'): string {
  return `[Unit]\nDescription=A\n[Service]\nExecStart=${exec}\n${more}`;
}

const wants = `${etc}/multi-user.target.wants`;
const a = `${etc}/a.service`;

const cases: readonly [what: string, change: Change, expected: Partial<UnitChanges>][] = [
  [
    'nothing differs',
    { before: { [a]: service() }, after: { [a]: service() }, states: ['a.service'] },
    {},
  ],
  [
    'another command: away while /etc changes',
    { before: { [a]: service() }, after: { [a]: service('', '/bin/b') }, states: ['a.service'] },
    { stop: ['a.service'], start: ['a.service'] },
  ],
  [
    'another command after a semicolon',
    {
      before: { [a]: service('', '/bin/a ; /bin/b') },
      after: { [a]: service('', '/bin/a ; /bin/c') },
      states: ['a.service'],
    },
    { stop: ['a.service'], start: ['a.service'] },
  ],
  [
    'another description only',
    {
      before: { [a]: service() },
      after: { [a]: service('[Unit]\nDescription=B') },
      states: ['a.service'],
    },
    {},
  ],
  [
    'a unit that does not run and that nothing wants',
    { before: { [a]: service() }, after: { [a]: service('', '/bin/b') } },
    {},
  ],
  [
    'X-StopIfChanged=false',
    {
      before: { [a]: service() },
      after: { [a]: service('X-StopIfChanged=false', '/bin/b') },
      states: ['a.service'],
    },
    { restart: ['a.service'] },
  ],
  [
    'X-RestartIfChanged=false',
    {
      before: { [a]: service() },
      after: { [a]: service('X-RestartIfChanged=no', '/bin/b') },
      states: ['a.service'],
    },
    { left: [{ unit: 'a.service', reason: 'it says X-RestartIfChanged=false' }] },
  ],
  [
    'X-ReloadIfChanged',
    {
      before: { [a]: service('ExecReload=/bin/r') },
      after: { [a]: service('ExecReload=/bin/r\nX-ReloadIfChanged=true', '/bin/b') },
      states: ['a.service'],
    },
    { reload: ['a.service'] },
  ],
  [
    'a reload trigger, and a way to reload',
    {
      before: { [a]: service('ExecReload=/bin/r') },
      after: { [a]: service('ExecReload=/bin/r\n[Unit]\nX-Reload-Triggers=2') },
      states: ['a.service'],
    },
    { reload: ['a.service'] },
  ],
  [
    'a reload trigger, and no way to reload',
    {
      before: { [a]: service() },
      after: { [a]: service('[Unit]\nX-Reload-Triggers=2') },
      states: ['a.service'],
    },
    { stop: ['a.service'], start: ['a.service'] },
  ],
  [
    'RefuseManualStop',
    {
      before: { [a]: service('[Unit]\nRefuseManualStop=yes') },
      after: { [a]: service('[Unit]\nRefuseManualStop=yes', '/bin/b') },
      states: ['a.service'],
    },
    { left: [{ unit: 'a.service', reason: 'it refuses to be stopped by hand' }] },
  ],
  [
    'RefuseManualStop as it runs, and RefuseManualStart from now on',
    {
      before: { [a]: service('[Unit]\nRefuseManualStop=yes'), [`${etc}/b.service`]: service() },
      after: {
        [a]: service(),
        [`${etc}/b.service`]: service('[Unit]\nRefuseManualStart=yes', '/bin/b'),
        [`${etc}/a.service.d/x.conf`]: '[Service]\nNice=1',
      },
      states: ['a.service', 'b.service'],
    },
    {
      left: [
        { unit: 'a.service', reason: 'it refuses to be stopped by hand' },
        { unit: 'b.service', reason: 'it refuses to be started by hand' },
      ],
    },
  ],
  [
    'gone, masked, and to be kept',
    {
      before: {
        [a]: service(),
        [`${etc}/b.service`]: service(),
        [`${etc}/c.service`]: service('[Unit]\nX-StopOnRemoval=false'),
      },
      after: { [`${etc}/b.service`]: '-> /dev/null' },
      states: ['a.service', 'b.service', 'c.service'],
    },
    {
      stop: ['a.service', 'b.service'],
      left: [{ unit: 'c.service', reason: 'it says X-StopOnRemoval=false' }],
    },
  ],
  [
    'a drop-in for a unit of the vendor, by its alias: restarted in one go, since it is the network',
    { after: { [`${etc}/sshd.service.d/x.conf`]: '[Service]\nNice=1' }, states: ['ssh.service'] },
    { restart: ['ssh.service'] },
  ],
  [
    'a drop-in for all services: those that hold the machine together are left',
    {
      before: { [a]: service() },
      after: { [a]: service(), [`${etc}/service.d/x.conf`]: '[Service]\nNice=1' },
      states: [
        'a.service',
        'dbus.service',
        'systemd-journald.service',
        'systemd-journald.socket',
        'getty@tty1.service',
        'made-by-a-generator.service',
        state('genctl-switch-1.service', {
          fragmentPath: '/run/systemd/transient/genctl-switch-1.service',
        }),
      ],
      ownUnit: 'genctl-switch-1.service',
    },
    {
      stop: ['a.service'],
      restart: ['systemd-journald.service'],
      // Not running, wanted by a target that is active, and another one now.
      start: ['a.service', 'ssh.service'],
      left: [
        {
          unit: 'dbus.service',
          reason: 'everything that talks over D-Bus would lose its connection',
        },
        { unit: 'getty@tty1.service', reason: 'the session on its terminal would end' },
        {
          unit: 'made-by-a-generator.service',
          reason: 'what it was started from is in no unit folder',
        },
      ],
    },
  ],
  [
    'the unit that the change is made from',
    {
      before: { [a]: service() },
      after: {},
      states: ['a.service'],
      ownUnit: 'a.service',
    },
    { left: [{ unit: 'a.service', reason: 'this change is made from it' }] },
  ],
  [
    'a service with a socket: the socket starts it again',
    {
      before: { [a]: service(), [`${etc}/a.socket`]: '[Socket]\nListenStream=1' },
      after: { [a]: service('', '/bin/b'), [`${etc}/a.socket`]: '[Socket]\nListenStream=1' },
      states: [state('a.service', { triggeredBy: ['a.socket'] }), 'a.socket'],
    },
    { stop: ['a.service', 'a.socket'], start: ['a.socket'] },
  ],
  [
    'a service with a socket that a target wants as well',
    {
      before: {
        [a]: service(),
        [`${etc}/a.socket`]: '[Socket]\nListenStream=1',
        [`${wants}/a.service`]: '-> ../a.service',
      },
      after: {
        [a]: service('', '/bin/b'),
        [`${etc}/a.socket`]: '[Socket]\nListenStream=2',
        [`${wants}/a.service`]: '-> ../a.service',
      },
      states: ['a.service', 'a.socket'],
    },
    { stop: ['a.service', 'a.socket'], start: ['a.service', 'a.socket'] },
  ],
  [
    'a service whose socket shall stay, and one whose socket goes',
    {
      before: {
        [a]: service(),
        [`${etc}/a.socket`]: '[Socket]\nListenStream=1',
        [`${etc}/b.service`]: service('Sockets=b1.socket b2.socket'),
        [`${etc}/b1.socket`]: '[Socket]\nListenStream=1',
        [`${etc}/b2.socket`]: '[Socket]\nListenStream=1',
      },
      after: {
        [a]: service('X-NotSocketActivated=true'),
        [`${etc}/a.socket`]: '[Socket]\nListenStream=1',
        [`${etc}/b.service`]: service('', '/bin/b'),
      },
      states: [
        'a.service',
        'a.socket',
        state('b.service', { triggeredBy: ['b1.socket', 'b2.socket'] }),
        'b1.socket',
        'b2.socket',
      ],
    },
    {
      stop: ['a.service', 'b.service', 'b1.socket', 'b2.socket'],
      start: ['a.service', 'b.service'],
    },
  ],
  [
    'a socket alone',
    {
      before: { [a]: service(), [`${etc}/a.socket`]: '[Socket]\nListenStream=1' },
      after: { [a]: service(), [`${etc}/a.socket`]: '[Socket]\nListenStream=2' },
      states: ['a.service', 'a.socket'],
    },
    { left: [{ unit: 'a.socket', reason: 'a socket is restarted only with its service' }] },
  ],
  [
    'connections that a socket has accepted',
    {
      before: { [`${etc}/a@.service`]: service(), [`${etc}/a.socket`]: '[Socket]\nAccept=yes' },
      after: {
        [`${etc}/a@.service`]: service('', '/bin/b'),
        [`${etc}/a.socket`]: '[Socket]\nAccept=yes',
        [`${etc}/ssh@.service.d/x.conf`]: '[Service]\nNice=1',
      },
      states: ['a@1-2.service', 'a.socket', 'ssh@3-4.service'],
    },
    {
      left: [
        { unit: 'a@1-2.service', reason: 'it serves a connection that is open' },
        { unit: 'ssh@3-4.service', reason: 'it serves a connection that is open' },
      ],
    },
  ],
  [
    'a timer, a path, a slice and mounts',
    {
      before: {
        [`${etc}/a.timer`]: '[Timer]\nOnCalendar=daily',
        [`${etc}/a.path`]: '[Path]\nPathExists=/a',
        [`${etc}/a.slice`]: '[Slice]\nCPUWeight=1',
        [`${etc}/srv.mount`]: '[Mount]\nWhat=/dev/a\nWhere=/srv\nOptions=ro',
        [`${etc}/mnt.mount`]: '[Mount]\nWhat=/dev/a\nWhere=/mnt',
        [`${etc}/nix.mount`]: '[Mount]\nWhat=/dev/a\nWhere=/nix',
        [`${etc}/-.mount`]: '[Mount]\nWhat=/dev/a\nWhere=/',
      },
      after: {
        [`${etc}/a.timer`]: '[Timer]\nOnCalendar=weekly',
        [`${etc}/a.path`]: '[Path]\nPathExists=/b',
        [`${etc}/srv.mount`]: '[Mount]\nWhat=/dev/a\nWhere=/srv\nOptions=rw',
        [`${etc}/mnt.mount`]: '[Mount]\nWhat=/dev/b\nWhere=/mnt',
        [`${etc}/nix.mount`]: '[Mount]\nWhat=/dev/b\nWhere=/nix',
      },
      states: ['a.timer', 'a.path', 'a.slice', 'srv.mount', 'mnt.mount', 'nix.mount', '-.mount'],
    },
    {
      reload: ['nix.mount', 'srv.mount'],
      restart: ['a.timer', 'mnt.mount'],
      left: [{ unit: '-.mount', reason: 'the system runs from it' }],
    },
  ],
  [
    'a new service, and one that is wanted newly',
    {
      before: { [`${etc}/b.service`]: service() },
      after: {
        [a]: service(),
        [`${wants}/a.service`]: '-> ../a.service',
        [`${etc}/b.service`]: service(),
        [`${wants}/b.service`]: '-> ../b.service',
        [`${etc}/c.service`]: service('[Unit]\nX-OnlyManualStart=true'),
        [`${wants}/c.service`]: '-> ../c.service',
        [`${wants}/none.service`]: '-> ../none.service',
      },
    },
    { start: ['a.service', 'b.service', 'multi-user.target'] },
  ],
  [
    'a new timer of a service that runs by it',
    {
      after: {
        [a]: service('Type=oneshot'),
        [`${etc}/a.timer`]: '[Timer]\nOnCalendar=daily',
        [`${etc}/timers.target.wants/a.timer`]: '-> ../a.timer',
      },
    },
    { start: ['a.timer', 'timers.target'] },
  ],
  [
    'targets that changed',
    {
      before: {
        [`${etc}/a.target`]: '[Unit]\nAfter=x.target',
        [`${etc}/b.target`]: '[Unit]\nAfter=x.target',
        [`${etc}/c.target`]: '[Unit]\nAfter=x.target\nRefuseManualStart=yes',
        [`${lib}/suspend.target`]: '[Unit]\nAfter=x.target',
      },
      after: {
        [`${etc}/a.target`]: '[Unit]\nAfter=y.target',
        [`${etc}/b.target`]: '[Unit]\nAfter=y.target\nX-StopOnReconfiguration=true',
        [`${etc}/c.target`]: '[Unit]\nAfter=y.target\nRefuseManualStart=yes',
        [`${lib}/suspend.target`]: '[Unit]\nAfter=x.target',
        [`${etc}/suspend.target.d/x.conf`]: '[Unit]\nAfter=y.target',
      },
      states: ['a.target', 'b.target', 'c.target', 'suspend.target'],
    },
    { stop: ['b.target'], start: ['a.target', 'b.target'] },
  ],
  [
    'failed ones: mended, and those that wait for a timer',
    {
      before: { [a]: service(), [`${etc}/b.service`]: service(), [`${etc}/c.service`]: service() },
      after: {
        [a]: service('', '/bin/b'),
        [`${etc}/b.service`]: service('', '/bin/b'),
        [`${etc}/c.service`]: service(),
      },
      states: [
        state('a.service', { active: 'failed' }),
        state('b.service', { active: 'failed', triggeredBy: ['b.timer'] }),
        state('c.service', { active: 'failed' }),
      ],
    },
    { start: ['a.service'] },
  ],
  [
    'instances of a template',
    {
      before: {
        [`${etc}/a@.service`]: service(),
        [`${etc}/b@.service`]: service(),
        [`${etc}/b@one.service.d/x.conf`]: '[Service]\nNice=1',
        [`${etc}/b@two.service.d/x.conf`]: '[Service]\nNice=1',
        [`${wants}/b@two.service`]: '-> ../b@.service',
      },
      after: {
        [`${etc}/a@.service`]: service('', '/bin/b'),
        [`${etc}/b@.service`]: service(),
        [`${wants}/b@two.service`]: '-> ../b@.service',
      },
      states: ['a@x.service', 'b@one.service', 'b@two.service'],
    },
    {
      stop: ['a@x.service', 'b@one.service', 'b@two.service'],
      start: ['a@x.service', 'b@two.service'],
    },
  ],
  [
    'rules for units of the vendor, by name; patterns are for what comes later',
    {
      before: { [`${lib}/cron.service`]: service('[Install]\nWantedBy=multi-user.target') },
      after: {
        [`${lib}/cron.service`]: service('[Install]\nWantedBy=multi-user.target'),
        [`/etc/systemd/system-preset/50-a.preset`]:
          'disable ssh.service\ndisable a.service\ndisable none.service\ndisable *\n',
        [a]: service('[Install]\nWantedBy=multi-user.target'),
      },
      states: ['ssh.service', 'cron.service'],
    },
    {
      preset: ['ssh.service'],
      left: [{ unit: 'ssh.service', reason: 'what is disabled now runs until the next boot' }],
    },
  ],
  [
    'a rule that is taken back',
    {
      before: {
        '/etc/systemd/system-preset/50-a.preset': 'disable ssh.service\n',
        [`${wants}/ssh.service`]: '-> /dev/null',
      },
      after: { [`${wants}/ssh.service`]: '-> /dev/null' },
    },
    { preset: ['ssh.service'], start: ['ssh.service'] },
  ],
  [
    "systemd's own configuration",
    { after: { '/etc/systemd/system.conf.d/x.conf': '[Manager]\nDefaultTimeoutStopSec=5' } },
    { reexecute: true },
  ],
];

test('what becomes of units', () => {
  for (const [what, change, expected] of cases) {
    assert.equal(decide(change), { ...noUnitChanges, ...expected }, what);
  }
});

test('hostile names and files decide nothing', () => {
  const odd = [
    '',
    ' ',
    '\n.service',
    'x'.repeat(300),
    '../x',
    'a@.service',
    '.service',
    '@.service',
  ];
  const after: Record<string, string> = {
    [`${etc}/one.service`]: '-> two.service',
    [`${etc}/two.service`]: '-> one.service',
    [`${wants}/one.service`]: '-> ../one.service',
    [`${etc}/multi-user.target.d/x.conf`]: `[Unit]\nWants=${'\0 %% %i ../x '.repeat(1_000)}`,
  };
  for (const name of odd) after[`${wants}/${name}`] = '-> /nowhere';
  for (const name of odd) after[`${etc}/${name}.d/x.conf`] = '[Service]\nNice=1';
  const { start, ...rest } = decide({ after });
  assert.equal(rest, { stop: [], reload: [], restart: [], preset: [], left: [], reexecute: false });
  assert.equal(start, ['multi-user.target']);
});

test('what stops along with a unit is started again, however far it is from it', () => {
  const unit = (text: string): Tree => ({ [`${etc}/a.service`]: `[Service]\nExecStart=${text}\n` });
  const service = (name: string): Tree => ({
    [`${lib}/${name}`]: `[Unit]\nRequires=a.service\n[Service]\nExecStart=/bin/${name}\n`,
  });
  const others = { ...service('b.service'), ...service('c.service'), ...service('d.service') };
  const changes = decide({
    before: { ...unit('/bin/old'), ...others },
    after: { ...unit('/bin/new'), ...others },
    states: [
      state('a.service', { stopsWithIt: ['b.service', 'd.service'] }),
      state('b.service', { stopsWithIt: ['c.service', 'a.service'] }),
      'c.service',
      state('d.service', { active: 'inactive' }),
    ],
  });
  assert.equal(changes.stop, ['a.service', 'b.service', 'c.service']);
  assert.equal(changes.start, ['a.service', 'b.service', 'c.service']);
});

test.run();
