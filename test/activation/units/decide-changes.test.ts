import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decideUnitChanges } from '../../../src/activation/units/decide-changes.ts';
import { noUnitChanges, type UnitChanges } from '../../../src/activation/units/unit-changes.ts';
import type { UnitState } from '../../../src/activation/units/unit-state.ts';
import { noExchange, type UsrExchange } from '../../../src/activation/units/usr-exchange.ts';
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

/** Units of systemd that read more than their unit files. */
const configured: Tree = {
  [`${lib}/sysinit.target`]: '[Unit]\nWants=systemd-modules-load.service\n',
  [`${lib}/systemd-modules-load.service`]: '[Service]\nType=oneshot\n',
  [`${lib}/systemd-sysctl.service`]: '[Service]\nType=oneshot\n',
  [`${lib}/systemd-timesyncd.service`]: '[Service]\n',
  [`${lib}/systemd-logind.service`]: '[Service]\n',
  [`${lib}/systemd-udevd.service`]: '[Service]\nExecReload=udevadm control --reload\n',
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
    triggers: [],
    upheldBy: [],
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
  exchange?: UsrExchange;
}

function decide({ before = {}, after = {}, states = [], ownUnit, exchange }: Change): UnitChanges {
  return decideUnitChanges(
    unitFiles({ ...vendor, ...before }),
    unitFiles({ ...vendor, ...after }),
    [...running, ...states].map(unit => (typeof unit === 'string' ? state(unit) : unit)),
    ownUnit,
    exchange,
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
    'a drop-in for all services: those that the declaration does not bring are left',
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
      start: ['a.service'],
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
        {
          unit: 'systemd-journald.service',
          reason: 'only what is for all units of its type has changed',
        },
      ],
    },
  ],
  [
    'what says only what is to become of it, or is for others',
    {
      before: { [a]: service('[X-Origin]\nId=1') },
      after: { [a]: service('X-StopIfChanged=false\n[X-Origin]\nId=2') },
      states: ['a.service'],
    },
    {},
  ],
  [
    'a unit that was masked while it ran',
    {
      before: { [a]: '-> /dev/null' },
      after: { [a]: service() },
      states: ['a.service'],
    },
    { left: [{ unit: 'a.service', reason: 'it was masked while it ran' }] },
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
    'a service with a socket that is as it was: nobody who connects is refused',
    {
      before: { [a]: service(), [`${etc}/a.socket`]: '[Socket]\nListenStream=1' },
      after: { [a]: service('', '/bin/b'), [`${etc}/a.socket`]: '[Socket]\nListenStream=1' },
      states: [state('a.service', { triggeredBy: ['a.socket'] }), 'a.socket'],
    },
    { restart: ['a.service'] },
  ],
  [
    'a service with a socket that is another one: it starts it again',
    {
      before: { [a]: service(), [`${etc}/a.socket`]: '[Socket]\nListenStream=1' },
      after: { [a]: service('', '/bin/b'), [`${etc}/a.socket`]: '[Socket]\nListenStream=2' },
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
        [a]: service('X-NotSocketActivated=true', '/bin/b'),
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
    'sockets alone: one whose service runs, and one that waits',
    {
      before: {
        [a]: service(),
        [`${etc}/a.socket`]: '[Socket]\nListenStream=1',
        [`${etc}/b.service`]: service(),
        [`${etc}/b.socket`]: '[Socket]\nListenStream=1',
      },
      after: {
        [a]: service(),
        [`${etc}/a.socket`]: '[Socket]\nListenStream=2',
        [`${etc}/b.service`]: service(),
        [`${etc}/b.socket`]: '[Socket]\nListenStream=2',
      },
      states: [
        'a.service',
        state('a.socket', { triggers: ['a.service'] }),
        state('b.socket', { triggers: ['b.service'] }),
      ],
    },
    {
      restart: ['b.socket'],
      left: [{ unit: 'a.socket', reason: 'a socket is restarted only with its service' }],
    },
  ],
  [
    'a service that a path unit would start again at once, and one that waits for a change',
    {
      before: {
        [a]: service(),
        [`${etc}/a.path`]: '[Path]\nDirectoryNotEmpty=/a',
        [`${etc}/b.service`]: service(),
        [`${etc}/b.path`]: '[Path]\nPathChanged=/b',
      },
      after: {
        [a]: service('', '/bin/b'),
        [`${etc}/a.path`]: '[Path]\nDirectoryNotEmpty=/a',
        [`${etc}/b.service`]: service('', '/bin/b'),
        [`${etc}/b.path`]: '[Path]\nPathChanged=/b',
      },
      states: [
        state('a.service', { triggeredBy: ['a.path'] }),
        'a.path',
        state('b.service', { triggeredBy: ['b.path'] }),
        'b.path',
      ],
    },
    {
      stop: ['a.path', 'a.service', 'b.service'],
      start: ['a.path', 'a.service', 'b.service'],
    },
  ],
  [
    'a service that a running unit upholds, and would start again at once',
    {
      before: { [a]: service() },
      after: { [a]: service('', '/bin/b') },
      states: [state('a.service', { upheldBy: ['multi-user.target'] })],
    },
    { restart: ['a.service'] },
  ],
  [
    'an automount whose file system is in use, one that waits, and one that goes with its mount',
    {
      before: {
        [`${etc}/a.automount`]: '[Automount]\nWhere=/a',
        [`${etc}/a.mount`]: '[Mount]\nWhere=/a',
        [`${etc}/b.automount`]: '[Automount]\nWhere=/b',
        [`${etc}/c.automount`]: '[Automount]\nWhere=/c',
        [`${etc}/c.mount`]: '[Mount]\nWhere=/c',
      },
      after: {
        [`${etc}/a.automount`]: '[Automount]\nWhere=/a\nTimeoutIdleSec=1',
        [`${etc}/a.mount`]: '[Mount]\nWhere=/a',
        [`${etc}/b.automount`]: '[Automount]\nWhere=/b\nTimeoutIdleSec=1',
      },
      states: ['a.automount', 'a.mount', 'b.automount', 'c.automount', 'c.mount'],
    },
    {
      stop: ['c.automount', 'c.mount'],
      restart: ['b.automount'],
      left: [{ unit: 'a.automount', reason: 'its file system is mounted' }],
    },
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
    // Not the target, which would start all else that it wants and somebody has stopped.
    { start: ['a.service', 'b.service'] },
  ],
  [
    'what a target wants no more, unless something else needs it',
    {
      before: {
        [a]: service(),
        [`${wants}/a.service`]: '-> ../a.service',
        [`${wants}/b.service`]: '-> ../b.service',
        [`${wants}/c.service`]: '-> ../c.service',
        [`${etc}/b.service`]: service(),
        [`${etc}/c.service`]: service(),
      },
      after: { [a]: service(), [`${etc}/b.service`]: service() },
      states: [
        'a.service',
        state('b.service', { triggeredBy: ['b.socket'] }),
        'b.socket',
        'c.service',
      ],
    },
    {
      stop: ['c.service'],
      left: [{ unit: 'a.service', reason: 'what is disabled now runs until the next boot' }],
    },
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
    { start: ['a.timer'] },
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
    'what units of systemd read, those that run and one that waits to be of use',
    {
      before: {
        ...configured,
        '/etc/sysctl.d/a.conf': 'a = 1',
        '/etc/sysusers.d/a.conf': 'u a 500',
        '/etc/tmpfiles.d/old.conf': 'd /run/old',
        '/etc/systemd/timesyncd.conf': 'x',
      },
      after: {
        ...configured,
        '/etc/sysctl.d/a.conf': 'a = 2',
        '/etc/modules-load.d/a.conf': 'loop',
        '/etc/udev/rules.d/a.rules': 'ACTION=="add"',
        '/etc/systemd/logind.conf.d/a.conf': '[Login]',
        '/etc/sysusers.d/a.conf': 'u a 500',
        '/etc/sysusers.d/b.conf': 'u b 501',
        '/etc/tmpfiles.d/b.conf': 'd /run/b - b b',
        '/etc/tmpfiles.d/README': 'd /run/c',
        '/etc/systemd/timesyncd.conf': 'x',
        '/etc/fstab': '/dev/a /a ext4',
      },
      states: [
        'sysinit.target',
        'systemd-sysctl.service',
        'systemd-udevd.service',
        'systemd-logind.service',
        'systemd-timesyncd.service',
      ],
    },
    {
      reload: ['systemd-udevd.service'],
      restart: ['systemd-sysctl.service'],
      start: ['systemd-modules-load.service'],
      provide: [
        { program: 'systemd-sysusers', files: ['/etc/sysusers.d/b.conf'] },
        { program: 'systemd-tmpfiles', files: ['/etc/tmpfiles.d/b.conf'] },
      ],
      left: [
        { unit: 'local-fs.target', reason: 'mounts of /etc/fstab follow at the next boot' },
        { unit: 'systemd-logind.service', reason: 'sessions would lose their devices' },
      ],
    },
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
  assert.equal(decide({ after }), noUnitChanges);
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

test('what would take along what holds the machine together is left', () => {
  const audit = { [`${etc}/audit.service`]: service('[Unit]\nRefuseManualStop=yes') };
  const changed = {
    ...audit,
    [`${etc}/b.service`]: service('', '/bin/b'),
    [`${etc}/d.service`]: service('', '/bin/b'),
    [a]: service('', '/bin/b'),
  };
  const changes = decide({
    before: {
      ...audit,
      [a]: service(),
      [`${etc}/b.service`]: service(),
      [`${etc}/c.mount`]: '[Mount]',
      [`${etc}/d.service`]: service(),
    },
    after: changed,
    states: [
      state('a.service', { stopsWithIt: ['between.service'] }),
      state('between.service', { stopsWithIt: ['dbus.service'] }),
      'dbus.service',
      state('b.service', { stopsWithIt: ['getty@tty1.service'] }),
      state('c.mount', { stopsWithIt: ['genctl-switch-1.service'] }),
      'genctl-switch-1.service',
      state('d.service', { stopsWithIt: ['audit.service'] }),
      'audit.service',
    ],
    ownUnit: 'genctl-switch-1.service',
  });
  assert.equal(changes, {
    ...noUnitChanges,
    stop: ['b.service'],
    start: ['b.service'],
    left: [
      { unit: 'a.service', reason: 'dbus.service would end with it' },
      { unit: 'c.mount', reason: 'genctl-switch-1.service would end with it' },
      { unit: 'd.service', reason: 'audit.service would end with it' },
    ],
  });
});

const b = `${lib}/b.service`;

function exchanged(...paths: readonly string[]): UsrExchange {
  return { ...noExchange, paths: new Set(paths) };
}

test('another /usr: what runs follows its files there, and what is newly wanted starts', () => {
  const changes = decide({
    before: { [b]: service('', '/usr/bin/old') },
    after: {
      [b]: service('', '/usr/bin/new'),
      [`${lib}/c.service`]: service(),
      [`${wants}/c.service`]: '-> /lib/systemd/system/c.service',
    },
    states: ['b.service', 'ssh.service'],
    exchange: exchanged(b, `${lib}/c.service`),
  });
  assert.equal(changes, {
    ...noUnitChanges,
    stop: ['b.service'],
    start: ['b.service', 'c.service'],
  });
});

test('another /usr: a drop-in, and a unit whose package is gone', () => {
  const dropIn = `${lib}/b.service.d/more.conf`;
  const changes = decide({
    before: { [b]: service(), [`${lib}/c.service`]: service() },
    after: { [b]: service(), [dropIn]: '[Service]\nNice=5\n' },
    states: ['b.service', 'c.service'],
    exchange: exchanged(dropIn, `${lib}/c.service`),
  });
  assert.equal(changes, {
    ...noUnitChanges,
    stop: ['b.service', 'c.service'],
    start: ['b.service'],
  });
});

test('another program takes another start, by the rules of a changed unit', () => {
  const both = { [b]: service(), [`${lib}/c.service`]: service('X-RestartIfChanged=no') };
  const changes = decide({
    before: both,
    after: both,
    states: ['b.service', 'c.service', 'ssh.service', 'dbus.service', 'getty@tty1.service'],
    exchange: {
      ...noExchange,
      renewed: new Set([
        'b.service',
        'c.service',
        'ssh.service',
        'dbus.service',
        'getty@tty1.service',
      ]),
      isManagerRenewed: true,
    },
  });
  assert.equal(changes, {
    ...noUnitChanges,
    stop: ['b.service'],
    start: ['b.service'],
    restart: ['ssh.service'],
    reexecute: true,
    left: [
      { unit: 'c.service', reason: 'it says X-RestartIfChanged=false' },
      {
        unit: 'dbus.service',
        reason: 'everything that talks over D-Bus would lose its connection',
      },
      { unit: 'getty@tty1.service', reason: 'the session on its terminal would end' },
    ],
  });
});

test('another /usr: who reads files of packages reads them again, and accounts come first', () => {
  const brought = {
    '/usr/lib/sysusers.d/b.conf': 'u b -\n',
    '/usr/lib/sysusers.d/of-etc.conf': 'u c -\n',
    '/usr/lib/tmpfiles.d/b.conf': 'd /run/b\n',
    '/usr/lib/udev/rules.d/60-b.rules': 'new',
    '/usr/share/dbus-1/system.d/b.conf': 'new',
  };
  const changes = decide({
    before: { ...configured, '/etc/sysusers.d/of-etc.conf': 'u c 200\n' },
    after: {
      ...configured,
      ...brought,
      '/etc/sysusers.d/of-etc.conf': 'u c 200\n',
      '/etc/sysusers.d/numbers.conf': 'u b 201\n',
    },
    states: ['systemd-udevd.service', 'systemd-sysctl.service'],
    exchange: exchanged(...Object.keys(brought)),
  });
  assert.equal(changes, {
    ...noUnitChanges,
    reload: ['systemd-udevd.service'],
    provide: [
      {
        program: 'systemd-sysusers',
        files: ['/etc/sysusers.d/numbers.conf', '/usr/lib/sysusers.d/b.conf'],
      },
      { program: 'systemd-tmpfiles', files: ['/usr/lib/tmpfiles.d/b.conf'] },
    ],
  });
});

test.run();
