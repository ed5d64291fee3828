// Builds by a plain user, in a user namespace. Needs Debian's package uidmap.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Archive } from '../../packages/archive.ts';
import type { MadePackage } from '../../packages/made-package.ts';
import { smallDebian } from '../../packages/small-debian.ts';
import { testWhere } from '../test-where.ts';
import { buildTest, errorOf, PackagedMachine } from './packaged-machine.ts';
import { PlainUser } from './plain-user.ts';

const packages: readonly MadePackage[] = [
  {
    name: 'with-owners',
    control: { Depends: 'adduser, attr' },
    files: {
      'usr/bin/as-walter': '#!/bin/sh\n',
      'usr/bin/may-bind': '#!/bin/sh\n',
      'usr/share/remade/old': 'old\n',
    },
    scripts: {
      // cap_net_bind_service, effective and permitted.
      postinst: `#!/bin/sh -e
adduser --quiet --system --group --no-create-home --home /var/lib/walter walter
chown walter:walter /usr/bin/as-walter
chmod 6750 /usr/bin/as-walter
install -d -o walter -g adm -m 2770 /var/lib/walter
setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 /usr/bin/may-bind
setfattr -n user.said -v hello /usr/bin/may-bind
hostname >/etc/named-by-script
`,
    },
  },
  {
    name: 'with-remade-folder',
    control: { Depends: 'with-owners' },
    scripts: {
      postinst: `#!/bin/sh -e
rm -r /usr/share/remade
mkdir /usr/share/remade
echo new >/usr/share/remade/new
chgrp adm /usr/share/remade/new
chmod 2755 /usr/share/remade/new
`,
    },
  },
];

const user = new PlainUser();
let archive: Archive;
let theirs: PackagedMachine;

test.before(async () => {
  if (!user.mayBeRoot) return;
  archive = await smallDebian();
  archive.add(...packages);
  theirs = new PackagedMachine(archive);
  theirs.declarePackages({ packages: ['with-owners'] });
  user.own(theirs.folder);
  // As a home is: apt's downloads cannot be those of a user of their own.
  fs.chmodSync(theirs.folder, 0o700);
});
test.after(() => {
  for (const each of [user, theirs, archive]) each?.[Symbol.dispose]();
});

function userTest(name: string, work: () => void): void {
  if (user.mayBeRoot) buildTest(name, work);
  else testWhere(false, 'needs root, user namespaces and newuidmap (uidmap)', name, work);
}

userTest('a plain user is told what to run, and that builds', () => {
  const refused = theirs.run(['build', '--json'], { wrapper: user.wrapper });
  assert.is(refused.exitCode, 1);
  const { code, hint = '' } = errorOf(refused);
  assert.is(code, 'NOT_ALLOWED');
  const [line = hint] = /unshare .*$/.exec(hint) ?? [];
  const [program, ...args] = [...user.wrapper, 'sh', '-c', line];
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.match(fs.readFileSync(theirs.at('/etc/genctl/genctl.lock'), 'utf8'), '"walter"');
});

userTest('it is what root builds, upon what was there or not', () => {
  const wish = { packages: ['with-owners', 'with-remade-folder'] };
  theirs.declarePackages(wish);
  const unshare = ['unshare', '--map-root-user', '--map-auto'];
  // Only what comes on top can be had, so nothing else is installed.
  const { path, sha256 } = archive.get('with-owners');
  fs.renameSync(path, `${path}.away`);
  fs.rmSync(theirs.at(`/var/cache/genctl/packages/${sha256}.deb`));
  const built = theirs.build({ wrapper: [...user.wrapper, ...unshare] });
  fs.renameSync(`${path}.away`, path);
  using roots = new PackagedMachine(archive);
  roots.declarePackages(wish);
  roots.write('/etc/genctl/genctl.lock', theirs.read('/etc/genctl/genctl.lock'));
  const same = roots.build();
  assert.is(same.toplevel, built.toplevel);
  const { mode, uid } = fs.lstatSync(same.inTree('usr/bin/as-walter'));
  assert.is(mode & 0o7777, 0o6750);
  assert.ok(uid >= 100 && uid < 500, `${uid}`);
  assert.equal(fs.readdirSync(same.inTree('usr/share/remade')), ['new']);
});

test.run();
