import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

const statePath = '/nix/var/genctl/state.json';
const journalPath = '/nix/var/genctl/journal.json';

function ledgerPaths(sandbox: Sandbox): [string, string] {
  const folder = `/boot/loader/genctl/${sandbox.names('/boot/loader/genctl')[0]}`;
  return [`${folder}/ledger-a`, `${folder}/ledger-b`];
}

/** Both copies of the ledger, as their sequence numbers and contents. */
function readLedgers(sandbox: Sandbox): { sequence: number; body: { files: object[] } }[] {
  return ledgerPaths(sandbox).map(path => {
    const [header = '', body = ''] = sandbox.read(path).split('\n');
    return { sequence: Number(header.split(' ')[2]), body: JSON.parse(body) };
  });
}

function encode(sequence: number, body: object): string {
  const text = `${JSON.stringify(body)}\n`;
  return `genctl-ledger 1 ${sequence} ${createHash('sha256').update(text).digest('hex')}\n${text}`;
}

test('a state of a newer genctl: looking works, changing is refused', () => {
  using sandbox = Sandbox.with(2);
  sandbox.edit(statePath, text => text.replace('"version": 1', '"version": 2'));
  const refusal = {
    code: 'STATE_TOO_NEW',
    message:
      'ROOT/nix/var/genctl/state.json was written by a newer genctl (format 2, this one knows 1)',
    hint: /newer genctl/,
  };
  for (const args of [
    ['switch', '1'],
    ['menu', 'sync'],
    ['loader', 'install'],
  ]) {
    assertRefused(sandbox, args, refusal);
  }
  const listed = sandbox.runWell('list');
  assert.match(listed.stdout, 'current, active, default');
  assert.match(listed.stderr, 'warning[STATE_TOO_NEW]');
  assert.is(sandbox.run(['status']).exitCode, 3);
  assert.match(sandbox.runWell('menu', 'show').stdout, '*  second');
  sandbox.runWell('show', '1');
});

test('a state that is damaged: looking works, changing is refused', () => {
  using sandbox = Sandbox.with(2);
  sandbox.edit(statePath, text => text.slice(0, 50));
  assertRefused(sandbox, ['switch', '1'], {
    code: 'STATE_UNREADABLE',
    message: 'ROOT/nix/var/genctl/state.json is damaged',
    hint: /backup/,
  });
  assert.match(sandbox.runWell('list').stderr, 'warning[STATE_UNREADABLE]');
});

test('what a newer genctl has added to the state is kept', () => {
  using sandbox = Sandbox.with(2);
  sandbox.edit(statePath, text => {
    const state = JSON.parse(text);
    return JSON.stringify({
      ...state,
      novel: { a: [1] },
      profiles: { system: { ...state.profiles.system, pins: [1] }, other: { highestNumber: 4 } },
      boot: { ...state.boot, secret: 'x' },
    });
  });
  sandbox.declare({ label: 'third' });
  sandbox.runWell('switch');
  sandbox.runWell('rollback');
  const state = JSON.parse(sandbox.read(statePath));
  assert.equal(state.novel, { a: [1] });
  assert.equal(state.profiles, {
    system: { highestNumber: 3, pins: [1] },
    other: { highestNumber: 4 },
  });
  assert.is(state.boot.secret, 'x');
});

test('one copy of the ledger torn: the other speaks', () => {
  for (const torn of [0, 1] as const) {
    using sandbox = Sandbox.with(2);
    const path = ledgerPaths(sandbox)[torn];
    sandbox.edit(path, text => text.slice(0, text.length / 2));
    const foreign = `/boot/loader/entries/other.conf`;
    sandbox.write(foreign, 'title Other\nlinux /x\n');
    sandbox.declare({ label: 'third' });
    sandbox.runWell('switch');
    sandbox.runWell('gc', '--keep', '1');
    assert.is(sandbox.entries().length, 2, 'ours, and the foreign one');
    assert.ok(sandbox.exists(foreign));
  }
});

test('both copies torn: nothing there is ours until the loader is installed again', () => {
  using sandbox = Sandbox.with(2);
  for (const path of ledgerPaths(sandbox)) sandbox.write(path, 'torn');
  const entries = sandbox.entries();
  const conf = sandbox.read('/boot/loader/loader.conf');
  const status = sandbox.run(['status']);
  assert.is(status.exitCode, 3);
  assert.match(status.stderr, 'warning[LEDGER_LOST]');
  assertRefused(sandbox, ['switch', '1'], {
    code: 'LOADER_NOT_INSTALLED',
    message: /has not been installed by genctl/,
    hint: 'Run `genctl loader install` once.',
  });
  sandbox.runWell('loader', 'install');
  assert.is(sandbox.read('/boot/loader/loader.conf'), conf, 'the default stays');
  assert.equal(sandbox.entries(), entries);

  // A switch that fails now must not take the entries away that were there before.
  const activate = `#!/bin/sh\n[ "$1" = plan ] && { echo "static '/x'"; exit; }\nexit 1\n`;
  sandbox.link(3, sandbox.addSystem('badactivate', { activate }));
  assert.is(sandbox.run(['switch', '3']).exitCode, 1);
  assert.equal(sandbox.entries(), entries);
  for (const entry of entries) {
    for (const match of sandbox
      .read(`/boot/loader/entries/${entry}`)
      .matchAll(/^(?:linux|initrd) (.*)$/gm)) {
      assert.ok(sandbox.exists(`/boot${match[1]}`), `${entry} needs ${match[1]}`);
    }
  }
  sandbox.runWell('boot', '1');
  assert.equal(
    sandbox.entries().filter(entry => entries.includes(entry)),
    entries,
  );
});

test('a ledger of a newer genctl is never written over', () => {
  using sandbox = Sandbox.with(2);
  for (const path of ledgerPaths(sandbox)) {
    sandbox.edit(path, text => text.replace('genctl-ledger 1 ', 'genctl-ledger 2 '));
  }
  const refusal = {
    code: 'LEDGER_TOO_NEW',
    message: /: the ledger was written by a newer genctl$/,
    hint: /newer genctl/,
  };
  for (const args of [
    ['switch', '1'],
    ['loader', 'install'],
    ['gc', '--keep', '1'],
  ]) {
    assertRefused(sandbox, args, refusal);
  }
  sandbox.runWell('list');
});

test('what a newer genctl has added to the ledger is kept', () => {
  using sandbox = Sandbox.with(2);
  const newest = readLedgers(sandbox).toSorted((a, b) => b.sequence - a.sequence)[0];
  assert.ok(newest);
  const files = newest.body.files.map(file => ({ ...file, signed: true }));
  const [path] = ledgerPaths(sandbox);
  sandbox.write(path, encode(newest.sequence + 1, { ...newest.body, novel: 'x', files }));
  sandbox.runWell('boot', '1');
  sandbox.declare({ label: 'third' });
  sandbox.runWell('boot');
  const after = readLedgers(sandbox).toSorted((a, b) => b.sequence - a.sequence)[0];
  assert.equal(Object.keys(after?.body ?? {}).includes('novel'), true);
});

test('a journal that this genctl cannot read stops changes, and no looking', () => {
  using sandbox = Sandbox.with(1);
  for (const [text, code] of [
    ['{"version":2,"novel":true}', 'JOURNAL_TOO_NEW'],
    ['{"version":1,"plan":{"version":2}}', 'JOURNAL_TOO_NEW'],
    ['{"version":1', 'JOURNAL_UNREADABLE'],
    ['null', 'JOURNAL_UNREADABLE'],
    ['[]', 'JOURNAL_UNREADABLE'],
    ['', 'JOURNAL_UNREADABLE'],
  ] as const) {
    sandbox.write(journalPath, text);
    assertRefused(sandbox, ['recover'], { code, message: /journal/, hint: /./ });
  }
  const status = sandbox.run(['status']);
  assert.is(status.exitCode, 3);
  assert.match(status.stderr, 'warning[JOURNAL_UNREADABLE]');
});

test('foreign files survive everything, byte for byte', () => {
  using sandbox = Sandbox.with(2);
  const foreign = [
    '/boot/loader/entries/nixos-generation-1.conf',
    '/boot/loader/entries/genctl-00000000-1-0123456789ab.conf',
    '/boot/loader/entries/genctl-notes.txt',
    '/boot/EFI/genctl/other/linux-1.efi',
    '/boot/EFI/Linux/uki.efi',
    '/boot/EFI/debian/grubx64.efi',
    '/boot/loader/random-seed',
    '/boot/loader/entries.srel',
    '/boot/loader/genctl/other/ledger-a',
    '/boot/vmlinuz',
    '/nix/var/nix/profiles/default-1-link-not',
    '/etc/fstab',
  ];
  const own = `/boot/EFI/genctl/${sandbox.names('/boot/loader/genctl')[0]}`;
  foreign.push(`${own}/linux-of-somebody.efi`);
  for (const [index, path] of foreign.entries()) sandbox.write(path, Buffer.from([index, 0xff, 0]));
  const look = () =>
    foreign.map(path => {
      const { ino, mtimeMs } = fs.statSync(sandbox.at(path));
      return `${path} ${ino} ${mtimeMs} ${fs.readFileSync(sandbox.at(path)).toString('hex')}`;
    });
  const before = look();
  sandbox.declare({ label: 'third', etc: { issue: 'x\n' } });
  for (const args of [
    ['switch'],
    ['rollback'],
    ['gc', '--keep', '1'],
    ['loader', 'update'],
    ['menu', 'sync'],
  ]) {
    sandbox.runWell(...args);
    assert.equal(look(), before, args.join(' '));
  }
  const conf = sandbox.snapshot();
  sandbox.runWell('menu', 'show');
  assert.equal(changesBetween(conf, sandbox.snapshot()), []);
});

test('a journal of the genctl before this one is brought to its end', () => {
  using sandbox = Sandbox.with(1);
  sandbox.declare({ label: 'second' });
  const { plan } = sandbox.runWell('switch', '--dry-run', '--json').json as {
    plan: { volumes: object[]; prepare: object[] };
  };
  const { volumes, ...rest } = plan;
  const first = {
    version: 1,
    bootId: 'an earlier boot',
    plan: {
      ...rest,
      version: 1,
      esp: volumes[0],
      cleanup: [{ kind: 'delete-store-path', storePath: '/nix/store/x', sizeBytes: 1 }],
    },
  };
  sandbox.write(journalPath, `${JSON.stringify(first)}\n`);
  sandbox.write('/boot/loader/entries/debian.conf', 'title Debian\nlinux /vmlinuz\n');
  assert.match(sandbox.runWell('recover').stderr, 'was found and undone');
  assert.not(sandbox.exists(journalPath));
  assert.is(sandbox.current(), 1);
  assert.is(sandbox.runWell('switch', '--json').exitCode, 0);
});

test.run();
