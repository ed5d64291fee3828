import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { genctlProgram } from './genctl-program.ts';
import { Sandbox } from './sandbox.ts';
import { testWhere } from './test-where.ts';

// What `status` says of an /etc that people have worked in.

interface Status {
  drift: { kind: string; path: string; wanted: string; found: string }[];
  backups: {
    path: string;
    backup: string;
    comesBack: string;
    generations: number[];
    onRollback: boolean;
  }[];
  findings: { code: string; subject: string; reason: string; hint?: string }[];
}

function status(sandbox: Sandbox, exitCode: number): Status {
  const answer = sandbox.run(['status', '--json'], { env: {} });
  assert.is(answer.exitCode, exitCode, answer.stderr + answer.stdout);
  return answer.json as Status;
}

/** A machine with a link, a copy and a unit in /etc, and an issue of the user's that was in the way. */
function appliedMachine(): Sandbox {
  prepared ??= prepare();
  return prepared.copy();
}

let prepared: Sandbox | undefined;
test.after(() => prepared?.[Symbol.dispose]());

function prepare(): Sandbox {
  const sandbox = Sandbox.with(1);
  sandbox.write('/etc/issue', 'mine\n');
  sandbox.declare({
    etc: { issue: 'hello\n', 'ssh/key': 'secret\n', 'systemd/system/a.service': '[Service]\n' },
  });
  fs.chmodSync(sandbox.at('/etc/genctl/etc/ssh/key'), 0o600);
  // What is in the way of a live switch may be refused; at boot it is backed up.
  sandbox.runWell('boot');
  activateAtBoot(sandbox, 2);
  return sandbox;
}

/** Applies a generation's /etc as a boot does, which refuses nothing. */
function activateAtBoot(sandbox: Sandbox, number: number): void {
  const { status: code, stderr } = spawnSync(sandbox.at(`${sandbox.target(number)}/activate`), [], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', GENCTL_ROOT: sandbox.root },
  });
  assert.is(code, 0, stderr);
}

test('an /etc as it was placed is no news, and what is held in a backup is no trouble', () => {
  using sandbox = appliedMachine();
  const { drift, backups, findings } = status(sandbox, 0);
  assert.equal([drift, findings], [[], []]);
  assert.equal(
    backups.map(({ path, comesBack, onRollback }) => [path, comesBack, onRollback]),
    [['/etc/issue', 'when-unwanted', true]],
  );
  assert.is(sandbox.read(backups[0]?.backup ?? ''), 'mine\n');
  assert.match(
    sandbox.runWell('status').stdout,
    /^on hold: \/etc\/issue \(comes back once no system declares it, so with a rollback\)$/m,
  );
  sandbox.runWell('rollback');
  assert.is(sandbox.read('/etc/issue'), 'mine\n', 'and so it does');
  assert.equal(status(sandbox, 0).backups, []);
});

test('a backup that a rollback leaves where it is is not said to come back', () => {
  using sandbox = appliedMachine();
  sandbox.declare({ label: 'later', etc: { issue: 'hello\n' } });
  sandbox.runWell('switch');
  assert.equal(
    status(sandbox, 0).backups.map(({ path, onRollback }) => [path, onRollback]),
    [['/etc/issue', false]],
  );
  sandbox.runWell('rollback');
  assert.is(fs.readlinkSync(sandbox.at('/etc/issue')), '/etc/static/issue');
});

test('an edit that was moved away comes back with the generation it was made under', () => {
  using sandbox = appliedMachine();
  fs.writeFileSync(sandbox.at('/etc/ssh/key'), 'edited\n');
  sandbox.write('/etc/genctl/etc/ssh/key', 'new secret\n', 0o600);
  sandbox.runWell('boot');
  activateAtBoot(sandbox, 3);
  const { drift, backups } = status(sandbox, 0);
  assert.equal(drift, []);
  assert.equal(
    backups.map(({ path, comesBack, generations, onRollback }) => [
      path,
      comesBack,
      generations,
      onRollback,
    ]),
    [
      ['/etc/issue', 'when-unwanted', [1], false],
      ['/etc/ssh/key', 'with-tree', [2], true],
    ],
  );
  assert.match(
    sandbox.runWell('status').stdout,
    'on hold: /etc/ssh/key (comes back with generation 2, so with a rollback)\n',
  );
  sandbox.runWell('rollback');
  assert.is(sandbox.read('/etc/ssh/key'), 'edited\n');
  assert.equal(
    status(sandbox, 3).findings.map(({ code }) => code),
    ['ETC_EDITED'],
    'and is an edit as before',
  );
});

test('what was edited, replaced and removed is named, with what to do', () => {
  using sandbox = appliedMachine();
  fs.writeFileSync(sandbox.at('/etc/ssh/key'), 'edited\n');
  fs.chmodSync(sandbox.at('/etc/ssh/key'), 0o644);
  fs.rmSync(sandbox.at('/etc/issue'));
  fs.symlinkSync('/run/\u001b[2Jissue', sandbox.at('/etc/issue'));
  fs.rmSync(sandbox.at('/etc/systemd/system/a.service'));
  const { drift, findings } = status(sandbox, 3);
  const told = [
    ['replaced', '/etc/issue', 'ETC_REPLACED'],
    ['missing', '/etc/systemd/system/a.service', 'ETC_MISSING'],
    ['mode', '/etc/ssh/key', 'ETC_MODE'],
    ['edited', '/etc/ssh/key', 'ETC_EDITED'],
  ];
  assert.equal(
    drift.map(({ kind, path }, index) => [kind, path, findings[index]?.code]),
    told,
  );
  assert.equal(
    findings.map(({ subject }) => subject),
    told.map(([, path]) => path),
  );
  for (const { hint } of findings) assert.ok(hint);
  const { exitCode, stderr } = sandbox.run(['status'], { env: {} });
  assert.is(exitCode, 3);
  assert.match(stderr, /warning\[ETC_EDITED\]: \/etc\/ssh\/key: its content was changed/);
  assert.match(stderr, 'a link to /run/\\u{1b}[2Jissue');
  assert.not.ok(stderr.includes('\u001b'), 'nothing that a terminal obeys');
  assert.not.ok(JSON.stringify({ drift, findings }).includes('secret'));
});

test('what a switch places again, or wants no more, is not said to be missing', () => {
  using sandbox = appliedMachine();
  for (const name of ['static', 'issue', 'ssh/key']) fs.rmSync(sandbox.at(`/etc/${name}`));
  fs.rmSync(sandbox.at('/etc/genctl/etc/ssh'), { recursive: true });
  sandbox.declare({ label: 'later', etc: { issue: 'hello\n' } });
  assert.not.match(sandbox.runWell('switch').stderr, /warning/);
  assert.is(fs.readlinkSync(sandbox.at('/etc/issue')), '/etc/static/issue');
  assert.equal(status(sandbox, 0).drift, []);
});

test('a state that cannot be read, and an activation that was not completed', () => {
  using sandbox = appliedMachine();
  sandbox.write('/etc/.genctl/manifest.pending', 'manifest 1 0\n');
  assert.equal(
    status(sandbox, 3).findings.map(({ code }) => code),
    ['ETC_INCOMPLETE'],
  );
  fs.rmSync(sandbox.at('/etc/.genctl/manifest.pending'));
  sandbox.edit('/etc/.genctl/manifest', text => `${text}link 'mot`);
  assert.equal(
    status(sandbox, 3).findings.map(({ code }) => code),
    ['ETC_MANIFEST_DAMAGED'],
  );
  fs.rmSync(sandbox.at('/etc/.genctl'), { recursive: true });
  sandbox.write('/etc/.genctl', 'a file');
  assert.equal(
    status(sandbox, 3).findings.map(({ code, subject }) => [code, subject]),
    [['NOT_A_FOLDER', '/etc']],
  );
});

test('what NixOS has applied since is not compared with what genctl had', () => {
  using sandbox = appliedMachine();
  const nixos = sandbox.addSystem('nixos');
  fs.rmSync(sandbox.at('/run/current-system'));
  fs.symlinkSync(nixos, sandbox.at('/run/current-system'));
  fs.rmSync(sandbox.at('/etc/systemd'), { recursive: true });
  assert.equal(status(sandbox, 0).drift, []);
});

const nobody = 65534;

testWhere(process.getuid?.() === 0, 'root only', 'who may not read a copy is told so', () => {
  using sandbox = appliedMachine();
  fs.chmodSync(sandbox.folder, 0o755);
  fs.chmodSync(sandbox.root, 0o755);
  const program = `${sandbox.folder}/genctl`;
  fs.copyFileSync(genctlProgram, program);
  const { status: code, stdout } = spawnSync(
    process.execPath,
    [program, '--root', sandbox.root, 'status', '--json'],
    { uid: nobody, gid: nobody, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
  );
  assert.is(code, 3, stdout);
  const { drift, backups } = JSON.parse(stdout) as Status;
  assert.equal(
    drift.map(({ kind, path }) => [kind, path]),
    [['unknown', '/etc/ssh/key']],
  );
  assert.equal(
    backups.map(({ path }) => path),
    ['/etc/issue'],
    'the record is word enough of a backup that only root sees',
  );
});

test.run();
