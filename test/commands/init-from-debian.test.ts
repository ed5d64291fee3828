// `genctl init --from-debian`: a declaration of a Debian as it is installed.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Root } from '../../src/host/root.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

process.umask(0o022);

const config = '/etc/genctl';

interface Answer {
  files: string[];
  leftOut: { kind: string; items: string[]; loss: boolean }[];
  findings: { code: string; subject: string }[];
}

interface Package {
  name: string;
  fields?: Readonly<Record<string, string>>;
  /** What it brings to /etc, by paths. */
  conffiles?: Readonly<Record<string, string>>;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** Writes dpkg's database, and the files of packages as they bring them. */
function install(sandbox: Sandbox, packages: readonly Package[]): void {
  const stanzas = packages.map(({ name, fields, conffiles = {} }) => {
    const lines = Object.entries(conffiles).map(([file, text]) => ` ${file} ${md5(text)}\n`);
    const all = {
      Package: name,
      Status: 'install ok installed',
      Architecture: 'amd64',
      Version: '1-1',
      ...fields,
    };
    for (const [file, text] of Object.entries(conffiles)) sandbox.write(file, text);
    const paths = ['/.', '/etc', ...Object.keys(conffiles)];
    sandbox.write(`/var/lib/dpkg/info/${name}.list`, `${paths.join('\n')}\n`);
    return [
      ...Object.entries(all).map(([key, value]) => `${key}: ${value}\n`),
      ...(lines.length === 0 ? [] : ['Conffiles:\n', ...lines]),
    ].join('');
  });
  sandbox.write('/var/lib/dpkg/status', stanzas.join('\n'));
}

function link(sandbox: Sandbox, place: string, target: string): void {
  fs.mkdirSync(path.dirname(sandbox.at(place)), { recursive: true });
  fs.symlinkSync(target, sandbox.at(place));
}

function debian(packages: readonly Package[] = []): Sandbox {
  const sandbox = Sandbox.blank();
  fs.rmSync(sandbox.at(config), { recursive: true });
  sandbox.write(
    '/etc/os-release',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME="bookworm"\n',
  );
  sandbox.write('/etc/hostname', 'atlas.example.org\n');
  // Whoever runs the tests owns all files of the machine.
  sandbox.write('/etc/passwd', `root:x:${process.getuid?.()}:0::/:\nada:x:1500:1500::/:\n`);
  sandbox.write('/etc/group', `root:x:${process.getgid?.()}:\nmail:x:8:\n`);
  install(sandbox, [
    { name: 'dpkg', fields: { Essential: 'yes' } },
    { name: 'linux-image-amd64' },
    ...packages,
  ]);
  return sandbox;
}

function convert(sandbox: Sandbox, ...args: readonly string[]): Answer {
  const { exitCode, json, stderr } = sandbox.run(['init', '--from-debian', ...args, '--json']);
  // Nobody has asked apt about another root.
  assert.is(exitCode, 3, stderr);
  return json as Answer;
}

function itemsOf({ leftOut }: Answer, kind: string): readonly string[] | undefined {
  return leftOut.find(each => each.kind === kind)?.items;
}

test('a declaration that can be read, with the packages, the kernel and the name', () => {
  using sandbox = debian([
    { name: 'htop' },
    { name: 'less' },
    { name: 'openssh-server', fields: { Recommends: 'xauth' } },
    { name: 'xauth' },
  ]);
  sandbox.write(
    '/var/lib/apt/extended_states',
    'Package: xauth\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: less\nAuto-Installed: 0\n',
  );
  convert(sandbox);
  using root = new Root(sandbox.root);
  const { system, environment, networking } = readDeclaration(root);
  assert.equal(
    [system.builder, system.suite, system.kernelPackage, networking.hostName],
    ['debian', 'bookworm', 'linux-image-amd64', 'atlas'],
  );
  assert.equal([...environment.systemPackages], ['htop', 'less', 'openssh-server']);
  assert.match(sandbox.read(`${config}/system.conf`), '\n# systemPackages = xauth\n');
});

test('changed conffiles come along with mode and owner; unchanged ones do not', () => {
  using sandbox = debian([
    {
      name: 'sudo',
      conffiles: {
        '/etc/sudoers': 'a\n',
        '/etc/kept': 'k\n',
        '/etc/gone': 'g\n',
        '/etc/odd "name"': 'o\n',
      },
    },
    { name: 'grub-pc', conffiles: { '/etc/grub.conf': 'g\n' } },
    { name: 'old', fields: { Conffiles: `\n /etc/old ${md5('o')} obsolete` } },
  ]);
  sandbox.write('/etc/sudoers', 'ada ALL\n', 0o440);
  sandbox.write('/etc/odd "name"', 'changed\n');
  const isRoot = process.getuid?.() === 0;
  if (isRoot) fs.chownSync(sandbox.at('/etc/odd "name"'), 0, 8);
  sandbox.write('/etc/grub.conf', 'changed\n');
  fs.rmSync(sandbox.at('/etc/gone'));
  // What a maintainer script has placed by ucf, and one that was copied from /usr/share.
  sandbox.write(
    '/var/lib/ucf/hashfile',
    `${md5('x')}  /etc/ssh/sshd_config\n${md5('y')}  /etc/y\n`,
  );
  sandbox.write('/etc/ssh/sshd_config', 'Port 2222\n');
  sandbox.write('/etc/y', 'y');
  sandbox.write('/usr/share/base-files/motd', 'welcome\n');
  sandbox.write('/etc/motd', 'mine\n');
  const answer = convert(sandbox);
  const etc = `${config}/etc`;
  assert.equal(sandbox.names(etc), ['motd', 'odd "name"', 'ssh', 'sudoers']);
  assert.is(sandbox.read(`${etc}/ssh/sshd_config`), 'Port 2222\n');
  assert.is(fs.statSync(sandbox.at(`${etc}/sudoers`)).mode & 0o7777, 0o440);
  assert.equal(itemsOf(answer, 'secretFiles'), ['/etc/sudoers']);
  assert.equal(itemsOf(answer, 'removedFiles'), ['/etc/gone']);
  using root = new Root(sandbox.root);
  const sections = readDeclaration(root).etc;
  assert.is(sections['sudoers']?.mode, 0o440);
  if (isRoot) assert.is(sections['odd "name"']?.group, 'mail');
  assert.equal(Object.keys(sections).toSorted(), [...(isRoot ? ['odd "name"'] : []), 'sudoers']);
});

test('what no package brought: configuration is copied, state stays, the rest is named', () => {
  using sandbox = debian([
    { name: 'cron', conffiles: { '/etc/cron.d/own': '* * * * * root x\n' } },
  ]);
  sandbox.write('/etc/cron.d/mine', '@daily root backup\n');
  sandbox.write('/etc/network/interfaces', 'auto eth0\niface eth0 inet dhcp\n');
  sandbox.write('/etc/sysctl.d/empty.conf', '# nothing\n\n');
  sandbox.write('/etc/hosts', '127.0.0.1 localhost\n10.0.0.5 nas # disks\n');
  sandbox.write('/etc/fstab', 'UUID=1 / ext4 defaults 0 1\n');
  sandbox.write('/etc/ssh/ssh_host_ed25519_key', 'secret', 0o600);
  sandbox.write('/etc/shadow', 'secret', 0o640);
  sandbox.write('/etc/nginx/sites-available/mine', 'server {}\n');
  sandbox.write('/etc/ld.so.cache', 'cache');
  sandbox.write('/etc/cron.d/huge', 'x'.repeat(5 << 20));
  const answer = convert(sandbox);
  assert.equal(sandbox.names(`${config}/etc`), ['cron.d', 'hosts', 'network']);
  assert.equal(sandbox.names(`${config}/etc/cron.d`), ['mine']);
  for (const [kind, items] of [
    ['others', ['/etc/nginx/sites-available/mine']],
    ['notCopied', ['/etc/cron.d/huge']],
    ['users', ['ada']],
  ] as const) {
    assert.equal(itemsOf(answer, kind), items, kind);
  }
  const state = itemsOf(answer, 'state') ?? [];
  assert.ok(state.includes('/etc/ssh/ssh_host_ed25519_key') && state.includes('/etc/shadow'));
  const named = answer.leftOut.flatMap(({ items }) => items);
  assert.not.match(named.join(' '), /ld\.so\.cache|fstab/);
});

test('what the machine would miss besides: mounts, and what is in /usr/local', () => {
  using sandbox = debian();
  sandbox.write(
    '/etc/fstab',
    '# disks\nUUID=1 / ext4 defaults 0 1\nnas:/a /srv/my\\040files/ nfs noauto\nUUID=2 none swap sw\n',
  );
  sandbox.write('/usr/local/bin/backup', '#!/bin/sh\n');
  fs.mkdirSync(sandbox.at('/usr/local/lib/empty'), { recursive: true });
  link(sandbox, '/usr/local/man', 'share/man');
  const answer = convert(sandbox);
  // Nothing of another machine's hardware is known.
  assert.equal(itemsOf(answer, 'fileSystems'), ['/', '/srv/my files']);
  assert.equal(itemsOf(answer, 'localPrograms'), ['/usr/local/bin/backup']);
});

test('hosts come along for other names than those that are made of the host name', () => {
  const usual =
    '127.0.0.1 localhost\n127.0.1.1 atlas # its own\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\n';
  for (const [line, isCopied] of [
    ['', false],
    ['127.0.1.1 atlas.example.org atlas\n', true],
    ['10.0.0.5 nas\n', true],
  ] as const) {
    using sandbox = debian();
    sandbox.write('/etc/hosts', usual + line);
    convert(sandbox);
    assert.is(fs.existsSync(sandbox.at(`${config}/etc/hosts`)), isCopied, line);
  }
});

test('it says how to go on: /usr changes with a boot only', () => {
  using sandbox = debian();
  const { stdout } = sandbox.run(['init', '--from-debian']);
  assert.match(stdout, /next: .* loader install` once, .* lock`, then .* boot`, and reboot\n$/);
  assert.not.match(stdout, / switch`/);
});

test('units: own ones, masks and links that somebody made, not those of packages', () => {
  using sandbox = debian();
  const system = '/etc/systemd/system';
  for (const unit of [
    'ssh.service',
    'cron.service',
    'getty@.service',
    'timers.timer',
    'm.service',
  ]) {
    sandbox.write(`/usr/lib/systemd/system/${unit}`, '[Unit]\n');
  }
  sandbox.write('/usr/lib/systemd/system-preset/90-systemd.preset', 'enable getty@.service\n');
  const packaged = '/var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants';
  for (const unit of ['cron.service', 'm.service', 'ssh.service'])
    sandbox.write(`${packaged}/${unit}`, '');
  const wants = `${system}/multi-user.target.wants`;
  link(sandbox, `${wants}/cron.service`, '/lib/systemd/system/cron.service');
  link(
    sandbox,
    `${system}/getty.target.wants/getty@tty1.service`,
    '/usr/lib/systemd/system/getty@.service',
  );
  link(sandbox, `${wants}/gone.service`, '/usr/lib/systemd/system/gone.service');
  link(sandbox, `${wants}/mine.service`, `${system}/mine.service`);
  link(sandbox, `${system}/m.service`, '/dev/null');
  sandbox.write(`${system}/mine.service`, '[Service]\nExecStart=/bin/true\n');
  sandbox.write(`${system}/ssh.service.d/own.conf`, '[Service]\nNice=5\n');
  const answer = convert(sandbox);
  assert.equal(
    answer.files.flatMap(file => file.split('/etc/systemd/system/')[1] ?? []),
    ['m.service', 'mine.service', 'multi-user.target.wants/mine.service', 'ssh.service.d/own.conf'],
  );
  assert.is(fs.readlinkSync(sandbox.at(`${config}${system}/m.service`)), '/dev/null');
  assert.equal(itemsOf(answer, 'disabledUnits'), ['ssh.service']);
});

test('what was set by hand outside of /etc is named', () => {
  using sandbox = debian([{ name: 'made', conffiles: { '/opt/made.conf': 'x' } }]);
  sandbox.write('/opt/made.conf', 'changed');
  sandbox.write('/var/lib/dpkg/alternatives/editor', 'manual\n/usr/bin/editor\n');
  sandbox.write('/var/lib/dpkg/alternatives/pager', 'auto\n/usr/bin/pager\n');
  sandbox.write('/var/lib/dpkg/diversions', '/usr/bin/a\n/usr/bin/a.real\n:\n/b\n/b.real\ndash\n');
  sandbox.write('/etc/locale.gen', '# en_US.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\n');
  sandbox.write('/var/lib/dpkg/info/made.postinst', 'adduser --system made-user\n');
  sandbox.edit('/etc/passwd', text => `${text}made-user:x:101:65534::/:\nsvc:x:998:998::/:\n`);
  const answer = convert(sandbox);
  for (const [kind, items] of [
    ['alternatives', ['editor']],
    ['diversions', ['/usr/bin/a']],
    ['locales', ['de_DE.UTF-8 UTF-8']],
    ['outsideEtc', ['/opt/made.conf']],
    ['systemUsers', ['svc']],
    ['unknownOrigin', ['apt']],
  ] as const) {
    assert.equal(itemsOf(answer, kind), items, kind);
  }
});

test('a dry run writes nothing, shows no content of copies, and says the same', () => {
  using sandbox = debian([{ name: 'a', conffiles: { '/etc/a': 'a\n' } }]);
  sandbox.write('/etc/a', 'password\n', 0o600);
  const before = sandbox.snapshot({ withTimes: true });
  const { exitCode, stdout, stderr } = sandbox.run(['init', '--from-debian', '--dry-run']);
  assert.is(exitCode, 3);
  assert.match(stdout, `--- ${sandbox.at(`${config}/etc/a`)} (a copy of /etc/a)\n`);
  assert.match(stdout, '\nbuilder = debian\n');
  assert.not.match(stdout, 'password');
  assert.match(stderr, /left out: .*\n {2}\/etc\/a\nhint: /);
  const planned = convert(sandbox, '--dry-run');
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
  assert.equal({ ...convert(sandbox), written: false }, planned);
});

test('nothing that is there already is written over', () => {
  using sandbox = debian([{ name: 'a', conffiles: { '/etc/a': 'a\n', '/etc/b': 'b\n' } }]);
  for (const name of ['a', 'b']) sandbox.write(`/etc/${name}`, 'changed\n');
  link(sandbox, `${config}/etc/a`, '/nowhere');
  const answer = convert(sandbox);
  assert.is(fs.readlinkSync(sandbox.at(`${config}/etc/a`)), '/nowhere');
  assert.is(sandbox.read(`${config}/etc/b`), 'changed\n');
  const kept = answer.findings.map(({ code, subject }) => [code, subject]);
  assert.equal(kept, [['FILE_KEPT', sandbox.at(`${config}/etc/a`)]]);
  assertRefused(sandbox, ['init', '--from-debian'], {
    code: 'DECLARATION_EXISTS',
    message: /system\.conf is there already/,
    hint: /move it away/,
  });
});

test('what is no Debian is refused, and so are flags that contradict each other', () => {
  using sandbox = debian();
  const refuse = (): void => {
    assertRefused(sandbox, ['init', '--from-debian'], {
      code: 'NOT_DEBIAN',
      message: /is no Debian that can be read/,
      hint: /Without --from-debian/,
    });
  };
  const release = sandbox.read('/etc/os-release');
  sandbox.write('/etc/os-release', release.replace('ID=debian', 'ID=ubuntu'));
  refuse();
  sandbox.write('/etc/os-release', release);
  fs.rmSync(sandbox.at('/var/lib/dpkg/status'));
  refuse();
  assert.is(sandbox.run(['init', '--from-debian', '--remove-units']).exitCode, 2);
});

test.run();
