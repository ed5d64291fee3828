import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DeclaredUnitFiles, laidOver } from '../../src/system/declared-unit-files.ts';
import { type EnabledUnits, enabledUnits } from '../../src/system/enabled-units.ts';
import type { EtcSource } from '../../src/system/read-etc.ts';
import { type Tree, UnitRoot, unitFiles } from '../activation/units/unit-tree.ts';

const systemctl = '/usr/bin/systemctl';

/** A declaration's files below `etc/systemd`, by their paths; `->` starts what is a link. */
type Files = Readonly<Record<string, string>>;

function enable(files: Files): EnabledUnits {
  const sources = Object.entries(files).map(([name, text]): EtcSource => {
    const place = `systemd/${name}`;
    return text.startsWith('->')
      ? { kind: 'link', path: place, target: text.slice(2) }
      : { kind: 'file', path: place, mode: 0o644, sha256: () => '' };
  });
  const declared = new DeclaredUnitFiles(
    sources,
    place => files[place.slice('systemd/'.length)] as string,
  );
  return enabledUnits(declared, declared.ownNames('/etc/systemd/system'), declared);
}

const linesOf = ({ links }: Pick<EnabledUnits, 'links'>): string[] =>
  links.map(link => `${link.path} -> ${link.target}`).toSorted();

/** The links that systemd itself makes in a root of these files. */
function enableForReal(files: Files): string[] {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-presets-'));
  const systemd = path.join(root, 'etc/systemd');
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(systemd, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (text.startsWith('->')) fs.symlinkSync(text.slice(2), file);
    else fs.writeFileSync(file, text);
  }
  spawnSync(systemctl, [`--root=${root}`, 'preset-all']);
  const links: string[] = [];
  for (const name of fs.readdirSync(systemd, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(systemd, name);
    if (name in files || !fs.lstatSync(file).isSymbolicLink()) continue;
    links.push(`systemd/${name} -> ${fs.readlinkSync(file)}`);
  }
  fs.rmSync(root, { recursive: true });
  return links.toSorted();
}

const unit = (install: string): string =>
  `[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\n${install}\n`;

const wanted = unit('WantedBy=multi-user.target');

const declaration: Files = {
  'system/app.service': unit('WantedBy=multi-user.target graphical.target\nAlias=other.service'),
  'system/db.service': unit('RequiredBy=app.service\nAlso=db.timer'),
  'system/db.timer': '[Timer]\nOnBootSec=1\n[Install]\nWantedBy=timers.target\n',
  'system/off.service': wanted,
  'system/ignored.service': wanted,
  'system/plain.service': '[Service]\nExecStart=/bin/true\n',
  'system/getty@.service': wanted,
  'system/one@.service': unit('WantedBy=multi-user.target\nDefaultInstance=first'),
  'system/drop.service': unit('WantedBy=multi-user.target'),
  'system/drop.service.d/a.conf': '[Service]\nNice=1\n',
  'system/masked.service': '->/dev/null',
  'system/second.service': '->app.service',
  'system-preset/20-late.preset': 'disable app.service\ndisable *\n',
  'system-preset/10-early.preset': `# first match wins
enable app.service
enable db.service
disable db.timer
enable getty@.service tty1 tty2
enable one@.service
enable d*.service
enable plain.service
ignore ignored.service
`,
};

test('units that declared presets enable have the links that systemd would make', () => {
  assert.equal(linesOf(enable(declaration)), [
    'systemd/system/app.service.requires/db.service -> /etc/systemd/system/db.service',
    'systemd/system/graphical.target.wants/app.service -> /etc/systemd/system/app.service',
    'systemd/system/multi-user.target.wants/app.service -> /etc/systemd/system/app.service',
    'systemd/system/multi-user.target.wants/drop.service -> /etc/systemd/system/drop.service',
    'systemd/system/multi-user.target.wants/getty@tty1.service -> /etc/systemd/system/getty@.service',
    'systemd/system/multi-user.target.wants/getty@tty2.service -> /etc/systemd/system/getty@.service',
    'systemd/system/multi-user.target.wants/one@first.service -> /etc/systemd/system/one@.service',
    'systemd/system/other.service -> /etc/systemd/system/app.service',
    'systemd/system/timers.target.wants/db.timer -> /etc/systemd/system/db.timer',
  ]);
});

if (fs.existsSync(systemctl)) {
  test('and systemd makes these', () => {
    assert.equal(linesOf(enable(declaration)), enableForReal(declaration));
  });
}

test('a unit that no rule is about is left alone, whatever systemd would do', () => {
  assert.equal(linesOf(enable({ 'system/a.service': wanted })), []);
  const other = { 'system/a.service': wanted, 'system-preset/a.preset': 'enable b.service\n' };
  assert.equal(linesOf(enable(other)), []);
});

test('a wildcard enables units of the declaration, and names no others', () => {
  const { links, problems } = enable({
    'system/a.service': wanted,
    'system/getty@.service': wanted,
    'system/readme.txt': wanted,
    'system-preset/a.preset': 'enable *\n',
  });
  assert.equal(linesOf({ links }), [
    'systemd/system/multi-user.target.wants/a.service -> /etc/systemd/system/a.service',
  ]);
  assert.equal(problems, []);
});

test('a rule may name one instance of a template in full', () => {
  const files = {
    'system/getty@.service': wanted,
    'system-preset/a.preset':
      'disable getty@off.service\nenable getty@on.service\nenable other@x.service\nenable getty@off.service\n',
  };
  assert.equal(linesOf(enable(files)), [
    'systemd/system/multi-user.target.wants/getty@on.service -> /etc/systemd/system/getty@.service',
  ]);
});

test('what cannot be enabled without the machine is said', () => {
  const { links, problems } = enable({
    'system/a.service': unit('WantedBy=%H.target multi-user.target\nAlso=ssh.socket'),
    'system-preset/a.preset': 'enable a.service\n',
  });
  assert.is(links.length, 1);
  assert.is(problems.length, 2);
  assert.match(problems[0] ?? '', /^a\.service: WantedBy=%H\.target /);
  assert.match(problems[1] ?? '', /^ssh\.socket cannot be enabled: /);
});

/** What packages bring, as it lies in their tree. */
const packages: Tree = {
  '/usr/lib/systemd/system/cron.service': unit('WantedBy=multi-user.target\nAlso=cron.timer'),
  '/usr/lib/systemd/system/cron.timer': '[Timer]\nOnBootSec=1\n[Install]\nWantedBy=timers.target\n',
  '/usr/lib/systemd/system/ssh.service': unit('WantedBy=multi-user.target\nAlias=sshd.service'),
  '/usr/lib/systemd/system/backup.service': wanted,
  '/usr/lib/systemd/system/quiet.service': wanted,
  '/usr/lib/systemd/system-preset/90-vendor.preset': 'enable quiet.service\ndisable ssh.service\n',
  '/etc/systemd/system/multi-user.target.wants/cron.service':
    '-> /usr/lib/systemd/system/cron.service',
  '/etc/systemd/system/timers.target.wants/cron.timer': '-> /usr/lib/systemd/system/cron.timer',
  '/etc/systemd/system/multi-user.target.wants/ssh.service':
    '-> /usr/lib/systemd/system/ssh.service',
  '/etc/systemd/system/sshd.service': '-> /usr/lib/systemd/system/ssh.service',
};
const rules = 'disable cron.service\nenable backup.service\nenable missing.service\ndisable *\n';

/** All links that enable units, as a system has them then: those of packages, less and more. */
function linksWith(preset: string): string[] {
  const place = 'systemd/system-preset/a.preset';
  const declared = new DeclaredUnitFiles(
    [{ kind: 'file', path: place, mode: 0o644, sha256: () => '' }],
    () => preset,
  );
  const found = enabledUnits(declared, [], laidOver(declared, unitFiles(packages)));
  assert.equal(found.problems, []);
  const kept = Object.keys(packages)
    .filter(name => name.startsWith('/etc/'))
    .map(name => name.slice('/etc/'.length))
    .filter(name => !found.withoutLinks.has(name));
  return [...kept, ...found.links.map(link => link.path)].toSorted();
}

test('units of packages that rules name are enabled and disabled, others stay as packages had them', () => {
  assert.equal(linksWith(rules), [
    'systemd/system/multi-user.target.wants/backup.service',
    'systemd/system/multi-user.target.wants/ssh.service',
    'systemd/system/sshd.service',
    'systemd/system/timers.target.wants/cron.timer',
  ]);
});

if (fs.existsSync(systemctl)) {
  test('and systemd makes the same of those', () => {
    using root = new UnitRoot({ ...packages, '/etc/systemd/system-preset/a.preset': rules });
    spawnSync(systemctl, [`--root=${root.path}`, 'preset', 'cron.service', 'backup.service']);
    const etc = path.join(root.path, 'etc');
    const links = fs
      .readdirSync(etc, { recursive: true, encoding: 'utf8' })
      .filter(name => fs.lstatSync(path.join(etc, name)).isSymbolicLink());
    assert.equal(linksWith(rules), links.toSorted());
  });
}

test.run();
