import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apply } from './checked-runs.ts';
import { Sandbox, type Shell, type System, shells } from './sandbox.ts';

const [dash] = shells().filter(({ name }) => name === 'dash');

/** Runs a system's activate in the background. */
async function start(sandbox: Sandbox, shell: Shell, system: System): Promise<number | null> {
  const [program, ...args] = shell.command;
  const child = spawn(program, [...args, system.activate], {
    env: { PATH: shell.toolPath, GENCTL_ROOT: sandbox.root },
    stdio: 'ignore',
  });
  return await new Promise(resolve => child.on('exit', resolve));
}

if (dash !== undefined && fs.existsSync('/usr/bin/flock')) {
  test('several systems applied at once end as exactly one of them', async () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/motd', 'my motd');
    sandbox.write('/etc/issue', 'my issue');
    const systems = ['a', 'b', 'c'].map(name =>
      sandbox.system(name, {
        motd: name,
        [`only-${name}/x`]: { text: name, mode: 0o600 },
        copy: { text: name, mode: 0o600 },
        direct: { target: `/${name}` },
        ...(name === 'b' && { issue: 'b' }),
      }),
    );
    const expected = systems.map(system => {
      using alone = new Sandbox();
      spawnSync('cp', ['-a', `${sandbox.root}/.`, alone.root]);
      apply(alone, dash, { ...system, activate: alone.at(`${system.systemPath}/activate`) });
      return alone.list();
    });
    const codes = await Promise.all(
      [...systems, ...systems, ...systems].map(async system => await start(sandbox, dash, system)),
    );
    assert.equal(new Set(codes), new Set([0]));
    const last = systems.findIndex(
      ({ systemPath }) => sandbox.target('/run/current-system') === systemPath,
    );
    assert.equal(sandbox.list(), expected[last]);
    assert.not(sandbox.exists('/etc/.genctl/manifest.pending'));
  });
} else {
  test.skip('several systems applied at once (needs dash and flock)', () => undefined);
}

/** Runs a shell script in a mount namespace of its own. */
function inNamespace(script: string, ...args: string[]): { status: number | null; output: string } {
  const result = spawnSync('unshare', ['--mount', 'sh', '-euc', script, 'sh', ...args], {
    encoding: 'utf8',
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

const canMount = inNamespace('mount -t tmpfs none /mnt').status === 0;

for (const shell of canMount ? shells() : []) {
  const run = `PATH=${shell.toolPath} GENCTL_ROOT=$root GENCTL_CONFLICTS=\${c-} ${shell.command.join(' ')}`;

  test(`${shell.name}: what is mounted is never moved, and is said`, () => {
    using sandbox = new Sandbox();
    fs.mkdirSync(sandbox.at('/etc/over'));
    fs.mkdirSync(sandbox.at('/etc/sub dir/inner'), { recursive: true });
    sandbox.write('/etc/hosts', 'mounted');
    const system = sandbox.system('a', { 'over/x': '1', 'sub dir': 's', hosts: 'h', fine: 'f' });
    const { status, output } = inNamespace(
      `root=$1
mount -t tmpfs none "$root/etc/over"
mount -t tmpfs -o ro none "$root/etc/sub dir/inner"
mount --bind "$root/etc/hosts" "$root/etc/hosts"
${run} "$2" plan | grep blocked | sort
code=0; c=refuse; ${run} "$2" >/dev/null || code=$?
echo refused $code; ls "$root/etc"
unset c; code=0; ${run} "$2" >/dev/null || code=$?
echo at boot $code; readlink "$root/etc/fine"`,
      sandbox.root,
      system.activate,
    );
    assert.is(status, 0, output);
    const lines = output.split('\n');
    for (const line of [
      "blocked 'hosts' 'mount'",
      "blocked 'over/x' 'mount'",
      "blocked 'sub dir' 'read-only'",
      'activate: in the way of /etc/sub dir: it is mounted read-only',
      'refused 3',
      'at boot 1',
      '/etc/static/fine',
    ]) {
      assert.ok(lines.includes(line), `${line} in\n${output}`);
    }
    assert.not(output.includes('backed up'));
    assert.is(sandbox.read('/etc/hosts'), 'mounted');
    apply(sandbox, shell, system);
  });

  test(`${shell.name}: an /etc that is read-only is refused`, () => {
    using sandbox = new Sandbox();
    const system = sandbox.system('a', { x: '1' });
    const { output } = inNamespace(
      `root=$1
mount --bind "$root/etc" "$root/etc"
mount -o remount,bind,ro "$root/etc"
${run} "$2" plan | grep blocked
code=0; c=refuse; ${run} "$2" || code=$?
echo refused $code
unset c; code=0; ${run} "$2" || code=$?
echo at boot $code; readlink "$root/run/current-system"`,
      sandbox.root,
      system.activate,
    );
    const lines = output.split('\n');
    for (const line of ["blocked '.' 'read-only'", 'refused 3', 'at boot 1', system.systemPath]) {
      assert.ok(lines.includes(line), `${line} in\n${output}`);
    }
  });

  test(`${shell.name}: on an overlay, folders of the lower layer move and come back whole`, () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/folder/deep/file', 'mine');
    sandbox.write('/etc/folder/file', 'mine too');
    const system = sandbox.system('a', { folder: 'f', 'deep/x': 'x' });
    const { status, output } = inNamespace(
      `root=$1; upper=$(mktemp -d); mount -t tmpfs none "$upper"; mkdir "$upper/u" "$upper/w"
mount -t overlay overlay -o "lowerdir=$root/etc,upperdir=$upper/u,workdir=$upper/w" "$root/etc"
${run} "$2"
cat "$root/etc/.genctl/backup/folder/deep/file"; readlink "$root/etc/folder"
${run} "$2" withdraw
cat "$root/etc/folder/deep/file" "$root/etc/folder/file"; ls -A "$root/etc"`,
      sandbox.root,
      system.activate,
    );
    assert.is(status, 0, output);
    assert.match(output, 'mine/etc/static/folder\n');
    assert.ok(output.endsWith('minemine toofolder\n'), output);
  });

  test(`${shell.name}: on an overlay, a move that is killed half-way loses nothing`, () => {
    using sandbox = new Sandbox();
    for (const file of ['one', 'deep/two', 'deep/er/three']) {
      sandbox.write(`/etc/folder/${file}`, `my ${file}\n`);
    }
    const system = sandbox.system('a', { folder: 'f', 'deep/x': 'x' });
    // Before its nth call, mv kills all.
    sandbox.write(
      '/tools/mv',
      `#!/bin/sh
count=$(/usr/bin/cat "$COUNT"); echo $((count + 1)) >"$COUNT"
[ "$count" != "$LAST" ] || kill -9 0
PATH=\${PATH#*:}; exec mv "$@"
`,
      0o755,
    );
    const { status, output } = inNamespace(
      `root=$1; upper=$(mktemp -d); mount -t tmpfs none "$upper"; export COUNT="$upper/count" LAST
for LAST in 1 2 3 4 5 6 7 8 9 10 11 12; do
mkdir "$upper/u" "$upper/w"
mount -t overlay overlay -o "lowerdir=$root/etc,upperdir=$upper/u,workdir=$upper/w" "$root/etc"
for verb in "" withdraw; do
  echo 1 >"$COUNT"
  PATH=$root/tools:${shell.toolPath} GENCTL_ROOT=$root setsid -w ${shell.command.join(' ')} "$2" $verb >/dev/null 2>&1 || :
  # What the killed one has started may hold the lock for a moment, which is said.
  ${run} "$2" $verb >/dev/null 2>&1
  where=folder; [ -n "$verb" ] || where=.genctl/backup/folder
  cat "$root/etc/$where/one" "$root/etc/$where/deep/two" "$root/etc/$where/deep/er/three"
  [ -n "$verb" ] || readlink "$root/etc/folder"
done
ls -A "$root/etc"
umount "$root/etc"; rm -rf "$upper/u" "$upper/w"
done`,
      sandbox.root,
      system.activate,
    );
    assert.is(status, 0, output);
    const texts = 'my one\nmy deep/two\nmy deep/er/three\n';
    assert.is(output, `${texts}/etc/static/folder\n${texts}folder\n`.repeat(12));
  });

  test(`${shell.name}: a disk that fills up loses nothing, and a later run ends it`, () => {
    using sandbox = new Sandbox();
    const system = sandbox.system('a', {
      big: { text: 'x'.repeat(200_000), mode: 0o644 },
      mine: { text: 'y'.repeat(100_000), mode: 0o644 },
      link: 'l',
    });
    const { status, output } = inNamespace(
      `root=$1; mount -t tmpfs -o size=160k none "$root/etc"
echo my file >"$root/etc/mine"
code=0; ${run} "$2" >/dev/null || code=$?
echo full $code; cat "$root/etc/mine" "$root/etc/.genctl/backup/mine" 2>/dev/null || :
mount -o remount,size=2m "$root/etc"
${run} "$2" >/dev/null
cmp "$root/etc/big" "$root$3/big"; cmp "$root/etc/mine" "$root$3/mine"; ls "$root/etc/.genctl"
cat "$root/etc/.genctl/backup/mine"`,
      sandbox.root,
      system.activate,
      system.etcPath,
    );
    assert.is(status, 0, output);
    assert.match(output, 'full 1\n');
    assert.match(output, 'my file\n');
    assert.match(output, 'backup\nmanifest\nrecords\nmy file\n');
  });
}

if (!canMount) test.skip('mounts below /etc (needs root)', () => undefined);

test.run();
