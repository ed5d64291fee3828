// What is asked of systemd, and what becomes of units when it is asked twice, in part, or fails.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { restoreUnits } from '../../../src/activation/units/restore-units.ts';
import { stopUnits } from '../../../src/activation/units/stop-units.ts';
import { switchUnits } from '../../../src/activation/units/switch-units.ts';
import type { Finding, GenctlError } from '../../../src/errors.ts';
import { undo } from '../../../src/transaction/recovery.ts';
import type { Step, StopUnits, SwitchUnits } from '../../../src/transaction/step.ts';
import { FakeSystemd } from './fake-systemd.ts';

const nothing: SwitchUnits = {
  kind: 'switch-units',
  stopped: [],
  reload: [],
  restart: [],
  start: [],
  preset: [],
  reexecute: false,
};

/** One pair of kills of so many is tried, other ones of each kill of a switch; 1 for all. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 9);

/** Units are judged at once. */
const doSwitch = async (step: SwitchUnits): Promise<Finding[]> => await switchUnits(step, 0);

/** A switch that does everything there is to be done. */
function wholeSwitch(systemd: FakeSystemd): { stop: StopUnits; units: SwitchUnits } {
  const changed = systemd.runs('changed.service');
  const gone = systemd.runs('gone.service');
  const socket = systemd.runs('held.socket');
  const held = systemd.runs('held.service', { TriggeredBy: 'held.socket' });
  const quick = systemd.runs('quick@a.service');
  systemd.runs('reloaded.service');
  systemd.runs('bystander.service');
  systemd.has('new.service');
  const stopped = [changed, gone, held, socket];
  return {
    stop: { kind: 'stop-units', runs: stopped },
    units: {
      ...nothing,
      stopped,
      reload: ['reloaded.service'],
      restart: [quick],
      start: ['changed.service', 'new.service', 'held.socket'],
      preset: ['vendor.service'],
    },
  };
}

const before = {
  'bystander.service': 'old run',
  'changed.service': 'old run',
  'gone.service': 'old run',
  'held.service': 'old run',
  'held.socket': 'old run',
  'new.service': 'inactive',
  'quick@a.service': 'old run',
  'reloaded.service': 'old run',
};

const switched = {
  ...before,
  'changed.service': 'new',
  'gone.service': 'inactive',
  'held.service': 'inactive',
  'held.socket': 'new',
  'new.service': 'new',
  'quick@a.service': 'new',
};

test('old runs end before /etc changes; then presets, reload, restart and start, in this order', async () => {
  using systemd = new FakeSystemd();
  const { stop, units } = wholeSwitch(systemd);
  assert.equal(await stopUnits(stop), []);
  assert.equal(systemd.calls(), ['stop -- held.socket changed.service gone.service held.service']);
  systemd.etc('new');
  assert.equal(await doSwitch(units), []);
  assert.equal(systemd.calls(), [
    'preset --no-reload -- vendor.service',
    'daemon-reload',
    'reload -- reloaded.service',
    'restart -- quick@a.service',
    'start -- held.socket changed.service new.service',
  ]);
  assert.equal(await systemd.state(), switched);
});

test('a second run ends and starts nothing', async () => {
  using systemd = new FakeSystemd();
  const { stop, units } = wholeSwitch(systemd);
  await stopUnits(stop);
  systemd.etc('new');
  await doSwitch(units);
  const after = systemd.lines('units/quick@a.service');
  systemd.calls();
  assert.equal(await stopUnits(stop), []);
  assert.equal(systemd.calls(), []);
  assert.equal(await doSwitch(units), []);
  assert.equal(systemd.calls(), [
    'preset --no-reload -- vendor.service',
    'daemon-reload',
    'reload -- reloaded.service',
  ]);
  assert.equal(systemd.lines('units/quick@a.service'), after);
});

test('systemd that executes itself anew is waited for, and reads its files after that', async () => {
  using systemd = new FakeSystemd();
  systemd.runs('a.service');
  assert.equal(await doSwitch({ ...nothing, reexecute: true }), []);
  assert.equal(systemd.calls(), ['daemon-reexec', 'daemon-reload']);
});

test('what has been started anew since the plan was made is not stopped', async () => {
  using systemd = new FakeSystemd();
  const { unit } = systemd.runs('a.service');
  await stopUnits({ kind: 'stop-units', runs: [{ unit, invocationId: 'f'.repeat(32) }] });
  assert.equal(systemd.calls(), []);
  await stopUnits({ kind: 'stop-units', runs: [{ unit, invocationId: undefined }] });
  assert.equal(systemd.calls(), ['stop -- a.service']);
});

test('a new unit that has failed is forgotten as it is taken back; any other failure stays', async () => {
  using systemd = new FakeSystemd();
  const failed = { ActiveState: 'failed', Result: 'exit-code' };
  const { unit } = systemd.runs('new.service', failed);
  const known = systemd.runs('known.service', failed);
  await stopUnits({ kind: 'stop-units', runs: [{ unit, invocationId: undefined }, known] });
  assert.equal(systemd.calls(), ['reset-failed -- new.service']);
  const state = await systemd.state();
  assert.equal([state['new.service'], state['known.service']], ['inactive', 'failed']);
});

test('a unit that does not stop is named', async () => {
  using systemd = new FakeSystemd();
  const runs = [systemd.runs('a.service'), systemd.runs('b.service')];
  systemd.write('stuck/b.service', '');
  const findings = await stopUnits({ kind: 'stop-units', runs });
  assert.equal(
    findings.map(({ code, subject }) => [code, subject]),
    [['UNIT_NOT_STOPPED', 'b.service']],
  );
});

test('a unit that fails is named with its reason, and holds up no other', async () => {
  using systemd = new FakeSystemd();
  for (const unit of ['a.service', 'b.service', 'dying.service']) systemd.has(unit);
  const restart = [systemd.runs('c.service'), systemd.runs('d.service')];
  systemd.runs('e.service');
  for (const unit of ['a.service', 'c.service', 'e.service']) systemd.write(`broken/${unit}`, '');
  systemd.write('dying/dying.service', '');
  systemd.etc('new');
  const findings = await doSwitch({
    ...nothing,
    restart,
    reload: ['e.service'],
    start: ['a.service', 'b.service', 'dying.service', 'missing.service'],
  });
  assert.equal(
    findings.map(({ subject, reason }) => `${subject}: ${reason}`),
    [
      'a.service: it failed: exit code 7',
      'c.service: it failed: exit code 7',
      'dying.service: it failed: signal',
      'missing.service: systemd says: Failed to start missing.service: Unit missing.service not found',
      'e.service: systemd says: Job for e.service failed',
    ],
  );
  assert.ok(findings.every(({ code }) => code === 'UNIT_FAILED'));
  assert.match(findings[0]?.hint ?? '', '`systemctl status a.service`');
  const state = await systemd.state();
  assert.equal([state['b.service'], state['d.service']], ['new', 'new']);
});

test('what has failed before is no news, unless it was to start', async () => {
  using systemd = new FakeSystemd();
  systemd.runs('long-ago.service', { ActiveState: 'failed', Result: 'exit-code' });
  systemd.runs('again.service', { ActiveState: 'failed', Result: 'exit-code' });
  systemd.write('broken/again.service', '');
  const step = { ...nothing, start: ['again.service'] };
  const findings = await doSwitch(step);
  assert.equal(
    findings.map(({ subject }) => subject),
    ['again.service'],
  );
  assert.is(systemd.calls()[0], 'reset-failed -- again.service');
  assert.is((await doSwitch(step)).length, 1, 'a recovery says it again');
});

test('a service that systemd keeps restarting has failed, whatever it does at the moment', async () => {
  using systemd = new FakeSystemd();
  systemd.runs('looping.service', {
    ActiveState: 'activating',
    SubState: 'auto-restart',
    Result: 'exit-code',
    ExecMainStatus: '3',
  });
  systemd.runs('between.service', { SubState: 'running', NRestarts: '2' });
  systemd.runs('others.service', { SubState: 'running', NRestarts: '2' });
  const findings = await doSwitch({ ...nothing, start: ['looping.service', 'between.service'] });
  assert.equal(
    findings.map(({ subject, reason }) => `${subject}: ${reason}`),
    [
      'between.service: it failed and was restarted 2 times',
      'looping.service: it failed and will be restarted: exit code 3',
    ],
  );
});

test('a unit that runs on by its old definition is named', async () => {
  using systemd = new FakeSystemd();
  const run = systemd.runs('refuses.service');
  systemd.write('stuck/refuses.service', '');
  const findings = await doSwitch({ ...nothing, stopped: [run] });
  assert.equal(
    findings.map(({ code, subject }) => [code, subject]),
    [['UNIT_OLD_DEFINITION', 'refuses.service']],
  );
});

test('a unit to be reloaded that has gone down with another one is started', async () => {
  using systemd = new FakeSystemd();
  systemd.has('a.service');
  assert.equal(await doSwitch({ ...nothing, reload: ['a.service'] }), []);
  assert.equal(systemd.calls(), ['daemon-reload', 'start -- a.service']);
});

test('an active target starts what it has come to want', async () => {
  using systemd = new FakeSystemd();
  systemd.runs('multi-user.target');
  await doSwitch({ ...nothing, start: ['multi-user.target'] });
  assert.equal(systemd.calls(), ['daemon-reload', 'start -- multi-user.target']);
});

test('names are no options and no patterns', async () => {
  using systemd = new FakeSystemd();
  const hostile = ['-.mount', String.raw`dev-disk-by\x2did.swap`];
  const runs = hostile.map(unit => systemd.runs(unit));
  assert.equal(await stopUnits({ kind: 'stop-units', runs }), []);
  assert.equal(systemd.calls(), [String.raw`stop -- -.mount dev-disk-by\x2did.swap`]);
  const pattern = ['*.service', '--now', 'a b.service', ''];
  const findings = await doSwitch({ ...nothing, start: pattern, preset: pattern });
  assert.equal(systemd.calls(), ['daemon-reload']);
  assert.equal(
    findings.map(({ subject, reason }) => `${subject}: ${reason}`),
    ['*.service', '--now', 'a b.service'].map(
      name => `${name}: systemd says: Failed to preset ${name}: it is no name of a unit`,
    ),
  );
});

/** What a transaction does with units; the step `activate` exchanges the unit files. */
async function perform(systemd: FakeSystemd, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'activate') systemd.etc(step.system === '/new' ? 'new' : 'old');
    else if (step.kind === 'stop-units') await stopUnits(step);
    else if (step.kind === 'switch-units') await doSwitch(step);
    else if (step.kind === 'restore-units') await restoreUnits(step, 0);
  }
}

/** @returns whether it came to its end before the call at which `systemctl` dies */
async function performUntil(
  systemd: FakeSystemd,
  steps: readonly Step[],
  call: number,
): Promise<boolean> {
  systemd.dieAt(call);
  try {
    await perform(systemd, steps);
    return true;
  } catch (thrown) {
    assert.is((thrown as GenctlError).code, 'PROGRAM_FAILED');
    return false;
  } finally {
    systemd.dieAt(0);
  }
}

function stepsOf(systemd: FakeSystemd): Step[] {
  const { stop, units } = wholeSwitch(systemd);
  return [stop, { kind: 'activate', system: '/new', previous: '/old' }, units];
}

/** Whether each unit runs by the old definition, or not, as before. */
function definitions(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([unit, is]) => [unit, is.slice(0, 3)]));
}

test('killed between any two calls and done again, a switch comes to the same end', async () => {
  for (let call = 1; ; call += 1) {
    using systemd = new FakeSystemd();
    const steps = stepsOf(systemd);
    const isWhole = await performUntil(systemd, steps, call);
    if (isWhole) {
      assert.is(call, 7, 'there are as many calls as before');
      return;
    }
    await perform(systemd, steps);
    assert.equal(await systemd.state(), switched, `killed at call ${call}`);
  }
});

test('killed between any two calls, a switch and then its undoing, units run as before', async () => {
  const ends = { killed: 0, whole: 0 };
  for (let call = 1; call <= 7; call += 1) {
    for (let backCall = 1; backCall <= 9; backCall += 1) {
      if ((call + backCall) % share !== 0) continue;
      using systemd = new FakeSystemd();
      const steps = stepsOf(systemd);
      await performUntil(systemd, steps, call);
      const back = undo(steps);
      const isWhole = await performUntil(systemd, back, backCall);
      if (!isWhole) await perform(systemd, back);
      const state = await systemd.state();
      assert.equal(definitions(state), definitions(before), `killed at ${call}, then ${backCall}`);
      assert.is(state['bystander.service'], 'old run');
      ends[isWhole ? 'whole' : 'killed'] += 1;
    }
  }
  assert.ok(ends.killed > 0 && ends.whole > 0);
});

test('what a switch has not come to is not disturbed by undoing it', async () => {
  using systemd = new FakeSystemd();
  const rough = systemd.runs('rough.service', { NRestarts: '5' });
  const undone = await restoreUnits(
    { kind: 'restore-units', runs: [rough], reload: [], preset: [], reexecute: false },
    0,
  );
  assert.equal(undone, [], 'what happened to a run that goes on is no news');
  const [stop, activation] = stepsOf(systemd);
  assert.ok(stop !== undefined && activation !== undefined);
  await performUntil(systemd, [stop], 1);
  await perform(systemd, undo([stop]));
  assert.equal(await systemd.state(), { ...before, 'rough.service': 'old run' });
});

test('systemd that became another one executes itself anew when units go back', async () => {
  using systemd = new FakeSystemd();
  systemd.runs('a.service');
  await restoreUnits(
    { kind: 'restore-units', runs: [], reload: [], preset: [], reexecute: true },
    0,
  );
  assert.equal(systemd.calls(), ['daemon-reexec', 'daemon-reload']);
});

test('accounts and files are made before units start; one that cannot be made holds up none', async () => {
  using systemd = new FakeSystemd();
  systemd.has('a.service');
  systemd.program('systemd-sysusers', 'echo "a.conf:1: Bad line" >&2; exit 1');
  systemd.program('systemd-tmpfiles', 'true');
  const findings = await doSwitch({
    ...nothing,
    provide: [
      { program: 'systemd-sysusers', files: ['/etc/sysusers.d/a.conf'] },
      { program: 'systemd-tmpfiles', files: ['/etc/tmpfiles.d/a.conf'] },
    ],
    start: ['a.service'],
  });
  assert.equal(systemd.calls(), [
    'daemon-reload',
    'systemd-sysusers -- /etc/sysusers.d/a.conf',
    'systemd-tmpfiles --create -- /etc/tmpfiles.d/a.conf',
    'start -- a.service',
  ]);
  assert.equal(
    findings.map(({ code, subject }) => [code, subject]),
    [['NOT_PROVIDED', '/etc/sysusers.d/a.conf']],
  );
  assert.match(findings[0]?.reason ?? '', 'Bad line');
});

test('systemd that does not answer is an error: nothing is taken for done', async () => {
  using systemd = new FakeSystemd();
  const { stop, units } = wholeSwitch(systemd);
  systemd.dieAt(1);
  assert.not(await performUntil(systemd, [stop], 1));
  assert.not(await performUntil(systemd, [units], 1));
});

test.run();
