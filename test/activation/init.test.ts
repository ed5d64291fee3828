import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderInit } from '../../src/activation/init-script.ts';
import { Sandbox, type Shell, type System, shells } from './sandbox.ts';

const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(file => fs.existsSync(file));

const canUnshare =
  busybox !== undefined &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'x', '/mnt'])
    .status === 0;

interface Booted {
  stdout: string;
  status: number | null;
}

/** A busybox root whose real init prints what it finds, one fact a line. */
function machine(sandbox: Sandbox, shell: Shell): System {
  const program = busybox ?? '';
  for (const folder of ['bin', 'sbin', 'proc', 'sys', 'dev', 'run', 'tmp']) {
    fs.mkdirSync(sandbox.at(`/${folder}`), { recursive: true });
  }
  fs.copyFileSync(program, sandbox.at('/bin/busybox'));
  const applets = spawnSync(program, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  for (const applet of applets) {
    if (applet !== 'init' && applet !== 'busybox') sandbox.link(`/bin/${applet}`, 'busybox');
  }
  if (shell.name === 'dash') {
    fs.rmSync(sandbox.at('/bin/sh'));
    fs.copyFileSync('/usr/bin/dash', sandbox.at('/bin/sh'));
    // dash needs the C library and its loader, by whatever names this machine has them.
    const needed = spawnSync('ldd', ['/usr/bin/dash'], { encoding: 'utf8' }).stdout;
    for (const [library] of needed.matchAll(/\/\S+/g)) {
      fs.mkdirSync(sandbox.at(library.slice(0, library.lastIndexOf('/'))), { recursive: true });
      fs.copyFileSync(library, sandbox.at(library));
    }
  }
  sandbox.write('/etc/motd', 'before');
  const system = sandbox.system('a', { motd: 'declared' });
  sandbox.write(
    '/bin/real-init',
    `#!/bin/sh
echo "pid $$"
for word do echo "word $word"; done
echo "motd $(cat /etc/motd)"
echo "booted $(readlink /run/booted-system)"
echo "current $(readlink /run/current-system)"
echo "release $(cat /etc/os-release /usr/lib/os-release 2>/dev/null | head -n 1)"
echo "mounts $(grep -c . /proc/mounts)"
touch /nix/store/new 2>/dev/null && echo 'store writable'
touch /etc/new && echo 'etc writable'
grep ' /nix/store ' /proc/mounts
`,
    0o755,
  );
  return system;
}

/** No boot takes so long, however busy the machine is. */
const patienceMilliseconds = 120_000;

/** The words that boot a system, once what is mounted is prepared. */
function bootCommand(
  sandbox: Sandbox,
  { systemPath }: System,
  inits: readonly string[],
  prepare = ':',
): [program: string, ...args: string[]] {
  const init = renderInit({ systemPath, inits });
  sandbox.write(`${systemPath}/init`, init, 0o755);
  const script = `
set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount -o remount,bind,suid,dev,exec "$0"
cd "$0"
${prepare}
exec chroot . /bin/busybox env -i HOME=/ GENCTL_ROOT=/nowhere ${systemPath}/init one 'two words'
`;
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
  return ['unshare', ...namespaces, 'sh', '-c', script, sandbox.root];
}

function boot(sandbox: Sandbox, system: System, prepare?: string): Booted {
  const inits = ['/sbin/none', `${system.systemPath}/init`, '/bin/real-init'];
  const [program, ...args] = bootCommand(sandbox, system, inits, prepare);
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: patienceMilliseconds,
    killSignal: 'SIGKILL',
    input: '',
  });
  return { stdout: result.stdout + result.stderr, status: result.status };
}

/** Boots what none of its inits can take over, and ends it as soon as it has said a text. */
async function bootUntil(
  text: string,
  [program, ...args]: [string, ...string[]],
): Promise<{ said: string; hasEnded: boolean }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let hasEnded = true;
  const end = (): void => {
    hasEnded = false;
    child.kill('SIGKILL');
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
      if (said.includes(text)) end();
    });
  }
  const timer = setTimeout(end, patienceMilliseconds);
  await new Promise(resolve => {
    child.on('close', resolve);
  });
  clearTimeout(timer);
  return { said, hasEnded };
}

for (const shell of shells()) {
  const name = (what: string): string => `init under ${shell.name}: ${what}`;
  if (!canUnshare) {
    test.skip(name('boots (needs root, unshare and busybox)'), () => undefined);
    continue;
  }

  test(name('makes the machine the system and hands over'), () => {
    using sandbox = new Sandbox();
    const system = machine(sandbox, shell);
    const { stdout, status } = boot(sandbox, system);
    assert.is(status, 0, stdout);
    const lines = stdout.split('\n');
    for (const line of [
      'pid 1',
      'word one',
      'word two words',
      'motd declared',
      `booted ${system.systemPath}`,
      `current ${system.systemPath}`,
      'release ID=linux',
      'etc writable',
    ]) {
      assert.ok(lines.includes(line), `${line} in:\n${stdout}`);
    }
    assert.not(lines.includes('store writable'), stdout);
    assert.match(stdout, /\/nix\/store \S+ (?=\S*\bro\b)(?=\S*\bnosuid\b)(?=\S*\bnodev\b)/);
    assert.is(sandbox.read('/etc/.genctl/backup/motd'), 'before');
  });

  test(name('does nothing that is done already, and makes a read-only root writable'), () => {
    using sandbox = new Sandbox();
    const system = machine(sandbox, shell);
    sandbox.write('/usr/lib/os-release', 'ID=own\n');
    const mounts = [
      'mount -t proc proc proc',
      'mount -t tmpfs run run',
      'touch run/mine',
      'mount --bind nix/store nix/store',
      'mount -o remount,bind,ro,nosuid,nodev nix/store',
      'mount -o remount,bind,ro .',
    ].join('\n');
    const { stdout, status } = boot(sandbox, system, mounts);
    assert.is(status, 0, stdout);
    assert.is(stdout.match(/ \/nix\/store /g)?.length, 1, stdout);
    assert.match(stdout, 'release ID=own');
    assert.not(sandbox.exists('/etc/os-release'));
    assert.match(stdout, 'pid 1');
  });

  test(name('goes on when the activation fails, and says so'), () => {
    using sandbox = new Sandbox();
    const system = machine(sandbox, shell);
    sandbox.write(`${system.systemPath}/activate`, '#!/bin/sh\nexit 7\n', 0o755);
    const { stdout, status } = boot(sandbox, system);
    assert.is(status, 0, stdout);
    assert.match(stdout, 'init: the activation ended with exit code 7');
    assert.match(stdout, 'pid 1');
  });

  test(name('never ends: without a real init there is a shell, and then another'), async () => {
    using sandbox = new Sandbox();
    const system = machine(sandbox, shell);
    sandbox.write('/bin/broken', '#!/no/such/interpreter\n', 0o755);
    // Both end in the same function.
    const inits = shell.name === 'dash' ? ['/bin/broken'] : ['/sbin/none', "/it's none"];
    const another = 'the shell has ended; here is another';
    // Without a console, as this machine's is not theirs, a shell has nothing to read.
    const command = bootCommand(sandbox, system, inits, 'mount -t tmpfs dev dev');
    const { said, hasEnded } = await bootUntil(another, command);
    assert.not(hasEnded, said);
    assert.match(said, /there is no init to start|could not be started/);
    assert.match(said, /here is a shell[^]*here is another/);
  });
}

test('the init script lists the usual inits when none is given', () => {
  const text = renderInit({ systemPath: '/nix/store/x', inits: [] });
  assert.match(text, "for init in '/sbin/init' '/lib/systemd/systemd'");
  assert.match(text, /^#!\/bin\/sh\n/);
});

test.run();
