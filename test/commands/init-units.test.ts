// `genctl init --with-units` and `--remove-units`: what lets the machine run genctl by itself.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sign, unitHeader } from '../../src/system/machine-units/unit-file.ts';
import { genctlProgram } from './genctl-program.ts';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, ownMounts, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

// What a sandbox machine is made of shall be its owner's alone.
process.umask(0o022);

const service = '/etc/systemd/system/genctl-gc.service';
const timer = '/etc/systemd/system/genctl-gc.timer';
const timerLink = '/etc/systemd/system/timers.target.wants/genctl-gc.timer';
const recovery = '/etc/systemd/system/genctl-recover.service';
const recoveryLink = '/etc/systemd/system/multi-user.target.wants/genctl-recover.service';
const hooks = [
  '/etc/initramfs/post-update.d/zz-genctl',
  '/etc/kernel/install.d/95-genctl.install',
  '/etc/kernel/postinst.d/zz-genctl',
  '/etc/kernel/postrm.d/zz-genctl',
];
const all = [...hooks, service, timer, recovery];

/** A machine with a declaration that has genctl installed where it is installed here. */
function machineWithGenctl(): Sandbox {
  const sandbox = Sandbox.blank();
  for (const program of [process.execPath, genctlProgram]) {
    sandbox.write(fs.realpathSync(program), 'a program\n', 0o755);
  }
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[gc]\nkeep = 10\n`);
  return sandbox;
}

interface InitAnswer {
  files: string[];
  units: {
    write: string[];
    remove: string[];
    timer: string;
    enable: string[];
    disable: string[];
  };
  findings: { code: string; subject: string }[];
}

function filesIn(changes: readonly string[], sign: string): string[] {
  return changes.flatMap(line =>
    line.startsWith(sign) && /genctl[^/]*$/.test(line) ? [line.slice(2)] : [],
  );
}

test('units and hooks are there, say what they are, and leave the declaration alone', () => {
  using sandbox = machineWithGenctl();
  const before = sandbox.snapshot();
  const { stdout } = sandbox.runWell('init', '--with-units');
  const changes = changesBetween(before, sandbox.snapshot());
  assert.equal(filesIn(changes, '+'), [...all, timerLink, recoveryLink].toSorted());
  assert.equal(filesIn(changes, '~'), [], 'nothing else has changed');
  for (const place of all) {
    assert.match(stdout, `wrote ${sandbox.at(place)}\n`);
    assert.match(sandbox.read(place), '`genctl init --remove-units` takes it away');
    assert.match(sandbox.read(place), place.endsWith('.timer') ? 'daily' : genctlProgram);
    const mode = fs.statSync(sandbox.at(place)).mode & 0o777;
    assert.is(mode, hooks.includes(place) ? 0o755 : 0o644, place);
  }
  assert.is(fs.readlinkSync(sandbox.at(timerLink)), timer);
  assert.is(fs.readlinkSync(sandbox.at(recoveryLink)), recovery);
  for (const name of ['genctl-gc.timer', 'genctl-recover.service']) {
    const asked = spawnSync('systemctl', [`--root=${sandbox.root}`, 'is-enabled', name]);
    if (asked.error === undefined) assert.is(asked.stdout.toString(), 'enabled\n', name);
  }
});

test('a second run has nothing to do, and writes nothing', () => {
  using sandbox = machineWithGenctl();
  sandbox.runWell('init', '--with-units');
  const before = sandbox.snapshot({ withTimes: true });
  assert.is(sandbox.runWell('init', '--with-units').stdout, 'nothing to do\n');
  const answer = sandbox.runWell('init', '--with-units', '--json').json as InitAnswer;
  assert.equal(answer.units, { write: [], remove: [], timer: 'leave', enable: [], disable: [] });
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
});

test('removing takes all of it away, and nothing else', () => {
  using sandbox = machineWithGenctl();
  const before = sandbox.snapshot();
  sandbox.runWell('init', '--with-units');
  const { stdout } = sandbox.runWell('init', '--remove-units');
  for (const place of all) assert.match(stdout, `${sandbox.at(place)} removed\n`);
  const left = changesBetween(before, sandbox.snapshot());
  assert.equal(filesIn(left, '+'), []);
  assert.ok(sandbox.exists('/etc/genctl/system.conf'));
  assert.is(sandbox.runWell('init', '--remove-units').stdout, 'nothing to do\n');
});

test('a dry run shows every text and writes nothing', () => {
  using sandbox = machineWithGenctl();
  fs.rmSync(sandbox.at('/etc/genctl/system.conf'));
  const before = sandbox.snapshot();
  const { stdout } = sandbox.runWell('init', '--with-units', '--dry-run');
  assert.match(stdout, `--- ${sandbox.at('/etc/genctl/system.conf')}\n`);
  assert.match(stdout, `--- ${sandbox.at(service)}\n# Written by`);
  assert.match(stdout, 'genctl-gc.timer would be enabled\n');
  assert.match(stdout, 'genctl-recover.service would be enabled\n');
  const planned = sandbox.runWell('init', '--with-units', '--dry-run', '--json').json as InitAnswer;
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
  const done = sandbox.runWell('init', '--with-units', '--json').json as InitAnswer;
  assert.equal({ ...done, written: false }, planned);
  assert.equal(done.units.write.toSorted(), all.map(place => sandbox.at(place)).toSorted());
  assert.ok(sandbox.exists('/etc/genctl/system.conf'), 'there was none, so it is written as well');
  const removal = sandbox.runWell('init', '--remove-units', '--dry-run').stdout;
  assert.match(removal, `${sandbox.at(service)} would be removed\n`);
  assert.ok(sandbox.exists(service));
});

test('files of others and edited ones are named, and neither replaced nor removed', () => {
  using sandbox = machineWithGenctl();
  const foreign = '/etc/kernel/postinst.d/zz-genctl';
  sandbox.write(foreign, '#!/bin/sh\necho mine\n', 0o755);
  fs.mkdirSync(sandbox.at('/etc/systemd/system'), { recursive: true });
  fs.symlinkSync('/dev/null', sandbox.at(timer));
  const installed = sandbox.run(['init', '--with-units']);
  assert.is(installed.exitCode, 3);
  assert.match(installed.stderr, `warning[UNIT_FOREIGN]: ${foreign}: `);
  assert.match(installed.stderr, `warning[UNIT_FOREIGN]: ${timer}: `);
  assert.not(sandbox.exists(timerLink), 'what is masked is not enabled');

  sandbox.edit(service, text => text.replace('Nice=19', 'Nice=5'));
  const before = sandbox.snapshot({ withTimes: true });
  const again = sandbox.run(['init', '--with-units', '--json']);
  assert.is(again.exitCode, 3);
  assert.equal(
    (again.json as InitAnswer).findings.map(({ code, subject }) => [code, subject]),
    [
      ['UNIT_EDITED', service],
      ['UNIT_FOREIGN', timer],
      ['UNIT_FOREIGN', foreign],
    ],
  );
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);

  const removed = sandbox.run(['init', '--remove-units']);
  assert.is(removed.exitCode, 3);
  for (const place of all) {
    assert.is(sandbox.exists(place), [foreign, service, timer].includes(place), place);
  }
});

test('what an older genctl wrote is brought up to date', () => {
  using sandbox = machineWithGenctl();
  sandbox.runWell('init', '--with-units');
  const wanted = sandbox.read(service);
  sandbox.write(service, sign(`${unitHeader}\n[Service]\nExecStart=/opt/older/genctl gc\n`));
  fs.chmodSync(sandbox.at(hooks[2] ?? ''), 0o644);
  const { json } = sandbox.runWell('init', '--with-units', '--json');
  assert.equal(
    (json as InitAnswer).units.write,
    [service, hooks[2]].map(at => sandbox.at(at ?? '')),
  );
  assert.is(sandbox.read(service), wanted);
  assert.is(fs.statSync(sandbox.at(hooks[2] ?? '')).mode & 0o777, 0o755);
});

test('what a crash has left half-written or half-removed is brought to its end', () => {
  using sandbox = machineWithGenctl();
  sandbox.runWell('init', '--with-units');
  const whole = sandbox.snapshot();
  fs.renameSync(sandbox.at(service), sandbox.at(`${service}.genctl-part`));
  fs.truncateSync(sandbox.at(`${service}.genctl-part`), 100);
  for (const link of [timerLink, recoveryLink]) fs.rmSync(sandbox.at(link));
  sandbox.runWell('init', '--with-units');
  assert.equal(changesBetween(whole, sandbox.snapshot()), []);
  for (const place of all) fs.rmSync(sandbox.at(place));
  sandbox.runWell('init', '--remove-units');
  for (const link of [timerLink, recoveryLink]) assert.not(sandbox.exists(link), link);
});

test('a declaration that keeps everything makes a service that fails: that is said before', () => {
  using sandbox = machineWithGenctl();
  sandbox.declare({});
  const { exitCode, stderr } = sandbox.run(['init', '--with-units']);
  assert.is(exitCode, 3);
  assert.match(
    stderr,
    /^warning\[KEEP_MISSING\]: genctl-gc\.service: .*\nhint: Write `keep = 10`/m,
  );
});

test('any rule that keeps something is one', () => {
  using sandbox = machineWithGenctl();
  for (const rule of ['keepDaily = 7', 'keepWeekly = 4', 'keepMonthly = 2', 'olderThan = 30d']) {
    sandbox.edit('/etc/genctl/system.conf', text => text.replace(/\[gc\]\n.*/, `[gc]\n${rule}`));
    sandbox.runWell('init', '--with-units');
  }
});

test('a root that has no genctl yet gets the units, and a word', () => {
  using sandbox = machineWithGenctl();
  fs.rmSync(sandbox.at(fs.realpathSync(genctlProgram)));
  const { exitCode, stderr } = sandbox.run(['init', '--with-units']);
  assert.is(exitCode, 3);
  assert.match(stderr, `warning[UNIT_PROGRAM_MISSING]: ${sandbox.at(genctlProgram)}: `);
  assert.ok(sandbox.exists(service));
});

test('a program that others can exchange is not for units', () => {
  using sandbox = machineWithGenctl();
  const folder = path.dirname(fs.realpathSync(genctlProgram));
  const refusal = { code: 'PROGRAM_UNSAFE', hint: /^Install genctl where only root can write/ };
  for (const [place, mode] of [
    [folder, 0o777],
    [path.dirname(folder), 0o757],
    [fs.realpathSync(genctlProgram), 0o757],
  ] as const) {
    const before = fs.statSync(sandbox.at(place)).mode;
    fs.chmodSync(sandbox.at(place), mode);
    const message = new RegExp(`: not only root may write to ${place}$`);
    assertRefused(sandbox, ['init', '--with-units'], { ...refusal, message });
    fs.chmodSync(sandbox.at(place), before);
  }
  // What a sticky folder holds is its owner's, as in Nix's store.
  fs.chmodSync(sandbox.at(folder), 0o1777);
  sandbox.runWell('init', '--with-units', '--dry-run');
});

test('a declaration that others can exchange is not for units', () => {
  const declaration = '/etc/genctl/system.conf';
  for (const place of ['/etc/genctl', declaration, '/etc/genctl/etc', '/srv/more.conf', '/srv']) {
    using sandbox = machineWithGenctl();
    sandbox.write('/srv/more.conf', '[networking]\n');
    sandbox.edit(declaration, text => `imports = /srv/more.conf\n${text}`);
    fs.mkdirSync(sandbox.at('/etc/genctl/etc'), { recursive: true });
    sandbox.runWell('init', '--with-units', '--dry-run');
    fs.chmodSync(sandbox.at(place), 0o777);
    assertRefused(sandbox, ['init', '--with-units'], {
      code: 'DECLARATION_UNSAFE',
      message: new RegExp(`declaration \\S+ as root: not only root may write to ${place}$`),
      hint: /^Keep the declaration where only root can write/,
    });
  }
  using sandbox = machineWithGenctl();
  fs.renameSync(sandbox.at('/etc/genctl'), sandbox.at('/srv'));
  fs.symlinkSync('/srv', sandbox.at('/etc/genctl'));
  sandbox.runWell('init', '--with-units', '--dry-run');
  fs.chmodSync(sandbox.at('/srv'), 0o777);
  assert.match(sandbox.run(['init', '--with-units']).stderr, 'DECLARATION_UNSAFE');
});

testWhere(process.getuid?.() === 0, 'root only', "a user's folder is no place for it", () => {
  using sandbox = machineWithGenctl();
  fs.chownSync(sandbox.at(path.dirname(fs.realpathSync(genctlProgram))), 1234, 0);
  assertRefused(sandbox, ['init', '--with-units'], {
    code: 'PROGRAM_UNSAFE',
    message: /: \S+ belongs to user 1234$/,
    hint: /^Install genctl/,
  });
});

test('both flags at once', () => {
  using sandbox = machineWithGenctl();
  assertRefused(sandbox, ['init', '--with-units', '--remove-units'], {
    exitCode: 2,
    code: 'USAGE',
    message: '--with-units and --remove-units contradict each other',
    hint: 'Give one of them.',
  });
});

test('without the flag, a declaration that is there is a refusal as ever', () => {
  using sandbox = machineWithGenctl();
  assertRefused(sandbox, ['init', '--json'], {
    code: 'DECLARATION_EXISTS',
    message: 'ROOT/etc/genctl/system.conf is there already',
    hint: /Edit it/,
  });
});

const canTestLive = process.getuid?.() === 0 && canMount;

testWhere(canTestLive, 'root, mounts in a namespace', 'a running systemd is told', () => {
  using sandbox = Sandbox.blank();
  const { root } = sandbox;
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[gc]\nkeep = 10\n`);
  sandbox.write('/opt/genctl', fs.readFileSync(genctlProgram), 0o755);
  fs.mkdirSync(sandbox.at('/run/systemd/system'), { recursive: true });
  sandbox.write('/fake/systemctl', '#!/bin/sh\necho "systemctl $*" >>/calls\n', 0o755);
  const script = [
    'set -e',
    `for name in usr proc dev; do mkdir -p ${root}/$name; mount --rbind /$name ${root}/$name; done`,
    `for name in bin sbin lib lib64; do ln -sfn usr/$name ${root}/$name; done`,
    `genctl() { PATH=/fake:$PATH chroot ${root} ${process.execPath} /opt/genctl "$@" >/dev/null; echo "= $?" >>${root}/calls; }`,
    `mkdir -p ${root}/tmp; cp ${root}/opt/genctl ${root}/tmp`,
    `chroot ${root} ${process.execPath} /tmp/genctl init --with-units 2>>${root}/calls || true`,
    'genctl init --with-units; genctl init --with-units',
    `mkdir ${root}${path.dirname(timerLink)}; ln -s ${timer} ${root}${timerLink}`,
    `mkdir ${root}${path.dirname(recoveryLink)}; ln -s ${recovery} ${root}${recoveryLink}`,
    'genctl init --remove-units',
  ].join('\n');
  const [program = '', ...args]: readonly string[] = [...ownMounts, 'sh', '-c', script];
  const { stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  assert.is(stderr, '');
  const [refusal = '', , ...calls] = sandbox.read('/calls').trimEnd().split('\n');
  assert.match(refusal, /^error\[PROGRAM_UNSAFE\]: .* that folder is cleared at each boot$/);
  assert.equal(calls, [
    'systemctl daemon-reload',
    'systemctl enable --now genctl-gc.timer',
    'systemctl enable genctl-recover.service',
    '= 0',
    // The fake one has enabled nothing.
    'systemctl enable --now genctl-gc.timer',
    'systemctl enable genctl-recover.service',
    '= 0',
    'systemctl disable --now genctl-gc.timer',
    'systemctl disable genctl-recover.service',
    'systemctl daemon-reload',
    '= 0',
  ]);
});

test.run();
