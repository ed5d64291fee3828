import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Archive } from '../../packages/archive.ts';
import type { MadePackage } from '../../packages/made-package.ts';
import { smallDebian } from '../../packages/small-debian.ts';
import { type Built, buildTest, PackagedMachine } from './packaged-machine.ts';

const oddNames = [
  'two words',
  "it's",
  'say "yes"',
  '$(touch gone)',
  '`id`',
  '-rf',
  'back\\slash',
  'ütf-8',
  '*?[a]',
  '#;=',
  '%s%n',
  ' lead and trail ',
];

const packages: readonly MadePackage[] = [
  {
    name: 'with-user',
    control: { Depends: 'adduser' },
    files: { 'usr/bin/with-user': '#!/bin/sh\n' },
    scripts: {
      postinst: `#!/bin/sh -e
adduser --quiet --system --group --no-create-home --home /var/lib/walter walter
chown walter:walter /usr/bin/with-user
chmod 6750 /usr/bin/with-user
install -d -o walter -g walter -m 700 /var/lib/walter
`,
    },
  },
  {
    name: 'with-sysusers',
    control: { Depends: 'systemd-standalone-sysusers' },
    files: {
      'usr/lib/sysusers.d/anna.conf': 'u anna - "Anna of with-sysusers" /var/lib/anna\n',
      'usr/share/anna/file': 'hers\n',
    },
    scripts: {
      postinst: '#!/bin/sh -e\nsystemd-sysusers anna.conf\nchown anna /usr/share/anna/file\n',
    },
  },
  {
    name: 'with-service',
    files: {
      'usr/lib/systemd/system/with-service.service':
        '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
    },
    scripts: { postinst: '#!/bin/sh -e\ndeb-systemd-helper enable with-service.service\n' },
  },
  {
    name: 'with-unwanted-service',
    files: {
      'usr/lib/systemd/system/unwanted.service':
        '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
    },
    scripts: { postinst: '#!/bin/sh -e\ndeb-systemd-helper enable unwanted.service\n' },
  },
  {
    name: 'with-question',
    control: { Depends: 'debconf' },
    scripts: {
      templates:
        'Template: with-question/colour\nType: string\nDefault: grey\nDescription: Which colour?\n',
      config:
        '#!/bin/sh -e\n. /usr/share/debconf/confmodule\ndb_input critical with-question/colour || true\ndb_go || true\n',
      postinst:
        '#!/bin/sh -e\n. /usr/share/debconf/confmodule\ndb_get with-question/colour\necho "$RET" >/etc/colour\n',
    },
  },
  {
    name: 'with-rights',
    control: { Depends: 'attr' },
    files: { 'usr/bin/as-root': '#!/bin/sh\n', 'usr/bin/may-bind': '#!/bin/sh\n' },
    scripts: {
      // cap_net_bind_service, effective and permitted.
      postinst: `#!/bin/sh -e
chmod 4755 /usr/bin/as-root
setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 /usr/bin/may-bind
`,
    },
  },
  {
    name: 'with-conffile',
    files: { 'etc/edited.conf': 'of the package\n', 'etc/untouched.conf': 'of the package\n' },
    scripts: { conffiles: '/etc/edited.conf\n/etc/untouched.conf\n' },
  },
  {
    name: 'with-odd-names',
    files: Object.fromEntries(
      oddNames.flatMap(name => [
        [`usr/share/odd/${name}`, name],
        [`etc/odd/${name}`, name],
      ]),
    ),
  },
];

let archive: Archive;
let machine: PackagedMachine;
let plain: Built;
let built: Built;

const wish = {
  packages: packages.map(({ name }) => name),
  system: ['debconfSelections = answers'],
  etc: {
    'edited.conf': 'of the owner\n',
    'systemd/system-preset/50-own.preset': 'disable unwanted.service\n',
  },
};

test.before(async () => {
  archive = await smallDebian('systemd-standalone-sysusers');
  archive.add(...packages);
  machine = new PackagedMachine(archive);
  machine.write('/etc/genctl/answers', 'with-question with-question/colour string green\n');
});
test.after(() => {
  machine[Symbol.dispose]();
  archive[Symbol.dispose]();
});

/** The number of a user, which its group has too. */
function numberOf(name: string): number {
  const { users, groups } = machine.lock.accounts;
  const uid = users.find(user => user.name === name)?.uid ?? -1;
  const gid = groups.find(group => group.name === name)?.gid;
  assert.is(gid, uid, `the group ${name}`);
  return uid;
}

function assertOfPackages(number: number): void {
  assert.ok(number >= 100 && number <= 499, String(number));
}

buildTest('packages of all kinds come on top of a system', () => {
  plain = machine.build();
  machine.declarePackages(wish);
  built = machine.build();
  assert.is.not(built.toplevel, plain.toplevel);
  for (const part of ['kernel', 'kernel-modules', 'initrd'] as const) {
    assert.is(built.part(part), plain.part(part));
  }
});

buildTest('users of packages have numbers of packages, in the lock and on their files', () => {
  const [walter, anna] = [numberOf('walter'), numberOf('anna')];
  assertOfPackages(walter);
  assertOfPackages(anna);
  assert.is.not(walter, anna);
  const program = fs.statSync(built.inTree('usr/bin/with-user'));
  assert.equal([program.uid, program.gid, program.mode & 0o7777], [walter, walter, 0o6750]);
  assert.is(fs.statSync(built.inTree('usr/share/anna/file')).uid, anna);
  assert.is(fs.statSync(built.inTree('var/lib/walter')).uid, walter);
  const sysusers = fs.readFileSync(built.inEtc('sysusers.d/00-genctl.conf'), 'utf8');
  assert.match(sysusers, new RegExp(`^u "?walter"? ${walter}(?::walter|:${walter})? `, 'm'));
  assert.match(sysusers, new RegExp(`^u "?anna"? ${anna}(?::anna|:${anna})? `, 'm'));
});

buildTest('a service that its package enables is enabled', () => {
  const manifest = fs.readFileSync(machine.at(`${built.toplevel}/etc-manifest`), 'utf8');
  const wants = 'systemd/system/multi-user.target.wants/with-service.service';
  assert.match(
    manifest,
    new RegExp(`^direct '${wants}' '/lib/systemd/system/with-service.service'$`, 'm'),
  );
});

buildTest('a service that its package enables and a preset disables is not enabled', () => {
  const wants = 'systemd/system/multi-user.target.wants/unwanted.service';
  assert.ok(fs.lstatSync(built.inTree(`etc/${wants}`)).isSymbolicLink());
  const manifest = fs.readFileSync(machine.at(`${built.toplevel}/etc-manifest`), 'utf8');
  assert.not.match(manifest, wants);
});

buildTest('a question is answered as it is declared', () => {
  assert.is(fs.readFileSync(built.inEtc('colour'), 'utf8'), 'green\n');
});

buildTest('setuid and capabilities are kept', () => {
  assert.is(fs.statSync(built.inTree('usr/bin/as-root')).mode & 0o7777, 0o4755);
  const capability = execFileSync(
    'getfattr',
    [
      '--absolute-names',
      '-n',
      'security.capability',
      '-e',
      'hex',
      built.inTree('usr/bin/may-bind'),
    ],
    { encoding: 'utf8' },
  );
  assert.match(capability, '=0x0100000200040000');
});

buildTest("the owner's version of a configuration file wins", () => {
  assert.is(fs.readFileSync(built.inEtc('edited.conf'), 'utf8'), 'of the owner\n');
  assert.is(fs.readFileSync(built.inEtc('untouched.conf'), 'utf8'), 'of the package\n');
});

buildTest('odd names of files come through as they are', () => {
  for (const folder of [built.inTree('usr/share/odd'), built.inEtc('odd')]) {
    assert.equal(fs.readdirSync(folder).toSorted(), oddNames.toSorted());
    for (const name of oddNames) {
      assert.is(fs.readFileSync(`${folder}/${name}`, 'utf8'), name);
    }
  }
});

buildTest(
  'all this is what a build from nothing gives, and what is declared is all there is',
  () => {
    assert.is(machine.build({ args: ['--check'] }).toplevel, built.toplevel);
    machine.declarePackages({});
    const without = machine.build();
    // Numbers that were given stay in the lock, and so in the accounts of every system.
    assert.is(without.part('os'), plain.part('os'));
  },
);

buildTest('a number is given for good, to one name', () => {
  const [walter, anna] = [numberOf('walter'), numberOf('anna')];
  archive.add({
    name: 'with-aaron',
    control: { Depends: 'adduser' },
    scripts: {
      postinst: '#!/bin/sh -e\nadduser --quiet --system --group --no-create-home aaron\n',
    },
  });
  machine.declarePackages({ packages: ['with-aaron'] });
  machine.build();
  const aaron = numberOf('aaron');
  assertOfPackages(aaron);
  assert.not.ok([walter, anna].includes(aaron));
  machine.declarePackages({ packages: ['with-aaron', 'with-user'] });
  const again = machine.build();
  assert.equal([numberOf('walter'), numberOf('anna')], [walter, anna]);
  assert.is(fs.statSync(again.inTree('usr/bin/with-user')).uid, walter);
});

buildTest('a package that puts its own file in place of another one’s does so', () => {
  archive.add(
    // One that has all its files replaced is no package any more, to dpkg.
    {
      name: 'tool',
      files: { 'usr/bin/tool': '#!/bin/sh\necho plain\n', 'usr/share/tool/data': 'its own\n' },
    },
    {
      name: 'tool-diverter',
      control: { Depends: 'tool' },
      files: { 'usr/bin/tool': '#!/bin/sh\necho diverted\n' },
      scripts: {
        preinst:
          '#!/bin/sh -e\ndpkg-divert --package tool-diverter --add --rename --divert /usr/bin/tool.plain /usr/bin/tool\n',
      },
    },
  );
  machine.declarePackages({ packages: ['tool-diverter'] });
  const diverted = machine.build();
  assert.match(fs.readFileSync(diverted.inTree('usr/bin/tool'), 'utf8'), 'echo diverted');
  assert.match(fs.readFileSync(diverted.inTree('usr/bin/tool.plain'), 'utf8'), 'echo plain');
  machine.declarePackages({ packages: ['tool'] });
  const plainTool = machine.build();
  assert.match(fs.readFileSync(plainTool.inTree('usr/bin/tool'), 'utf8'), 'echo plain');
  assert.not.ok(fs.existsSync(plainTool.inTree('usr/bin/tool.plain')));
});

test.run();
