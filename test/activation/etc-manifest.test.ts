import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { activationPlan } from '../../src/activation/activation-plan.ts';
import { etcManifest } from '../../src/activation/etc-manifest.ts';
import type { ConflictPolicies, EtcEntry } from '../../src/activation/etc-tree.ts';
import { interpreterLine } from '../../src/activation/interpreter-line.ts';
import { GenctlError } from '../../src/errors.ts';

const etcPath = '/nix/store/00000000000000000000000000000000-etc';

const sha256 = 'a'.repeat(64);
const refuse: ConflictPolicies = { default: 'refuse', paths: new Map() };

function manifest(
  entries: readonly EtcEntry[],
  tree = etcPath,
  conflicts: ConflictPolicies = refuse,
): string {
  return etcManifest(entries, tree, conflicts);
}

function link(path: string): EtcEntry {
  return { kind: 'link', path };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'nothing';
}

test('the manifest has one entry a line, folders first, whatever the order was', () => {
  const entries: EtcEntry[] = [
    { kind: 'copy', path: 'shadow', mode: 0o600, uid: 0, gid: 42, sha256 },
    link('systemd/system/b.service'),
    link('motd'),
    link("it's"),
    { kind: 'direct', path: 'timezone', target: "../usr/it's" },
  ];
  const conflicts: ConflictPolicies = { default: 'backup', paths: new Map([['motd', 'keep']]) };
  const text = manifest(entries, etcPath, conflicts);
  const [header, ...lines] = text.split('\n');
  assert.match(header ?? '', /^manifest 1 [0-9a-f]{64}$/);
  assert.equal(lines, [
    `from '${etcPath}'`,
    "folder 'systemd'",
    "folder 'systemd/system'",
    "link 'it'\\''s'",
    "link 'motd'",
    "link 'systemd/system/b.service'",
    "direct 'timezone' '../usr/it'\\''s'",
    `copy 0600 0 42 'shadow' ${sha256}`,
    "keep 'motd'",
    '',
  ]);
  assert.is(manifest(entries.toReversed(), etcPath, conflicts), text);
});

test('manifests that differ have first lines that differ', () => {
  const headers = [
    manifest([link('a')], etcPath),
    manifest([link('b')], etcPath),
    manifest([link('a')], `${etcPath}2`),
    manifest([{ kind: 'copy', path: 'a', mode: 0o600, uid: 0, gid: 0, sha256 }], etcPath),
    manifest([{ kind: 'copy', path: 'a', mode: 0o644, uid: 0, gid: 0, sha256 }], etcPath),
    manifest([], etcPath),
    manifest([{ kind: 'direct', path: 'a', target: 'b' }]),
    manifest([{ kind: 'direct', path: 'a', target: 'c' }]),
    manifest([{ kind: 'copy', path: 'a', mode: 0o644, uid: 0, gid: 0, sha256: 'b'.repeat(64) }]),
    manifest([link('a')], etcPath, { default: 'keep', paths: new Map() }),
  ].map(text => text.split('\n')[0]);
  assert.is(new Set(headers).size, headers.length);
});

test('paths that would lead elsewhere, or that are ours, are refused', () => {
  const bad = ['', '/a', 'a//b', 'a/', '.', '..', 'a/../b', 'a/./b', 'a\nb', 'a\0b', '\ud800'];
  const long = ['x'.repeat(256), 'é'.repeat(128), Array(20).fill('x'.repeat(250)).join('/')];
  const ours = ['static', 'static/a', '.genctl', '.genctl/manifest', '.genctl-new'];
  for (const path of [...bad, ...long, ...ours]) {
    assert.match(
      refusal(() => manifest([link(path)], etcPath)),
      /^ETC_BAD_ENTRY/,
      path,
    );
  }
  for (const path of [
    'statics',
    'a/static',
    'a/.genctl',
    '...',
    '-rf',
    '$(x) `y` \\ "',
    'é'.repeat(127),
  ]) {
    assert.is(
      refusal(() => manifest([link(path)], etcPath)),
      'nothing',
      path,
    );
  }
  assert.match(
    refusal(() => manifest([], 'nix/store/x')),
    /^ETC_BAD_PATH/,
  );
});

test('all that is wrong with a list is told at once', () => {
  const message = refusal(() =>
    manifest(
      [
        link('a'),
        link('a'),
        link('b'),
        link('b/c'),
        { kind: 'copy', path: 'd', mode: 0o10000, uid: -1, gid: 0, sha256: 'x' },
        { kind: 'direct', path: 'e', target: 'a\nb' },
      ],
      etcPath,
    ),
  );
  for (const part of [
    '"a" is there twice',
    '"b" is a file and the folder',
    'mode',
    'owner',
    'SHA-256',
    'target of "e"',
  ]) {
    assert.ok(message.includes(part), `${part}: ${message}`);
  }
});

test('a plan is read back, hostile names and unknown actions included', () => {
  const text = [
    `link 'it'\\''s "$(x)" \\ -> y'`,
    "copy 'a b' '0640' '1' '2'",
    "backup 'a' '/etc/.genctl/backup/a' 'edited'",
    "backup 'b' '/etc/.genctl/backup/b' 'file' 'refuse'",
    "keep 'c' 'link'",
    "blocked 'd' 'mount'",
    "direct 'e' '../it'\\''s'",
    "restore 'a' '/etc/.genctl/backup/a'",
    "static '/nix/store/x'",
    "mend 'x' 'y'",
    "link ''\\'' '\\'''",
    '',
  ].join('\n');
  assert.equal(activationPlan(text), [
    { action: 'link', path: `it's "$(x)" \\ -> y` },
    { action: 'copy', path: 'a b', mode: 0o640, uid: 1, gid: 2 },
    {
      action: 'backup',
      path: 'a',
      backup: '/etc/.genctl/backup/a',
      obstacle: 'edited',
      policy: 'backup',
    },
    {
      action: 'backup',
      path: 'b',
      backup: '/etc/.genctl/backup/b',
      obstacle: 'file',
      policy: 'refuse',
    },
    { action: 'keep', path: 'c', obstacle: 'link' },
    { action: 'blocked', path: 'd', reason: 'mount' },
    { action: 'direct', path: 'e', target: "../it's" },
    { action: 'restore', path: 'a', backup: '/etc/.genctl/backup/a' },
    { action: 'static', target: '/nix/store/x' },
    { action: 'other', words: ['mend', 'x', 'y'] },
    { action: 'link', path: "' '" },
  ]);
  for (const line of ["link 'a", "link 'a'b", "'a'", 'link', "copy 'a' 'x' '0' '0'"]) {
    assert.match(
      refusal(() => activationPlan(line)),
      /^ACTIVATION_PLAN_UNREADABLE/,
      line,
    );
  }
});

test('an interpreter that a first line cannot name is refused', () => {
  assert.is(interpreterLine('/bin/sh'), '/bin/sh');
  for (const shell of ['sh', '/bin/a b', '/bin/a\nb', `/${'x'.repeat(300)}`]) {
    assert.match(
      refusal(() => interpreterLine(shell)),
      /^UNSAFE_TEXT/,
      shell,
    );
  }
});

test.run();
