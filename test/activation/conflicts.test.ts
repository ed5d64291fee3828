import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { activationPlan } from '../../src/activation/activation-plan.ts';
import { apply, withdraw } from './checked-runs.ts';
import { Sandbox, shells, type Wanted } from './sandbox.ts';

function copy(text: string, mode = 0o644): Wanted {
  return { text, mode };
}

for (const shell of shells()) {
  const name = (what: string): string => `${shell.name}: ${what}`;

  test(name('a live switch is refused with all that is in the way, and changes nothing'), () => {
    using sandbox = new Sandbox();
    const a = sandbox.system('a', {
      edited: copy('1'),
      gone: copy('1'),
      same: copy('1'),
      link: 'l',
    });
    apply(sandbox, shell, a);
    for (const path of ['edited', 'gone', 'same']) sandbox.write(`/etc/${path}`, `my ${path}`);
    fs.rmSync(sandbox.at('/etc/link'));
    fs.mkdirSync(sandbox.at('/etc/link'));
    sandbox.write('/etc/new', 'mine');
    sandbox.write('/etc/backed-up', 'mine');
    sandbox.link('/etc/folder', '/elsewhere');
    const b = sandbox.system(
      'b',
      {
        edited: copy('2'),
        same: copy('1'),
        link: 'l',
        new: 'n',
        'backed-up': 'b',
        'folder/x': 'x',
      },
      { policies: { 'backed-up': 'backup' } },
    );
    const before = sandbox.list('', ['nix']);
    const refused = sandbox.run(shell, b, [], [], 'refuse');
    assert.is(refused.status, 3);
    assert.is(refused.stdout, '');
    assert.equal(refused.stderr.split('\n').toSorted(), [
      '',
      'activate: in the way of /etc/edited: a copy that was edited since genctl placed it',
      'activate: in the way of /etc/folder: a link that genctl did not place',
      'activate: in the way of /etc/gone: a copy that was edited since genctl placed it',
      'activate: in the way of /etc/link: a folder that genctl did not place',
      'activate: in the way of /etc/new: a file that genctl did not place',
    ]);
    assert.equal(sandbox.list('', ['nix']), before);
    const plan = activationPlan(sandbox.run(shell, b, ['plan'], [], 'refuse').stdout);
    const policies = plan.flatMap(item =>
      item.action === 'backup' ? [`${item.path} ${item.obstacle} ${item.policy}`] : [],
    );
    assert.equal(policies.toSorted(), [
      'backed-up file backup',
      'edited edited refuse',
      'folder link refuse',
      'gone edited refuse',
      'link folder refuse',
      'new file refuse',
    ]);
    const forced = sandbox.run(shell, b, [], [], 'backup');
    assert.is(forced.status, 0, forced.stderr);
    assert.is(sandbox.read('/etc/same'), 'my same');
    assert.is(sandbox.read('/etc/edited'), '2');
    // Taking the switch back makes it as it was, the edits of the user's included.
    assert.is(sandbox.run(shell, a).status, 0);
    const noState = (lines: readonly string[]): string[] =>
      lines.filter(line => !line.startsWith('/etc/.genctl'));
    assert.equal(noState(sandbox.list('', ['nix'])), noState(before));
    apply(sandbox, shell, a);
    assert.equal(noState(sandbox.list('', ['nix'])), noState(before), 'and it stays so');
    assert.is(sandbox.run(shell, a, ['x']).status, 2);
  });

  test(name('an edit comes back with the system in which it was made, and only with that'), () => {
    using sandbox = new Sandbox();
    const a = sandbox.system('a', { x: copy('1', 0o600), l: 'l', d: { target: '/a' } });
    const b = sandbox.system('b', { x: copy('2', 0o600), l: 'l', d: { target: '/b' } });
    const c = sandbox.system('c', { l: copy('3') });
    apply(sandbox, shell, a);
    sandbox.write('/etc/x', 'my x', 0o640);
    for (const path of ['l', 'd']) fs.rmSync(sandbox.at(`/etc/${path}`));
    sandbox.write('/etc/l', 'my l');
    sandbox.write('/etc/d/in', 'my d');
    const ofA = sandbox.list();
    apply(sandbox, shell, b);
    assert.is(sandbox.read('/etc/x'), '2');
    assert.is(sandbox.target('/etc/d'), '/b');
    sandbox.write('/etc/x', 'x of b', 0o600);
    const ofB = sandbox.list();
    apply(sandbox, shell, c);
    assert.not(sandbox.exists('/etc/x'));
    assert.is(sandbox.read('/etc/l'), '3');
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), ofA);
    apply(sandbox, shell, b);
    assert.equal(sandbox.list(), ofB);
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), ofA);
    // Once more edited, it is the newer one that comes back.
    sandbox.write('/etc/x', 'newer', 0o640);
    apply(sandbox, shell, c);
    apply(sandbox, shell, a);
    assert.is(sandbox.read('/etc/x'), 'newer');
    withdraw(sandbox, shell, a);
    assert.not(sandbox.exists('/etc/x'));
    assert.is(sandbox.read('/etc/l'), 'my l');
  });

  test(name('direct links are laid, moved in one go, changed in kind, and removed'), () => {
    using sandbox = new Sandbox();
    const a = sandbox.system('a', {
      'w/a.service': { target: '../a.service' },
      'w/b.service': { target: '/x/other name' },
      'to-link': { target: '/1' },
      'to-copy': { target: '/1' },
      'from-link': '1',
      'from-copy': copy('1'),
      gone: { target: '/gone' },
      '-odd': { target: '/-odd' },
    });
    const b = sandbox.system('b', {
      'w/a.service': { target: '../b.service' },
      'w/b.service': { target: '/x/other name' },
      'to-link': '2',
      'to-copy': copy('2'),
      'from-link': { target: '/2' },
      'from-copy': { target: '/2' },
      '-odd': { target: '--' },
    });
    sandbox.link('/etc/gone', '/gone');
    apply(sandbox, shell, a);
    const ofA = sandbox.list();
    assert.is(sandbox.target('/etc/w/a.service'), '../a.service');
    apply(sandbox, shell, b);
    assert.equal(sandbox.list(), [
      '/etc/-odd -> --',
      '/etc/from-copy -> /2',
      '/etc/from-link -> /2',
      // The user had made it himself.
      '/etc/gone -> /gone',
      '/etc/static -> /nix/store/b-etc',
      '/etc/to-copy 644 "2"',
      '/etc/to-link -> /etc/static/to-link',
      '/etc/w/ 755',
      '/etc/w/a.service -> ../b.service',
      '/etc/w/b.service -> /x/other name',
    ]);
    assert.not(sandbox.exists('/etc/.genctl/backup'));
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), ofA);
    fs.rmSync(sandbox.at('/etc/to-link'));
    apply(sandbox, shell, a);
    assert.equal(sandbox.list(), ofA);
    withdraw(sandbox, shell, a);
    assert.equal(sandbox.list(), ['/etc/gone -> /gone']);
  });

  test(name('what an older version carried along of direct links is found again'), () => {
    using sandbox = new Sandbox();
    apply(sandbox, shell, sandbox.system('a', { x: { target: '/1' }, y: { target: '/1' } }));
    // As an older one leaves it: its own manifest, and the lines that it does not know.
    const older = sandbox.system(
      'older',
      { z: 'z' },
      { extraLines: "direct 'x' '/1'\ndirect 'y' '/1'\n" },
    );
    assert.is(sandbox.run(shell, older).status, 0);
    apply(sandbox, shell, sandbox.system('b', { x: { target: '/2' } }));
    assert.equal(sandbox.list(), ['/etc/static -> /nix/store/b-etc', '/etc/x -> /2']);
    assert.not(sandbox.exists('/etc/.genctl/backup'));
  });

  test(name('what is kept stays the user’s, whatever it is and whatever comes'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/motd', 'my motd');
    sandbox.write('/etc/same', 'same');
    sandbox.write('/etc/copied', 'my copy');
    sandbox.write('/etc/file', 'in the way of a folder');
    fs.mkdirSync(sandbox.at('/etc/direct'));
    const before = sandbox.list();
    const files = {
      motd: 'm',
      same: copy('same'),
      copied: copy('c'),
      'file/below/x': 'x',
      direct: { target: '/1' },
      late: copy('1'),
    };
    const a = sandbox.system('a', files, { policy: 'keep' });
    const lines = apply(sandbox, shell, a);
    assert.ok(lines.includes('kept /etc/motd, which is not ours (file)'), lines.join('\n'));
    const ours = (id: string): string[] => [
      '/etc/late 644 "1"',
      `/etc/static -> /nix/store/${id}-etc`,
    ];
    assert.equal(sandbox.list(), [...before, ...ours('a')].toSorted());
    assert.not(sandbox.exists('/etc/.genctl/backup'));
    sandbox.write('/etc/late', 'my late');
    const b = sandbox.system(
      'b',
      { ...files, late: copy('2'), motd: copy('m') },
      { policy: 'keep' },
    );
    apply(sandbox, shell, b);
    assert.is(sandbox.read('/etc/late'), 'my late');
    assert.is(sandbox.read('/etc/motd'), 'my motd');
    // What is removed is placed.
    fs.rmSync(sandbox.at('/etc/same'));
    fs.rmSync(sandbox.at('/etc/file'));
    apply(sandbox, shell, b);
    assert.is(sandbox.target('/etc/file/below/x'), '/etc/static/file/below/x');
    assert.is(sandbox.read('/etc/same'), 'same');
    // Its policy changes: it is in the way, and was never ours.
    const c = sandbox.system('c', { motd: copy('m') });
    assert.match(
      sandbox.run(shell, c, [], [], 'refuse').stderr,
      'a file that genctl did not place',
    );
    apply(sandbox, shell, sandbox.system('none', {}));
    assert.equal(sandbox.list(), [
      '/etc/copied 644 "my copy"',
      '/etc/direct/ 755',
      '/etc/late 644 "my late"',
      '/etc/motd 644 "my motd"',
      '/etc/static -> /nix/store/none-etc',
    ]);
    assert.not(sandbox.exists('/etc/.genctl/backup'));
  });

  test(
    name('a kept file is as it was when a switch is taken back to a system that would not'),
    () => {
      using sandbox = new Sandbox();
      const a = sandbox.system('a', { x: copy('1'), y: copy('1'), l: '1' });
      const b = sandbox.system('b', { x: copy('2'), l: '2' }, { policy: 'keep' });
      apply(sandbox, shell, a);
      sandbox.write('/etc/x', 'my x');
      sandbox.write('/etc/y', 'my y');
      fs.rmSync(sandbox.at('/etc/l'));
      sandbox.write('/etc/l', 'my l');
      const ofA = sandbox.list();
      apply(sandbox, shell, b);
      assert.is(
        sandbox.read('/etc/x') + sandbox.read('/etc/y') + sandbox.read('/etc/l'),
        'my xmy ymy l',
      );
      apply(sandbox, shell, a);
      assert.equal(sandbox.list(), ofA);
      assert.not(sandbox.exists('/etc/.genctl/backup'));
    },
  );

  test(name('a file that says what ours would is moved away unasked, and comes back'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/link', 'same');
    sandbox.write('/etc/copy', 'same', 0o600);
    const before = sandbox.list();
    const files = { link: 'same', copy: copy('same', 0o600) };
    const b = sandbox.system('b', { ...files, copy: copy('same', 0o644), link: 'other' });
    const refused = sandbox.run(shell, b, [], [], 'refuse');
    assert.match(refused.stderr, '/etc/link: a file that');
    assert.match(refused.stderr, '/etc/copy: a file that', 'its mode is another one');
    const a = sandbox.system('a', files);
    const plan = activationPlan(sandbox.run(shell, a, ['plan']).stdout);
    const obstacles = plan.flatMap(item => (item.action === 'backup' ? [item.obstacle] : []));
    assert.equal(obstacles, ['same', 'same']);
    assert.is(sandbox.run(shell, a, [], [], 'refuse').status, 0);
    assert.is(sandbox.target('/etc/link'), '/etc/static/link');
    withdraw(sandbox, shell, a);
    assert.equal(sandbox.list(), before);
  });

  test(name('a folder is kept away from only where all below it may be missing'), () => {
    using sandbox = new Sandbox();
    sandbox.write('/etc/f', 'my f');
    sandbox.write('/etc/g', 'my g');
    apply(
      sandbox,
      shell,
      sandbox.system(
        'a',
        { 'f/x': 'x', 'f/y': copy('y'), 'g/x': 'x' },
        { policies: { 'f/x': 'keep', 'g/x': 'keep' } },
      ),
    );
    assert.is(sandbox.read('/etc/g'), 'my g');
    assert.is(sandbox.read('/etc/f/y'), 'y');
    assert.is(sandbox.read('/etc/.genctl/backup/f'), 'my f');
  });

  test(name('the content of a copy is known when its tree is gone'), () => {
    using sandbox = new Sandbox();
    const a = sandbox.system('a', { plain: copy('1'), gone: copy('1'), edited: copy('1') });
    apply(sandbox, shell, a);
    sandbox.write('/etc/edited', 'mine');
    fs.rmSync(sandbox.at(a.etcPath), { recursive: true });
    const lines = apply(
      sandbox,
      shell,
      sandbox.system('b', { plain: copy('2'), edited: copy('2') }),
    );
    assert.ok(lines.includes('backed up /etc/edited as /etc/.genctl/backup/edited'));
    assert.is(lines.filter(line => line.startsWith('backed up')).length, 1);
    assert.is(sandbox.read('/etc/plain'), '2');
    assert.not(sandbox.exists('/etc/gone'));
  });

  test(name('the state of a version without sums is judged by its tree'), () => {
    using sandbox = new Sandbox();
    const a = sandbox.system('a', { plain: copy('1'), gone: copy('1'), edited: copy('1') });
    apply(sandbox, shell, a);
    const state = sandbox.read('/etc/.genctl/manifest').replace(/ [0-9a-f]{64}$/gm, '');
    sandbox.write('/etc/.genctl/manifest', `manifest 1 x\n${state.slice(state.indexOf('from'))}`);
    sandbox.write('/etc/edited', 'mine');
    apply(sandbox, shell, sandbox.system('b', { plain: copy('2'), edited: copy('2') }));
    assert.is(sandbox.read('/etc/plain'), '2');
    assert.not(sandbox.exists('/etc/gone'));
    assert.is(sandbox.read('/etc/.genctl/backup/edited'), 'mine');
  });

  test(name('lines of the state that are too long for any path hold up nothing'), () => {
    const long = 'x'.repeat(1 << 20);
    const cutOff = {
      manifest: 'manifest 1 ',
      'manifest.pending': "link '",
      records: "original '",
    };
    for (const [file, start] of Object.entries(cutOff)) {
      for (const line of [long, `${start}${long}`]) {
        using sandbox = new Sandbox();
        const a = sandbox.system('a', { one: 'of a', copy: copy('of a') });
        apply(sandbox, shell, a);
        const path = `/etc/.genctl/${file}`;
        const before = sandbox.exists(path) ? sandbox.read(path) : '';
        sandbox.write(path, `${line}\n${before}${line}\n`);
        const b = sandbox.system('b', { two: 'of b', copy: copy('of b') });
        // It would take hours.
        const { status, stderr } = sandbox.run(shell, b, [], ['timeout', '600']);
        assert.is(status, 0, `${file}: ${line.slice(0, 12)}: ${stderr.slice(0, 200)}`);
        assert.is(sandbox.read('/etc/copy'), 'of b');
        assert.not.ok(sandbox.exists('/etc/one'));
      }
    }
  });

  test(name('devices, pipes and long names in the way are moved away'), () => {
    using sandbox = new Sandbox();
    const long = `${'é'.repeat(127)}x`;
    const { status } = spawnSync('mkfifo', [sandbox.at('/etc/pipe')]);
    assert.is(status, 0);
    sandbox.write(`/etc/${long}`, 'mine');
    const system = sandbox.system('a', { pipe: 'p', [long]: copy('l'), [`d/${long}`]: 'l' });
    assert.match(
      sandbox.run(shell, system, [], [], 'refuse').stderr,
      /a device, a socket or a pipe/,
    );
    apply(sandbox, shell, system);
    assert.ok(fs.lstatSync(sandbox.at('/etc/.genctl/backup/pipe')).isFIFO());
    withdraw(sandbox, shell, system);
    assert.ok(fs.lstatSync(sandbox.at('/etc/pipe')).isFIFO());
    assert.is(sandbox.read(`/etc/${long}`), 'mine');
  });
}

// busybox has them within itself.
const dash = shells().find(shell => shell.name === 'dash');
if (dash !== undefined)
  test('a program that is missing is named, and nothing is taken for somebody else’s', () => {
    using sandbox = new Sandbox();
    const a = sandbox.system('a', { one: 'of a', copy: copy('of a') });
    apply(sandbox, dash, a);
    const b = sandbox.system('b', { one: 'of b', copy: copy('of b') });
    const before = sandbox.list('', ['nix']);
    for (const args of [[], ['plan'], ['withdraw']]) {
      const { status, stdout, stderr } = sandbox.run({ ...dash, toolPath: '/nowhere' }, b, args);
      assert.is(status, 1, stdout);
      assert.is(stdout, '');
      assert.match(stderr, /^activate: there is no program \w+ in PATH, which is \/nowhere$/m);
    }
    assert.equal(sandbox.list('', ['nix']), before);
  });

test.run();
