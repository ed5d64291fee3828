import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { genctlProgram } from './genctl-program.ts';
import { Sandbox } from './sandbox.ts';
import { testWhere } from './test-where.ts';

const nobody = 65534;

/** Where the tests run as a user anyway, all the others show what this one shows. */
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', '0'], { uid: nobody, gid: nobody }).status === 0;

testWhere(canBeNobody, 'root only', 'a user does everything in a root of their own', () => {
  using sandbox = Sandbox.blank();
  fs.chmodSync(sandbox.folder, 0o755);
  const program = `${sandbox.folder}/genctl`;
  fs.copyFileSync(genctlProgram, program);
  sandbox.declare({ etc: { motd: 'one\n', 'ssh/key': 'secret\n' } });
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[etc "ssh/key"]\nmode = 0600\n`);
  spawnSync('chown', ['-R', `${nobody}:${nobody}`, sandbox.root]);
  const run = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [program, '--root', sandbox.root, ...args],
      { uid: nobody, gid: nobody, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
    );
    assert.is(status, 0, `genctl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  run('loader', 'install');
  run('switch');
  fs.writeFileSync(sandbox.at('/etc/genctl/etc/motd'), 'two\n');
  run('switch');
  run('boot', '1');
  run('switch', '2');
  run('rollback');
  run('menu', 'sync');
  run('gc', '--keep', '1');
  run('status');
  assert.match(run('list'), 'current, active, default');
  assert.match(run('menu', 'show'), 'generation 1');
  assert.is(fs.statSync(sandbox.at('/etc/ssh/key')).mode & 0o777, 0o600);
});

test.run();
