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
  sandbox.runWell('gc', '--keep', '1');
  assert.equal(
    sandbox.numbers(),
    [10, 11, 12, 13, 14, 15, 30, 31, 32],
    'a bad one is never collected',
  );
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

test('what the menu has of a generation that went bad is kept, and is no default', () => {
  using sandbox = Sandbox.with(3);
  const entries = sandbox.entries();
  assert.is(numberOf(defaultOf(sandbox)), 3);
  sandbox.edit(`${sandbox.target(3)}/boot.json`, text => text.slice(0, 100));
  sandbox.runWell('menu', 'sync');
  assert.equal(sandbox.entries(), entries);
  assert.is(numberOf(defaultOf(sandbox)), 2, 'the newest that can boot');
  sandbox.runWell('gc', '--keep', '1');
  assert.is(numberOf(defaultOf(sandbox)), 2);
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
