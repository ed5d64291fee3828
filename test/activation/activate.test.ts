import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apply } from './checked-runs.ts';
import { Sandbox, type Shell, type System, shells } from './sandbox.ts';

const hostileNames = [
  "it's",
  '"quoted"',
  '$(touch pwned)',
  '`touch pwned`',
  'back\\slash',
  '-rf',
  'a  b ',
  'naïve-日本',
  '*',
  '[a]',
  '~',
  '#no comment',
  "' '",
  'tab\there',
  'a -> b',
];

const hasStrace = fs.existsSync('/usr/bin/strace');
const writingCalls =
  '?open,openat,?creat,?rename,?renameat,?renameat2,?unlink,?unlinkat,?rmdir,?symlink,' +
  '?symlinkat,?link,?linkat,?mkdir,?mkdirat,?chmod,fchmod,?fchmodat,?chown,fchown,?lchown,' +
  '?fchownat,ftruncate,?truncate,?utimensat';

/** Calls that changed something, each with the path that it named. */
function changes(sandbox: Sandbox, shell: Shell, system: System): string[] {
  const log = sandbox.at('/strace.log');
  const tracer = [
    '/usr/bin/strace',
    '-f',
    '-qqq',
    '-e',
    'signal=none',
    '-y',
    '-o',
    log,
    '-e',
    `trace=${writingCalls}`,
  ];
  assert.is(sandbox.run(shell, system, [], tracer).status, 0);
  const lines = fs.readFileSync(log, 'utf8').split('\n');
  fs.rmSync(log);
  return lines.filter(
    line =>
      line !== '' &&
      !/"\/dev\/(?:null|tty)"/.test(line) &&
      (!line.includes('open') || /O_CREAT|O_WRONLY|O_RDWR|O_TRUNC/.test(line)),
  );
}

for (const shell of shells()) {
  const name = (what: string): string => `${shell.name}: ${what}`;

  test(name('a first apply lays links, folders and copies'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/ssh/mine', 'mine');
    const system = sandbox.system('a', {
      motd: 'hello',
      'ssh/config': 'c',
      'a/b/c': 'd',
      shadow: { text: 's', mode: 0o600 },
      tool: { text: 't', mode: 0o4755 },
    });
    apply(sandbox, shell, system);
    assert.equal(sandbox.list(), [
      '/etc/a/ 755',
      '/etc/a/b/ 755',
      '/etc/a/b/c -> /etc/static/a/b/c',
      '/etc/motd -> /etc/static/motd',
      '/etc/shadow 600 "s"',
      '/etc/ssh/ 755',
      '/etc/ssh/config -> /etc/static/ssh/config',
      '/etc/ssh/mine 644 "mine"',
      '/etc/static -> /nix/store/a-etc',
      '/etc/tool 4755 "t"',
    ]);
    assert.is(sandbox.target('/run/current-system'), system.systemPath);
  });

  test(name('a change adds, removes and replaces; an empty system leaves what was before'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/own', 'own');
    fs.mkdirSync(sandbox.at('/etc/empty'));
    const before = sandbox.list();
    const a = sandbox.system('a', {
      one: '1',
      'x/y/z': 'z',
      'empty/file': 'f',
      'was-link': 'l',
      'was-copy': { text: 'c', mode: 0o600 },
      'was-file': 'f',
      'was-folder/inside': 'i',
    });
    const b = sandbox.system('b', {
      two: '2',
      'was-link': { text: 'l', mode: 0o600 },
      'was-copy': 'c',
      'was-file/inside': 'f',
      'was-folder': 'i',
    });
    const none = sandbox.system('none', {});
    apply(sandbox, shell, a);
    const ofA = sandbox.list();
    apply(sandbox, shell, b);
    assert.equal(sandbox.list(), [
      '/etc/empty/ 755',
      '/etc/own 644 "own"',
      '/etc/static -> /nix/store/b-etc',
      '/etc/two -> /etc/static/two',
      '/etc/was-copy -> /etc/static/was-copy',
      '/etc/was-file/ 755',
      '/etc/was-file/inside -> /etc/static/was-file/inside',
      '/etc/was-folder -> /etc/static/was-folder',
      '/etc/was-link 600 "l"',
    ]);
    assert.not(sandbox.exists('/etc/.genctl/backup'));
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), ofA);
    apply(sandbox, shell, none);
    assert.equal(
      sandbox.list().filter(line => !line.startsWith('/etc/static ')),
      before,
    );
  });

  test(name('what is in the way is backed up, named, and comes back'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/motd', 'my motd', 0o640);
    sandbox.write('/etc/folder/deep/file', 'my file');
    sandbox.link('/etc/link', 'somewhere');
    sandbox.write('/etc/file', 'in the way of a folder');
    sandbox.write('/etc/same', 'same');
    sandbox.write('/etc/in/there', 'in there');
    const before = sandbox.list();
    const system = sandbox.system('a', {
      motd: 'm',
      folder: 'f',
      link: 'l',
      'file/below': 'b',
      same: { text: 'same', mode: 0o644 },
      'in/there': 't',
    });
    const lines = apply(sandbox, shell, system);
    for (const path of ['motd', 'folder', 'link', 'file', 'same', 'in/there']) {
      const line = `backed up /etc/${path} as /etc/.genctl/backup/${path}`;
      assert.ok(lines.includes(line), `${line} in ${lines.join('\n')}`);
    }
    assert.is(sandbox.read('/etc/.genctl/backup/folder/deep/file'), 'my file');
    apply(sandbox, shell, sandbox.system('none', {}));
    assert.equal(
      sandbox.list().filter(line => !line.startsWith('/etc/static ')),
      before,
    );
    assert.not(sandbox.exists('/etc/.genctl/backup'));
    assert.not(sandbox.exists('/etc/.genctl/records'));
  });

  test(name('a backup never takes the place of another, nor goes into one'), () => {
    using sandbox = new Sandbox();
    const next = (id: string, files: Readonly<Record<string, string>>): void => {
      apply(sandbox, shell, sandbox.system(id, files));
    };
    next('a', { x: '1', 'd/y': 'y' });
    for (const text of ['first', 'second', 'third']) {
      sandbox.write('/etc/x', text);
      next(text, { x: '1', 'd/y': text });
    }
    assert.is(sandbox.read('/etc/.genctl/backup/x'), 'first');
    assert.is(sandbox.read('/etc/.genctl/backup.1/x'), 'second');
    assert.is(sandbox.read('/etc/.genctl/backup.2/x'), 'third');
    fs.rmSync(sandbox.at('/etc/x'));
    sandbox.write('/etc/x/y', 'inner');
    next('b', { x: '1' });
    assert.is(sandbox.read('/etc/.genctl/backup.3/x/y'), 'inner');
    next('c', { 'x/y': '2' });
    sandbox.write('/etc/x/y', 'later');
    next('d', { 'x/y': '3' });
    assert.is(sandbox.read('/etc/.genctl/backup.3/x/y'), 'inner');
    assert.is(sandbox.read('/etc/.genctl/backup.4/x/y'), 'later');
    // They were put over what was ours: they stay, and do not come back.
    next('none', {});
    assert.equal(sandbox.list(), ['/etc/static -> /nix/store/none-etc']);
  });

  test(name('an original does not come back over what the user has put there since'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/x', 'original');
    const a = sandbox.system('a', { x: '1' });
    apply(sandbox, shell, a);
    fs.rmSync(sandbox.at('/etc/x'));
    sandbox.write('/etc/x', 'newer');
    const lines = apply(sandbox, shell, sandbox.system('none', {}));
    assert.ok(lines.some(line => line.startsWith('left the backup of /etc/x')));
    assert.is(sandbox.read('/etc/x'), 'newer');
    assert.is(sandbox.read('/etc/.genctl/backup/x'), 'original');
    fs.rmSync(sandbox.at('/etc/x'));
    apply(sandbox, shell, sandbox.system('none2', {}));
    assert.not(sandbox.exists('/etc/x'));
  });

  test(
    name('a copy that was edited is backed up; one that was not is replaced and removed'),
    () => {
      using sandbox = new Sandbox();
      const files = { edited: { text: '1', mode: 0o600 }, plain: { text: '1', mode: 0o600 } };
      const a = sandbox.system('a', files);
      const b = sandbox.system('b', {
        edited: { text: '2', mode: 0o600 },
        plain: { text: '2', mode: 0o640 },
      });
      apply(sandbox, shell, a);
      sandbox.write('/etc/edited', 'mine', 0o600);
      apply(sandbox, shell, b);
      assert.equal(sandbox.list(), [
        '/etc/edited 600 "2"',
        '/etc/plain 640 "2"',
        '/etc/static -> /nix/store/b-etc',
      ]);
      assert.is(sandbox.read('/etc/.genctl/backup/edited'), 'mine');
      assert.not(sandbox.exists('/etc/.genctl/backup/plain'));
      // What the manifest wants as before is the user's to edit.
      sandbox.write('/etc/edited', 'mine again', 0o600);
      fs.chmodSync(sandbox.at('/etc/plain'), 0o666);
      assert.equal(apply(sandbox, shell, b), []);
      assert.is(sandbox.read('/etc/edited'), 'mine again');
      apply(sandbox, shell, sandbox.system('none', {}));
      assert.equal(sandbox.list(), ['/etc/static -> /nix/store/none-etc']);
      assert.is(sandbox.read('/etc/.genctl/backup.1/edited'), 'mine again');
    },
  );

  test(name('drift is repaired'), () => {
    using sandbox = new Sandbox();
    const system = sandbox.system('a', {
      one: '1',
      two: '2',
      'd/e/f': 'f',
      copy: { text: 'c', mode: 0o600 },
    });
    apply(sandbox, shell, system);
    const right = sandbox.list('', ['nix']);
    fs.rmSync(sandbox.at('/etc/one'));
    fs.rmSync(sandbox.at('/etc/d'), { recursive: true });
    fs.rmSync(sandbox.at('/etc/copy'));
    fs.rmSync(sandbox.at('/etc/static'));
    fs.rmSync(sandbox.at('/run/current-system'));
    apply(sandbox, shell, system);
    assert.equal(sandbox.list('', ['nix']), right);
  });

  test(name('what takes the place of ours stays until the manifest changes'), () => {
    using sandbox = new Sandbox();
    const files = {
      one: '1',
      direct: { target: '/x' },
      'd/f': 'f',
      copy: { text: 'c', mode: 0o600 },
    };
    const a = sandbox.system('a', files);
    apply(sandbox, shell, a);
    for (const path of ['one', 'direct', 'd', 'copy']) {
      fs.rmSync(sandbox.at(`/etc/${path}`), { recursive: true });
    }
    // A link of the same name to elsewhere is the user's, also one of several lines.
    sandbox.link('/etc/one', 'x\n/etc/static/two');
    sandbox.link('/etc/direct', '/y');
    sandbox.link('/etc/d', '/elsewhere');
    sandbox.link('/etc/copy', 'one');
    const drifted = sandbox.list('', ['nix']);
    const listed = sandbox.list();
    assert.is(sandbox.run(shell, a).stdout, '');
    assert.equal(sandbox.list('', ['nix']), drifted);
    fs.rmSync(sandbox.at('/etc/static'));
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), listed, 'what is missing is laid');
    apply(sandbox, shell, sandbox.system('b', { ...files, two: '2' }));
    assert.is(sandbox.target('/etc/one'), '/etc/static/one');
    assert.is(sandbox.target('/etc/d/f'), '/etc/static/d/f');
    assert.is(sandbox.target('/etc/.genctl/backup/one'), 'x\n/etc/static/two');
    assert.is(sandbox.target('/etc/.genctl/backup/d'), '/elsewhere');
    apply(sandbox, shell, a);
    assert.is(sandbox.target('/etc/one'), 'x\n/etc/static/two');
    assert.is(sandbox.target('/etc/direct'), '/y');
  });

  test(name('hostile names are names'), () => {
    using sandbox = new Sandbox();
    const files: Record<string, string | { text: string; mode: number }> = {};
    for (const odd of hostileNames) {
      files[`${odd}-link`] = 'l';
      files[`in ${odd}/${odd}`] = 'f';
      files[`${odd}-copy`] = { text: odd, mode: 0o600 };
      sandbox.write(`/etc/${odd}-link`, `mine ${odd}`);
    }
    apply(sandbox, shell, sandbox.system('a', files));
    for (const odd of hostileNames) {
      assert.is(sandbox.target(`/etc/${odd}-link`), `/etc/static/${odd}-link`);
      assert.is(sandbox.target(`/etc/in ${odd}/${odd}`), `/etc/static/in ${odd}/${odd}`);
      assert.is(sandbox.read(`/etc/${odd}-copy`), odd);
      assert.is(sandbox.read(`/etc/.genctl/backup/${odd}-link`), `mine ${odd}`);
    }
    apply(sandbox, shell, sandbox.system('none', {}));
    const left = [...hostileNames.map(odd => `${odd}-link`), 'static', '.genctl'];
    assert.equal(fs.readdirSync(sandbox.at('/etc')).toSorted(), left.toSorted());
    for (const odd of hostileNames) assert.is(sandbox.read(`/etc/${odd}-link`), `mine ${odd}`);
  });

  test(name('nothing is written or removed through a folder that is a link'), () => {
    using sandbox = new Sandbox();
    using outside = new Sandbox();
    outside.write('/file', 'outside');
    sandbox.link('/etc/out', outside.root);
    const a = sandbox.system('a', {
      'out/file': 'f',
      'out/deep/file': 'f',
      'out/copy': { text: 'c', mode: 0o600 },
    });
    const untouched = outside.list('');
    apply(sandbox, shell, a);
    assert.equal(outside.list(''), untouched);
    assert.is(sandbox.target('/etc/.genctl/backup/out'), outside.root);
    assert.is(sandbox.target('/etc/out/file'), '/etc/static/out/file');
    // Exchanged under our feet: what is below is not ours.
    fs.rmSync(sandbox.at('/etc/out'), { recursive: true });
    outside.link('/stale', '/etc/static/out/stale');
    sandbox.link('/etc/out', outside.root);
    const now = outside.list('');
    apply(sandbox, shell, sandbox.system('none', {}));
    assert.equal(outside.list(''), now);
    assert.is(sandbox.target('/etc/out'), outside.root);
  });

  test(name('lines of a newer version are carried along, and not run'), () => {
    using sandbox = new Sandbox();
    const odd = `touch '${sandbox.at('/pwned')}'\nmount 'x' 'y'\nlink 'no-such' 'more' words\n`;
    const newer = sandbox.system('newer', { one: '1', two: '2', 'd/x': 'x' }, { extraLines: odd });
    const older = sandbox.system('older', { one: '1', 'd/x': 'x' });
    assert.is(sandbox.run(shell, newer).status, 0);
    sandbox.write('/etc/.genctl/records', `${sandbox.read('/etc/.genctl/records')}tie 'z'\n`);
    apply(sandbox, shell, older);
    assert.not(sandbox.exists('/pwned'));
    assert.not(sandbox.exists('/etc/two'));
    const state = sandbox.read('/etc/.genctl/manifest');
    assert.ok(
      state.includes(`touch '${sandbox.at('/pwned')}'\n`) && state.includes("mount 'x' 'y'\n"),
    );
    apply(sandbox, shell, sandbox.system('older2', { three: '3', 'd/x': 'x' }));
    assert.ok(sandbox.read('/etc/.genctl/manifest').includes("mount 'x' 'y'\n"));
    assert.ok(sandbox.read('/etc/.genctl/records').includes("tie 'z'\n"));
  });

  for (const damage of ['', 'manif', "link 'a\n", undefined]) {
    test(name(`a state of ${JSON.stringify(damage)} loses nothing and leaves nothing`), () => {
      using sandbox = new Sandbox();
      const a = sandbox.system('a', { one: '1', 'd/two': '2' });
      apply(sandbox, shell, a);
      sandbox.write('/etc/mine', 'mine');
      fs.rmSync(sandbox.at('/etc/.genctl/manifest'));
      if (damage !== undefined) sandbox.write('/etc/.genctl/manifest', damage);
      const result = sandbox.run(shell, sandbox.system('b', { three: '3' }));
      assert.is(result.status, 0);
      assert.equal(sandbox.list(), [
        '/etc/mine 644 "mine"',
        '/etc/static -> /nix/store/b-etc',
        '/etc/three -> /etc/static/three',
      ]);
    });
  }

  test(name('what fails is said, and the rest is done'), () => {
    using sandbox = new Sandbox();
    const system = sandbox.system('a', { one: '1', broken: { text: 'x', mode: 0o600 } });
    fs.rmSync(sandbox.at(`${system.etcPath}/broken`));
    const result = sandbox.run(shell, system);
    assert.is(result.status, 1);
    assert.match(result.stderr, 'cannot copy /etc/broken');
    assert.is(sandbox.target('/etc/one'), '/etc/static/one');
    assert.is(sandbox.target('/run/current-system'), system.systemPath);
    sandbox.write(`${system.etcPath}/broken`, 'x', 0o444);
    assert.is(sandbox.run(shell, system).status, 0);
    assert.is(sandbox.read('/etc/broken'), 'x');
    assert.is(sandbox.run(shell, system, ['nonsense']).status, 2);
    assert.match(sandbox.run(shell, system, ['help']).stdout, 'activate plan');
  });

  test(name('a root whose /etc leads out of it is refused'), () => {
    using sandbox = new Sandbox();
    using outside = new Sandbox();
    fs.rmdirSync(sandbox.at('/etc'));
    sandbox.link('/etc', outside.at('/etc'));
    const result = sandbox.run(shell, sandbox.system('a', { one: '1' }));
    assert.is(result.status, 1);
    assert.match(result.stderr, 'is a link');
    assert.equal(outside.list(), []);
  });

  if (hasStrace) {
    test(name('every change is inside of the root, and an idle run makes none'), () => {
      using sandbox = new Sandbox();
      sandbox.write('/etc/one', 'mine');
      const a = sandbox.system('a', { one: '1', 'd/two': '2', c: { text: 'c', mode: 0o600 } });
      const b = sandbox.system('b', { three: '3' });
      for (const system of [a, b, a]) {
        const made = changes(sandbox, shell, system);
        assert.ok(made.length > 0);
        for (const line of made) {
          // Relative paths start at /etc of the root; -y shows where.
          const absolute = [...line.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path ?? '');
          // What a new link points to is text, not a place.
          const isLink = /symlink/.test(line);
          for (const path of isLink ? absolute.slice(1) : absolute) {
            assert.ok(path.startsWith(sandbox.root), line);
          }
          assert.ok(!/AT_FDCWD<(?!\/dev\/shm|\/tmp)/.test(line), line);
        }
      }
      assert.equal(changes(sandbox, shell, a), []);
    });
  } else {
    test.skip(name('every change is inside of the root (needs strace)'), () => undefined);
  }
}

test('shellcheck has nothing against the script but what it names itself', () => {
  if (spawnSync('shellcheck', ['--version']).error !== undefined) return;
  using sandbox = new Sandbox();
  const files = { link: '1', "o'dd/copy": { text: 'c', mode: 0o600 }, direct: { target: '/x' } };
  const system = sandbox.system('a', files, { policies: { link: 'keep' } });
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', system.activate], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stdout);
});

test('three thousand entries are laid, kept and removed', () => {
  const [shell] = shells();
  if (shell === undefined) return;
  using sandbox = new Sandbox();
  const files: Record<string, string> = {};
  for (let index = 0; index < 3000; index++) {
    files[`folder-${index % 100}/${'long-name-'.repeat(index % 20)}${index}`] = '';
  }
  apply(sandbox, shell, sandbox.system('a', files));
  const { stdout } = spawnSync('find', [sandbox.at('/etc'), '-type', 'l'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  assert.is(stdout.split('\n').length - 1, 3001);
  apply(sandbox, shell, sandbox.system('none', {}));
  assert.equal(sandbox.list(), ['/etc/static -> /nix/store/none-etc']);
});

test.run();
