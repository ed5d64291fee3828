import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';

interface Item {
  kind: string;
  target: string | null;
  mode: string | null;
}

interface Diff {
  from: { number: number; kernel: { version: string | null } };
  to: { number: number; kernel: { version: string | null }; initrds: { sizeBytes: number }[] };
  sameSystem: boolean;
  kernelParams: { added: string[]; removed: string[]; reordered: boolean };
  options: { option: string; from: unknown; to: unknown }[] | null;
  specialisations: { added: string[]; removed: string[]; changed: string[] };
  packages: {
    added: { name: string }[];
    removed: { name: string }[];
    changed: { name: string; direction: string }[];
    installedSizeBytes: number;
  } | null;
  units: { unit: string; changes: string[] }[];
  etc: {
    path: string;
    change: string;
    from: Item | null;
    to: Item | null;
    diff: string | null;
    hidden: string | null;
  }[];
  findings: { code: string }[];
}

function diff(sandbox: Sandbox, ...args: readonly string[]): Diff {
  return sandbox.runWell('diff', ...args, '--json').json as Diff;
}

/** Makes a generation of what is declared, without applying it; other tests look at each crash. */
function build(sandbox: Sandbox, ...args: Parameters<Sandbox['declare']>): void {
  sandbox.declare(...args);
  const { exitCode, stderr } = sandbox.run(['boot'], { env: {} });
  assert.is(exitCode, 0, stderr);
}

const etcFolder = '/etc/genctl/etc';

test('kernel, initrd, parameters, options and specialisations', () => {
  using sandbox = Sandbox.with(0);
  build(sandbox, {
    label: 'one',
    kernelParams: 'a b c console=tty0 console=ttyS0',
    specialisations: { gone: 'x', stays: 'x' },
  });
  fs.renameSync(sandbox.at('/boot-parts/vmlinuz-6.1.0'), sandbox.at('/boot-parts/vmlinuz-6.12.9'));
  fs.appendFileSync(sandbox.at('/boot-parts/initrd.img-6.1.0'), 'more');
  build(sandbox, {
    label: 'two',
    kernelParams: 'b a d console=tty0',
    loader: ['timeout = 11'],
    specialisations: { new: 'x', stays: 'y' },
  });
  const found = diff(sandbox);
  assert.equal([found.from.number, found.to.number, found.sameSystem], [1, 2, false]);
  assert.equal([found.from.kernel.version, found.to.kernel.version], ['6.1.0', '6.12.9']);
  const initrd = fs.statSync(sandbox.at('/boot-parts/initrd.img-6.1.0'));
  assert.is(found.to.initrds[0]?.sizeBytes, initrd.size);
  assert.equal(found.kernelParams, {
    added: ['d'],
    removed: ['c', 'console=ttyS0'],
    reordered: true,
  });
  assert.equal(found.specialisations, { added: ['new'], removed: ['gone'], changed: ['stays'] });
  assert.equal(
    found.options?.map(({ option }) => option),
    ['boot.kernelParams', 'boot.loader.timeout', 'system.label'],
  );
  assert.equal(found.options?.[1], { option: 'boot.loader.timeout', from: 5, to: 11 });
  const { stdout } = sandbox.runWell('diff');
  for (const line of [
    /^generation 1 -> generation 2$/m,
    /^label: one -> two$/m,
    /^kernel: \S+-vmlinuz-6\.1\.0 \(19\.5 KiB\) -> \S+-vmlinuz-6\.12\.9 \(19\.5 KiB\)$/m,
    /^initrd: initrd\.img-6\.1\.0 \(29\.3 KiB\) -> /m,
    /^ {2}- console=ttyS0\n {2}\+ d\n {2}the others stand in another order$/m,
    /^ {2}boot\.loader\.timeout: 5 -> 11$/m,
    /^specialisations:\n {2}- gone\n {2}\+ new\n {2}changed stays$/m,
  ]) {
    assert.match(stdout, line);
  }
});

test('files of /etc: what came, what went, and hunks of what changed', () => {
  using sandbox = Sandbox.with(0);
  build(sandbox, { etc: { hosts: 'one\n\ttwo\nthree\n', old: 'x', same: 'x', 'ssh/key': 'k1\n' } });
  fs.rmSync(sandbox.at(`${etcFolder}/old`));
  fs.symlinkSync('/usr/share/zoneinfo/UTC', sandbox.at(`${etcFolder}/localtime`));
  build(sandbox, { etc: { hosts: 'one\n\ttwo\nfour\n', new: 'x' } });
  const hunk = [
    '--- /etc/hosts (generation 1)',
    '+++ /etc/hosts (generation 2)',
    '@@ -1,3 +1,3 @@',
    ' one',
    ' \ttwo',
    '-three',
    '+four',
    '',
  ].join('\n');
  const { etc } = diff(sandbox);
  assert.equal(
    etc.map(({ path, change, diff: hunks }) => [path, change, hunks]),
    [
      ['hosts', 'changed', hunk],
      ['localtime', 'added', null],
      ['new', 'added', null],
      ['old', 'removed', null],
    ],
  );
  assert.is(etc[1]?.to?.target, '/usr/share/zoneinfo/UTC');
  const { stdout } = sandbox.runWell('diff');
  assert.match(
    stdout,
    '/etc:\n  ~ hosts\n  + localtime (a link to /usr/share/zoneinfo/UTC)\n  + new (1 B)\n  - old\n',
  );
  assert.ok(stdout.endsWith(`\n${hunk}`), stdout);
  assert.not.ok(stdout.includes('\u001b'), 'no colours but on a terminal');
});

test('a file that not everybody may read is never shown, on whichever side', () => {
  using sandbox = Sandbox.with(0);
  const key = `${etcFolder}/key`;
  const modes = [0o600, 0o640, 0o644, 0o600];
  for (const [index, mode] of modes.entries()) {
    sandbox.write(key, `secret ${index}\n`, mode);
    build(sandbox, {});
    if (index === 0) continue;
    const range = [String(index), String(index + 1)];
    const [change] = diff(sandbox, ...range).etc;
    assert.equal([change?.path, change?.hidden, change?.diff], ['key', 'secret', null]);
    const { stdout } = sandbox.runWell('diff', ...range);
    assert.match(stdout, /^ {2}~ key: .*another content, 9 B -> 9 B \(not shown: not everybody/m);
    assert.not.match(stdout, /secret \d/);
  }
});

test('mode and owner alone are a change, and need no hunks', () => {
  using sandbox = Sandbox.with(0);
  sandbox.write(`${etcFolder}/key`, 'x', 0o600);
  build(sandbox, {});
  fs.chmodSync(sandbox.at(`${etcFolder}/key`), 0o640);
  build(sandbox, {});
  assert.match(
    sandbox.runWell('diff').stdout,
    /^ {2}~ key: mode 0600, owner 0:0 -> mode 0640, owner 0:0$/m,
  );
  const [change] = diff(sandbox).etc;
  assert.equal([change?.from?.mode, change?.to?.mode, change?.hidden], ['0600', '0640', null]);
});

test('what is no text or too long is said with its sizes; what a terminal obeys is escaped', () => {
  using sandbox = Sandbox.with(0);
  const write = (name: string, content: string | Uint8Array): void =>
    sandbox.write(`${etcFolder}/${name}`, content);
  write('nul', 'a\0b');
  write('latin', Uint8Array.of(0xe4, 0x0a));
  write('long', 'x\n'.repeat(200_000));
  write('evil', 'a\n');
  build(sandbox, {});
  write('nul', 'a\0c');
  write('latin', Uint8Array.of(0xe5, 0x0a));
  write('long', 'y\n'.repeat(200_000));
  write('evil', 'a\n\u001b[2J\u202edrowssap\r\n');
  build(sandbox, {});
  assert.equal(
    diff(sandbox).etc.map(({ path, hidden }) => [path, hidden]),
    [
      ['evil', null],
      ['latin', 'binary'],
      ['long', 'large'],
      ['nul', 'binary'],
    ],
  );
  const { stdout } = sandbox.runWell('diff');
  assert.match(stdout, '~ nul: another content, 3 B -> 3 B (not shown: it is no text)');
  assert.match(
    stdout,
    '~ long: another content, 390.6 KiB -> 390.6 KiB (not shown: it is too long)',
  );
  assert.match(stdout, '+\\u{1b}[2J\\u{202e}drowssap\\u{d}\n');
  assert.ok(stdout.length < 2000, 'and nothing of the others');
});

test('units: what they say, their drop-ins, what wants them, masks', () => {
  using sandbox = Sandbox.with(0);
  const unit = (name: string, text: string): void =>
    sandbox.write(`${etcFolder}/systemd/system/${name}`, text);
  const link = (name: string, target: string): void => {
    fs.mkdirSync(sandbox.at(`${etcFolder}/systemd/system/multi-user.target.wants`), {
      recursive: true,
    });
    fs.symlinkSync(target, sandbox.at(`${etcFolder}/systemd/system/${name}`));
  };
  unit('chain.service', '[Service]\nExecStart=/bin/a ; /bin/b\n');
  unit('comment.service', '[Service]\nExecStart=/bin/a\n');
  unit('gone.service', '[Service]\n');
  unit('gone.service.d/x.conf', '[Service]\n');
  link('multi-user.target.wants/old.service', '../old.service');
  build(sandbox, {});
  unit('chain.service', '[Service]\nExecStart=/bin/a ; /bin/c\n');
  unit('comment.service', '# new\n[Service]\n\nExecStart = /bin/a\n');
  unit('vendor.service.d/10-x.conf', '[Service]\nNice=5\n');
  unit('new.timer', '[Timer]\n');
  link('multi-user.target.wants/new.timer', '../new.timer');
  link('noise.service', '/dev/null');
  fs.rmSync(sandbox.at(`${etcFolder}/systemd/system/gone.service`));
  fs.rmSync(sandbox.at(`${etcFolder}/systemd/system/gone.service.d`), { recursive: true });
  fs.rmSync(sandbox.at(`${etcFolder}/systemd/system/multi-user.target.wants/old.service`));
  build(sandbox, {});
  assert.equal(
    diff(sandbox).units.map(({ unit: name, changes }) => `${name}: ${changes.join(', ')}`),
    [
      'chain.service: changed',
      'gone.service: removed',
      'new.timer: added, enabled',
      'noise.service: masked',
      'old.service: disabled',
      'vendor.service: changed',
    ],
  );
  assert.match(sandbox.runWell('diff').stdout, /^ {2}new\.timer: added, enabled$/m);
});

test('which generations: the last two, one and the current, any two, backwards', () => {
  using sandbox = Sandbox.with(3);
  const range = (...args: readonly string[]): number[] => {
    const { from, to } = diff(sandbox, ...args);
    return [from.number, to.number];
  };
  assert.equal(range(), [2, 3]);
  assert.equal(range('1'), [1, 3]);
  assert.equal(range('3', '1'), [3, 1]);
  sandbox.runWell('boot', '2');
  assert.equal(range(), [1, 2]);
  const { stdout } = sandbox.runWell('diff', '2', '2');
  assert.match(stdout, /^generation 2 and generation 2 are the same system: \/nix\/store\/\S+\n$/);
  const same = diff(sandbox, '2', '2');
  assert.equal([same.sameSystem, same.etc, same.options, same.units], [true, [], [], []]);
});

test('a generation that is not there, that cannot boot, or that has none before it', () => {
  using sandbox = Sandbox.with(2);
  const refuse = (args: readonly string[], code: string, message: RegExp): void => {
    assertRefused(sandbox, ['diff', ...args], { code, message, hint: /./ });
  };
  refuse(['9'], 'GENERATION_UNKNOWN', /there is no generation 9/);
  refuse(['1', '9'], 'GENERATION_UNKNOWN', /there is no generation 9/);
  sandbox.link(3, sandbox.addSystem('bad', { bootJson: 'nonsense' }));
  refuse(['2', '3'], 'GENERATION_UNREADABLE', /generation 3 cannot boot/);
  sandbox.select(1);
  refuse([], 'NO_EARLIER_GENERATION', /before generation 1/);
  fs.rmSync(sandbox.at('/nix/var/nix/profiles/system'));
  refuse(['1'], 'NO_CURRENT_GENERATION', /no current generation/);
  for (const args of [['x'], ['0'], ['1', '-2'], ['1', '2', '3']]) {
    assert.is(sandbox.run(['diff', ...args]).exitCode, 2, args.join(' '));
  }
});

test('a manifest that names content outside of the store, and content that is not there', () => {
  using sandbox = Sandbox.with(2);
  const manifest = `${sandbox.target(2)}/etc-manifest`;
  const refuse = (code: string, message: RegExp): void => {
    assertRefused(sandbox, ['diff'], { code, message, hint: /./ });
  };
  const original = sandbox.read(manifest);
  const etc = /from '([^']*)'/.exec(original)?.[1] ?? '';
  sandbox.edit(manifest, text => text.replace(etc, '/root'));
  assert.match(sandbox.run(['diff']).stderr, /ETC_CONTENT_FOREIGN/);
  sandbox.edit(manifest, () => `${original}link 'no/such'\n`);
  refuse('ETC_CONTENT_MISSING', /no\/such is missing/);
});

/** Gives a generation the list of packages that the Debian builder writes. */
function listPackages(sandbox: Sandbox, generation: number, packages: readonly object[]): void {
  const file = `${sandbox.target(generation)}/packages.json`;
  const rest = { architecture: 'amd64', depends: [], isWanted: false, installedSizeBytes: 2048 };
  const listed = packages.map(each => ({ ...rest, ...each }));
  fs.rmSync(sandbox.at(file), { force: true });
  sandbox.write(file, JSON.stringify({ version: 1, later: true, packages: listed }));
}

test('packages: what came with its size and what it needs, what went, and in which direction', () => {
  using sandbox = Sandbox.with(2);
  const libraries = ['libc6', 'libncursesw6', 'libtinfo6'];
  const many = Array.from({ length: 40 }, (_, index) => `lib${index + 10}`);
  listPackages(sandbox, 1, [
    { name: 'libc6', version: '2.36-9' },
    { name: 'nano', version: '7.2-1', isWanted: true },
    { name: 'openssh-server', version: '1:9.9-1', isWanted: true },
    { name: 'tzdata', version: '2025b-0+deb12u1' },
  ]);
  const htop = { name: 'htop', version: '3.2.2-2', installedSizeBytes: 361 * 1024 };
  listPackages(sandbox, 2, [
    { name: 'libc6', version: '2.36-9' },
    { name: 'acl', version: '2.3.1-3', depends: many },
    { ...htop, isWanted: true, depends: libraries },
    { name: 'openssh-server', version: '1:9.10-1', isWanted: true },
    { name: 'tzdata', version: '2025b-0' },
  ]);
  const { stdout } = sandbox.runWell('diff', '1', '2');
  assert.match(
    stdout,
    [
      'packages:',
      '  - nano 7.2-1',
      '  + htop 3.2.2-2 (361.0 KiB; needs libc6, libncursesw6, libtinfo6)',
      `  + acl 2.3.1-3 (2.0 KiB; needs ${many.slice(0, 8).join(', ')} and 32 more)`,
      '  ~ openssh-server 1:9.9-1 -> 1:9.10-1',
      '  ~ tzdata 2025b-0+deb12u1 -> 2025b-0 (a downgrade)',
      '  installed size: 361.0 KiB more',
      '',
    ].join('\n'),
  );
  const { packages } = diff(sandbox, '2', '1');
  assert.equal(
    packages?.added.map(({ name }) => name),
    ['nano'],
  );
  assert.equal(
    packages?.removed.map(({ name }) => name),
    ['htop', 'acl'],
  );
  assert.equal(
    packages?.changed.map(({ name, direction }) => [name, direction]),
    [
      ['openssh-server', 'downgraded'],
      ['tzdata', 'upgraded'],
    ],
  );
  assert.is(packages?.installedSizeBytes, -361 * 1024);
});

test('a list of packages that is damaged or newer is named, and the rest is compared', () => {
  using sandbox = Sandbox.with(2);
  assert.is(diff(sandbox).packages, null, 'systems without packages say nothing of them');
  listPackages(sandbox, 1, [{ name: 'nano', version: '7.2-1' }]);
  assert.is(diff(sandbox).packages, null, 'nor does one that is compared with such a system');
  for (const [text, code] of [
    ['{"version": 2, "packages": "elsewhere"}', 'PACKAGE_LIST_NEWER'],
    ['{"version": 1, "packages": [{"name": 5}]}', 'PACKAGE_LIST_INVALID'],
    ['[', 'PACKAGE_LIST_INVALID'],
  ] as const) {
    sandbox.write(`${sandbox.target(2)}/packages.json`, text);
    const { exitCode, json, stderr } = sandbox.run(['diff', '--json']);
    const found = json as Diff;
    assert.equal([exitCode, found.packages, found.findings[0]?.code], [3, null, code]);
    assert.match(stderr, /warning\[PACKAGE_LIST_\w+\]: generation 2: packages\.json /);
    assert.ok(found.etc.length > 0);
  }
});

test('generations of NixOS, by the trees that it makes', () => {
  using sandbox = Sandbox.with(0);
  const path = (digit: number, name: string): string =>
    `/nix/store/${String(digit).repeat(32)}-${name}`;
  const system = (digit: number, params: string, files: Readonly<Record<string, string>>): void => {
    const toplevel = sandbox.addSystem(`nixos-${digit}`, { kernelParams: params.split(' ') });
    const units = path(digit, 'system-units');
    const etc = path(digit, 'etc');
    sandbox.write(`${units}/a.service`, files['unit'] ?? '');
    sandbox.write(path(digit, 'hosts'), files['hosts'] ?? '');
    sandbox.write(path(digit, 'shadow'), files['shadow'] ?? '');
    for (const [name, text] of [
      ['mode', '0600'],
      ['uid', '+0'],
      ['gid', 'shadow'],
    ] as const) {
      sandbox.write(`${etc}/etc/shadow.${name}`, `${text}\n`);
    }
    fs.mkdirSync(sandbox.at(`${etc}/etc/systemd`));
    fs.symlinkSync(units, sandbox.at(`${etc}/etc/systemd/system`));
    fs.symlinkSync(path(digit, 'hosts'), sandbox.at(`${etc}/etc/hosts`));
    fs.symlinkSync(path(digit, 'shadow'), sandbox.at(`${etc}/etc/shadow`));
    fs.symlinkSync(`${units}/../../../root/secret`, sandbox.at(`${etc}/etc/out`));
    fs.symlinkSync(`${etc}/etc`, sandbox.at(`${toplevel}/etc`));
    sandbox.link(digit, toplevel);
  };
  sandbox.write('/root/secret', 'secret');
  system(1, 'quiet', { hosts: 'one\n', shadow: 'root:1\n', unit: '[Service]\nNice=1\n' });
  system(2, 'loud', { hosts: 'two\n', shadow: 'root:2\n', unit: '[Service]\nNice=2\n' });
  const found = diff(sandbox, '1', '2');
  assert.is(found.options, null);
  assert.equal(found.kernelParams, { added: ['loud'], removed: ['quiet'], reordered: false });
  assert.equal(found.units, [{ unit: 'a.service', changes: ['changed'] }]);
  assert.equal(
    found.etc.map(({ path: where, hidden, to }) => [where, hidden, to?.mode ?? null]),
    [
      ['hosts', null, null],
      ['out', null, null],
      ['shadow', 'secret', '0600'],
      ['systemd/system/a.service', null, null],
    ],
  );
  const out = found.etc.find(({ path: where }) => where === 'out');
  assert.is(out?.to?.kind, 'link', 'what leads out of the store is not followed');
  assert.match(sandbox.runWell('diff', '1', '2').stdout, '-Nice=1\n+Nice=2\n');
});

test.run();
