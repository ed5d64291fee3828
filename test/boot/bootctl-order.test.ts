import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BootableGeneration, blobSources, buildMenu } from '../../src/boot/build-menu.ts';
import { layoutOf } from '../../src/boot/layout.ts';
import type { EntryKey } from '../../src/boot/menu.ts';
import { compareEntries } from '../../src/boot/systemd-boot/entry-order.ts';
import { readMenuLines } from '../../src/boot/systemd-boot/read-menu.ts';
import { renderMenu } from '../../src/boot/systemd-boot/render-menu.ts';
import type { Bootspec } from '../../src/bootspec/bootspec.ts';
import { Folder } from '../../src/host/folder.ts';
import { canMount, hasProgram, ownMounts, testWhere } from '../commands/test-where.ts';
import { SeededRandom } from './seeded-random.ts';

const layout = layoutOf('0123abcd-0000-4000-8000-000000000000');
const menus = 40;

interface Listed {
  id: string;
  type: string;
  title: string;
}

/** What bootctl says of one ESP. */
interface Answer {
  entries: Listed[];
  /** The ID of the entry that boots unless another one is picked. */
  default: string | undefined;
}

function randomBootspec(random: SeededRandom, depth = 0): Bootspec {
  const store = '/nix/store/x';
  const names = ['rescue', 'Safe', 'a', 'a1', 'a10', 'a2', '1', '~', 'Z', 'ö', 'x-y', 'x.y', '__'];
  const count = depth > 0 ? 0 : random.below(5);
  const specialisations = new Map(
    Array.from({ length: count }, () => [
      random.pick(names as [string, ...string[]]),
      randomBootspec(random, 1),
    ]),
  );
  const sortKey = random.below(6) === 0 ? random.pick(['nixos', 'a', 'zz-1', 'genctl']) : undefined;
  return {
    system: 'x86_64-linux',
    toplevel: store,
    init: `${store}/init`,
    kernel: `${store}/kernel`,
    kernelParams: [`p${random.below(1000)}`],
    label: random.pick(['Atlas', 'Größe "x"', '%d']),
    initrds: [`${store}/initrd`],
    ...(sortKey !== undefined && depth === 0 && { sortKey }),
    specialisations,
  };
}

function randomGenerations(random: SeededRandom): BootableGeneration[] {
  const profiles = ['system', ...['work', 'a.b', 'Z_1', 'w'].filter(() => random.below(3) === 0)];
  return profiles.flatMap(profile => {
    const numbers = new Set(
      Array.from({ length: 1 + random.below(6) }, () => 1 + random.below(random.pick([9, 120]))),
    );
    return [...numbers]
      .toSorted((left, right) => right - left)
      .map(number => ({
        profile,
        number,
        madeAtSeconds: 1_700_000_000 + number,
        bootspec: randomBootspec(random),
      }));
  });
}

/**
 * Entries that somebody else put there, some with counters of boot attempts. None with capitals:
 * systemd-boot takes names as lower case, bootctl 252 as they are.
 */
function foreignEntries(random: SeededRandom): [name: string, text: string][] {
  const names = [
    'debian',
    'arch-linux',
    'nixos-generation-12',
    'nixos-generation-9',
    'a',
    'z-1+3',
    'y+0-2',
  ];
  return names
    .filter(() => random.below(3) === 0)
    .map(name => {
      const lines = [
        `title ${name}`,
        ...(random.below(2) === 0 ? [`sort-key ${random.pick(['genctl', 'debian', 'z'])}`] : []),
        ...(random.below(2) === 0
          ? [`version ${random.pick(['6.1.0-13', '12', '12~1', '7'])}`]
          : []),
        ...(random.below(3) === 0 ? [`machine-id ${'f'.repeat(32)}`] : []),
        'linux /vmlinuz',
      ];
      return [`${name}.conf`, `${lines.join('\n')}\n`];
    });
}

/** Writes a random menu as it would be on an ESP, and gives the keys in the order of the model. */
function writeMenu(folder: string, seed: number): { ids: string[]; default: string | undefined } {
  const random = new SeededRandom(seed);
  const generations = randomGenerations(random);
  const digest = { sizeBytes: 1, sha256: 'ab'.repeat(32) };
  const chosen = generations[random.below(generations.length)];
  const defaultKey: EntryKey | undefined =
    chosen === undefined || random.below(8) === 0
      ? undefined
      : { profile: chosen.profile, number: chosen.number };
  const menu = buildMenu({
    generations,
    digests: new Map([...blobSources(generations)].map(source => [source, digest])),
    default: defaultKey,
    settings: { timeout: 5, editor: true, consoleMode: 'keep' },
    sortKey: 'genctl',
    machineId: random.below(4) === 0 ? undefined : '0123456789abcdef'.repeat(2),
  });
  const { files, defaultSector } = renderMenu(menu, layout);
  const write = (name: string, text: string): void => {
    fs.mkdirSync(path.dirname(`${folder}/${name}`), { recursive: true });
    fs.writeFileSync(`${folder}/${name}`, text);
  };
  write('vmlinuz', '');
  for (const file of files) write(file.path, 'text' in file.content ? file.content.text : '');
  write(defaultSector.path, defaultSector.text);
  for (const [name, text] of foreignEntries(random)) write(`loader/entries/${name}`, text);
  const entries = files.filter(file => file.kind === 'entry').map(file => path.basename(file.path));
  return { ids: entries, default: /^default (.*)$/m.exec(defaultSector.text)?.[1] };
}

/** All of them in one go: bootctl wants a mount point, and its own mount namespace hides those. */
function bootctlLists(folders: readonly string[]): Answer[] {
  const script = folders
    .map(
      folder =>
        `mount --bind ${folder} ${folder}; bootctl --esp-path=${folder} list --json=short; echo; echo ---; bootctl --esp-path=${folder} --no-pager list; echo ---`,
    )
    .join('\n');
  const [program, ...args] = [...ownMounts, 'sh', '-c', script];
  const { stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, SYSTEMD_RELAX_ESP_CHECKS: '1' },
  });
  const texts = stdout.split('---\n').slice(0, -1);
  assert.is(texts.length, 2 * folders.length, stderr);
  return folders.map((_, index) => ({
    entries: parseJsonList(texts[2 * index] ?? ''),
    default: defaultOf(texts[2 * index + 1] ?? ''),
  }));
}

/** systemd 252 writes an object a line, later ones an array. */
function parseJsonList(text: string): Listed[] {
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap(line => JSON.parse(line) as Listed | Listed[])
    .filter(({ type, id }) => type !== 'auto' && !id.startsWith('auto-'));
}

/** Only the list for people of systemd 252 marks the default, behind its title. */
function defaultOf(text: string): string | undefined {
  const escape = String.fromCodePoint(0x1b);
  const plain = text.replace(new RegExp(`${escape}\\[[0-9;]*m`, 'g'), '');
  const block = plain.split('\n\n').find(part => /^ *title: .*\(default\)/m.test(part));
  return /^ *id: (\S+)/m.exec(block ?? '')?.[1];
}

testWhere(
  canMount && hasProgram('bootctl', '--version'),
  'bootctl, mounts in a namespace',
  'bootctl lists random menus in the order, and with the default, that we predict',
  () => {
    const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
    const top = fs.mkdtempSync(path.join(base, 'genctl-bootctl-'));
    try {
      const folders = Array.from({ length: menus }, (_, seed) => `${top}/${seed}`);
      const wanted = folders.map((folder, seed) => writeMenu(folder, seed + 1));
      const listed = bootctlLists(folders);
      let compared = 0;
      folders.forEach((folder, seed) => {
        using esp = Folder.atHostPath(folder);
        const predicted = readMenuLines({ esp, boot: esp }, layout);
        const theirs = listed[seed]?.entries ?? [];
        assert.equal(
          predicted.map(({ id }) => id.toLowerCase().replace(/\+\d+(?:-\d+)?(?=\.conf$)/, '')),
          theirs.map(({ id }) => id.toLowerCase()),
          `menu ${seed}`,
        );
        assert.equal(
          predicted.map(({ title }) => title),
          theirs.map(({ title }) => title),
        );
        const theirDefault = listed[seed]?.default;
        const ourDefault = predicted.find(({ isDefault }) => isDefault)?.id;
        assert.is(ourDefault, wanted[seed]?.default);
        if (ourDefault !== undefined) assert.is(theirDefault, ourDefault, `menu ${seed}`);
        compared += theirs.length;
      });
      assert.ok(compared > 5 * menus);
    } finally {
      fs.rmSync(top, { recursive: true });
    }
  },
);

test('a generation comes before its specialisations, newer ones before older ones', () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 100; round++) {
    const generations = randomGenerations(random).filter(({ profile }) => profile === 'system');
    const plain = generations.map(each => {
      const { sortKey, ...bootspec } = each.bootspec;
      assert.ok(sortKey === undefined || sortKey !== '');
      return { ...each, bootspec };
    });
    const digest = { sizeBytes: 1, sha256: 'ab'.repeat(32) };
    const { entries } = buildMenu({
      generations: plain,
      digests: new Map([...blobSources(plain)].map(source => [source, digest])),
      default: undefined,
      settings: { timeout: 5, editor: true, consoleMode: 'keep' },
      sortKey: 'genctl',
      machineId: undefined,
    });
    const sortable = entries.map(entry => ({ ...entry, id: 'same', machineId: undefined }));
    assert.equal(
      sortable.toSorted(compareEntries).map(({ key }) => key),
      entries.map(({ key }) => key),
    );
  }
});

test.run();
