// The running machine itself, as far as a chroot in a mount namespace can be one.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { genctlProgram } from './genctl-program.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, ownMounts, testWhere } from './test-where.ts';

const asRoot = process.getuid?.() === 0;
const canTest = asRoot && canMount;
const needed = 'root, mounts in a namespace';

/** Runs a script where `genctl` works on the sandbox as on the machine that runs. */
function onLive(sandbox: Sandbox, script: string): string {
  const { root } = sandbox;
  const prepare = [
    'set -e',
    `mount --bind ${root} ${root}`,
    ...['usr', 'proc', 'dev', 'sys'].map(
      name => `mkdir -p ${root}/${name}; mount --rbind /${name} ${root}/${name}`,
    ),
    ...['bin', 'sbin', 'lib', 'lib64'].map(name => `ln -sfn usr/${name} ${root}/${name}`),
    `mkdir -p ${root}/opt ${root}/tmp; cp ${genctlProgram} ${root}/opt/genctl`,
    `mount --bind ${root}/boot ${root}/boot`,
    `mount --bind ${root}/nix/store ${root}/nix/store`,
    `mount -o remount,bind,ro ${root}/nix/store`,
    `genctl() { chroot ${root} ${process.execPath} /opt/genctl "$@" 2>&1; echo "= $?"; }`,
    `nobody() { chroot ${root} setpriv --reuid 65534 --regid 65534 --clear-groups ${process.execPath} /opt/genctl "$@" 2>&1; echo "= $?"; }`,
    'set +e',
    script,
  ].join('\n');
  const [program = '', ...args]: readonly string[] = [...ownMounts, 'sh', '-c', prepare];
  const { stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  assert.is(stderr, '');
  return stdout;
}

testWhere(canTest, needed, 'the live machine has a store of its own, however it is called', () => {
  using sandbox = Sandbox.with(1);
  for (const root of ['//', '/.', '/usr/..']) {
    sandbox.declare({ label: `of ${root}` });
    assert.match(onLive(sandbox, `genctl --root ${root} build`), /^\/nix\/store\/.*\n= 0\n$/, root);
  }
});

testWhere(canTest, needed, 'a user is told that the store takes root, in words', () => {
  using sandbox = Sandbox.with(2);
  fs.chmodSync(sandbox.folder, 0o755);
  const output = onLive(sandbox, 'nobody build; nobody list');
  assert.match(
    output,
    /^error\[NOT_ALLOWED\]: \/nix\/store is mounted read-only, .*\nhint: Run genctl as root\.\n= 1\n/,
  );
  assert.match(output, /second[^]*= 0\n$/);
});

testWhere(canTest, needed, 'a dry run that writes nothing needs no view of its own', () => {
  using sandbox = Sandbox.with(2);
  fs.chmodSync(sandbox.folder, 0o755);
  const output = onLive(sandbox, 'nobody gc --keep 1 --dry-run; nobody switch 1 --dry-run');
  // As far as it gets here: the mount is no FAT.
  assert.is(output.split('error[ESP_NOT_FAT]: /boot is ').length, 3, output);
});

testWhere(canTest, needed, 'mounts are found behind links', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'new' });
  fs.mkdirSync(sandbox.at('/data'));
  for (const name of ['nix', 'boot']) {
    fs.renameSync(sandbox.at(`/${name}`), sandbox.at(`/data/${name}`));
    fs.symlinkSync(`data/${name}`, sandbox.at(`/${name}`));
  }
  const output = onLive(sandbox, 'genctl build; genctl menu sync');
  assert.match(output, /^\/nix\/store\/.*\n= 0\nerror\[ESP_NOT_FAT\]: \/boot is /);
});

test.run();
