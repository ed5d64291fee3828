// What is the user's below /etc: refused, backed up, kept, and given back.
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { storeOnly } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { canMount, ownMounts, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

/** One generation is active; the next one wants more, and the user has been at work. */
function machineInUse(): Sandbox {
  const sandbox = Sandbox.with(1);
  sandbox.declare({
    label: 'two',
    etc: { motd: 'motd of two\n', issue: 'issue of two\n', 'app/file': 'of two\n', net: 'net\n' },
  });
  sandbox.write('/etc/issue', 'my issue\n');
  fs.mkdirSync(sandbox.at('/etc/net'));
  sandbox.write('/etc/net/mine', 'in my folder\n');
  fs.symlinkSync('/srv/app', sandbox.at('/etc/app'));
  fs.rmSync(sandbox.at('/etc/motd'));
  sandbox.write('/etc/motd', 'my motd in place of the link\n');
  return sandbox;
}

/** All that the user can see below /etc. */
function etcOf(sandbox: Sandbox): string {
  const all = sandbox.snapshot({ leaveOut: ['/etc/genctl', '/etc/.genctl'] });
  return [...all]
    .filter(([path]) => path.startsWith('/etc'))
    .map(line => line.join(' '))
    .join('\n');
}

for (const dry of [[], ['--dry-run']]) {
  test(`all that is in the way is named before anything changes${dry.length > 0 ? ', in a dry run too' : ''}`, () => {
    using sandbox = machineInUse();
    const before = sandbox.snapshot();
    const { exitCode, stderr } = sandbox.run(['switch', ...dry], { env: {} });
    assert.is(exitCode, 1, stderr);
    assert.match(stderr, /^error\[ETC_IN_THE_WAY\]: cannot apply \/etc: nothing was changed/);
    for (const line of [
      '/etc/issue: a file that genctl did not make',
      '/etc/net: a folder, where a file or a link shall be',
      '/etc/app: a link that genctl did not make',
      '/etc/motd: a file that genctl did not make',
    ]) {
      assert.match(stderr, `\n  ${line}\n`);
    }
    assert.match(stderr, /\nhint: .*--conflicts backup/);
    const changed = changesBetween(before, sandbox.snapshot());
    assert.equal(
      changed.filter(line => !storeOnly.test(line.slice(2))),
      [],
    );
  });
}

test('what was backed up comes back once nothing wants its place', () => {
  using sandbox = machineInUse();
  const before = sandbox.read('/etc/issue');
  sandbox.runWell('switch', '--conflicts', 'backup');
  assert.is(sandbox.read('/etc/.genctl/backup/issue'), before);
  assert.is(sandbox.read('/etc/.genctl/backup/net/mine'), 'in my folder\n');
  for (const name of ['issue', 'net', 'app']) {
    fs.rmSync(sandbox.at(`/etc/genctl/etc/${name}`), { recursive: true });
  }
  sandbox.runWell('switch');
  assert.is(sandbox.read('/etc/issue'), before);
  assert.is(sandbox.read('/etc/net/mine'), 'in my folder\n');
  assert.is(fs.readlinkSync(sandbox.at('/etc/app')), '/srv/app');
});

test('a rollback gives back the /etc that was there, replaced links included', () => {
  using sandbox = machineInUse();
  const before = etcOf(sandbox);
  sandbox.runWell('switch', '--conflicts', 'backup');
  assert.not.equal(etcOf(sandbox), before);
  sandbox.runWell('rollback');
  assert.is(etcOf(sandbox), before);
});

test('a switch that fails after its activation gives back what it had moved away', () => {
  using sandbox = machineInUse();
  const before = etcOf(sandbox);
  // The default cannot move: somebody has made it a folder.
  const { stdout } = sandbox.runWell('build');
  const activate = sandbox.at(`${stdout.trim()}/activate`);
  const text = fs.readFileSync(activate, 'utf8');
  fs.chmodSync(activate, 0o755);
  // It does its work, and leaves one thing undone.
  const undoing = `"$0.whole" "$@" || exit; [ "\${1-}" = plan ] || rm "$GENCTL_ROOT/etc/issue"\n`;
  fs.writeFileSync(`${activate}.whole`, text, { mode: 0o755 });
  fs.writeFileSync(activate, `#!/bin/sh\n${undoing}`);
  const { exitCode, stderr } = sandbox.run(['switch', '--conflicts', 'backup'], { env: {} });
  assert.is(exitCode, 1, stderr);
  assert.match(stderr, /^error\[ACTIVATION_INCOMPLETE\]: [^]*\/etc\/issue: /m);
  assert.is(etcOf(sandbox), before);
  assert.is(sandbox.current(), 1);
});

test('what is declared as kept stays, and is not taken away later', () => {
  using sandbox = machineInUse();
  const keep = ['issue', 'net', 'motd', 'app/file'].map(
    path => `[etc "${path}"]\nconflicts = keep\n`,
  );
  sandbox.edit('/etc/genctl/system.conf', text => `${text}${keep.join('')}`);
  fs.rmSync(sandbox.at('/etc/app'));
  const before = etcOf(sandbox);
  sandbox.runWell('switch');
  assert.is(sandbox.read('/etc/issue'), 'my issue\n');
  assert.is(sandbox.read('/etc/net/mine'), 'in my folder\n');
  const link = fs.readlinkSync(sandbox.at('/etc/app/file'));
  assert.is(link, '/etc/static/app/file', 'nothing was in its way');
  const settled = sandbox.snapshot({ withTimes: true });
  sandbox.runWell('switch');
  assert.equal(changesBetween(settled, sandbox.snapshot({ withTimes: true })), []);
  sandbox.runWell('rollback');
  assert.is(etcOf(sandbox), before);
});

test('the declaration may say it for all paths', () => {
  using sandbox = machineInUse();
  sandbox.edit('/etc/genctl/system.conf', text => `${text}[activation]\nconflicts = backup\n`);
  const { stderr } = sandbox.runWell('switch');
  assert.match(stderr, /^backed up \/etc\/issue as \/etc\/\.genctl\/backup\/issue$/m);
  assert.is(fs.readlinkSync(sandbox.at('/etc/issue')), '/etc/static/issue');
});

test('a file of the same content is in nobody’s way', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'two', etc: { issue: 'same\n' } });
  sandbox.write('/etc/issue', 'same\n');
  sandbox.runWell('switch');
  assert.is(fs.readlinkSync(sandbox.at('/etc/issue')), '/etc/static/issue');
  sandbox.runWell('rollback');
  assert.is(fs.lstatSync(sandbox.at('/etc/issue')).isFile(), true, 'it is the user’s');
  assert.is(sandbox.read('/etc/issue'), 'same\n');
});

test('a link into the store in the place of /etc/static is nobody’s work', () => {
  using sandbox = Sandbox.with(1);
  const link = sandbox.at('/etc/static');
  fs.rmSync(link);
  fs.symlinkSync('/nix/store/00000000000000000000000000000000-etc', link);
  sandbox.declare({ label: 'two' });
  sandbox.runWell('switch');
  assert.match(fs.readlinkSync(link), /-etc$/);
  assert.not.match(fs.readlinkSync(link), /0{32}/);
  assert.not.ok(sandbox.exists('/etc/.genctl/backup'));
});

test('of very many things in the way, the first are shown and the others counted', () => {
  using sandbox = Sandbox.with(1);
  const names = Array.from({ length: 300 }, (_, index) => `many/${index}`);
  sandbox.declare({ label: 'two', etc: Object.fromEntries(names.map(name => [name, 'ours\n'])) });
  for (const name of names) sandbox.write(`/etc/${name}`, 'theirs\n');
  const { exitCode, stderr } = sandbox.run(['switch'], { env: {} });
  assert.is(exitCode, 1);
  assert.match(stderr, /\n {2}and 250 more\n/);
});

testWhere(canMount, 'mounts in a namespace', 'an /etc that cannot be written to is named', () => {
  using sandbox = Sandbox.with(2);
  const etc = sandbox.at('/etc');
  const script = `mount --bind ${etc} ${etc} && mount -o remount,bind,ro ${etc} && exec "$@"`;
  const before = sandbox.snapshot();
  const wrapper = [...ownMounts, 'sh', '-c', script, 'sh'];
  const { exitCode, stderr } = sandbox.run(['switch', '1'], { wrapper });
  assert.is(exitCode, 1);
  assert.match(stderr, /^error\[ETC_IN_THE_WAY\]: [^\n]*:\n {2}\/etc: it is mounted read-only\n/);
  assert.equal(changesBetween(before, sandbox.snapshot()), []);
});

test.run();
