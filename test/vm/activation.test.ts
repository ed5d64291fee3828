// Switches of a running Debian under its own systemd: what becomes of files and services, and what
// is left after a reboot. One machine serves all tests here, because a boot takes long.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BootSaid,
  bootAndListen,
  debianConf,
  declareFile,
  makeDebianMachine,
} from './debian/debian-machine.ts';
import { vmTest } from './vm-test.ts';

const service = (definition: string, unit = ''): string =>
  `[Unit]
${unit}
[Service]
Environment=DEFINITION=${definition}
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`;

/** Answers each connection with the definition that it runs by. */
const answerService = `[Service]
Environment=DEFINITION=one
ExecStart=/usr/bin/node -e "require('net').createServer(s => s.end(process.env.DEFINITION + '\\\\n')).listen({ fd: 3 })"
`;

const declared: Readonly<Record<string, string>> = {
  'system.conf': `${debianConf()}\n[etc "settings"]\nmode = 0644\n`,
  'etc/settings': 'one\n',
  'etc/systemd/system-preset/50-machine.preset': 'enable *\n',
  'etc/systemd/system/changed.service': service('one'),
  'etc/systemd/system/steady.service': service('one'),
  'etc/systemd/system/stubborn.service': service('one', 'X-RestartIfChanged=false'),
  'etc/systemd/system/failing.service':
    '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
  'etc/systemd/system/answer.socket':
    '[Socket]\nListenStream=127.0.0.1:7000\n[Install]\nWantedBy=sockets.target\n',
  'etc/systemd/system/answer.service': answerService,
};

/** The boot with all the switches, and the one after it. */
async function bootTwice(): Promise<{ live: BootSaid; after: BootSaid }> {
  await using machine = await makeDebianMachine(['live.sh', 'live-after.sh']);
  for (const [path, text] of Object.entries(declared)) {
    await declareFile(machine.root, path, text);
  }
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await machine.writeImage({ freeMiB: 256 });
  const live = await bootAndListen(machine);
  const after = await bootAndListen(machine);
  const figures = [live, after].map(
    ({ values }) =>
      `${values.get('activation-milliseconds')} ms of ${values.get('stage-2-milliseconds')} ms`,
  );
  process.stdout.write(
    `activation at boot, in all of stage 2 (an emulated machine): ${figures.join(', ')}\n`,
  );
  return { live, after };
}

let boots: ReturnType<typeof bootTwice> | undefined;

function machineBoots(): ReturnType<typeof bootTwice> {
  boots ??= bootTwice();
  return boots;
}

/** Compares the named facts, and shows all that the machine said where one is another. */
function assertSaid({ values, about }: BootSaid, expected: Readonly<Record<string, string>>): void {
  const said = Object.fromEntries(Object.keys(expected).map(name => [name, values.get(name)]));
  assert.equal(said, expected, about);
}

/** The process and the definition of a unit, which the machine says as `PID DEFINITION`. */
function runOf({ values }: BootSaid, name: string): { pid: string; definition: string } {
  const [pid = '', definition = ''] = (values.get(name) ?? '').split(' ');
  return { pid, definition };
}

vmTest('an edited file is refused, backed up where asked, and back after a rollback', async () => {
  const { live } = await machineBoots();
  assertSaid(live, {
    state: 'running',
    'settings-before': 'one',
    refused: '1',
    'refused-changed': 'no',
    'settings-refused': 'edited',
    'backed-up': '0',
    'settings-backed-up': 'two',
    backup: 'edited',
    'rolled-back': '0',
    'settings-rolled-back': 'edited',
    'default-rolled-back': 'first',
  });
  assert.match(live.values.get('refused-said') ?? '', '/etc/settings', live.about);
});

vmTest('a switch that nobody confirms goes back by itself', async () => {
  const { live } = await machineBoots();
  assertSaid(live, {
    unconfirmed: '1',
    'etc-unconfirmed': 'as-before',
    'default-unconfirmed': 'first',
    'profile-unconfirmed': 'first',
    'changed-unconfirmed': 'one',
  });
});

vmTest('a lost terminal stops no switch, and what is confirmed stays', async () => {
  const { live } = await machineBoots();
  assertSaid(live, {
    confirm: '0',
    finished: '0',
    'default-confirmed': 'new',
    'profile-confirmed': 'default',
    'changed-confirmed': 'two',
  });
});

vmTest('changed units run anew and no others; those that fail are named', async () => {
  const { live } = await machineBoots();
  assertSaid(live, { units: '3', added: 'active', failing: 'failed', 'reload-needed': 'no' });
  assert.match(live.values.get('units-said') ?? '', 'failing.service', live.about);
  const before = runOf(live, 'changed-before');
  const after = runOf(live, 'changed-after');
  assert.equal([before.definition, after.definition], ['two', 'three'], live.about);
  assert.is.not(after.pid, before.pid, live.about);
  assert.is.not(after.pid, '0', live.about);
  const steady = runOf(live, 'steady-before');
  assert.is(steady.definition, 'one', live.about);
  assert.equal(runOf(live, 'steady-after'), steady, live.about);
});

vmTest('a unit that shall not be restarted runs on, and that it is changed is said', async () => {
  const { live } = await machineBoots();
  const before = runOf(live, 'stubborn-before');
  assert.is(before.definition, 'one', live.about);
  assert.equal(runOf(live, 'stubborn-after'), before, live.about);
  assert.match(live.values.get('units-said') ?? '', 'stubborn.service', live.about);
});

vmTest('a socket stays open, and the next connection has the new service', async () => {
  const { live } = await machineBoots();
  assertSaid(live, {
    'answer-before': 'one',
    socket: 'active',
    'socket-kept': 'yes',
    'answer-after': 'three',
  });
});

vmTest('a dry run says which units it would change, and changes nothing', async () => {
  const { live } = await machineBoots();
  assertSaid(live, { 'dry-run': '0', 'dry-run-changed': 'no' });
  const said = live.values.get('dry-run-said') ?? '';
  for (const name of ['added', 'answer', 'changed', 'failing', 'stubborn']) {
    assert.match(said, `${name}.service`, live.about);
  }
  assert.not.match(said, 'steady.service', live.about);
});

vmTest('what genctl test has activated is gone after a reboot', async () => {
  const { live, after } = await machineBoots();
  assertSaid(live, {
    tested: '0',
    'changed-tested': 'four',
    'added-tested': 'inactive',
    'default-tested': 'as-before',
  });
  assertSaid(after, {
    default: 'as-before',
    booted: 'default',
    active: 'default',
    settings: 'one',
    changed: 'three',
    added: 'active',
    'failed-units': 'failing.service ',
    recover: '0',
  });
});

test.run();
