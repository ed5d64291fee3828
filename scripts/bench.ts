// The figures of the README's performance section. Every command is run in turn with the ones it
// is compared to, so that a machine whose speed drifts is fair to all.
// Arguments: how many runs (15), then the parts to measure (all): commands, loaders, activation,
// hardware, nar, collector, debian.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { benchDebian } from './bench-debian.ts';
import { type Figure, median, print, time } from './bench-figures.ts';

const runs = Number(process.argv[2] ?? 15);
const wantedParts = process.argv.slice(3);
const genctl = path.resolve('dist/genctl');
const place = makePlace();
process.on('exit', () => place.remove());
process.on('SIGINT', () => process.exit(130));

/** Never this machine's own /nix, not even by a program that is told no store. */
const nixAssignments = [
  `HOME=${place.folder}`,
  `NIX_REMOTE=local?root=${path.join(place.folder, 'default-store')}`,
  'NIX_CONFIG=build-users-group =\nsubstitute = false\n',
];
const nixEnvironment = {
  ...process.env,
  ...Object.fromEntries(
    nixAssignments.map(text => [text.split('=')[0], text.slice(text.indexOf('=') + 1)]),
  ),
};

/** A folder on a file system that is like a real one: ext4 on a loop device, where root. */
function makePlace(): { folder: string; kind: string; remove(): void } {
  const base = fs.mkdtempSync(
    path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'genctl-bench-'),
  );
  const mount = path.join(base, 'mount');
  fs.mkdirSync(mount);
  const image = path.join(base, 'image');
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 4 * 1024 ** 3);
  const isMounted =
    process.getuid?.() === 0 &&
    spawnSync('mkfs.ext4', ['-q', '-F', image]).status === 0 &&
    spawnSync('mount', ['-o', 'loop', image, mount]).status === 0;
  return {
    folder: mount,
    kind: isMounted ? 'ext4 on a loop device' : 'tmpfs',
    remove: () => {
      // Lazily, as a virtual machine that was killed a moment ago may not have ended.
      if (isMounted) spawnSync('umount', ['--lazy', mount]);
      spawnSync('chmod', ['-R', 'u+w', base]);
      fs.rmSync(base, { recursive: true, force: true });
    },
  };
}

/** A machine with so many generations, each with a system of its own, ten to a kernel. */
function makeMachine(count: number, loader: 'systemd-boot' | 'grub' = 'systemd-boot'): string {
  const root = path.join(place.folder, `machine-${loader}-${count}`);
  const write = (name: string, text: string | Buffer): void => {
    const at = path.join(root, name);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.writeFileSync(at, text);
  };
  write('boot/EFI/keep', '');
  write(
    'usr/lib/systemd/boot/efi/systemd-bootx64.efi',
    'MZ #### LoaderInfo: systemd-boot 252 ####',
  );
  write('parts/vmlinuz-1', randomBytes(1 << 20));
  write('parts/initrd-1', randomBytes(1 << 20));
  write('etc/genctl/system.conf', declarationOf(loader));
  genctlIn(root, ['loader', 'install']);
  const profiles = path.join(root, 'nix/var/nix/profiles');
  fs.mkdirSync(profiles, { recursive: true });
  for (let number = 1; number <= count; number++) {
    const system = storePath(`system-${number}`);
    const kernel = storePath(`kernel-${Math.ceil(number / 10)}`);
    write(kernel, `kernel ${Math.ceil(number / 10)}`);
    write(`${system}/boot.json`, bootJson(`/${system}`, `/${kernel}`));
    fs.symlinkSync(`/${system}`, path.join(profiles, `system-${number}-link`));
  }
  fs.symlinkSync(`system-${count}-link`, path.join(profiles, 'system'));
  genctlIn(root, ['menu', 'sync']);
  return root;
}

/** GRUB without a disk of its own: what `grub-install` takes is GRUB's, and not idle. */
function declarationOf(loader: 'systemd-boot' | 'grub', version = 0): string {
  const system = '[system]\nkernel = /parts/vmlinuz-1\ninitrd = /parts/initrd-1\n';
  const parameters = `[boot]\nkernelParams = n=${version}\n`;
  const grub = [
    '[boot.loader]',
    'kind = grub',
    '[boot.loader.grub]',
    'device = nodev',
    '[fileSystems "/"]',
    'device = /dev/disk/by-uuid/0b5c2b36-7d0a-4f43-a8a1-4f9c4c1d0a11',
    'fsType = ext4',
    '',
  ];
  return `${system}${parameters}${loader === 'grub' ? grub.join('\n') : ''}`;
}

function storePath(name: string): string {
  const digits = '0123456789abcdfghijklmnpqrsvwxyz';
  const hash = createHash('sha256').update(name).digest();
  const part = [...hash].map(byte => digits[byte % 32]).join('');
  return `nix/store/${part}-${name}`;
}

function bootJson(toplevel: string, kernel: string): string {
  return JSON.stringify({
    'org.nixos.bootspec.v1': {
      system: 'x86_64-linux',
      init: `${toplevel}/init`,
      kernel,
      initrd: kernel,
      kernelParams: ['root=LABEL=root', 'ro', 'quiet', 'loglevel=4'],
      label: 'NixOS 26.05 (Linux 6.12.58)',
      toplevel,
    },
  });
}

function genctlIn(root: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(genctl, ['--root', root, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`genctl ${args.join(' ')}: ${stderr}`);
}

/** Medians of commands that are run in turn, as ratios to the first. */
function compare(commands: Readonly<Record<string, () => number>>): Figure[] {
  const names = Object.keys(commands);
  const times = new Map(names.map(name => [name, [] as number[]]));
  for (let run = 0; run <= runs; run++) {
    for (const name of names) {
      const milliseconds = commands[name]?.() ?? Number.NaN;
      // The first round warms the caches.
      if (run > 0) times.get(name)?.push(milliseconds);
    }
  }
  const base = median(times.get(names[0] ?? '') ?? []);
  return names.map(what => {
    const milliseconds = median(times.get(what) ?? []);
    return { what, milliseconds, ratio: milliseconds / base };
  });
}

/** What an idle sync asks of the kernel: nothing that syncs, starts a program or changes the menu. */
function printSystemCalls(root: string, loader: string): void {
  const log = path.join(place.folder, 'strace.log');
  const traced = ['-f', '-o', log, process.execPath, genctl, '--root', root, 'menu', 'sync'];
  if (spawnSync('strace', traced).status !== 0) return;
  const counts = new Map<string, number>();
  for (const line of fs.readFileSync(log, 'utf8').split('\n')) {
    const name = /^\d+ +(\w+)\(/.exec(line)?.[1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const shown = ['statx', 'openat', 'readlink', 'read', 'close'];
  const telling = [
    'write',
    'link',
    'unlink',
    'rename',
    'mkdir',
    'fsync',
    'fdatasync',
    'syncfs',
    'fork',
    'vfork',
  ];
  const row = (names: readonly string[]): string =>
    names.map(name => `${name} ${counts.get(name) ?? 0}`).join(', ');
  console.log(`\n\`strace -f genctl menu sync\`, nothing to do, 500 generations, ${loader}:`);
  console.log(
    `${row(shown)}; ${row(telling)}, execve ${(counts.get('execve') ?? 1) - 1} beside its own`,
  );
}

const cpus = os.availableParallelism();
console.log(
  `${runs} interleaved runs on ${place.kind}, ${cpus} virtual cores, Node ${process.versions.node}`,
);

const bare = (): number => time([process.execPath, '-e', '0']);
const hasNix = spawnSync('nix-hash', ['--version']).status === 0;
if (isWanted('commands')) benchCommands();
if (isWanted('loaders')) benchLoaders();
if (isWanted('activation')) benchActivation();
if (isWanted('hardware')) benchHardware();
if (isWanted('nar') && hasNix) benchNar();
if (isWanted('collector') && hasNix) benchCollector();
if (isWanted('debian')) await benchDebian({ folder: place.folder, genctl, runs });

function isWanted(part: string): boolean {
  return wantedParts.length === 0 || wantedParts.includes(part);
}

function benchCommands(): void {
  const machines = new Map([10, 100, 500].map(count => [count, makeMachine(count)]));
  const commands: Record<string, () => number> = { '`node -e 0`': bare };
  for (const [count, root] of machines) {
    commands[`\`genctl list\`, ${count} generations`] = () =>
      time([genctl, '--root', root, 'list']);
    commands[`\`genctl menu sync\`, nothing to do, ${count} generations`] = () =>
      time([genctl, '--root', root, 'menu', 'sync']);
  }
  print('Command', compare(commands), 'times `node -e 0`');

  const adding: Record<string, () => number> = { '`node -e 0`': bare };
  for (const [count, root] of machines) {
    const declaration = path.join(root, 'etc/genctl/system.conf');
    let version = 0;
    adding[`\`genctl boot\`, one generation more at ${count}`] = () => {
      version += 1;
      fs.writeFileSync(declaration, declarationOf('systemd-boot', version));
      return time([genctl, '--root', root, 'boot']);
    };
  }
  print('Command', compare(adding), 'times `node -e 0`');

  printSystemCalls(machines.get(500) ?? '', 'systemd-boot');
}

/** The same menu by both loaders. */
function benchLoaders(): void {
  const count = 500;
  const commands: Record<string, () => number> = { '`node -e 0`': bare };
  const adding: Record<string, () => number> = { '`node -e 0`': bare };
  const roots = (['systemd-boot', 'grub'] as const).map(loader => {
    const root = makeMachine(count, loader);
    let version = 0;
    commands[`\`genctl menu sync\`, nothing to do, ${loader}, ${count} generations`] = () =>
      time([genctl, '--root', root, 'menu', 'sync']);
    commands[`\`genctl menu show\`, ${loader}, ${count} generations`] = () =>
      time([genctl, '--root', root, 'menu', 'show']);
    adding[`\`genctl boot\`, one generation more at ${count}, ${loader}`] = () => {
      version += 1;
      fs.writeFileSync(path.join(root, 'etc/genctl/system.conf'), declarationOf(loader, version));
      return time([genctl, '--root', root, 'boot']);
    };
    return { loader, root };
  });
  print('Loader', compare(commands), 'times `node -e 0`');
  for (const { loader, root } of roots) printSystemCalls(root, loader);
  print('Loader', compare(adding), 'times `node -e 0`');
}

/** `activate` of systems with 1,000 entries below /etc, as it is at boot. */
function benchActivation(): void {
  const root = path.join(place.folder, 'activation');
  const declared = path.join(root, 'etc/genctl/etc');
  const name = (index: number): string => `bench.d/${Math.ceil(index / 50)}/entry-${index}`;
  const put = (index: number, text: string, mode = 0o644): void => {
    const at = path.join(declared, name(index));
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.writeFileSync(at, text);
    fs.chmodSync(at, mode);
  };
  const build = (): string => {
    const { stdout } = spawnSync(genctl, ['--root', root, 'build'], { encoding: 'utf8' });
    return path.join(root, stdout.trim(), 'activate');
  };
  for (const file of ['vmlinuz-1', 'initrd-1']) {
    fs.mkdirSync(path.join(root, 'parts'), { recursive: true });
    fs.writeFileSync(path.join(root, 'parts', file), file);
  }
  fs.mkdirSync(path.join(root, 'run'), { recursive: true });
  for (let index = 1; index <= 1000; index++) {
    put(index, `entry ${index}`, index <= 20 ? 0o600 : 0o644);
  }
  fs.writeFileSync(
    path.join(root, 'etc/genctl/system.conf'),
    '[system]\nkernel = /parts/vmlinuz-1\ninitrd = /parts/initrd-1\n',
  );
  const one = build();
  for (let index = 101; index <= 110; index++) put(index, 'changed');
  const otherContent = build();
  for (let index = 101; index <= 110; index++) fs.rmSync(path.join(declared, name(index)));
  const fewerLinks = build();
  for (let index = 1; index <= 10; index++) put(index, 'changed', 0o600);
  const otherCopies = build();
  const activate = (script: string): number => time(['env', `GENCTL_ROOT=${root}`, script]);
  const after = (before: string, script: string) => (): number => {
    activate(before);
    return activate(script);
  };
  print(
    'Activation, 1,000 entries, 20 of them copies',
    compare({
      '`sh -c :`': () => time(['env', 'sh', '-c', ':']),
      '`activate`, nothing to do': after(one, one),
      '`activate`, 10 links with other content': after(one, otherContent),
      '`activate`, 10 links more': after(fewerLinks, otherContent),
      '`activate`, 10 copies changed': after(fewerLinks, otherCopies),
    }),
    'times `sh -c :`',
  );
}

/** The module of this machine, and of the biggest one among the fixtures, for its kernel. */
function benchHardware(): void {
  const kernels = path.resolve('hw-fixtures/kernel/lib/modules');
  const kernel = path.join(kernels, fs.readdirSync(kernels)[0] ?? '');
  const capture = path.resolve('hw-fixtures/thousand-devices/capture.tar.gz');
  const show = ['hardware', 'show', '--format', 'nix', '--kernel', kernel] as const;
  const figures = compare({
    '`node -e 0`': bare,
    '`genctl hardware show --format nix`, this machine': () => time([genctl, ...show]),
    '`genctl hardware show --format nix --from`, the biggest fixture': () =>
      time([genctl, ...show, '--from', capture]),
  });
  print('Command', figures, 'times `node -e 0`');
}

function benchNar(): void {
  const tree = path.join(place.folder, 'tree');
  fs.mkdirSync(tree);
  for (let index = 0; index < 5; index++) {
    fs.writeFileSync(path.join(tree, `big-${index}`), randomBytes(100 << 20));
  }
  const bundle = bundled('bench-nar');
  const figures = compare({
    '`nix-hash --type sha256`, 500 MB': () => time(['nix-hash', '--type', 'sha256', tree]),
    'genctl’s NAR hash, 500 MB, with the start of Node': () =>
      time([process.execPath, bundle, tree]),
  });
  print('NAR hash', figures, 'times nix-hash');
}

/** One of our own scripts as one file, as genctl is. */
function bundled(name: string): string {
  const bundle = path.join(place.folder, `${name}.cjs`);
  const built = spawnSync('node_modules/.bin/esbuild', [
    path.resolve(`scripts/${name}.ts`),
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--format=cjs',
    '--minify',
    `--outfile=${bundle}`,
  ]);
  if (built.status !== 0) throw new Error(String(built.stderr));
  return bundle;
}

/** 10,000 dead and 1,000 live paths: ours, and a copy that Nix manages. */
function benchCollector(): void {
  const bundle = bundled('bench-collect');
  const must = (program: string, args: readonly string[], input = ''): string => {
    const options = { input, env: nixEnvironment, encoding: 'utf8', maxBuffer: 1 << 30 } as const;
    const { status, stdout, stderr } = spawnSync(program, args, options);
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const [ours, theirs] = [path.join(place.folder, 'ours'), path.join(place.folder, 'theirs')];
  const nixStore = ['--store', theirs];
  /** As fresh as after a build: nothing of it is in the caches but what reading it once brings. */
  const restore = (): void => {
    for (const root of [ours, theirs]) fs.rmSync(root, { recursive: true, force: true });
    for (const root of [ours, theirs]) must('cp', ['-a', `${made}/.`, root]);
    fs.rmSync(path.join(theirs, 'nix/var/genctl'), { recursive: true });
    must('nix-store', [...nixStore, '--load-db'], registrations);
    must('sync', ['-f', place.folder]);
  };
  const made = path.join(path.dirname(place.folder), 'made');
  fs.mkdirSync(made);
  const registrations = must(process.execPath, [bundle, 'make', made, '10000', '1000']);
  // Nix does not share files unless it is told to, and here none are equal.
  fs.rmSync(path.join(made, 'nix/store/.links'), { recursive: true });
  fs.rmSync(path.join(made, 'nix/var/nix/temproots'), { recursive: true, force: true });
  restore();
  const nix = (...args: string[]): number =>
    time(['env', ...nixAssignments, 'nix-store', ...nixStore, ...args]);
  const dry = compare({
    '`nix-store --gc --print-dead`': () => nix('--gc', '--print-dead'),
    'genctl’s dry run, with the start of Node': () => time([process.execPath, bundle, 'dry', ours]),
  });
  print('10,000 dead and 1,000 live paths', dry, 'times Nix');
  const times: [nix: number, ours: number][] = [];
  for (let run = 0; run < Math.min(runs, 5); run++) {
    if (run > 0) restore();
    times.push([nix('--gc'), time([process.execPath, bundle, 'collect', ours])]);
  }
  const medians = [0, 1].map(which => median(times.map(pair => pair[which] ?? Number.NaN)));
  const figures = ['`nix-store --gc`', 'genctl’s collection'].map((what, which) => {
    const milliseconds = medians[which] ?? Number.NaN;
    return { what, milliseconds, ratio: milliseconds / (medians[0] ?? Number.NaN) };
  });
  print('The same, deleted', figures, 'times Nix');
}
