import { createHash } from 'node:crypto';
import * as process from 'node:process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isBuilderFileName,
  type RecognisedEntry,
  type Recognition,
  recogniseEntry,
} from '../../../src/boot/adoption/recognise-entry.ts';
import { SeededRandom } from '../seeded-random.ts';
import {
  type Built,
  formatA,
  formatB,
  genctlFiles,
  initrdFile,
  kernelFile,
  nixosFile,
  storePath,
} from './builders.ts';

const rounds = Number(process.env['GENCTL_ADOPTION_ROUNDS'] ?? 6000);
const machineId = '0123456789abcdef0123456789abcdef';
const built: Built = { number: 12, system: 'nixos-system-a', kernel: '6.12', initrd: '6.12' };
const uses = [`EFI/nixos/${kernelFile(built)}`, `EFI/nixos/${initrdFile(built)}`];

function recognise(name: string, text: string | Uint8Array): Recognition {
  return recogniseEntry(name, typeof text === 'string' ? Buffer.from(text) : text);
}

function reasonFor(name: string, text: string | Uint8Array): string {
  const recognition = recognise(name, text);
  return 'reason' in recognition ? recognition.reason : 'recognised';
}

function entryOf(recognition: Recognition): RecognisedEntry {
  assert.ok('entry' in recognition, JSON.stringify(recognition));
  return recognition.entry;
}

/** Gives a text the name that its content asks for in format B. */
function namedByContent(text: string | Uint8Array): string {
  return `nixos-${sha256Of(text)}.conf`;
}

function sha256Of(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** An entry as this genctl writes it. */
function ownEntry(): { name: string; text: string } {
  const entry = genctlFiles('fedcba98', 12, 'atlas').find(({ path }) => path.endsWith('.conf'));
  return { name: entry?.path.slice('loader/entries/'.length) ?? '', text: entry?.text ?? '' };
}

test('format A: a generation', () => {
  const { name, text } = formatA({ ...built, machineId });
  assert.is(name, 'nixos-generation-12.conf');
  assert.equal(entryOf(recognise(name, text)), {
    origin: 'nixos-a',
    toplevel: storePath('nixos-system-a'),
    number: 12,
    profile: undefined,
    specialisation: undefined,
    installation: `nixos ${machineId}`,
    uses,
  });
});

test('format A: profiles, specialisations, counters, and names that look like another', () => {
  const cases: [stem: string, profile: string | undefined, specialisation: string | undefined][] = [
    ['nixos-work-generation-12', 'work', undefined],
    ['nixos-generation-12-specialisation-safe', undefined, 'safe'],
    ['nixos-work-generation-12-specialisation-safe', 'work', 'safe'],
    ['nixos-a-generation-3-generation-12', 'a-generation-3', undefined],
    ['nixos-generation-12-specialisation-größe', undefined, 'größe'],
    ['nixos-generation-12-specialisation-+-+', undefined, '+-+'],
  ];
  for (const [stem, profile, specialisation] of cases) {
    for (const counter of ['', '+3', '+2-1', '+0-3', '+10-00']) {
      const entry = entryOf(recognise(`${stem}${counter}.conf`, formatA(built).text));
      assert.equal(
        [entry.profile, entry.number, entry.specialisation],
        [profile, 12, specialisation],
      );
    }
  }
});

test('format A: older ones without a sort key, with a device tree, without parameters', () => {
  const devicetree = nixosFile(`${storePath('dtbs')}/board.dtb`);
  const { name, text } = formatA({ ...built, devicetree });
  assert.equal(entryOf(recognise(name, text)).uses, [...uses, `EFI/nixos/${devicetree}`]);
  assert.ok('entry' in recognise(name, text.replace(/^sort-key.*\n/m, '')));
  assert.ok('entry' in recognise(name, text.replace(' quiet loglevel=4', ' ')));
  assert.ok('entry' in recognise(name, text.replace(/^version.*$/m, 'version Generation 12')));
});

test('format B: the name has to be the hash of the content, whatever the counter', () => {
  for (const counter of ['', '+3', '+2-1', '+0-3']) {
    const { name, text } = formatB({ ...built, machineId }, counter);
    const entry = entryOf(recognise(name, text));
    assert.is(entry.origin, 'nixos-b');
    assert.is(entry.number, 12);
    assert.is(entry.toplevel, storePath('nixos-system-a'));
    assert.equal(entry.uses, uses);
    assert.is(entry.installation, `nixos ${machineId}`);
    assert.match(reasonFor(name, `${text}\n`), 'its content is not the one');
    assert.match(reasonFor(name.toUpperCase(), text), 'its name is not one');
  }
});

test('format B: several initrds, one of them with secrets', () => {
  const { text } = formatB(built);
  const secrets = `${'0a'.repeat(32)}-initrd.efi`;
  const longer = text.replace('\noptions', `\ninitrd /EFI/nixos/${secrets}\noptions`);
  assert.equal(entryOf(recognise(namedByContent(longer), longer)).uses, [
    ...uses,
    `EFI/nixos/${secrets}`,
  ]);
});

test('an entry of genctl, of whichever owner', () => {
  const { name, text } = ownEntry();
  const expected = {
    origin: 'genctl',
    toplevel: storePath('atlas'),
    number: 12,
    profile: undefined,
    specialisation: undefined,
    installation: 'genctl fedcba98',
    uses: [
      `EFI/genctl/fedcba98/linux-${sha256Of('linux of atlas').slice(0, 32)}.efi`,
      `EFI/genctl/fedcba98/initrd-${sha256Of('initrd of atlas').slice(0, 32)}.img`,
    ],
  };
  assert.equal(entryOf(recognise(name, text)), expected);
  assert.equal(entryOf(recognise(name.replace('.conf', '+2-1.conf'), text)), expected);
  assert.match(reasonFor(name, text.replace('quiet', 'quIet')), 'its content is not the one');
  const ofAnother = name.replace('fedcba98', '01234567');
  assert.match(reasonFor(ofAnother, text), 'not where its builder keeps files');
});

test('what was edited by hand is not recognised, and the reason says what it is', () => {
  const { name, text } = formatA({ ...built, machineId });
  const linux = `/EFI/nixos/${kernelFile(built)}`;
  const init = `init=${storePath('nixos-system-a')}/init`;
  const cases: [text: string, reason: RegExp][] = [
    [`${text}architecture x64\n`, /the key architecture/],
    [`${text}devicetree-overlay /EFI/nixos/o.dtbo\n`, /the key devicetree-overlay/],
    [text.replace('linux /', 'efi /'), /the key efi/],
    [text.replace('linux /', 'uki /'), /the key uki/],
    [`# mine\n${text}`, /a line that its builder/],
    [text.replaceAll('\n', '\r\n'), /a line that its builder/],
    [text.replace('title ', 'title\t'), /a line that its builder/],
    [text.replace('title ', ' title '), /a line that its builder/],
    [text.replace('title NixOS', 'title NixOS\u001b[2J'), /a line that its builder/],
    [text.replace('title NixOS', 'title NixOS\u2028linux /x'), /a line that its builder/],
    [`\ufeff${text}`, /its builder/],
    [`${text}\n`, /a line that its builder/],
    [`${text}options debug\n`, /the key options more than once/],
    [`${text}linux ${linux}\n`, /the key linux more than once/],
    [text.replace(/^options.*\n/m, ''), /lacks the key options/],
    [text.replace(/^title.*\n/m, ''), /lacks the key title/],
    [text.replace(/^linux.*\n/m, ''), /lacks the key linux/],
    [text.replace('Generation 12 ', 'Generation 13 '), /not of the same generation/],
    [text.replace('Generation 12 ', 'Generation 12b '), /not of the same generation/],
    [text.replace(`${init} `, ''), /init=/],
    [text.replace(init, 'init=/bin/sh'), /init=/],
    [text.replace(init, 'init=/nix/store/../../bin/init'), /init=/],
    [text.replace(init, `${init} init=/bin/sh`), /init=/],
    [text.replace(init, `${init} "init=/bin/sh"`), /init=/],
    [text.replace(init, `debug ${init}`), /init=/],
    [text.replace(init, `${init}2`), /init=/],
    [text.replace('/EFI/nixos/', '/EFI/nixos/../../'), /not where its builder keeps files/],
    [text.replace('/EFI/nixos/', '/EFI/nixos//'), /not where its builder keeps files/],
    [text.replace('/EFI/nixos/', '/efi/NIXOS/'), /not where its builder keeps files/],
    [text.replace('/EFI/nixos/', '\\EFI\\nixos\\'), /not where its builder keeps files/],
    [text.replace('/EFI/nixos/', 'EFI/nixos/'), /not where its builder keeps files/],
    [text.replace('/EFI/nixos/', '/EFI/debian/'), /not where its builder keeps files/],
    [text.replace('-bzImage.efi', '-bzImage.EFI'), /not where its builder keeps files/],
    [text.replace(linux, '/EFI/nixos/vmlinuz.efi'), /not where its builder keeps files/],
    [text.replace(linux, '/vmlinuz'), /not where its builder keeps files/],
    ['', /lacks the key title/],
  ];
  for (const [edited, reason] of cases) {
    assert.is.not(edited, text);
    assert.match(reasonFor(name, edited), reason, JSON.stringify(edited));
    // A hash that fits makes nothing better.
    const asB = reasonFor(namedByContent(edited), edited);
    if (!/same generation/.test(reason.source)) assert.match(asB, reason, JSON.stringify(edited));
  }
  const bytes = Buffer.from(text);
  bytes[8] = 0xff;
  assert.is(reasonFor(name, bytes), 'it is not UTF-8');
  assert.is(reasonFor(namedByContent(bytes), bytes), 'it is not UTF-8');
});

test('names that no builder gives', () => {
  const { text } = formatA(built);
  const names = [
    'nixos.conf',
    'nixos-generation-.conf',
    'nixos-generation-012.conf',
    'nixos-generation-0.conf',
    'nixos-generation-12',
    'nixos-generation-12.conf.bak',
    'nixos-generation-12.CONF',
    'NixOS-generation-12.conf',
    'nixos-generation-12+x.conf',
    'nixos-generation-12-special.conf',
    'nixos-generation-12 .conf',
    'nixos-generation-1234567890.conf',
    'nixos-generation-12-specialisation-.conf',
    'nixos-generation-12-specialisation-a\nb.conf',
    'nixos-generation-12-specialisation-\ufffd.conf',
    'nixos-a\\b-generation-12.conf',
    `nixos-${'a'.repeat(240)}-generation-12.conf`,
    'xnixos-generation-12.conf',
    'debian.conf',
    '.conf',
    '',
  ];
  for (const name of names) {
    assert.is(reasonFor(name, text), 'its name is not one that a builder gives', name);
  }
});

test('names of files in EFI/nixos', () => {
  const good = [kernelFile(built), initrdFile(built), `${'0'.repeat(64)}-initrd.efi`];
  for (const name of good) assert.ok(isBuilderFileName(name), name);
  const bad = [
    'kernel-6.12-abcdefghijklmnopqrstuvwxyz.efi',
    `${'0'.repeat(64)}-uki.efi`,
    `${'e'.repeat(32)}-linux-bzImage.efi`,
    `${kernelFile(built)}.tmp`,
    kernelFile(built).toUpperCase(),
    kernelFile(built).replace('-linux', '-../linux'),
    `${'0'.repeat(32)}-${'x'.repeat(255)}.efi`,
    '.extra-files',
    '..',
    '',
  ];
  for (const name of bad) assert.not(isBuilderFileName(name), name);
});

/** Changes one place of a text: takes bytes out, puts some in, exchanges or doubles lines. */
function mutate(random: SeededRandom, text: string): string {
  const at = random.below(text.length + 1);
  const pieces = [
    ['/', '..', '/../', '\\', ' ', '\t', '\n', '\r', '\0', '#', '+', '-', '.', '"', '~1', '0'],
    ['init=/nix/store/', 'init=', '/EFI/nixos/', '/EFI/', 'A', 'é', '\u2028', '\ufeff', '.conf'],
    ['\nlinux /x', '\ninitrd /EFI/nixos/../x.efi', '\noptions debug', '\nefi /shell.efi', '+3'],
  ].flat() as [string, ...string[]];
  const lines = text.split('\n');
  const line = random.below(lines.length);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random.below(4));
    case 1:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at + 1);
    case 3:
      return lines.toSpliced(line, 1).join('\n');
    default:
      return lines.toSpliced(random.below(lines.length), 0, lines[line] ?? '').join('\n');
  }
}

/** What an entry that was recognised may say, by the plainest reading of its text. */
function assertWellFounded(entry: RecognisedEntry, name: string, text: string): void {
  const lines = text.split('\n');
  const words = lines.find(line => line.startsWith('options '))?.split(/[\s"]+/) ?? [];
  const inits = words.filter(word => word.startsWith('init='));
  assert.equal(inits, [`init=${entry.toplevel}/init`]);
  const folder =
    entry.origin === 'genctl' ? /^EFI\/genctl\/[0-9a-f]{8}\/[^/]+$/ : /^EFI\/nixos\/[^/]+$/;
  for (const path of entry.uses) {
    assert.match(path, folder);
    assert.not.match(path, /\.\.\/|[\\~]/);
    const mentions = ['linux', 'initrd', 'devicetree'].map(key => `${key} /${path}`);
    assert.ok(
      lines.some(line => mentions.includes(line.trimEnd())),
      `${path} in ${text}`,
    );
  }
  const referring = lines.filter(line => /^(?:linux|initrd|devicetree|efi|uki)\b/.test(line));
  const distinct = new Set(referring.map(line => line.slice(line.indexOf(' ') + 2).trimEnd()));
  assert.is(entry.uses.length, distinct.size);
  if (entry.number !== undefined)
    assert.ok(name.includes(`-${entry.number}`) || entry.origin === 'nixos-b');
}

test('mutations of a name or a text: the same meaning, or not recognised; never a crash', () => {
  const random = new SeededRandom(20_260_302);
  const seeds = [
    formatA({ ...built, machineId }),
    formatA({ ...built, profile: 'work', specialisation: 'safe' }),
    formatB({ ...built, machineId }),
    formatB(built, '+2-1'),
    ownEntry(),
  ] as const;
  let [recognised, refused] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const seed = random.pick(seeds);
    let { name, text } = seed;
    for (let count = 1 + random.below(3); count > 0; count--) {
      if (random.below(4) === 0) name = mutate(random, name);
      else text = mutate(random, text);
    }
    // Somebody who forges an entry can make its name fit.
    if (random.below(4) === 0) name = namedByContent(text);
    const recognition = recognise(name, text);
    if ('reason' in recognition) {
      assert.ok(recognition.reason.length > 0);
      refused += 1;
      continue;
    }
    recognised += 1;
    assertWellFounded(recognition.entry, name, text);
    const isBound = recognition.entry.origin === 'genctl' || name === seed.name;
    if (isBound && recognition.entry.origin !== 'nixos-a') assert.is(text, seed.text);
  }
  assert.ok(recognised > rounds / 50, `${recognised} recognised`);
  assert.ok(refused > rounds / 2, `${refused} refused`);
});

test('noise of any bytes is no entry', () => {
  const random = new SeededRandom(5);
  for (let round = 0; round < rounds / 20; round++) {
    const bytes = Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256)));
    assert.ok('reason' in recogniseEntry('nixos-generation-1.conf', bytes));
    assert.ok('reason' in recogniseEntry(namedByContent(bytes), bytes));
  }
});

test('a text as long as a reader lets through takes no time to speak of', () => {
  const { name, text } = formatA(built);
  for (const filler of [' ', '/', '"', 'init=', 'a=b ', '\n', 'é']) {
    const long = text.replace('quiet', filler.repeat((1 << 20) / Buffer.byteLength(filler)));
    const recognition = recognise(name, long);
    assert.ok('entry' in recognition || recognition.reason !== '');
  }
});

test.run();
