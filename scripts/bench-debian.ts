// The figures of Debian generations: how long builds take, what they add, and how long a boot takes;
// beside mmdebstrap with the same packages, and the plain Debian that it makes.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { formatBytes } from '../src/bytes.ts';
import { giveSharedPackages, keepPackages } from '../test/packages/real-packages.ts';
import { findTool } from '../test/vm/run-tool.ts';
import { benchBoots } from './bench-boots.ts';
import { median, print, printTable } from './bench-figures.ts';
import { DebianMachine } from './bench-machine.ts';
import { type FlatRepository, publish, timeMmdebstrap } from './bench-mmdebstrap.ts';

/** Builds and boots take long: more rounds would tell little more. */
const mostRounds = 3;

const neededTools = [
  'mmdebstrap',
  'mcopy',
  'sgdisk',
  'mkfs.vfat',
  'qemu-system-x86_64',
  'getfattr',
];

export interface DebianBench {
  /** On a file system like a real one. */
  folder: string;
  /** The bundle that is measured. */
  genctl: string;
  /** How many rounds are asked for. */
  runs: number;
}

/** Prints the tables of builds, sizes and boots; says what is lacking where they cannot be made. */
export async function benchDebian({ folder, genctl, runs }: DebianBench): Promise<void> {
  const lacking = [
    ...neededTools.filter(tool => findTool(tool) === undefined),
    ...(process.getuid?.() === 0 ? [] : ['root']),
  ];
  if (lacking.length > 0) {
    console.log(`\nDebian generations are not measured: there is no ${lacking.join(', no ')}`);
    return;
  }
  const rounds = Math.min(runs, mostRounds);
  const program = copyOfBundle(genctl, path.join(folder, 'program'));
  const plain = path.join(folder, 'plain');

  const machine = new DebianMachine(path.join(folder, 'machine'), program);
  giveSharedPackages(machine.root);
  machine.declare([]);
  machine.genctl('install');
  const { lock } = machine;
  const startedBy = machine.startedBy();
  const first = sizesOf(machine);
  machine.declare(['htop']);
  machine.genctl('boot');
  const second = sizesOf(machine);
  keepPackages(machine.root);

  const { suite, packages } = lock;
  const repository = { folder: path.join(folder, 'repository'), suite, packages };
  publish(repository, locked => machine.debOf(locked));
  const makeMachine = (): DebianMachine => {
    const made = new DebianMachine(path.join(folder, 'built'), program);
    made.takeCaches(machine);
    made.declare([]);
    made.lock = lock;
    return made;
  };
  benchBuilds(rounds, repository, plain, makeMachine);

  const initrd = fs.statSync(machine.at(startedBy.initrd)).size;
  const ownGenctl = fs.readlinkSync(machine.at(`${startedBy.toplevel}/genctl`));
  printTable(
    [`Size of ${packages.length} packages`, 'first', 'htop added'],
    [
      ['`/nix/store`, its blocks', formatBytes(first.store), grown(first.store, second.store)],
      ['of these genctl, with its Node', formatBytes(blockBytes(machine.at(ownGenctl))), ''],
      ['the ESP, its files', formatBytes(first.esp), grown(first.esp, second.esp)],
      ['of these the initrd', formatBytes(initrd), ''],
      ['what `mmdebstrap` makes, its blocks', formatBytes(blockBytes(plain)), ''],
    ],
  );
  machine.removeCaches();
  await benchBoots({ machine, startedBy, plain, folder, rounds });
}

/** One that stays the same: bundled anew meanwhile, it would make other systems. */
function copyOfBundle(genctl: string, folder: string): string {
  fs.mkdirSync(folder);
  for (const name of [path.basename(genctl), 'package.json']) {
    fs.copyFileSync(path.join(path.dirname(genctl), name), path.join(folder, name));
  }
  return path.join(folder, path.basename(genctl));
}

/** The last round's plain Debian stays in its folder. */
function benchBuilds(
  rounds: number,
  repository: FlatRepository,
  plain: string,
  makeMachine: () => DebianMachine,
): void {
  const times = new Map<string, number[]>();
  const take = (what: string, measure: () => number): void => {
    // What was written before is not to be paid for by what comes next.
    execFileSync('sync', ['-f', path.dirname(plain)]);
    times.set(what, [...(times.get(what) ?? []), measure()]);
  };
  for (let round = 0; round < rounds; round++) {
    fs.rmSync(plain, { recursive: true, force: true });
    take('`mmdebstrap`, the same packages', () => timeMmdebstrap(repository, plain));
    const machine = makeMachine();
    take('`genctl build`, the first', () => machine.genctl('build'));
    take('`genctl build`, nothing changed', () => machine.genctl('build'));
    machine.declare(['htop']);
    take('`genctl build`, htop added', () => machine.genctl('build'));
    fs.rmSync(machine.root, { recursive: true });
  }
  const [base = []] = times.values();
  const figures = [...times].map(([what, taken]) => {
    const milliseconds = median(taken);
    return { what, milliseconds, ratio: milliseconds / median(base) };
  });
  const title = `Builds of ${repository.packages.length} packages, each in the cache`;
  print(title, figures, 'times mmdebstrap');
}

interface Sizes {
  /** Blocks, in bytes. */
  store: number;
  /** The lengths of its files, in bytes. */
  esp: number;
}

function sizesOf(machine: DebianMachine): Sizes {
  const esp = machine.at('/boot');
  const files = fs.readdirSync(esp, { recursive: true, encoding: 'utf8' });
  const lengths = files
    .map(name => fs.statSync(path.join(esp, name)))
    .map(stat => (stat.isFile() ? stat.size : 0));
  return {
    store: blockBytes(machine.at('/nix/store')),
    esp: lengths.reduce((sum, length) => sum + length, 0),
  };
}

/** Bytes of the blocks that a tree takes; what has several names is counted once. */
function blockBytes(folder: string): number {
  const answer = execFileSync('du', ['--summarize', '--block-size=1', folder], {
    encoding: 'utf8',
    maxBuffer: 1 << 20,
  });
  return Number.parseInt(answer, 10);
}

function grown(before: number, after: number): string {
  return `+ ${formatBytes(after - before)}`;
}
