import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judgeFile } from '../../src/hardware/committed/edited.ts';
import { renderConf } from '../../src/hardware/emit/render-conf.ts';
import { renderNix } from '../../src/hardware/emit/render-nix.ts';
import { readFacts } from '../../src/hardware/facts/read-facts.ts';
import type { HardwareModule } from '../../src/hardware/module/hardware-module.ts';
import { planHardware } from '../../src/hardware/plan-hardware.ts';
import { MemoryTree } from '../../src/hardware/sources/memory-tree.ts';
import { readTar } from '../../src/hardware/sources/read-tar.ts';
import { fileEntry, linkEntry, type TreeEntry } from '../../src/hardware/sources/tree-entry.ts';
import { unpackGzip } from '../../src/hardware/sources/unpack-gzip.ts';
import { Root } from '../../src/host/root.ts';
import { readConfModule } from '../../src/system/committed-hardware.ts';
import { SeededRandom } from '../boot/seeded-random.ts';
import { nix, nixTest } from '../store/real-nix.ts';
import { Scratch } from '../store/scratch.ts';

/*
 * Machines whose files lie: a module always comes of it that its own language accepts, and nothing
 * in between may crash or take for ever. scripts/soak does thousands of them.
 */

const rounds = Number(process.env['GENCTL_FUZZ_ROUNDS'] ?? 120);
const seed = Number(process.env['GENCTL_FUZZ_SEED'] ?? 20_261_126);
const fixtures = fileURLToPath(new URL('../../hw-fixtures/', import.meta.url));
const machines = ['qemu-lvm-on-luks', 'laptop-i2c-keyboard', 'zfs-mirror', 'docker-and-snap'];

type Source = readonly [name: string, entries: ReadonlyMap<string, TreeEntry>];

const scratch = new Scratch();
process.on('exit', () => scratch[Symbol.dispose]());

const poison: readonly [string, ...string[]] = [
  '"; x = builtins.abort "',
  '${builtins.currentSystem}',
  "''${x}'' */",
  '\n[system]\nbuilder = nix\n',
  '\r# ',
  '\u0000\u001b[2J\u202e\u2028',
  '\\012\\040\\134"',
  '../../../../etc/shadow',
  'x'.repeat(5000),
  '-1',
  '99999999999999999999',
  '\ud800',
];

/** A fixture's files, some of which say something else. */
function spoil(entries: ReadonlyMap<string, TreeEntry>, random: SeededRandom): MemoryTree {
  const [first = '', ...others] = entries.keys();
  const paths = [first, ...others] as const;
  const spoilt = new Map(entries);
  for (let left = random.below(6) + 1; left > 0; left -= 1) {
    const path = random.pick(paths);
    const entry = entries.get(path);
    if (entry?.kind === 'link') {
      spoilt.set(path, linkEntry(random.pick([...poison, random.pick(paths), '.', '..'])));
    } else if (entry?.kind === 'file') {
      spoilt.set(path, fileEntry(spoilText(Buffer.from(entry.bytes).toString('utf8'), random)));
    }
  }
  return MemoryTree.withEndsOfLinks(spoilt);
}

/** Puts poison in place of a word, a line or all of it. */
function spoilText(text: string, random: SeededRandom): string {
  const words = text.split(/(?<=[\s=/:,])/);
  const at = random.below(words.length);
  switch (random.below(3)) {
    case 0:
      return random.pick(poison);
    case 1:
      return text + random.pick(poison);
    default:
      return words.with(at, random.pick(poison)).join('');
  }
}

function* spoiltModules(count: number): Generator<[place: string, module: HardwareModule]> {
  const random = new SeededRandom(seed);
  const read = (name: string): Source => {
    const packed = fs.readFileSync(`${fixtures}${name}/capture.tar.gz`);
    return [name, readTar(unpackGzip(packed)).entries];
  };
  const sources: readonly Source[] = machines.map(read);
  for (let round = 0; round < count; round += 1) {
    const [name, entries] = sources[random.below(sources.length)] ?? read('macbook');
    const tree = spoil(entries, random);
    const deviceBy = random.pick(['uuid', 'partuuid', 'label', 'id', 'path'] as const);
    const facts = readFacts({ kind: 'capture', name, tree, silentOn: [] });
    const choices = { deviceBy, withFileSystems: random.below(8) > 0, root: '/' };
    yield [`${name}, seed ${seed}, round ${round}`, planHardware(facts, undefined, choices).module];
  }
}

const origin = { source: 'capture', kernelRelease: null } as const;

test('a declaration can say what comes of any machine, and nothing hidden is in it', () => {
  const folder = scratch.folder('declaration');
  using root = new Root(folder);
  for (const [place, module] of spoiltModules(rounds)) {
    const text = renderConf(module, origin);
    assert.is(judgeFile(text), 'ours', place);
    assert.not.match(text, /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u, place);
    fs.writeFileSync(`${folder}/hardware.conf`, text);
    assert.ok(readConfModule(root, '/hardware.conf').size >= 0, place);
  }
});

nixTest('the real parser of Nix takes what comes of any machine', () => {
  const folder = scratch.folder('nix');
  const files: string[] = [];
  for (const [, module] of spoiltModules(rounds)) {
    const file = `${folder}/${files.length}.nix`;
    fs.writeFileSync(file, renderNix(module, origin));
    files.push(file);
  }
  assert.ok(nix('nix-instantiate', ['--parse', ...files]).length > 0);
});

test.run();
