// Verbs that change what runs do so in a unit of their own; systemd itself is a script here.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemdRunArguments } from '../../src/host/transient-unit.ts';
import { genctlProgram } from './genctl-program.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, hasProgram, ownMounts, testWhere } from './test-where.ts';

const asRoot = process.getuid?.() === 0;
const canTest = asRoot && canMount && hasProgram('unshare', '--pid', '--fork', 'true');
const needed = 'root, mounts in a namespace';

/**
 * Starts what it is told to in a session and an environment of its own, as systemd does, and then
 * what shall follow. Its own exit code says nothing, as after a restart of D-Bus.
 */
const systemdRun = `#!/bin/sh
printf '<%s>' "$@" >>/calls; echo >>/calls
while [ -e /late ]; do sleep 0.05; done
[ ! -e /refuse ] || { echo 'Failed to connect to bus' >&2; exit 1; }
variables=
while [ "$1" != -- ]; do
  case $1 in --setenv=*) variables="$variables \${1#--setenv=}" ;; esac
  shift
done
shift
env -i $variables setsid --wait "$@"
[ -e /no-recovery ] || env -i $variables ${process.execPath} /opt/genctl recover --quiet
exit 0
`;

/** An \`activate\` that has one link to lay. */
function activate(script: string): string {
  return `#!/bin/sh\n[ "$1" = plan ] && { echo "static '/x'"; exit; }\n${script}\n`;
}

/** A machine whose second generation does something when it is activated. */
function machine(script: string): Sandbox {
  const sandbox = Sandbox.with(1);
  sandbox.link(2, sandbox.addSystem('new', { activate: activate(script) }));
  return sandbox;
}

/**
 * Runs a script on the sandbox as on the machine that runs, with a first process that sees what
 * the others see.
 */
function onLive(sandbox: Sandbox, script: string): { output: string; calls: string[] } {
  const { root } = sandbox;
  sandbox.write('/fake/systemd-run', systemdRun, 0o755);
  sandbox.write('/fake/systemctl', '#!/bin/sh\n', 0o755);
  sandbox.write('/fake/systemd-cat', '#!/bin/sh\ncat >>/journal\n', 0o755);
  sandbox.write('/run/systemd/system/empty', '');
  sandbox.write('/calls', '');
  const inside = [
    'mount -t proc proc /proc',
    'PATH=/fake:/usr/sbin:/usr/bin',
    'export PATH',
    `genctl() { ${process.execPath} /opt/genctl "$@"; }`,
    script,
  ].join('\n');
  const prepare = [
    'set -e',
    `mount --bind ${root} ${root}`,
    ...['usr', 'dev'].map(
      name => `mkdir -p ${root}/${name}; mount --rbind /${name} ${root}/${name}`,
    ),
    ...['bin', 'sbin', 'lib', 'lib64'].map(name => `ln -sfn usr/${name} ${root}/${name}`),
    `mkdir -p ${root}/opt ${root}/tmp ${root}/proc; cp ${genctlProgram} ${root}/opt/genctl`,
    `exec unshare --pid --fork chroot ${root} sh -c '${inside.replaceAll("'", "'\\''")}'`,
  ].join('\n');
  const [program = '', ...args]: readonly string[] = [...ownMounts, 'sh', '-c', prepare];
  const { stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  const calls = sandbox.read('/calls').split('\n').slice(0, -1);
  return { output: stdout + stderr, calls };
}

const node = process.execPath;
/** Starts `genctl test 2`, and goes on once its `activate` has begun. */
const begin = `rm -f /begun /go; ${node} /opt/genctl test 2 & run=$!; while [ ! -e /begun ]; do sleep 0.05; done`;
const slow = 'touch /begun; while [ ! -e /go ]; do sleep 0.05; done; echo applied >>/log';

test('each word arrives as it is, and the environment is nobody else’s business', () => {
  const unit = 'genctl-switch-0.service';
  const program = ['/opt/it is/node$', '/opt/a "b" \\c/$genctl'];
  const environment = { PATH: '/bin', NO_COLOR: '1', http_proxy: 'http://me:secret@proxy' };
  const args = ['switch', '--config', '/etc/$HOME $$'];
  const words = systemdRunArguments({ unit, program, args, environment });
  const command = words.slice(words.indexOf('--') + 1);
  assert.equal(command, [
    '/opt/it is/node$',
    '/opt/a "b" \\c/$$genctl',
    'switch',
    '--config',
    '/etc/$$HOME $$$$',
  ]);
  assert.not.match(words.join('\n'), 'secret');
  assert.equal(
    words.filter(word => word.startsWith('--setenv=')),
    ['--setenv=PATH=/bin', '--setenv=NO_COLOR=1', `--setenv=GENCTL_OWN_UNIT=${unit}`],
  );
  const last = words.find(word => word.includes('ExecStopPost'));
  const quoted = '"/opt/it is/node$" "/opt/a \\"b\\" \\\\c/$$genctl" "recover" "--quiet"';
  assert.is(last, `--property=ExecStopPost=-${quoted}`);
});

testWhere(canTest, needed, 'it runs once, in a unit, with what the caller has', () => {
  using sandbox = machine('env >/environment');
  const { output, calls } = onLive(
    sandbox,
    'SECRET=hidden genctl test 2 --json 2>/dev/null; genctl test 9 2>/dev/null; echo "= $?"; grep -E "SECRET|OWN_UNIT" /environment',
  );
  const [answer = '', exitCode, ...variables] = output.trimEnd().split('\n');
  assert.is((JSON.parse(answer) as { activated: boolean }).activated, true);
  assert.is(exitCode, '= 1', 'of genctl, and not of systemd-run');
  assert.is(calls.length, 2);
  const [, unit] = /^<--unit=(genctl-test-[0-9a-f]{8}\.service)>/.exec(calls[0] ?? '') ?? [];
  assert.equal(variables.toSorted(), [`GENCTL_OWN_UNIT=${unit}`, 'SECRET=hidden']);
  assert.equal(sandbox.locks(), [], 'nothing is left of the connection');
});

testWhere(canTest, needed, 'what activates nothing stays where it is', () => {
  using sandbox = machine('');
  const { calls } = onLive(
    sandbox,
    'for line in "test 2 --dry-run" "rollback --boot" "boot 2" "list" "recover"; do genctl $line; done >/dev/null 2>&1',
  );
  assert.equal(calls, []);
});

testWhere(canTest, needed, 'a systemd that sees other mounts than we do is not asked', () => {
  using sandbox = machine('echo applied >>/log');
  const { output, calls } = onLive(
    sandbox,
    `unshare --mount ${node} /opt/genctl test 2 2>&1; echo "= $?"; cat /log`,
  );
  assert.match(output, /^= 0\napplied$/m);
  assert.equal(calls, []);
});

testWhere(canTest, needed, 'where systemd refuses, one warning, and the work is done', () => {
  using sandbox = machine('echo applied >>/log');
  const { output, calls } = onLive(
    sandbox,
    'touch /refuse; genctl test 2 2>&1; echo "= $?"; cat /log',
  );
  assert.is(calls.length, 1);
  assert.is(output.split('warning[UNIT_REFUSED]').length, 2, output);
  assert.match(output, /^= 0\napplied$/m);
  sandbox.write('/log', '');
  const without = onLive(
    sandbox,
    'rm /fake/systemd-run; ln -s /nowhere /fake/systemd-run; PATH=/fake; genctl test 9 2>&1',
  );
  assert.match(without.output, 'warning[UNIT_REFUSED]');
  assert.match(without.output, 'error[GENERATION_UNKNOWN]');
});

testWhere(canTest, needed, 'Ctrl-C reaches the unit, which takes all back', () => {
  using sandbox = machine(slow);
  const { output } = onLive(
    sandbox,
    `${begin}; kill -INT $run; sleep 3; touch /go; wait $run; echo "= $?"; readlink /run/current-system`,
  );
  assert.match(output, 'error[INTERRUPTED]: interrupted by SIGINT: all was undone\n');
  assert.match(output, `= 130\n${sandbox.target(1)}\n`);
  assert.not(sandbox.exists('/nix/var/genctl/journal.json'));
});

testWhere(canTest, needed, 'what nobody waits for any more is not begun', () => {
  using sandbox = machine('echo applied >>/log');
  const { output } = onLive(
    sandbox,
    [
      `touch /late; ${node} /opt/genctl test 2 & run=$!`,
      'while [ ! -s /calls ]; do sleep 0.05; done',
      'kill -KILL $run; wait $run; rm /late',
      'for i in $(seq 1200); do set -- /run/genctl/*.socket; [ -e "$1" ] || break; sleep 0.05; done',
      'genctl test 2; cat /log',
    ].join('\n'),
  );
  assert.match(output, /error\[INTERRUPTED\]: the genctl that started \S+ has gone/);
  assert.match(output, 'hint: Nothing was begun');
  assert.is(output.split('applied\n').length, 2, 'once, by the second call');
  assert.equal(sandbox.locks(), [], 'nothing is left of the connection');
});

testWhere(canTest, needed, 'one that is killed is recovered before its caller ends', () => {
  using sandbox = machine(`echo $PPID >/pid; ${slow}`);
  const { output } = onLive(
    sandbox,
    `${begin}; kill -KILL $(cat /pid); touch /go; wait $run; echo "= $?"; readlink /run/current-system`,
  );
  assert.match(output, 'an interrupted `genctl test` was found and undone\n');
  assert.match(output, 'error[UNIT_KILLED]: `genctl test` was killed in its unit\n');
  assert.match(output, `= 1\n${sandbox.target(1)}\n`);
  assert.not(sandbox.exists('/nix/var/genctl/journal.json'));
});

testWhere(canTest, needed, 'one that is killed and not recovered says so by its exit code', () => {
  using sandbox = machine(`echo $PPID >/pid; ${slow}`);
  const { output } = onLive(
    sandbox,
    `touch /no-recovery; ${begin}; kill -KILL $(cat /pid); touch /go; wait $run; echo "= $?"`,
  );
  assert.match(output, /^= 4$/m);
  assert.match(output, 'then run `genctl recover`.');
});

const hasTerminal = canTest && hasProgram('script', '--version');
testWhere(
  hasTerminal,
  `${needed}, script`,
  'it outlives its terminal, and the journal has the rest',
  () => {
    using sandbox = machine(slow);
    const { output } = onLive(
      sandbox,
      [
        `rm -f /begun; script -qec '${node} /opt/genctl test 2' /dev/null >/shown 2>&1 & run=$!`,
        'while [ ! -e /begun ]; do sleep 0.05; done',
        // The terminal goes, and with it the run that waits: the kernel hangs it up.
        'kill -KILL $run; wait $run; touch /go',
        'while [ -e /nix/var/genctl/journal.json ] || [ -e /run/genctl/lock ]; do sleep 0.05; done',
        // What it says last comes behind that.
        'for i in $(seq 1200); do ! grep -q "^active" /journal || break; sleep 0.05; done',
        'cat /log /journal',
      ].join('\n'),
    );
    assert.match(output, /^applied\n/m);
    assert.match(output, `active until the next boot: ${sandbox.target(2)}\n`);
    assert.not.match(sandbox.read('/shown'), 'active until');
  },
);

test.run();
