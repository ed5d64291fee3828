import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as process from 'node:process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Adoptable, readAdoptable } from '../../../src/boot/adoption/read-adoptable.ts';
import { layoutOf } from '../../../src/boot/layout.ts';
import { ScratchPartition } from '../scratch-partition.ts';
import { SeededRandom } from '../seeded-random.ts';
import { type Built, formatA, formatB, initrdFile, install, kernelFile } from './builders.ts';

const layout = layoutOf('0123abcd-0000-4000-8000-000000000000');
const rounds = Number(process.env['GENCTL_ADOPTION_ROUNDS'] ?? 150);

const first: Built = { number: 1, system: 'system-1', kernel: '6.1', initrd: '6.1' };
const second: Built = { number: 2, system: 'system-2', kernel: '6.2', initrd: '6.1' };
const kernel = (built: Built): string => `EFI/nixos/${kernelFile(built)}`;
const initrd = (built: Built): string => `EFI/nixos/${initrdFile(built)}`;

function read(partition: ScratchPartition, owned: readonly string[] = []): Adoptable {
  return readAdoptable(partition.top, layout, new Set(owned));
}

function paths(files: readonly { path: string }[]): string[] {
  return files.map(({ path }) => path).toSorted();
}

function reasonOf(adoptable: Adoptable, path: string): string | undefined {
  return adoptable.left.find(left => left.path === path)?.reason;
}

test('both formats beside each other, with what they share', () => {
  using partition = new ScratchPartition();
  const a = install(partition, first, formatA(first));
  const b = install(partition, second, formatB(second, '+3'));
  const before = partition.files();
  const adoptable = read(partition);
  assert.equal(paths(adoptable.entries), [a, b].toSorted());
  assert.equal(paths(adoptable.blobs), [kernel(first), kernel(second), initrd(first)].toSorted());
  assert.equal(adoptable.left, []);
  for (const { path, sizeBytes, sha256 } of [...adoptable.entries, ...adoptable.blobs]) {
    const content = partition.files().get(path) ?? '';
    assert.is(sizeBytes, content.length);
    assert.is(sha256, createHash('sha256').update(content).digest('hex'));
  }
  assert.equal(partition.files(), before, 'reading writes nothing');
});

test('an empty partition, and one with files in the place of folders', () => {
  using partition = new ScratchPartition();
  assert.equal(read(partition), { entries: [], blobs: [], left: [] });
  partition.write('EFI/nixos', 'a file');
  partition.write('EFI/genctl', 'a file');
  partition.write('loader/entries', 'a file');
  assert.equal(read(partition), { entries: [], blobs: [], left: [] });
});

test('what is ours already is out, in whatever case its path is written', () => {
  using partition = new ScratchPartition();
  const entry = install(partition, first, formatA(first));
  const owned = [entry.toUpperCase(), kernel(first), initrd(first)];
  assert.equal(read(partition, owned), { entries: [], blobs: [], left: [] });
});

test('files that nothing tells about are left, with their size', () => {
  using partition = new ScratchPartition();
  install(partition, first, formatA(first));
  partition.write(kernel(second), 'x'.repeat(2048));
  partition.write('EFI/nixos/kernel-6.12-lanzaboote.efi', 'x');
  partition.write('EFI/nixos/.extra-files/loader/entries/memtest.conf', '');
  partition.write('EFI/genctl/fedcba98/initrd-notes.txt', 'x');
  const adoptable = read(partition);
  assert.equal(paths(adoptable.blobs), [kernel(first), initrd(first)].toSorted());
  assert.is(reasonOf(adoptable, kernel(second)), 'no entry that was recognised needs it (2.0 KiB)');
  assert.match(reasonOf(adoptable, 'EFI/nixos/kernel-6.12-lanzaboote.efi') ?? '', 'its name');
  assert.is(reasonOf(adoptable, 'EFI/nixos/.extra-files'), 'it is not a file');
  assert.match(reasonOf(adoptable, 'EFI/genctl/fedcba98/initrd-notes.txt') ?? '', 'its name');
});

test('a kernel that an entry of somebody else may boot is left, however that one says it', () => {
  const name = kernelFile(first);
  const short = `${name.slice(0, 2)}4F6A~12.EFI`;
  const mentions = [
    `linux /EFI/nixos/${name}\n`,
    `linux /efi/NIXOS/${name.toUpperCase()}\n`,
    `efi \\EFI\\nixos\\${name}\n`,
    `linux /EFI/debian/../nixos//./${name}\n`,
    `title x\r\nlinux\t/EFI/nixos/${name}.\r\n`,
    `#linux /EFI/nixos/${name}`,
    `devicetree-overlay /a.dtbo /EFI/nixos/${name}\n`,
    `linux /EFI/nixos/${short}\ninitrd /x\n`,
    `linux \\EFI\\NIXOS\\${name.slice(0, 6).toUpperCase()}~1.EFI`,
  ];
  for (const text of mentions) {
    for (const entry of ['mine.conf', 'Mine.CONF', 'nixos-generation-9.conf', 'mine.conf.bak']) {
      using partition = new ScratchPartition();
      install(partition, first, formatA(first));
      partition.write(`loader/entries/${entry}`, text);
      const adoptable = read(partition);
      assert.equal(paths(adoptable.blobs), [initrd(first)], text);
      assert.match(reasonOf(adoptable, kernel(first)) ?? '', `loader/entries/${entry}`);
      assert.ok(reasonOf(adoptable, `loader/entries/${entry}`));
    }
  }
});

test('other entries of somebody else hold nothing up', () => {
  using partition = new ScratchPartition();
  install(partition, first, formatA(first));
  partition.write('loader/entries/debian.conf', 'linux /vmlinuz-6.1~rc3\ninitrd /initrd~1.img\n');
  partition.write('loader/entries/notes', Buffer.alloc((1 << 20) + 1));
  const adoptable = read(partition);
  assert.is(adoptable.blobs.length, 2);
  assert.equal(paths(adoptable.left), ['loader/entries/debian.conf', 'loader/entries/notes']);
});

test('an entry that cannot be read may need anything, so all kernels are left', () => {
  const obstacles: ((at: string) => void)[] = [
    at => fs.writeFileSync(at, Buffer.alloc((1 << 20) + 1)),
    at => fs.symlinkSync('nixos-generation-1.conf', at),
    at => fs.mkdirSync(at),
  ];
  for (const putAt of obstacles) {
    using partition = new ScratchPartition();
    const entry = install(partition, first, formatA(first));
    putAt(partition.at('loader/entries/nixos-generation-2.conf'));
    const adoptable = read(partition);
    assert.equal(paths(adoptable.entries), [entry]);
    assert.equal(adoptable.blobs, []);
    assert.ok(reasonOf(adoptable, 'loader/entries/nixos-generation-2.conf'));
  }
});

test('links are not followed out of the partition', () => {
  using elsewhere = new ScratchPartition();
  using partition = new ScratchPartition();
  install(elsewhere, first, formatA(first));
  install(partition, first, formatA(first));
  fs.rmSync(partition.at(kernel(first)));
  fs.symlinkSync(elsewhere.at(kernel(first)), partition.at(kernel(first)));
  assert.equal(paths(read(partition).blobs), [initrd(first)]);
  assert.is(reasonOf(read(partition), kernel(first)), 'it is not a file');
  fs.rmSync(partition.at('EFI'), { recursive: true });
  fs.symlinkSync(elsewhere.at('EFI'), partition.at('EFI'));
  assert.equal(read(partition).blobs, []);
});

test('names that are not UTF-8 are left', () => {
  using partition = new ScratchPartition();
  install(partition, first, formatA(first));
  const raw = Buffer.concat([
    Buffer.from(partition.at('loader/entries/nixos-generation-1-specialisation-')),
    Buffer.from([0xe4]),
    Buffer.from('.conf'),
  ]);
  fs.writeFileSync(raw, formatA(first).text);
  const adoptable = read(partition);
  assert.is(adoptable.entries.length, 1);
  assert.match(adoptable.left[0]?.reason ?? '', 'its name');
});

/** A folder that somebody has filled with all sorts of things, and what is in it for certain. */
function chaos(partition: ScratchPartition, random: SeededRandom): void {
  const folders = ['loader/entries', 'EFI/nixos', 'EFI/genctl/fedcba98', 'EFI', 'EFI/debian'];
  const texts = [formatA(first), formatB(first), formatA(second), formatB(second, '+2-1')];
  const blobs = [kernelFile(first), kernelFile(second), initrdFile(first)];
  const names = [
    ...texts.map(({ name }) => name),
    ...blobs,
    'x.conf',
    `linux-${'0'.repeat(32)}.efi`,
  ];
  for (let count = 5 + random.below(20); count > 0; count--) {
    const folder = random.pick(folders as [string, ...string[]]);
    let name = random.pick(names as [string, ...string[]]);
    if (random.below(6) === 0) name = name.toUpperCase();
    let { text } = random.pick(texts as [(typeof texts)[0], ...typeof texts]);
    if (random.below(3) === 0)
      text = text.replace('/EFI/nixos/', `/EFI/nixos/${random.text('./\\~1a', 5)}`);
    if (random.below(4) === 0) text = random.text('abc /\n~', 40);
    if (!fs.existsSync(partition.at(`${folder}/${name}`)))
      partition.write(`${folder}/${name}`, text);
  }
}

test('whatever is there: only what builders write, where they write it, needed and not shared', () => {
  const random = new SeededRandom(20_260_303);
  let blobs = 0;
  for (let round = 0; round < rounds; round++) {
    using partition = new ScratchPartition();
    chaos(partition, random);
    if (random.below(2) === 0) install(partition, first, formatA(first));
    if (random.below(2) === 0) install(partition, second, formatB(second));
    const files = partition.files();
    const adoptable = read(partition);
    const taken = [...adoptable.entries, ...adoptable.blobs];
    assert.is(new Set(taken.map(({ path }) => path)).size, taken.length);
    for (const { path } of taken) assert.ok(files.has(path), path);
    for (const { path } of adoptable.entries) assert.match(path, /^loader\/entries\/[^/]+\.conf$/);
    for (const { path } of adoptable.blobs) {
      assert.match(path, /^EFI\/(?:nixos|genctl\/[0-9a-f]{8})\/[^/]+$/);
      const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
      const own = paths(adoptable.entries);
      for (const [other, content] of files) {
        if (!other.startsWith('loader/entries/') || own.includes(other)) continue;
        assert.not(content.toString('utf8').toLowerCase().includes(name), `${path} in ${other}`);
      }
      assert.ok(adoptable.entries.some(({ recognised }) => recognised.uses.includes(path)));
      blobs += 1;
    }
    // All that is in those folders is either taken or named as left.
    const judged = new Set([...paths(taken), ...paths(adoptable.left)]);
    for (const path of files.keys()) {
      if (/^(?:loader\/entries|EFI\/nixos|EFI\/genctl\/fedcba98)\//.test(path)) {
        assert.ok(judged.has(path), path);
      }
    }
  }
  assert.ok(blobs > rounds / 10, `${blobs} blobs`);
});

test.run();
