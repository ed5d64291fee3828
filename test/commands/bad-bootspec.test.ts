import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { bootJsonOf, type ForeignSystem, Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/** The name of the default's entry, as `loader.conf` says it. */
function defaultOf(sandbox: Sandbox): string | undefined {
  return /^default (.*)$/m.exec(sandbox.read('/boot/loader/loader.conf'))?.[1];
}

function numberOf(entry: string | undefined): number {
  return Number(/^genctl-[0-9a-f]{8}-(\d+)-/.exec(entry ?? '')?.[1]);
}

const nullInitrd = (toplevel: string): string =>
  bootJsonOf(toplevel).replace(/"initrd":"[^"]*"/, '"initrd":null');

/** Systems that cannot boot, and what is said of them. */
const bad: readonly { name: string; system: ForeignSystem; code: string; reason: RegExp }[] = [
  {
    name: 'cut',
    system: { bootJson: '{"org.nixos.bootspec.v1": {"init": "/nix' },
    code: 'BOOTSPEC_INVALID',
    reason: /boot\.json is not JSON/,
  },
  {
    name: 'empty',
    system: { bootJson: '' },
    code: 'BOOTSPEC_INVALID',
    reason: /boot\.json is not JSON: it is empty$/,
  },
  {
    name: 'nothing',
    system: { bootJson: 'null' },
    code: 'BOOTSPEC_INVALID',
    reason: /the document: /,
  },
  {
    name: 'null-initrd',
    system: { bootJson: nullInitrd('/nix/store/x') },
    code: 'BOOTSPEC_INVALID',
    reason: /org\.nixos\.bootspec\.v1 \/ initrd: /,
  },
  {
    name: 'no-kernel',
    system: { kernel: null },
    code: 'KERNEL_MISSING',
    reason: /no-kernel-kernel\/bzImage: there is no such file to boot$/,
  },
  {
    name: 'two-lines',
    system: { label: 'Foreign\noptions init=/bin/sh' },
    code: 'BOOTSPEC_INVALID',
    reason: /label: it holds a line break/,
  },
];

test('generations that cannot boot are set aside, named, and harm no other', () => {
  using sandbox = Sandbox.with(2);
  bad.forEach(({ name, system }, index) => {
    sandbox.link(10 + index, sandbox.addSystem(name, system));
  });
  sandbox.link(30, '/nix/store/00000000000000000000000000000000-gone');
  sandbox.link(31, '/etc/passwd');
  const before = sandbox.snapshot();

  const listed = sandbox.runWell('list', '--json').json as { generations: { number: number }[] };
  assert.equal(
    listed.generations.map(({ number }) => number),
    [31, 30, 15, 14, 13, 12, 11, 10, 2, 1],
  );
  const status = sandbox.run(['status', '--json']);
  assert.is(status.exitCode, 3);
  const { findings } = status.json as {
    findings: { code: string; subject: string; reason: string }[];
  };
  bad.forEach(({ name, code, reason }, index) => {
    const found = findings.find(({ subject }) => subject === `generation ${10 + index}`);
    assert.is(found?.code, code, name);
    assert.match(found?.reason ?? '', reason, name);
  });
  assert.is(findings.find(({ subject }) => subject === 'generation 30')?.code, 'SYSTEM_MISSING');
  assert.is(findings.find(({ subject }) => subject === 'generation 31')?.code, 'LINK_BROKEN');
  assert.is(findings.length, 8);

  const synced = sandbox.runWell('menu', 'sync');
  assert.is(synced.stderr.match(/^warning\[/gm)?.length, 8);
  assert.equal(changesBetween(before, sandbox.snapshot()), [], 'nothing to sync');

  sandbox.runWell('switch', '1');
  assert.is(numberOf(defaultOf(sandbox)), 1);
  sandbox.declare({ label: 'new' });
  sandbox.runWell('switch');
  assert.is(sandbox.current(), 32, 'above the numbers of the bad ones');
  assertRefused(sandbox, ['switch', '10'], {
    code: 'GENERATION_UNREADABLE',
    message: /^generation 10 cannot boot: boot\.json is not JSON/,
    hint: /genctl list/,
  });
  assert.is(sandbox.run(['gc', '--keep', '1']).exitCode, 3, 'a link says not what it keeps');
  assert.equal(
    sandbox.numbers(),
    [10, 11, 12, 13, 14, 15, 30, 31, 32],
    'a bad one is never collected',
  );
});

/** What a toplevel without `boot.json` says of itself, and what is wrong with it. */
const badParts: readonly { name: string; parts: Record<string, string>; reason: RegExp }[] = [
  { name: 'relative', parts: { kernel: '-> bzImage' }, reason: / kernel: it is not a path in / },
  { name: 'outside', parts: { initrd: '-> /etc/x' }, reason: / initrd: it is not a path in / },
  {
    name: 'lines',
    parts: { 'nixos-version': '23.05\noptions init=/bin/sh' },
    reason: / label: it holds a line break/,
  },
  {
    name: 'control',
    parts: { 'kernel-params': 'quiet \u0001' },
    reason: / kernelParams: it holds a line break/,
  },
  { name: 'platform', parts: { system: 'a\nb' }, reason: / system: it holds a line break/ },
];

function addOldSystem(sandbox: Sandbox, name: string, parts: Record<string, string>): string {
  const toplevel = sandbox.addSystem(name);
  fs.rmSync(sandbox.at(`${toplevel}/boot.json`));
  const links = { kernel: `${toplevel}-kernel/bzImage`, initrd: `${toplevel}-kernel/initrd` };
  const all = { kernel: `-> ${links.kernel}`, initrd: `-> ${links.initrd}`, ...parts };
  for (const [file, text] of Object.entries(all)) {
    if (!text.startsWith('-> ')) sandbox.write(`${toplevel}/${file}`, text);
    else fs.symlinkSync(text.slice(3), sandbox.at(`${toplevel}/${file}`));
  }
  return toplevel;
}

test('systems without boot.json follow the same rules', () => {
  using sandbox = Sandbox.with(1);
  badParts.forEach(({ name, parts }, index) => {
    sandbox.link(10 + index, addOldSystem(sandbox, name, parts));
  });
  const { findings } = sandbox.run(['status', '--json']).json as {
    findings: { code: string; subject: string; reason: string }[];
  };
  badParts.forEach(({ name, reason }, index) => {
    const found = findings.find(({ subject }) => subject === `generation ${10 + index}`);
    assert.is(found?.code, 'BOOTSPEC_INVALID', name);
    assert.match(found?.reason ?? '', /^it has no boot\.json, and one made from its parts/, name);
    assert.match(found?.reason ?? '', reason, name);
  });
  const good = { 'nixos-version': '22.11\n', 'kernel-params': 'quiet  loglevel=4\n' };
  sandbox.link(20, addOldSystem(sandbox, 'good', good));
  sandbox.runWell('menu', 'sync');
  const entry = sandbox.entries().find(name => numberOf(name) === 20);
  const text = sandbox.read(`/boot/loader/entries/${entry}`);
  assert.match(text, /^title NixOS 22\.11 - generation 20 /m);
  assert.match(text, /^options init=\S+-good\/init quiet loglevel=4$/m);
});

test('a toplevel whose name would say more to the kernel is set aside', () => {
  using sandbox = Sandbox.with(1);
  const evil = addOldSystem(sandbox, 'x', {});
  fs.renameSync(sandbox.at(evil), sandbox.at(`${evil} rdinit=`));
  sandbox.link(7, `${evil} rdinit=`);
  const { stderr } = sandbox.runWell('menu', 'sync');
  assert.match(stderr, 'warning[LINK_BROKEN]: generation 7: ');
  assert.is(sandbox.entries().length, 1);
});

test('a link of a time that no date can hold', () => {
  for (const [seconds, made] of [
    [9e12, '9999-12-31T23:59:59.000Z'],
    [3e11, '9999-12-31T23:59:59.000Z'],
    [-7e10, '0000-01-01T00:00:00.000Z'],
  ] as const) {
    using sandbox = Sandbox.with(2);
    const link = sandbox.at('/nix/var/nix/profiles/system-1-link');
    fs.lutimesSync(link, seconds, seconds);
    // A file system may hold less than that.
    if (Math.abs(fs.lstatSync(link).mtimeMs / 1000 - seconds) > 1) continue;
    const { generations } = sandbox.runWell('list', '--json').json as {
      generations: { number: number; madeAt: string }[];
    };
    assert.is(generations.find(({ number }) => number === 1)?.madeAt, made);
    assert.match(sandbox.runWell('show', '1').stdout, made);
    sandbox.runWell('menu', 'sync');
    assert.match(sandbox.runWell('menu', 'show').stdout, `(${made.slice(0, 10)})`);
    assert.not((sandbox.runWell('menu', 'sync', '--json').json as { changed: boolean }).changed);
  }
});

test('specialisations nested as deep as a stack harm nothing', () => {
  using sandbox = Sandbox.with(1);
  const own = bootJsonOf(sandbox.addSystem('deep')).replace(/,"org\.nixos\.spec.*$/, '');
  const text = `${`${own},"org.nixos.specialisation.v1":{"a":`.repeat(9000)}${own}}${'}}'.repeat(9000)}`;
  sandbox.link(7, sandbox.addSystem('deep', { bootJson: text }));
  const { stderr } = sandbox.runWell('menu', 'sync');
  assert.is(stderr, '');
  const ofDeep = sandbox.entries().filter(name => numberOf(name) === 7);
  assert.is(ofDeep.length, 2, 'itself, and its specialisations of the first level');
});

test('two generations of one broken system are named apart', () => {
  using sandbox = Sandbox.with(1);
  const gone = '/nix/store/00000000000000000000000000000000-gone';
  sandbox.link(7, gone);
  sandbox.link(8, gone);
  const { stderr } = sandbox.runWell('list');
  assert.match(stderr, 'generation 7:');
  assert.match(stderr, 'generation 8:');
});

test('what the menu has of a generation that went bad is kept', () => {
  using sandbox = Sandbox.with(3);
  const entries = sandbox.entries();
  assert.is(numberOf(defaultOf(sandbox)), 3);
  sandbox.edit(`${sandbox.target(3)}/boot.json`, text => text.slice(0, 100));
  sandbox.runWell('menu', 'sync');
  assert.equal(sandbox.entries(), entries);
  assert.is(numberOf(defaultOf(sandbox)), 3, 'it was the default, and boots as before');
  sandbox.runWell('gc', '--keep', '1');
  assert.is(numberOf(defaultOf(sandbox)), 3);
  assert.is(sandbox.entries().filter(entry => numberOf(entry) === 3).length, 1);
  for (const used of usedBy(sandbox, 3)) assert.ok(sandbox.exists(`/boot${used}`), used);
});

function usedBy(sandbox: Sandbox, number: number): string[] {
  const entry = sandbox.entries().find(name => numberOf(name) === number);
  const text = sandbox.read(`/boot/loader/entries/${entry}`);
  return [...text.matchAll(/^(?:linux|initrd) (.*)$/gm)].map(match => match[1] ?? '');
}

test('with no generation that can be read, the menu stays', () => {
  using sandbox = Sandbox.with(2);
  for (const number of [1, 2]) {
    sandbox.edit(`${sandbox.target(number)}/boot.json`, () => '');
  }
  const refusal = {
    code: 'NO_READABLE_GENERATION',
    message: /^no generation can be read, so the menu stays as it is; the first reason: .*empty$/,
    hint: /genctl switch/,
  };
  assertRefused(sandbox, ['menu', 'sync'], refusal);
  assertRefused(sandbox, ['gc', '--keep', '1'], refusal);
  assertRefused(sandbox, ['rollback'], {
    code: 'NO_EARLIER_GENERATION',
    message: 'there is no generation before generation 2 that can boot',
    hint: /genctl list/,
  });
});

test('a profile link to nowhere is told, and mended by a switch', () => {
  using sandbox = Sandbox.with(2);
  sandbox.select(77);
  const { exitCode, stderr } = sandbox.run(['status']);
  assert.is(exitCode, 3);
  assert.match(stderr, 'warning[CURRENT_MISSING]: profile system: it points to generation 77');
  sandbox.runWell('menu', 'sync');
  sandbox.runWell('switch', '1');
  assert.is(sandbox.current(), 1);
});

test('a system that genctl did not build boots, but is not activated: its activate may do anything', () => {
  using sandbox = Sandbox.with(1);
  const toplevel = sandbox.addSystem('nixos', {});
  sandbox.write(`${toplevel}/activate`, `#!/bin/sh\ntouch ${sandbox.folder}/activated\n`, 0o755);
  sandbox.link(5, toplevel);
  assertRefused(sandbox, ['switch', '5'], {
    code: 'ACTIVATION_UNKNOWN',
    message: /genctl did not build this system, so it cannot activate it$/,
    hint: /genctl boot GEN/,
  });
  sandbox.run(['switch', '5', '--dry-run']);
  assert.not(fs.existsSync(`${sandbox.folder}/activated`));
  sandbox.runWell('boot', '5');
  assert.is(numberOf(defaultOf(sandbox)), 5);
});

test('a failing activation undoes all', () => {
  using sandbox = Sandbox.with(2);
  const activate = `#!/bin/sh\n[ "$1" = plan ] && { echo "static '/x'"; exit; }\necho broken >&2\nexit 1\n`;
  sandbox.link(3, sandbox.addSystem('badactivate', { activate }));
  const before = sandbox.snapshot();
  const { exitCode, stderr } = sandbox.run(['switch', '3']);
  assert.is(exitCode, 1);
  assert.match(stderr, /^error\[PROGRAM_FAILED\]: .*badactivate\/activate: .*exit code 1: broken/m);
  const changed = changesBetween(before, sandbox.snapshot());
  assert.equal(
    changed.filter(line => !/\/ledger-[ab]$/.test(line)),
    [],
    'only the ledger was written, and says what it said',
  );
  sandbox.runWell('menu', 'sync');
});

test.run();
