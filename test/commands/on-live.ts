import { spawnSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { genctlProgram } from './genctl-program.ts';
import type { Sandbox } from './sandbox.ts';
import { canMount, ownMounts } from './test-where.ts';

/** Whether a sandbox can stand for the machine that runs, and what it takes. */
export const canBeLive: boolean = process.getuid?.() === 0 && canMount;
export const liveNeeds = 'root, mounts in a namespace';

/** Runs a script where `genctl` works on the sandbox as on the machine that runs. */
export function onLive(sandbox: Sandbox, script: string): string {
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
