import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Built,
  formatA,
  formatB,
  initrdFile,
  kernelFile,
  storePath,
} from '../boot/adoption/builders.ts';
import { assertRefused } from './refusal.ts';
import { bootJsonOf, Sandbox } from './sandbox.ts';
import { atTerminal, hasTerminal } from './terminal.ts';
import { hasProgram, testWhere } from './test-where.ts';
import { changesBetween, type Snapshot } from './tree-snapshot.ts';

type Format = typeof formatA;
const formats: readonly (readonly [string, Format])[] = [
  ['names by number', formatA],
  ['names by content', formatB],
];

const machineId = '0123456789abcdef'.repeat(2);

/** An entry and what it needs, as NixOS's builder leaves them. */
function put(sandbox: Sandbox, built: Built, { name, text }: ReturnType<Format>): string {
  const kernel = `kernel ${built.kernel} ${'k'.repeat(5000)}`;
  const initrd = `initrd ${built.initrd} ${'i'.repeat(5000)}`;
  sandbox.write(`/boot/EFI/nixos/${kernelFile(built)}`, kernel);
  sandbox.write(`/boot/EFI/nixos/${initrdFile(built)}`, initrd);
  sandbox.write(`/boot/loader/entries/${name}`, text);
  return name;
}

/** A machine with three generations of NixOS; another NixOS and Windows are on its disk too. */
function nixos(format: Format): Sandbox {
  const sandbox = Sandbox.blank();
  const names = [1, 2, 3].map(number => {
    const system = `nixos-system-${number}`;
    const toplevel = storePath(system);
    sandbox.write(`${toplevel}/boot.json`, bootJsonOf(toplevel, { label: `NixOS ${number}` }));
    sandbox.write(`${toplevel}/init`, '#!/bin/sh\n', 0o755);
    sandbox.write(`${toplevel}-kernel/bzImage`, `kernel of ${number}`);
    sandbox.write(`${toplevel}-kernel/initrd`, `initrd of ${number}`);
    sandbox.link(number, toplevel);
    const kernel = number < 3 ? 'old' : 'new';
    const built = { number, system, kernel, initrd: String(number), machineId };
    return put(sandbox, built, format(built));
  });
  sandbox.select(3);
  const other = { number: 7, system: 'other', kernel: 'old', initrd: 'other' };
  const theirs = { ...other, machineId: 'f'.repeat(32), profile: 'work' };
  put(sandbox, theirs, formatA(theirs));
  sandbox.write('/boot/loader/entries/windows.conf', 'title Windows\nefi /EFI/Microsoft/b.efi\n');
  sandbox.write('/boot/EFI/Microsoft/b.efi', 'MZ windows');
  sandbox.write('/boot/EFI/nixos/notes.txt', 'mine');
  sandbox.write('/boot/loader/loader.conf', `timeout 5\ndefault ${names[2]}\nconsole-mode keep\n`);
  sandbox.runWell('loader', 'install');
  return sandbox;
}

/** What is on the boot partition and not of the NixOS that is taken over. */
function foreign(sandbox: Sandbox): Snapshot {
  const ours =
    /^\/boot\/(?:loader\/genctl|EFI\/genctl|loader\/entries\/genctl-|loader\/loader\.conf)/;
  const kept = [
    '/boot/loader/entries/windows.conf',
    '/boot/loader/entries/nixos-work-generation-7.conf',
    `/boot/EFI/nixos/${kernelFile({ kernel: 'old' })}`,
    `/boot/EFI/nixos/${initrdFile({ initrd: 'other' })}`,
    '/boot/EFI/nixos/notes.txt',
    '/boot/EFI/Microsoft/b.efi',
    '/boot/EFI/BOOT/BOOTX64.EFI',
    '/boot/EFI/systemd/systemd-bootx64.efi',
  ];
  const all = [...sandbox.snapshot()].filter(([path]) => !ours.test(path));
  return new Map(all.filter(([path]) => kept.includes(path)));
}

/** What `loader.conf` says is the default. */
function defaultOf(sandbox: Sandbox): string {
  return /^default (.*)$/m.exec(sandbox.read('/boot/loader/loader.conf'))?.[1] ?? '';
}

/** The default is there, with all that it needs. */
function assertBoots(sandbox: Sandbox, where: string): void {
  const entry = sandbox.read(`/boot/loader/entries/${defaultOf(sandbox)}`);
  const files = [...entry.matchAll(/^(?:linux|initrd) (.*)$/gm)].map(match => match[1] ?? '');
  assert.is(files.length, 2, `${where}: ${entry}`);
  for (const file of files)
    assert.match(sandbox.read(`/boot${file}`), /^(?:kernel|initrd) /, where);
  assert.match(entry, `init=${storePath('nixos-system-3')}/init`, where);
}

function assertAdopted(sandbox: Sandbox, where: string): void {
  const names = sandbox.entries().map(name => name.replace(/^(genctl)-\w{8}-(\d)-\w{12}/, '$1-$2'));
  assert.equal(
    names,
    [1, 2, 3]
      .map(number => `genctl-${number}.conf`)
      .concat('nixos-work-generation-7.conf', 'windows.conf'),
    where,
  );
  assert.match(defaultOf(sandbox), /^genctl-\w{8}-3-/, where);
  assertBoots(sandbox, where);
  assert.equal(
    sandbox.names('/boot/EFI/nixos'),
    [kernelFile({ kernel: 'old' }), initrdFile({ initrd: 'other' }), 'notes.txt'].toSorted(),
    where,
  );
  const verify = sandbox.run(['menu', 'verify']);
  assert.is(verify.exitCode, 0, `${where}: ${verify.stderr}`);
  assert.is(sandbox.run(['menu', 'sync', '--dry-run']).stdout, 'nothing to do\n', where);
}

for (const [kind, format] of formats) {
  test(`entries of NixOS, ${kind}, become ours, and nothing else does`, () => {
    using sandbox = nixos(format);
    assert.match(defaultOf(sandbox), /^nixos-/, 'the loader alone moves no default');
    assertBoots(sandbox, 'before');
    const before = foreign(sandbox);
    assert.is(before.size, 8);
    assertRefused(sandbox, ['menu', 'adopt'], {
      code: 'CONFIRMATION_MISSING',
      message: 'Take these files over? Nobody is there to say so.',
      hint: 'Look at it with --dry-run; then say --yes.',
    });
    const all = sandbox.snapshot({ withTimes: true });
    const { stdout } = sandbox.runWell('menu', 'adopt', '--dry-run');
    assert.equal(changesBetween(all, sandbox.snapshot({ withTimes: true })), []);
    for (const number of [1, 2, 3]) {
      const line = new RegExp(
        `/boot: nixos-.*\\.conf: generation ${number}, replaced by an entry of genctl's\n`,
      );
      assert.match(stdout, line);
    }
    assert.match(stdout, /loader\/entries\/windows\.conf: left alone, /);
    assert.match(stdout, /entries\/nixos-work-generation-7\.conf: left alone, /);
    assert.match(stdout, /EFI\/nixos\/notes\.txt: left alone, /);
    sandbox.runWell('menu', 'adopt', '--yes');
    assertAdopted(sandbox, kind);
    assert.equal(changesBetween(before, foreign(sandbox)), []);
    const after = sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] });
    const again = sandbox.runWell('menu', 'adopt');
    assert.match(again.stdout, /^there is nothing to adopt\n/);
    const { changed } = sandbox.runWell('menu', 'adopt', '--json').json as { changed: boolean };
    assert.not(changed);
    assert.equal(
      changesBetween(after, sandbox.snapshot({ withTimes: true, leaveOut: ['/run'] })),
      [],
    );
    const { exitCode } = sandbox.run(['gc', '--keep', '1']);
    assert.is(exitCode, 3, 'nothing is recorded about those systems');
    assert.match(defaultOf(sandbox), /^genctl-\w{8}-3-/);
    assert.equal(changesBetween(before, foreign(sandbox)), []);
  });
}

test('doctor names entries of others that boot generations, until they are ours', () => {
  using sandbox = Sandbox.with(2);
  const system = 'nixos-system-9';
  const built = { number: 9, system, kernel: 'old', initrd: '9', machineId };
  put(sandbox, built, formatA(built));
  const codes = (): string[] => {
    const { json } = sandbox.run(['doctor', '--json']);
    return (json as { findings: { code: string }[] }).findings.map(({ code }) => code);
  };
  assert.not(codes().includes('ENTRIES_OF_OTHERS'), 'it boots no generation of this machine');
  const toplevel = storePath(system);
  sandbox.write(`${toplevel}/boot.json`, bootJsonOf(toplevel));
  sandbox.link(3, toplevel);
  assert.ok(codes().includes('ENTRIES_OF_OTHERS'));
  sandbox.run(['menu', 'adopt', '--yes']);
  assert.not(codes().includes('ENTRIES_OF_OTHERS'));
});

test('before the loader is ours there is nothing to adopt into, and that is said', () => {
  using sandbox = Sandbox.blank();
  assertRefused(sandbox, ['menu', 'adopt', '--yes'], {
    code: 'LOADER_NOT_INSTALLED',
    message: /the boot loader has not been installed by genctl yet$/,
    hint: 'Run `genctl loader install` once.',
  });
});

test('an entry of a generation that is gone goes, one of a generation that is bad stays', () => {
  using sandbox = nixos(formatA);
  fs.rmSync(sandbox.at('/nix/var/nix/profiles/system-1-link'));
  fs.rmSync(sandbox.at(`${storePath('nixos-system-2')}-kernel`), { recursive: true });
  const { stdout } = sandbox.runWell('menu', 'adopt', '--yes');
  assert.match(
    stdout,
    /nixos-generation-2\.conf: generation 2, which cannot be read: stays as it is/,
  );
  const names = sandbox.entries();
  assert.ok(names.includes('nixos-generation-2.conf'), 'it may boot still');
  for (const file of [kernelFile({ kernel: 'old' }), initrdFile({ initrd: '2' })]) {
    assert.ok(sandbox.exists(`/boot/EFI/nixos/${file}`), file);
  }
  assert.match(defaultOf(sandbox), /^genctl-\w{8}-3-/);
  assertBoots(sandbox, 'afterwards');
});

const stracing = hasProgram('strace', '-V');

testWhere(
  stracing,
  'strace',
  'killed at any moment, the machine boots; run again, all is done',
  () => {
    let killed = 0;
    for (let when = 1; ; when += 5) {
      using sandbox = nixos(formatA);
      const before = foreign(sandbox);
      const calls = 'fsync,fdatasync';
      const kill = `inject=${calls}:signal=SIGKILL:when=${when}`;
      const wrapper = ['strace', '-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', kill];
      const { exitCode } = sandbox.run(['menu', 'adopt', '--yes'], { wrapper });
      const where = `killed at the ${when}. sync`;
      assertBoots(sandbox, where);
      assert.equal(changesBetween(before, foreign(sandbox)), [], where);
      if (exitCode === 0) break;
      killed++;
      sandbox.runWell('menu', 'adopt', '--yes');
      assertAdopted(sandbox, where);
      assert.equal(changesBetween(before, foreign(sandbox)), [], where);
    }
    assert.ok(killed >= 3, `killed only ${killed} times`);
  },
);

const asked = 'Take these files over? [y/N]';
for (const [answer, text, exitCode] of [
  ['yes', 'y\n', 0],
  ['no', 'n\n', 130],
  ['nothing', '\n', 130],
  ['Ctrl-C', '\u0003', 130],
  ['Ctrl-D', '\u0004', 130],
] as const) {
  const name = `asked at a terminal, and answered with ${answer}`;
  if (!hasTerminal) test.skip(name);
  else {
    test(name, async () => {
      using sandbox = nixos(formatA);
      const before = sandbox.snapshot();
      const options = { type: { after: asked, text } };
      const run = await atTerminal(sandbox, ['menu', 'adopt'], options);
      assert.is(run.exitCode, exitCode, run.shown);
      assert.match(run.shown, /nixos-generation-3\.conf: generation 3, replaced by/);
      if (exitCode === 0) assertAdopted(sandbox, answer);
      else {
        assert.match(run.shown, /error\[DECLINED\]/);
        assert.match(run.shown, 'nothing was taken over');
        assert.equal(changesBetween(before, sandbox.snapshot()), []);
        assert.equal(sandbox.locks(), []);
      }
    });
  }
}

test.run();
