import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { adoptedFiles, chooseAdoption } from '../../../src/boot/adoption/adopted-ledger.ts';
import { type Adoptable, readAdoptable } from '../../../src/boot/adoption/read-adoptable.ts';
import { sayAdoption, sayLeft } from '../../../src/boot/adoption/say-adoption.ts';
import { layoutOf } from '../../../src/boot/layout.ts';
import { parseLedger, renderLedger } from '../../../src/boot/ledger.ts';
import type { EntryKey } from '../../../src/boot/menu.ts';
import type { Profile } from '../../../src/generations/generation.ts';
import { ScratchPartition } from '../scratch-partition.ts';
import {
  type Built,
  brokenGeneration,
  formatA,
  formatB,
  genctlFiles,
  generation,
  initrdFile,
  install,
  kernelFile,
  profileOf,
} from './builders.ts';

const layout = layoutOf('0123abcd-0000-4000-8000-000000000000');
const machineId = 'a'.repeat(32);
const kernels = { kernel: '6.12', initrd: '6.12' };

function built(number: number, system: string, more: Partial<Built> = {}): Built {
  return { number, system, machineId, ...kernels, ...more };
}

function adoptableOf(...entries: [built: Built, format: typeof formatA][]): Adoptable {
  using partition = new ScratchPartition();
  for (const [each, format] of entries) install(partition, each, format(each));
  return readAdoptable(partition.top, layout, new Set());
}

/** The keys by which entries of some systems are known, by the entries' names. */
function keys(adoptable: Adoptable, ...profiles: Profile[]): Record<string, EntryKey | undefined> {
  const { entries } = chooseAdoption(adoptable, profiles);
  return Object.fromEntries(entries.map(({ path, key }) => [path.split('/').at(-1) ?? '', key]));
}

const system = 'system';

test('entries are known by their systems, specialisations by theirs', () => {
  const adoptable = adoptableOf(
    [built(1, 'one'), formatA],
    [built(2, 'two'), formatA],
    [built(2, 'two-safe', { specialisation: 'safe' }), formatA],
    [built(3, 'of-work', { profile: 'work' }), formatA],
    [built(1, 'gone'), formatB],
  );
  const profile = profileOf(generation(1, 'one'), generation(2, 'two', { safe: 'two-safe' }));
  const work = profileOf(generation(3, 'of-work', {}, 'work'));
  const gone = formatB(built(1, 'gone')).name;
  assert.equal(keys(adoptable, profile, work), {
    'nixos-generation-1.conf': { profile: system, number: 1 },
    'nixos-generation-2.conf': { profile: system, number: 2 },
    'nixos-generation-2-specialisation-safe.conf': {
      profile: system,
      number: 2,
      specialisation: 'safe',
    },
    'nixos-work-generation-3.conf': { profile: 'work', number: 3 },
    [gone]: undefined,
  });
});

test('of generations with the same system the one that is named, else the newest', () => {
  const adoptable = adoptableOf(
    [built(1, 'same'), formatA],
    [built(2, 'same'), formatB],
    [built(9, 'same'), formatA],
    [built(2, 'same', { profile: 'work' }), formatA],
    [built(5, 'same', { profile: 'work' }), formatB],
  );
  const profile = profileOf(...[1, 2, 3].map(number => generation(number, 'same')));
  const work = profileOf(...[2, 5].map(number => generation(number, 'same', {}, 'work')));
  assert.equal(keys(adoptable, profile, work), {
    'nixos-generation-1.conf': { profile: system, number: 1 },
    [formatB(built(2, 'same')).name]: { profile: system, number: 2 },
    'nixos-generation-9.conf': { profile: system, number: 3 },
    'nixos-work-generation-2.conf': { profile: 'work', number: 2 },
    [formatB(built(5, 'same', { profile: 'work' })).name]: { profile: 'work', number: 5 },
  });
});

test('a number that was given anew does not make an old entry a new generation', () => {
  const adoptable = adoptableOf([built(1, 'before'), formatA], [built(2, 'two'), formatA]);
  const found = keys(adoptable, profileOf(generation(1, 'after'), generation(2, 'two')));
  assert.is(found['nixos-generation-1.conf'], undefined);
});

test('another installation on the same disk stays whole', () => {
  const other = { machineId: 'b'.repeat(32) };
  const adoptable = adoptableOf(
    [built(1, 'one'), formatA],
    [built(2, 'gone'), formatA],
    [built(7, 'theirs', other), formatA],
    [built(8, 'theirs-too', { ...other, kernel: '6.1' }), formatB],
  );
  const profiles = [profileOf(generation(1, 'one'))];
  const { entries, blobs, left } = chooseAdoption(adoptable, profiles);
  assert.equal(
    entries.map(({ recognised }) => recognised.number),
    [1, 2],
  );
  assert.equal(blobs, [], 'they need the same kernel and initrd');
  const theirs = [7, 8].flatMap(number =>
    adoptable.entries.filter(({ recognised }) => recognised.number === number),
  );
  const spared = ['6.12', '6.1'].map(kernel => `EFI/nixos/${kernelFile({ kernel })}`);
  assert.equal(
    left.map(({ path }) => path).toSorted(),
    [...theirs.map(({ path }) => path), ...spared, `EFI/nixos/${initrdFile(kernels)}`].toSorted(),
  );
  assert.equal(adoptedFiles(adoptable, [profileOf(generation(1, 'elsewhere'))]), []);
});

test('an installation of genctl whose owner is lost, and one that is somebody else', () => {
  using partition = new ScratchPartition();
  const before = [...genctlFiles('fedcba98', 4, 'four'), ...genctlFiles('fedcba98', 5, 'gone')];
  const theirs = genctlFiles('76543210', 4, 'theirs');
  for (const { path, text } of [...before, ...theirs]) partition.write(path, text);
  const adoptable = readAdoptable(partition.top, layout, new Set());
  const files = adoptedFiles(adoptable, [profileOf(generation(9, 'four'))]);
  assert.equal(files.map(({ path }) => path).toSorted(), before.map(({ path }) => path).toSorted());
  const adopted = files.filter(({ kind }) => kind === 'entry');
  assert.equal(
    adopted.map(({ key }) => key?.number),
    [9, undefined],
  );
  assert.ok(adopted.every(({ uses }) => uses?.every(path => files.some(f => f.path === path))));
});

test('a ledger takes the files in, and gives them back', () => {
  const adoptable = adoptableOf([built(1, 'one'), formatA], [built(2, 'gone'), formatA]);
  const files = adoptedFiles(adoptable, [profileOf(generation(1, 'one'))]);
  const blobs = [kernelFile(kernels), initrdFile(kernels)].map(name => `EFI/nixos/${name}`);
  assert.equal(
    files.map(({ kind, key, uses, sources }) => ({ kind, number: key?.number, uses, sources })),
    [
      { kind: 'entry', number: 1, uses: blobs, sources: undefined },
      { kind: 'entry', number: undefined, uses: blobs, sources: undefined },
      { kind: 'blob', number: undefined, uses: undefined, sources: undefined },
      { kind: 'blob', number: undefined, uses: undefined, sources: undefined },
    ],
  );
  const ledger = parseLedger(renderLedger({ owner: layout.owner, files }));
  assert.equal(ledger.files.map(({ path }) => path).toSorted(), files.map(f => f.path).toSorted());
  assert.equal(ledger.files.find(({ key }) => key !== undefined)?.key, {
    profile: system,
    number: 1,
  });
});

test('what is said: a line for each entry, with what becomes of it', () => {
  const adoptable = adoptableOf(
    [built(1, 'one'), formatA],
    [built(2, 'two'), formatA],
    [built(2, 'two-safe', { specialisation: 'safe' }), formatA],
    [built(3, 'gone'), formatA],
  );
  const whole = [profileOf(generation(1, 'one'), generation(2, 'two', { safe: 'two-safe' }))];
  const shown = [
    { profile: system, number: 2 },
    { profile: system, number: 2, specialisation: 'safe' },
  ];
  assert.equal(sayAdoption(chooseAdoption(adoptable, whole), whole, shown), [
    'nixos-generation-1.conf: generation 1, which the menu does not show any more: removed',
    "nixos-generation-2-specialisation-safe.conf: generation 2 (safe), replaced by an entry of genctl's",
    "nixos-generation-2.conf: generation 2, replaced by an entry of genctl's",
    'nixos-generation-3.conf: its system is gone: removed',
    '2 kernels, initrds and device trees of theirs, 22 B: removed once no entry needs them',
  ]);
  // A generation that cannot be read does not say what its specialisations are.
  const broken = [profileOf(generation(1, 'one'), brokenGeneration(2, 'two'))];
  assert.equal(sayAdoption(chooseAdoption(adoptable, broken), broken, []).slice(1, 4), [
    'nixos-generation-2-specialisation-safe.conf: its system is in no profile, but generation 2 cannot be read: stays until it can',
    'nixos-generation-2.conf: generation 2, which cannot be read: stays as it is',
    'nixos-generation-3.conf: its system is in no profile, but generation 2 cannot be read: stays until it can',
  ]);
  assert.equal(sayLeft([{ path: 'loader/entries/a.conf', reason: 'it is not a file' }]), [
    'loader/entries/a.conf: left alone, it is not a file',
  ]);
});

test.run();
