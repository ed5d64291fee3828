import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { optionsOf, sectionNames } from '../../src/system/declaration/option-table.ts';
import { DeclarationFolder, type Files, type Outcome } from './declaration-folder.ts';

const rounds = Number(process.env['GENCTL_FUZZ_ROUNDS'] ?? 1500);
const seed = Number(process.env['GENCTL_FUZZ_SEED'] ?? 20_260_101);

const folder = new DeclarationFolder();
test.after(() => folder.remove());

/** Numbers from 0 to below `below`, the same for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof numbers>;

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

const names = sectionNames.flatMap(section => [section, ...Object.keys(optionsOf(section))]);

/** What a line is put together from: good parts, and what has broken parsers before. */
const pieces = [
  names,
  ['imports', 'specialisation', 'specialisation.a.', '__proto__', 'constructor', 'prototype'],
  ['[', ']', '[]', '"', "'", '\\', '=', '!', ';', '#', '.', '/', '..', ' ', '\t', '\r', '\0'],
  ['\\n', '\\u0000', '\\"', '\\ud800', '\u2028', '\u202e', '\ufeff', '\u00a0', 'à', '🐧', '{}'],
  ['a.conf', 'b.conf', 'system.conf', '/etc/genctl', '/dev/zero', '0', '1e3', '-1', 'true'],
  ['init=/bin/sh', 'quiet', '30d', '0644', 'grub', 'null', '$(id)', '%s', '9'.repeat(20)],
].flat();

const good = `imports = a.conf
[system]
label = "Atlas; the big one"
kernel = /boot/vmlinuz-*
[networking]
hostName = atlas
[boot]
kernelParams = quiet dyndbg="file x +p"
[boot.loader]
timeout! = 3
editor = false
[boot.loader.grub]
device = /dev/sda
extraConfig = b.conf
[boot.loader.grub.users "admin"]
hashedPassword = grub.pbkdf2.sha512.1000.AB.CD
[boot.loader.grub.mirroredBoots "/boot2"]
devices = /dev/sdb
[gc]
olderThan = 30d
[activation]
conflicts = backup
[etc "ssh/sshd_config"]
mode = 0600
conflicts = keep
[boot.initrd]
availableKernelModules = nvme
[boot.initrd.luks.devices "crypt"]
device = UUID=0a1b
[fileSystems "/"]
device = /dev/mapper/crypt
options = subvol=/@
[swapDevices "/dev/disk/by-uuid/0a1b"]
priority = -1
[specialisation.safe]
imports = b.conf
[specialisation.safe.boot]
kernelParams! = single
`;

/** The kinds of content, from mere noise to nearly right. */
const makers: readonly ((random: Random) => Uint8Array)[] = [
  random => Uint8Array.from({ length: random(200) }, () => random(256)),
  random => Buffer.from(Array.from({ length: random(60) }, () => pick(random, pieces)).join('')),
  random =>
    Buffer.from(
      Array.from({ length: random(12) }, () => {
        const key = random(3) === 0 ? `[${pick(random, pieces)}]` : pick(random, names);
        const value = Array.from({ length: random(4) }, () => pick(random, pieces)).join('');
        return key.startsWith('[') ? key : `${key}${pick(random, ['', '!', ' '])}=${value}`;
      }).join('\n'),
    ),
  random => {
    const bytes = Buffer.from(good);
    for (let flips = random(6); flips > 0; flips--) bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  random => {
    const at = random(good.length);
    return Buffer.from(good.slice(0, at) + pick(random, pieces) + good.slice(at + random(4)));
  },
  random => {
    const lines = good.split('\n');
    return Buffer.from(Array.from({ length: random(30) }, () => pick(random, lines)).join('\n'));
  },
];

function makeFiles(random: Random): Files {
  const content = (): Uint8Array => pick(random, makers)(random);
  return {
    'system.conf': content(),
    'a.conf': content(),
    'b.conf': random(2) === 0 ? '' : content(),
  };
}

/** Options whose value is the text of a file, which has lines. */
const textFiles = ['extraConfig', 'extraEntriesBefore', 'extraEntries'];

/** Every text in a declaration that was written in it, keys included. */
function* texts(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield key;
    if (textFiles.includes(key)) continue;
    yield* texts(inner);
  }
}

function examine({ declaration, error }: Outcome): void {
  if (error !== undefined) {
    assert.match(error.code, /^DECLARATION_[A-Z_]+$/);
    assert.not.match(error.message.replaceAll('\n', ''), /[\p{Cc}\p{Zl}\p{Cs}\u202e]/u);
    const told = error.message
      .split('\n')
      .filter(line => !/^ {4}hint: |^the decl|^ {2}and /.test(line));
    for (const line of told) assert.match(line, /^(?: {2})?(?:\/|[abs])\S*:[0-9]+: \S/);
    return;
  }
  for (const text of texts(declaration)) assert.not.match(text, /[\p{Cc}\p{Zl}\p{Cs}\u202e]/u);
  for (const configuration of [declaration, ...Object.values(declaration.specialisations)]) {
    for (const parameter of configuration.boot.kernelParams) {
      assert.not.match(parameter.replaceAll(/"[^"]*"/g, ''), /\s/);
      assert.not.match(parameter, /^"?init=/);
    }
    for (const path of Object.keys(configuration.etc)) {
      assert.not.match(`/${path}/`, /\/(?:|\.|\.\.)\//);
    }
    for (const place of Object.keys(configuration.fileSystems)) {
      assert.match(place, /^\//);
      if (place !== '/') assert.not.match(`${place}/`, /\/(?:|\.|\.\.)\//);
    }
    const { grub } = configuration.boot.loader;
    for (const text of [...grub.extraConfig, ...grub.extraEntries]) assert.not.match(text, /\0/);
    for (const disk of grub.devices) assert.match(disk, /^nodev$|^\/dev\/[^/]/);
    for (const user of Object.keys(grub.users)) assert.match(user, /^[\w.][\w.-]*$/);
    for (const device of Object.keys(configuration.swapDevices)) {
      assert.match(device, /^\/[^/]|^(?:PART)?(?:UUID|LABEL)=|^ID=/);
    }
  }
}

test('any bytes are a declaration or a GenctlError, and nothing is polluted', () => {
  const before = Reflect.ownKeys(Object.prototype).length;
  const random = numbers(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round++) {
    const files = makeFiles(random);
    try {
      const outcome = folder.read(files);
      if (outcome.declaration !== undefined) accepted++;
      examine(outcome);
    } catch (thrown) {
      const shown = Object.entries(files).map(
        ([name, text]) => `${name}: ${JSON.stringify(text.toString())}`,
      );
      throw new Error(`seed ${seed}, round ${round}:\n${shown.join('\n')}`, { cause: thrown });
    }
    assert.is(Reflect.ownKeys(Object.prototype).length, before);
  }
  assert.ok(
    accepted > rounds / 100,
    `only ${accepted} of ${rounds} were accepted: they test little`,
  );
});

/** Large inputs that would blow the stack or take for ever if anything were not linear. */
const large: readonly (readonly [name: string, text: string])[] = [
  ['a long line of spaces', `[${' '.repeat(900_000)}x`],
  ['many quotes', `[boot]\nkernelParams = a${'"'.repeat(900_001)}`],
  ['nested brackets in single quotes', `[system]\nlabel = '${'['.repeat(900_000)}'`],
  ['many parameters', `[boot]\nkernelParams = ${'a '.repeat(450_000)}`],
  ['many lists', `[boot]\n${'kernelParams=a\n'.repeat(69_000)}`],
  [
    'many conflicts',
    `[gc]\n${Array.from({ length: 90_000 }, (_, at) => `keep=${at + 1}`).join('\n')}`,
  ],
  ['many sections', '[gc]\n'.repeat(200_000)],
  ['a long key', `${'k'.repeat(900_000)} = 1`],
  ['a long section', `[${'boot.'.repeat(180_000)}]`],
  [
    'many specialisations',
    Array.from({ length: 20_000 }, (_, at) => `[specialisation.s${at}.gc]\nkeep=1`).join('\n'),
  ],
];

for (const [name, text] of large) {
  test(`ends soon: ${name}`, () => {
    const start = performance.now();
    folder.read({ 'system.conf': text });
    const took = performance.now() - start;
    assert.ok(took < 60_000, `it took ${took} ms`);
  });
}

test.run();
