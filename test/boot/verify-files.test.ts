import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as process from 'node:process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildMenu } from '../../src/boot/build-menu.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import type { Ledger, LedgerFile } from '../../src/boot/ledger.ts';
import { sayStray, strayFiles } from '../../src/boot/stray-files.ts';
import { renderLoaderConf } from '../../src/boot/systemd-boot/loader-conf.ts';
import { renderMenu } from '../../src/boot/systemd-boot/render-menu.ts';
import { verifyLoaderConf } from '../../src/boot/systemd-boot/verify-loader-conf.ts';
import { type DamagedFile, sayDamage, verifyFiles } from '../../src/boot/verify-files.ts';
import type { Bootspec } from '../../src/bootspec/bootspec.ts';
import { Folder } from '../../src/host/folder.ts';
import { ScratchPartition } from './scratch-partition.ts';
import { SeededRandom } from './seeded-random.ts';

const layout = layoutOf('0123abcd-0000-4000-8000-000000000000');
const settings = { timeout: 5, editor: true, consoleMode: undefined } as const;
const rounds = Number(process.env['GENCTL_VERIFY_ROUNDS'] ?? 150);

/** Files of the store, by path. Two kernels, and an initrd that all but one system share. */
const store: Readonly<Record<string, string>> = {
  '/nix/store/k1/bzImage': 'the first kernel',
  '/nix/store/k2/bzImage': 'the second kernel',
  '/nix/store/i1/initrd': 'an initrd of all',
  '/nix/store/i2/initrd': 'an initrd for the rescue',
};

/** What needs which of them. */
const needs: Readonly<Record<string, readonly string[]>> = {
  '1': ['/nix/store/k1/bzImage', '/nix/store/i1/initrd'],
  '2': ['/nix/store/k2/bzImage', '/nix/store/i1/initrd'],
  '2 rescue': ['/nix/store/k2/bzImage', '/nix/store/i2/initrd'],
};

function bootspec(name: string, specialisations = new Map<string, Bootspec>()): Bootspec {
  const [kernel = '', initrd = ''] = needs[name] ?? [];
  const toplevel = `/nix/store/${name.replace(' ', '-')}`;
  return {
    system: 'x86_64-linux',
    toplevel,
    init: `${toplevel}/init`,
    kernel,
    kernelParams: ['quiet'],
    label: 'Atlas',
    initrds: [initrd],
    specialisations,
  };
}

function digest(content: string | Uint8Array): { sizeBytes: number; sha256: string } {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { sizeBytes: Buffer.byteLength(content), sha256 };
}

/** Writes a menu, and gives the ledger of it. */
function install(partition: ScratchPartition): Ledger {
  const rescue = new Map([['rescue', bootspec('2 rescue')]]);
  const made = { profile: 'system', madeAtSeconds: 1_700_000_000 };
  const menu = buildMenu({
    generations: [
      { ...made, number: 2, bootspec: bootspec('2', rescue) },
      { ...made, number: 1, bootspec: bootspec('1') },
    ],
    digests: new Map(Object.entries(store).map(([path, content]) => [path, digest(content)])),
    default: { profile: 'system', number: 2 },
    settings,
    sortKey: 'genctl',
    machineId: undefined,
  });
  const { files, defaultSector } = renderMenu(menu, layout);
  const listed = files.map((file): LedgerFile => {
    const { content, ...rest } = file;
    partition.write(file.path, 'text' in content ? content.text : (store[content.copyOf] ?? ''));
    return rest;
  });
  partition.write(defaultSector.path, defaultSector.text);
  partition.write('EFI/systemd/systemd-bootx64.efi', 'a loader');
  const loader = 'loader' as const;
  return {
    owner: layout.owner,
    files: [
      ...listed,
      { path: defaultSector.path, ...digest('of what was first'), kind: loader },
      { path: 'EFI/systemd/systemd-bootx64.efi', ...digest('a loader'), kind: loader },
    ],
  };
}

/** Entries by the names that `needs` has for them. */
function namesOf(files: readonly LedgerFile[]): string[] {
  return files
    .map(({ key }) => [key?.number, key?.specialisation].filter(Boolean).join(' '))
    .toSorted();
}

/** What breaks by the test's own tables when a file is not what it was. */
function expectedBreaks(file: LedgerFile): string[] {
  if (file.kind === 'entry') return namesOf([file]);
  return Object.keys(needs)
    .filter(name => needs[name]?.some(path => file.sources?.includes(path)))
    .toSorted();
}

function verify(partition: ScratchPartition, ledger: Ledger): DamagedFile[] {
  return verifyFiles(partition.top, ledger, layout, () => undefined);
}

function summary(damaged: readonly DamagedFile[]): object[] {
  return damaged.map(({ file, damage, breaks }) => ({
    path: file.path,
    damage,
    breaks: namesOf(breaks),
  }));
}

/** Damages each file in each way, and asserts that just this is found each time. */
function damageEach(
  wanted: DamagedFile['damage'],
  variants: (whole: Buffer, path: string) => Iterable<() => void>,
): void {
  using partition = new ScratchPartition();
  const ledger = install(partition);
  let count = 0;
  for (const file of ledger.files) {
    if (file.path === layout.systemdBoot.sector) continue;
    const at = partition.at(file.path);
    const whole = fs.readFileSync(at);
    for (const harm of variants(whole, at)) {
      harm();
      assert.equal(summary(verify(partition, ledger)), [
        { path: file.path, damage: wanted, breaks: expectedBreaks(file) },
      ]);
      fs.rmSync(at, { recursive: true, force: true });
      fs.writeFileSync(at, whole);
      count += 1;
    }
  }
  assert.equal(verify(partition, ledger), []);
  assert.ok(count >= ledger.files.length - 1);
}

test('a partition that is as it was written: every file is read, nothing is found', () => {
  using partition = new ScratchPartition();
  const ledger = install(partition);
  const read: string[] = [];
  const damaged = verifyFiles(partition.top, ledger, layout, file => read.push(file.path));
  assert.equal(damaged, []);
  const paths = ledger.files
    .map(file => file.path)
    .filter(path => path !== layout.systemdBoot.sector);
  assert.equal(read, paths);
  assert.is(ledger.files.filter(file => file.kind === 'blob').length, 4);
  assert.is(ledger.files.filter(file => file.kind === 'entry').length, 3);
});

test('every byte that has flipped is found, with the entries that it breaks', () => {
  damageEach('altered', function* (whole, at) {
    for (let offset = 0; offset < whole.length; offset++) {
      yield () => {
        const bytes = Buffer.from(whole);
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8));
        fs.writeFileSync(at, bytes);
      };
    }
  });
});

test('every truncation is found', () => {
  damageEach('truncated', function* (whole, at) {
    for (let length = 1; length < whole.length; length++) {
      yield () => fs.truncateSync(at, length);
    }
  });
});

test('files that are empty, grown, gone, and what else may have their name', () => {
  damageEach('empty', (_, at) => [() => fs.truncateSync(at, 0)]);
  damageEach('grown', (_, at) => [() => fs.appendFileSync(at, '\n')]);
  damageEach('missing', (_, at) => [() => fs.rmSync(at)]);
  damageEach('not-a-file', (_, at) => [
    () => {
      fs.rmSync(at);
      fs.mkdirSync(at);
    },
    () => {
      fs.renameSync(at, `${at}.elsewhere`);
      fs.symlinkSync(`${at}.elsewhere`, at);
    },
  ]);
});

test('one byte in a kernel of several pieces, at their seams', () => {
  using partition = new ScratchPartition();
  const content = Buffer.alloc((2 << 20) + 7, 'kernel');
  const file: LedgerFile = { path: 'EFI/big.efi', ...digest(content), kind: 'blob' };
  const ledger = { owner: layout.owner, files: [file] };
  for (const offset of [0, (1 << 20) - 1, 1 << 20, (2 << 20) - 1, 2 << 20, content.length - 1]) {
    const bytes = Buffer.from(content);
    bytes[offset] = (bytes[offset] ?? 0) ^ 0x80;
    partition.write(file.path, bytes);
    assert.equal(
      verify(partition, ledger).map(({ damage }) => damage),
      ['altered'],
    );
  }
});

test('several damages at once are all found, and nothing else', () => {
  const random = new SeededRandom(20_260_301);
  for (let round = 0; round < rounds; round++) {
    using partition = new ScratchPartition();
    const ledger = install(partition);
    const expected: string[] = [];
    for (const file of ledger.files) {
      if (file.path === layout.systemdBoot.sector || random.below(3) > 0) continue;
      const at = partition.at(file.path);
      const damage = random.pick(['missing', 'empty', 'truncated', 'grown', 'altered']);
      expected.push(`${file.path} ${damage}`);
      if (damage === 'missing') fs.rmSync(at);
      else if (damage === 'empty') fs.truncateSync(at, 0);
      else if (damage === 'truncated') fs.truncateSync(at, 1 + random.below(file.sizeBytes - 1));
      else if (damage === 'grown') fs.appendFileSync(at, Buffer.alloc(1 + random.below(5000)));
      else fs.writeFileSync(at, fs.readFileSync(at).fill(0, 0, 1 + random.below(file.sizeBytes)));
    }
    const found = verify(partition, ledger).map(({ file, damage }) => `${file.path} ${damage}`);
    assert.equal(found, expected, `round ${round}`);
  }
});

test('an input/output error is the damage of its file, and the others are read', () => {
  using partition = new ScratchPartition();
  using proc = Folder.atHostPath('/proc');
  const kernel: LedgerFile = { path: `${process.pid}/mem`, ...digest(''), kind: 'blob' };
  const gone: LedgerFile = { path: `${process.pid}/nothing`, ...digest('x'), kind: 'blob' };
  const entry: LedgerFile = {
    path: `${process.pid}/comm.conf`,
    ...digest('x'),
    kind: 'entry',
    uses: [kernel.path],
  };
  const files = [kernel, gone, entry];
  const damaged = verifyFiles(proc, { owner: layout.owner, files }, layout, () => undefined);
  assert.equal(
    damaged.map(({ damage }) => damage),
    ['unreadable', 'missing', 'missing'],
  );
  assert.equal(damaged[0]?.breaks, [entry]);
  const finding = sayDamage(damaged[0] as DamagedFile, '/boot');
  assert.is(finding.code, 'BOOT_FILE_UNREADABLE');
  assert.match(finding.reason, 'input/output error');
  assert.match(finding.reason, /: comm\.conf does not boot$/);
  assert.equal([...partition.files()], []);
});

test('an entry that needs a file which no ledger lists', () => {
  using partition = new ScratchPartition();
  const ledger = install(partition);
  const lost = ledger.files.find(file => file.sources?.includes('/nix/store/i2/initrd'));
  const files = ledger.files.filter(file => file !== lost);
  const [unsure] = verify(partition, { ...ledger, files });
  assert.is(unsure?.damage, 'incomplete');
  assert.equal(unsure?.breaks, [], 'it is there, so the entry boots');
  assert.match(sayDamage(unsure as DamagedFile, '/boot').reason, /nobody knows whether/);
  fs.rmSync(partition.at(lost?.path ?? ''));
  const damaged = verify(partition, { ...ledger, files });
  assert.equal(
    damaged.map(({ breaks }) => namesOf(breaks)),
    [['2 rescue']],
  );
  assert.match(
    sayDamage(damaged[0] as DamagedFile, '/boot').reason,
    /is not there: generation 2 \(rescue\) does not boot$/,
  );
});

test('findings name the file, the damage and all that does not boot', () => {
  using partition = new ScratchPartition();
  const ledger = install(partition);
  const initrd = ledger.files.find(file => file.sources?.includes('/nix/store/i1/initrd'));
  const path = initrd?.path ?? '';
  fs.truncateSync(partition.at(path), 3);
  assert.equal(
    verify(partition, ledger).map(damaged => sayDamage(damaged, '/boot')),
    [
      {
        code: 'BOOT_FILE_DAMAGED',
        subject: `/boot/${path}`,
        reason: 'it has 3 bytes; 16 were written: generation 2, generation 1 do not boot',
        hint: 'Run `genctl menu repair`, which writes it anew from the store.',
      },
    ],
  );
  fs.rmSync(partition.at(path));
  const [gone] = verify(partition, ledger);
  assert.is(sayDamage(gone as DamagedFile, '/boot').code, 'BOOT_FILE_MISSING');
});

test('strays: what looks like ours and is in no ledger, and nothing else', () => {
  using partition = new ScratchPartition();
  const ledger = install(partition);
  const entry = ledger.files.find(file => file.kind === 'entry')?.path ?? '';
  const strays = [
    `${layout.blobFolder}/linux-${'0'.repeat(32)}.efi`,
    `${layout.blobFolder}/notes.txt`,
    `${entry}.part`,
    `${layout.systemdBoot.entryFolder}/genctl-0123abcd-9-0123456789ab.conf`,
    `${layout.ledgerFolder}/ledger-a.part`,
    'EFI/systemd/systemd-bootx64.efi.part',
    'loader/loader.conf.part',
  ];
  const foreign = [
    `${layout.ledgerFolder}/ledger-a`,
    `${layout.ledgerFolder}/ledger-b`,
    `${layout.systemdBoot.entryFolder}/debian.conf`,
    `${layout.systemdBoot.entryFolder}/debian.conf.part`,
    `${layout.systemdBoot.entryFolder}/genctl-fedcba98-9-0123456789ab.conf`,
    'EFI/genctl/fedcba98/linux-0.efi',
    'EFI/systemd/shim.efi',
    'loader/loader.conf.before-genctl-01234567',
    'loader/loader.conf.orig',
    'loader/random-seed',
  ];
  for (const path of [...strays, ...foreign]) partition.write(path, 'what it holds');
  const found = strayFiles(partition.top, ledger, layout);
  assert.equal(found.map(({ path }) => path).toSorted(), strays.toSorted());
  assert.ok(found.every(({ sizeBytes }) => sizeBytes === 13));
  const [first] = found;
  assert.is(sayStray(first ?? { path: '', sizeBytes: 0 }, '/boot').code, 'BOOT_FILE_STRAY');
  assert.equal(strayFiles(partition.top, { owner: '', files: [] }, layout).length > 0, true);
});

function sectorsOf(loaderConf: string | undefined): ReadonlyMap<string, string> {
  return new Map(loaderConf === undefined ? [] : [[layout.systemdBoot.sector, loaderConf]]);
}

/** What is found of a `loader.conf` beside two entries. */
function judgeConf(loaderConf: string | undefined): string[] {
  const conf: LedgerFile = { path: layout.systemdBoot.sector, ...digest(''), kind: 'loader' };
  const entry: LedgerFile = { path: 'loader/entries/a-1.conf', ...digest(''), kind: 'entry' };
  const ledger = { owner: layout.owner, files: [conf, entry] };
  const sizes = new Map([
    ['loader/entries/a-1.conf', 9],
    ['loader/entries/b+2-1.conf', 9],
    ['loader/entries/c.conf.part', 9],
    ['EFI/genctl/0123abcd/d.conf', 9],
  ]);
  const partition = { mountPoint: '/boot', ledger, sectors: sectorsOf(loaderConf), sizes };
  return verifyLoaderConf({ esp: partition, boot: partition }, layout).map(({ code }) => code);
}

test('loader.conf: one of ours, with a default that is there', () => {
  const conf = (name: string | undefined): string =>
    renderLoaderConf({ ...settings, default: name });
  for (const good of ['a-1.conf', 'A-1.CONF', 'a-*', 'b.conf', 'b+2-1.conf', 'auto-windows']) {
    assert.equal(judgeConf(conf(good)), [], good);
  }
  for (const bad of ['a-2.conf', 'a', 'c.conf', 'c.conf.part', 'd.conf', 'z-*', undefined]) {
    assert.equal(judgeConf(conf(bad)), ['DEFAULT_MISSING'], bad);
  }
  assert.equal(judgeConf(undefined), ['BOOT_FILE_MISSING']);
  assert.equal(judgeConf('default a-1.conf\n'), ['BOOT_FILE_DAMAGED']);
  assert.equal(judgeConf(''), ['BOOT_FILE_DAMAGED', 'DEFAULT_MISSING']);
  const whole = conf('a-1.conf');
  assert.equal(judgeConf(whole.slice(0, 511)), ['BOOT_FILE_DAMAGED']);
  assert.equal(judgeConf(`${whole}\n`), ['BOOT_FILE_DAMAGED']);
  assert.equal(judgeConf('\0'.repeat(512)), ['BOOT_FILE_DAMAGED', 'DEFAULT_MISSING']);
});

test('loader.conf on the ESP, and its default on another partition', () => {
  const conf: LedgerFile = { path: layout.systemdBoot.sector, ...digest(''), kind: 'loader' };
  const entry: LedgerFile = { path: 'loader/entries/a-1.conf', ...digest(''), kind: 'entry' };
  const loaderConf = renderLoaderConf({ ...settings, default: 'a-1.conf' });
  const ledger = { owner: layout.owner, files: [conf] };
  const esp = { mountPoint: '/efi', ledger, sectors: sectorsOf(loaderConf), sizes: new Map() };
  const boot = {
    mountPoint: '/boot',
    ledger: { owner: layout.owner, files: [entry] },
    sectors: new Map(),
    sizes: new Map([[entry.path, 9]]),
  };
  assert.equal(verifyLoaderConf({ esp, boot }, layout), []);
  const [finding] = verifyLoaderConf({ esp, boot: { ...boot, sizes: new Map() } }, layout);
  assert.is(finding?.code, 'DEFAULT_MISSING');
  assert.is(finding?.subject, '/efi/loader/loader.conf');
});

test('a loader.conf that is not ours, and a menu without entries, are no fault', () => {
  const sectors = sectorsOf('default x\n');
  const partition = { mountPoint: '/boot', sectors, sizes: new Map() };
  const foreign = { ...partition, ledger: undefined };
  assert.equal(verifyLoaderConf({ esp: foreign, boot: foreign }, layout), []);
  const files: LedgerFile[] = [{ path: layout.systemdBoot.sector, ...digest(''), kind: 'loader' }];
  const loaderConf = renderLoaderConf({ ...settings, default: undefined });
  const ledger = { owner: layout.owner, files };
  const empty = { ...partition, ledger, sectors: sectorsOf(loaderConf) };
  assert.equal(verifyLoaderConf({ esp: empty, boot: empty }, layout), []);
});

test.run();
