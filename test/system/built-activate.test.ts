import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { openStore } from '../../src/store/open-store.ts';
import { buildFiles } from '../../src/system/build-files.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';
import { DeclarationFolder } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const at = (place: string): string => path.join(folder.hostPath, place);

/** Builds what is declared into the root's own store; the path of the system's `activate`. */
async function build(): Promise<string> {
  using root = new Root(folder.hostPath);
  const { toplevel } = await buildFiles({
    root,
    store: openStore(root, 'change'),
    configFolder: '/etc/genctl',
    declaration: readDeclaration(root),
    platform: 'x86_64-linux',
    onInput: () => undefined,
    onLeftOut: () => undefined,
  });
  return at(`${toplevel}/activate`);
}

function activate(script: string, conflicts: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(script, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], GENCTL_ROOT: folder.hostPath, GENCTL_CONFLICTS: conflicts },
  });
  return { status, stderr };
}

test('what is declared is what a built system makes of /etc', async () => {
  const number = process.getuid?.() ?? 0;
  folder.readGood({
    'system.conf': `[system]
kernel = /boot/vmlinuz
[networking]
hostName = atlas
[activation]
conflicts = backup
[etc "key"]
mode = 0600
user = ${number}
group = ${process.getgid?.() ?? 0}
[etc "issue"]
mode = direct-symlink
[etc "motd"]
conflicts = keep
[etc "hosts"]
conflicts = refuse
`,
    'etc/motd': 'ours',
    'etc/key': 'secret',
    'etc/issue': 'welcome',
    'etc/hosts': 'ours',
    'etc/profile': 'ours',
    'etc/systemd/system/a.service': '[Install]\nWantedBy=multi-user.target\n',
    'etc/systemd/system-preset/a.preset': 'enable a.service\n',
  });
  fs.symlinkSync('../usr/share/zoneinfo/UTC', at('etc/genctl/etc/localtime'));
  fs.mkdirSync(at('boot'));
  fs.writeFileSync(at('boot/vmlinuz'), 'kernel');
  for (const name of ['motd', 'hosts', 'profile']) fs.writeFileSync(at(`etc/${name}`), 'theirs');

  const script = await build();
  const refused = activate(script, 'refuse');
  assert.is(refused.status, 3, refused.stderr);
  assert.match(refused.stderr, '/etc/hosts');
  assert.not.ok(fs.existsSync(at('etc/static')), 'it has changed something');

  fs.rmSync(at('etc/hosts'));
  const done = activate(script, 'refuse');
  assert.is(done.status, 0, done.stderr);
  assert.is(fs.readFileSync(at('etc/motd'), 'utf8'), 'theirs');
  assert.is(fs.readFileSync(at('etc/key'), 'utf8'), 'secret');
  assert.is(fs.statSync(at('etc/key')).mode & 0o777, 0o600);
  const links = {
    hosts: /^\/etc\/static\/hosts$/,
    hostname: /^\/etc\/static\/hostname$/,
    profile: /^\/etc\/static\/profile$/,
    issue: /^\/nix\/store\/[^/]+-etc\/issue$/,
    localtime: /^\.\.\/usr\/share\/zoneinfo\/UTC$/,
    'systemd/system/a.service': /^\/etc\/static\/systemd\/system\/a\.service$/,
    'systemd/system/multi-user.target.wants/a.service': /^\/etc\/systemd\/system\/a\.service$/,
  };
  for (const [name, target] of Object.entries(links)) {
    assert.match(fs.readlinkSync(at(`etc/${name}`)), target, name);
  }
  const before = fs.statSync(at('etc/.genctl')).ctimeMs;
  assert.is(activate(script, 'refuse').status, 0);
  assert.is(fs.statSync(at('etc/.genctl')).ctimeMs, before, 'a second run has written');
});

test.run();
