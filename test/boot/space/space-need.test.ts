import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linuxWriter, slotBytes } from '../../../src/boot/space/fat-names.ts';
import { emptyFatVolume } from '../../../src/boot/space/fat-volume.ts';
import { peakOf } from '../../../src/boot/space/replay-steps.ts';
import {
  fits,
  fullError,
  seenVolume,
  spaceNeed,
  type VisibleVolume,
} from '../../../src/boot/space/space-need.ts';
import { stepsOnVolume } from '../../../src/boot/space/steps-on-volume.ts';
import type { Volume } from '../../../src/boot/space/volume.ts';
import { encodeSlot } from '../../../src/transaction/ledger-slots.ts';
import type { Step, VolumeId } from '../../../src/transaction/step.ts';
import { SeededRandom } from '../seeded-random.ts';

const folders = ['EFI', 'EFI/genctl', 'loader', 'loader/entries', 'loader/genctl'];
const entries = 'loader/entries';
const blobs = 'EFI/genctl';
const fat = { typeMagic: 0x4d44, totalBytes: 1e9, freeBytes: 1e9, freeFiles: 0 };

test('a file takes whole clusters, and only one name more for the moment', () => {
  const volume = visible(4096, { [`${blobs}/linux-1.efi`]: 5000 });
  const need = spaceNeed(volume, [create(`${blobs}/linux-2.efi`, 8193)]);
  assert.is(need.neededBytes, 3 * 4096 + 4096, 'three clusters, and one for a folder that is full');
  assert.is(need.freeBytes, 1e9);
});

test('what is removed first makes room, what is removed later does not', () => {
  const volume = visible(4096, { [`${blobs}/old.efi`]: 1 << 20 });
  const making = create(`${blobs}/new.efi`, 1 << 20);
  const removing: Step = { kind: 'remove-file', volume: 'esp', path: `${blobs}/old.efi` };
  assert.is(spaceNeed(volume, [making, removing]).neededBytes, (1 << 20) + 4096);
  assert.is(spaceNeed(volume, [removing, making]).neededBytes, 4096, 'the longer name alone');
  assert.is(spaceNeed(volume, [removing]).neededBytes, 0);
});

test('mending a file needs a whole one beside it, and a name for the moment', () => {
  const path = `${blobs}/linux-1.efi`;
  const whole = Math.ceil(90_000 / 512) * 512;
  const need = (sizeBytes: number): number =>
    spaceNeed(visible(512, { [path]: sizeBytes }), [create(path, 90_000)]).neededBytes;
  assert.is(need(90_000), whole + 512);
  assert.is(need(0), whole + 512);
});

test('a file that keeps its name is there twice for a moment', () => {
  const volume = visible(4096, { 'EFI/BOOTX64.EFI': 100_000 });
  const step: Step = { ...create('EFI/BOOTX64.EFI', 120_000), kind: 'exchange-file' };
  assert.is(spaceNeed(volume, [step]).neededBytes, 30 * 4096 + 4096);
});

test('of what grub-install makes, no spread of the sizes takes more than is said', () => {
  const [sizeBytes, fileCount] = [3_000_000, 300];
  const step: Step = {
    kind: 'run-grub-install',
    volume: 'boot',
    runs: [],
    sizeBytes,
    fileCount,
  };
  for (const clusterBytes of [512, 4096]) {
    const { neededBytes } = spaceNeed(visible(clusterBytes, {}), [step]);
    const clusters = (bytes: number): number => Math.ceil(bytes / clusterBytes);
    const even = fileCount * clusters(sizeBytes / fileCount);
    const oneLarge = clusters(sizeBytes - fileCount + 1) + (fileCount - 1);
    const names = fileCount * 4 * 32;
    for (const spread of [even, oneLarge]) {
      assert.ok(neededBytes >= spread * clusterBytes + names, `clusters of ${clusterBytes}`);
    }
    assert.ok(neededBytes < sizeBytes + (fileCount + 40) * clusterBytes + names, 'and not by much');
  }
});

test('of what grub-install makes, each volume is told its own share', () => {
  const esp = { volume: 'esp', sizeBytes: 2_000_000, fileCount: 2 } as const;
  const step: Step = {
    kind: 'run-grub-install',
    volume: 'boot',
    runs: [],
    sizeBytes: 8_000_000,
    fileCount: 300,
    esp,
  };
  const need = (volume: VolumeId, of: Step): number =>
    spaceNeed(visible(4096, {}), stepsOnVolume([of], volume)).neededBytes;
  assert.ok(need('esp', step) >= 2_000_000);
  assert.ok(need('esp', step) < 3_000_000);
  assert.ok(need('boot', step) >= 8_000_000);
  const onOne = { ...step, volume: 'esp' } as const;
  assert.ok(need('esp', onOne) >= 10_000_000, 'where both are one, all of it');
  assert.is(need('xbootldr', step), 0);
});

test('a folder that is removed makes room for nothing before that', () => {
  const path = 'genctl/grub-old';
  const volume = visible(4096, { [`${path}/normal.mod`]: 1 << 20 });
  const removing: Step = { kind: 'remove-tree', volume: 'boot', path };
  const making = create(`${blobs}/new.efi`, 1 << 20);
  const alone = spaceNeed(volume, [making]).neededBytes;
  assert.is(spaceNeed(volume, [removing, making]).neededBytes, alone);
});

test('of two ledgers the smaller one may be the one that is written over', () => {
  const folder = 'loader/genctl';
  const sizes = { [`${folder}/ledger-a`]: 40_000, [`${folder}/ledger-b`]: 10_000 };
  const write = (body: string): Step => ({
    kind: 'write-ledger',
    volume: 'esp',
    folder,
    before: undefined,
    after: body,
  });
  const body = 'x'.repeat(40_800);
  const volume = visible(1024, sizes);
  const grown = (bytes: number): number => 1024 * (40 - Math.ceil(bytes / 1024));
  assert.is(spaceNeed(volume, [write(body)]).neededBytes, grown(10_000));
  const both = grown(10_000) + grown(40_000);
  assert.is(spaceNeed(volume, [write(body), write(body), write(body)]).neededBytes, both);
  const written = encodeSlot({ sequence: 999_999_999_999_999, body });
  assert.ok(Buffer.byteLength(written) <= 40 * 1024, 'the longest header is counted');
});

test('on FAT, what can be seen never gives less than the truth, whatever the plan', () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = new SeededRandom(seed);
    const grown = grownVolume(random, random.pick([512, 1024, 4096, 32_768]));
    const steps = randomPlan(random, [...grown.sizes.keys()]);
    const { predicted, truth } = bothPeaks(grown, steps);
    assert.ok(predicted >= truth, `seed ${seed}: ${predicted} predicted, ${truth} needed`);
  }
});

test('a generation more, with room made for it: at most a cluster too much for each folder', () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = new SeededRandom(seed);
    const grown = grownVolume(random, random.pick([512, 1024, 2048, 4096, 8192, 32_768]));
    const evicted = [...grown.sizes.keys()].slice(0, random.below(6));
    const steps: Step[] = [
      ...evicted.map((path): Step => ({ kind: 'remove-file', volume: 'esp', path })),
      create(`${blobs}/linux-${'0'.repeat(32)}.efi`, random.below(90_000)),
      create(`${blobs}/initrd-${'0'.repeat(32)}.img`, random.below(90_000)),
      create(`${entries}/genctl-1a2b3c4d-12345-0123456789ab.conf`, 700),
    ];
    const { predicted, truth } = bothPeaks(grown, steps);
    assert.ok(predicted >= truth, `seed ${seed}: ${predicted} predicted, ${truth} needed`);
    const most = truth + 2 * grown.clusterBytes;
    assert.ok(predicted <= most, `seed ${seed}: ${predicted} predicted, ${truth} needed`);
  }
});

test('hundreds of files more, where nothing was ever removed: the same', () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = new SeededRandom(seed);
    const grown = grownVolume(random, random.pick([512, 2048, 8192]), 'never');
    const steps = Array.from({ length: random.below(400) }, () =>
      create(random.below(2) === 0 ? entryPath(random) : blobPath(random), random.below(5000)),
    );
    const { predicted, truth } = bothPeaks(grown, steps);
    assert.ok(predicted >= truth, `seed ${seed}: ${predicted} predicted, ${truth} needed`);
    const most = truth + 2 * grown.clusterBytes;
    assert.ok(predicted <= most, `seed ${seed}: ${predicted} predicted, ${truth} needed`);
  }
});

test('the peak is never below where a plan ends', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new SeededRandom(seed);
    const { volume, sizes } = grownVolume(random, 2048);
    const before = volume.usedBytes;
    const peak = peakOf(volume, randomPlan(random, [...sizes.keys()])).bytes;
    assert.ok(peak >= Math.max(0, volume.usedBytes - before), `seed ${seed}`);
  }
});

test('a name of more slots than a cluster has takes what is free at the end as well', () => {
  const volume = emptyFatVolume({ clusterBytes: 512, rootSlots: 512 });
  volume.makeFolder('EFI');
  volume.createFile(`EFI/${'a'.repeat(13 * 9)}`, 0);
  assert.is(volume.usedBytes, 512, 'twelve of sixteen slots');
  volume.createFile(`EFI/${'b'.repeat(13 * 18)}`, 0);
  assert.is(volume.usedBytes, 1024, 'nineteen: four here, fifteen there');
  assert.is(linuxWriter.slotsOf('KERNEL.IMG'), 1);
  assert.is(linuxWriter.slotsOf('kernel.img'), 2);
});

test('FAT12 has no room for one name more than its root directory holds', () => {
  const volume = emptyFatVolume({ clusterBytes: 512, rootSlots: 16 });
  for (let number = 0; number < 16; number++) volume.createFile(`K${number}`, 0);
  assert.not(volume.isOverfull);
  volume.createFile('K16', 0);
  assert.ok(volume.isOverfull);
});

test('a thousand generations are planned at once', () => {
  const sizes = Object.fromEntries(
    Array.from({ length: 1000 }, (_, number) => [`${entries}/genctl-1a2b3c4d-${number}.conf`, 600]),
  );
  const steps = Object.keys(sizes).map(path => create(path.replace('1a2b', '2b3c'), 600));
  const { neededBytes } = spaceNeed(visible(4096, sizes), steps);
  const slots = 5 + 1000 * 4;
  assert.ok(neededBytes >= 1000 * 4096);
  assert.ok(neededBytes <= 1000 * 4096 + Math.ceil((slots * slotBytes) / 4096) * 4096);
});

test('inodes can be what is missing', () => {
  const volume = visible(1024, {});
  const space = { ...volume.space, typeMagic: 0xef53, freeFiles: 1 };
  const steps = [create(`${blobs}/a.efi`, 10), create(`${blobs}/b.efi`, 10)];
  const need = spaceNeed({ ...volume, space }, steps);
  assert.is(need.neededFiles, 2);
  assert.not(fits(need));
  assert.match(fullError(need, '/boot', []).message, /2 more files are needed/);
  assert.ok(fits(spaceNeed({ ...volume, space: { ...space, freeFiles: 2 } }, steps)));
  assert.ok(fits(spaceNeed(volume, steps)), 'FAT counts none');
});

test('a refusal says what is missing, and who else takes the room', () => {
  const need = { neededBytes: 5 << 20, freeBytes: 1 << 20, neededFiles: 0, freeFiles: 0 };
  const foreign = Array.from({ length: 9 }, (_, index) => ({
    path: `EFI/other\n${index}.efi`,
    sizeBytes: (9 - index) << 20,
  }));
  const error = fullError(need, '/boot', foreign);
  assert.is(error.code, 'ESP_FULL');
  assert.is(
    error.message,
    '/boot is too full: 5.0 MiB are needed, 1.0 MiB are free, 4.0 MiB are missing',
  );
  assert.match(error.hint ?? '', 'EFI/other\\n0.efi (9.0 MiB), EFI/other\\n1.efi (8.0 MiB)');
  assert.not.match(error.hint ?? '', 'other\\n7');
  assert.match(error.hint ?? '', /Nothing was changed\.$/);
});

function visible(clusterBytes: number, sizes: Readonly<Record<string, number>>): VisibleVolume {
  return {
    space: { ...fat, clusterBytes },
    sizes: new Map(Object.entries(sizes)),
    folders: new Map(folders.map(path => [path, { sizeBytes: clusterBytes }])),
  };
}

function create(path: string, sizeBytes: number): Extract<Step, { kind: 'create-file' }> {
  return {
    kind: 'create-file',
    volume: 'esp',
    path,
    sizeBytes,
    sha256: '',
    content: { copyOf: '/nix/store/x' },
  };
}

interface Grown {
  clusterBytes: number;
  volume: Volume;
  sizes: ReadonlyMap<string, number>;
  folders: ReadonlyMap<string, { sizeBytes: number }>;
}

/** A volume with a past: files made and removed, so that there are gaps that nobody can see. */
function grownVolume(
  random: SeededRandom,
  clusterBytes: number,
  removals: 'some' | 'never' = 'some',
): Grown {
  const volume = emptyFatVolume({ clusterBytes, rootSlots: 512 });
  const ownBytes = new Map(folders.map(path => [path, clusterBytes]));
  for (const path of folders) volume.makeFolder(path);
  const sizes = new Map<string, number>();
  for (let count = random.below(120); count > 0; count--) {
    const paths = [...sizes.keys()];
    const old = paths[random.below(paths.length + 1)];
    if (removals === 'some' && old !== undefined && random.below(3) === 0) {
      sizes.delete(old);
      volume.remove(old);
      continue;
    }
    const path = randomPath(random);
    const before = volume.usedBytes;
    volume.createFile(path, 0);
    const folder = path.slice(0, path.lastIndexOf('/'));
    ownBytes.set(folder, (ownBytes.get(folder) ?? 0) + volume.usedBytes - before);
    sizes.set(path, random.below(30_000));
    volume.resizeFile(path, sizes.get(path) ?? 0);
  }
  return {
    clusterBytes,
    volume,
    sizes,
    folders: new Map([...ownBytes].map(([path, sizeBytes]) => [path, { sizeBytes }])),
  };
}

function randomPlan(random: SeededRandom, there: string[]): Step[] {
  const paths = [...there];
  return Array.from({ length: random.below(40) }, (): Step => {
    const [old] = paths.splice(random.below(paths.length), 1);
    switch (random.below(4)) {
      case 0:
        return { kind: 'remove-file', volume: 'esp', path: old ?? `${entries}/nothing` };
      case 1:
        return create(old ?? randomPath(random), random.below(40_000));
      default:
        return create(randomPath(random), random.below(40_000));
    }
  });
}

function bothPeaks(grown: Grown, steps: readonly Step[]): { predicted: number; truth: number } {
  const { clusterBytes, sizes } = grown;
  const seen = seenVolume({
    space: { ...fat, clusterBytes },
    sizes,
    folders: grown.folders,
  });
  return { predicted: peakOf(seen, steps).bytes, truth: peakOf(grown.volume, steps).bytes };
}

function randomPath(random: SeededRandom): string {
  switch (random.below(4)) {
    case 0:
      return `loader/genctl/F${random.below(1e6)}`;
    case 1:
      return entryPath(random);
    default:
      return blobPath(random);
  }
}

function entryPath(random: SeededRandom): string {
  return `${entries}/genctl-1a2b3c4d-${random.below(1e5)}-${digits(random, 12)}.conf`;
}

function blobPath(random: SeededRandom): string {
  const [role, suffix] = random.pick([
    ['linux', 'efi'],
    ['initrd', 'img'],
  ]);
  return `${blobs}/${role}-${digits(random, 32)}.${suffix}`;
}

function digits(random: SeededRandom, length: number): string {
  return Array.from({ length }, () => random.below(10)).join('');
}

test.run();
