import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assert from 'uvu/assert';
import { checkAnswer } from '../json-schemas/published-schemas.ts';
import { genctlProgram } from './genctl-program.ts';
import { type Snapshot, type SnapshotOptions, snapshotOf } from './tree-snapshot.ts';
import { walkFirst } from './walk-first.ts';

/** What a run of genctl ended with. */
export interface Answer {
  /** Undefined where a signal ended it. */
  exitCode: number | undefined;
  signal: string | undefined;
  stdout: string;
  stderr: string;
  /** Standard output as one JSON document; undefined where it is none. */
  json: unknown;
}

export interface RunOptions {
  /** What runs genctl: `['unshare', '--mount']`, `['strace', …]`. */
  wrapper?: readonly string[];
  env?: Readonly<Record<string, string>>;
  input?: string;
}

/** A declaration of a sandbox machine, as far as tests vary it. */
export interface Wish {
  label?: string;
  hostName?: string;
  kernelParams?: string;
  /** Further lines of `[boot.loader]`. */
  loader?: readonly string[];
  /** Kernel parameters by the specialisation's name. */
  specialisations?: Readonly<Record<string, string>>;
  /** Files below /etc. */
  etc?: Readonly<Record<string, string>>;
}

/** Where a foreign system comes from and what is odd about it. */
export interface ForeignSystem {
  /** The text of its `boot.json`; made from `label` where not given. */
  bootJson?: string;
  label?: string;
  kernelParams?: readonly string[];
  specialisations?: Readonly<Record<string, string>>;
  /** Content of its kernel; none where null. */
  kernel?: string | null;
  sortKey?: string;
  /** The text of its `activate`; there is none without it. */
  activate?: string;
}

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const loaderBinary = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';
/** What a systemd-boot binary is recognised by. */
const loaderMarker = '#### LoaderInfo: systemd-boot 252 ####';

/**
 * A machine in a folder of its own: an ESP that is a plain folder, a boot loader to install,
 * a kernel and an initrd that nothing can start, and a declaration.
 */
export class Sandbox implements Disposable {
  readonly folder: string = fs.mkdtempSync(path.join(base, 'genctl-commands-'));
  readonly root: string = path.join(this.folder, 'root');

  /** A machine on which genctl has never run. */
  static blank(): Sandbox {
    const sandbox = new Sandbox();
    fs.mkdirSync(sandbox.at('/boot/EFI'), { recursive: true });
    sandbox.write(loaderBinary, `MZ fake loader ${loaderMarker}\n${'loader '.repeat(2000)}`);
    sandbox.write('/boot-parts/vmlinuz-6.1.0', `kernel 6.1.0 ${'k'.repeat(20_000)}`);
    sandbox.write('/boot-parts/initrd.img-6.1.0', `initrd 6.1.0 ${'i'.repeat(30_000)}`);
    sandbox.write('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`);
    sandbox.declare({});
    return sandbox;
  }

  /** A machine with a boot loader and so many generations; their labels are `first`, `second`… */
  static with(generations: 0 | 1 | 2 | 3): Sandbox {
    let source = prepared.get(generations);
    if (source === undefined) {
      source = prepare(generations);
      prepared.set(generations, source);
    }
    return source.copy();
  }

  /** The same machine in another folder. */
  copy(): Sandbox {
    const sandbox = new Sandbox();
    const { status, stderr } = spawnSync('cp', ['-a', this.root, sandbox.root]);
    assert.is(status, 0, stderr.toString());
    return sandbox;
  }

  /** Where a path of the machine is on the host. */
  at(logicalPath: string): string {
    return this.root + logicalPath;
  }

  write(logicalPath: string, content: string | Uint8Array, mode = 0o644): void {
    fs.mkdirSync(path.dirname(this.at(logicalPath)), { recursive: true });
    fs.writeFileSync(this.at(logicalPath), content);
    fs.chmodSync(this.at(logicalPath), mode);
  }

  read(logicalPath: string): string {
    return fs.readFileSync(this.at(logicalPath), 'utf8');
  }

  exists(logicalPath: string): boolean {
    return fs.lstatSync(this.at(logicalPath), { throwIfNoEntry: false }) !== undefined;
  }

  names(logicalPath: string): string[] {
    return this.exists(logicalPath) ? fs.readdirSync(this.at(logicalPath)).toSorted() : [];
  }

  /** Writes the declaration anew. */
  declare(wish: Wish): void {
    const { label, hostName, kernelParams, loader = [], specialisations = {}, etc = {} } = wish;
    const lines = [
      '[system]',
      'kernel = /boot-parts/vmlinuz-*',
      'initrd = /boot-parts/initrd.img-*',
      ...(label === undefined ? [] : [`label = ${label}`]),
      '[networking]',
      `hostName = ${hostName ?? 'sandbox'}`,
      '[boot]',
      `kernelParams = ${kernelParams ?? 'quiet'}`,
      '[boot.loader]',
      ...loader,
      ...Object.entries(specialisations).flatMap(([name, params]) => [
        `[specialisation.${name}.boot]`,
        `kernelParams = ${params}`,
      ]),
    ];
    this.write('/etc/genctl/system.conf', `${lines.join('\n')}\n`);
    for (const [name, text] of Object.entries(etc)) this.write(`/etc/genctl/etc/${name}`, text);
  }

  /** Runs genctl on this machine to its end; what it answers in JSON has to be as published. */
  run(args: readonly string[], options: RunOptions = {}): Answer {
    if (Object.keys(options).length === 0) walkFirst(this.root, args);
    const [program = '', ...rest] = this.commandLine(args, options);
    const { status, signal, stdout, stderr, error } = spawnSync(program, rest, {
      encoding: 'utf8',
      env: environment(options.env),
      maxBuffer: 64 << 20,
      ...(options.input !== undefined && { input: options.input }),
    });
    if (error !== undefined) throw error;
    // What runs genctl may take its answer away, or keep it from giving one.
    const isAnswered = status !== null && (options.wrapper === undefined || stdout !== '');
    if (args.includes('--json') && isAnswered) checkAnswer(args, status, stdout);
    return {
      exitCode: status ?? undefined,
      signal: signal ?? undefined,
      stdout,
      stderr,
      json: parse(stdout),
    };
  }

  /** Runs genctl and expects that all went well. */
  runWell(...args: readonly string[]): Answer {
    const answer = this.run(args);
    assert.is(answer.exitCode, 0, `genctl ${args.join(' ')}: ${answer.stderr}${answer.stdout}`);
    return answer;
  }

  /** Starts genctl in a process group of its own. */
  start(args: readonly string[], options: RunOptions = {}): ChildProcess {
    const [program = '', ...rest] = this.commandLine(args, options);
    return spawn(program, rest, {
      env: environment(options.env),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  commandLine(args: readonly string[], { wrapper = [] }: RunOptions = {}): string[] {
    return [...wrapper, process.execPath, genctlProgram, '--root', this.root, ...args];
  }

  /** Adds a system to the store that genctl did not build, and gives its path. */
  addSystem(name: string, system: ForeignSystem = {}): string {
    const hashPart = name
      .replaceAll(/[^0-9a-df-np-sv-z]/g, '0')
      .padEnd(32, '0')
      .slice(0, 32);
    const toplevel = `/nix/store/${hashPart}-${name}`;
    const { kernel = `kernel of ${name}` } = system;
    if (kernel !== null) this.write(`${toplevel}-kernel/bzImage`, kernel);
    this.write(`${toplevel}-kernel/initrd`, `initrd of ${name}`);
    this.write(`${toplevel}/init`, '#!/bin/sh\n', 0o755);
    this.write(`${toplevel}/boot.json`, system.bootJson ?? bootJsonOf(toplevel, system));
    if (system.activate !== undefined) {
      this.write(`${toplevel}/activate`, system.activate, 0o755);
      this.write(`${toplevel}/etc-manifest`, '');
    }
    return toplevel;
  }

  /** Links a generation, as Nix's tools would; of the profile `system` unless told. */
  link(number: number, target: string, profile = 'system'): void {
    const folder = profileFolder(profile);
    fs.mkdirSync(this.at(folder), { recursive: true });
    fs.symlinkSync(target, this.at(`${folder}/${profile}-${number}-link`));
  }

  /** Points a profile's own link. */
  select(number: number, profile = 'system'): void {
    const link = this.at(`${profileFolder(profile)}/${profile}`);
    fs.rmSync(link, { force: true });
    fs.symlinkSync(`${profile}-${number}-link`, link);
  }

  /** The store path that a generation's link leads to. */
  target(number: number, profile = 'system'): string {
    return fs.readlinkSync(this.at(`${profileFolder(profile)}/${profile}-${number}-link`));
  }

  /** Numbers of the generations whose links are there. */
  numbers(profile = 'system'): number[] {
    const pattern = new RegExp(`^${profile}-(\\d+)-link$`);
    return this.names(profileFolder(profile))
      .flatMap(name => pattern.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((left, right) => left - right);
  }

  /** The number that the profile's own link says. */
  current(profile = 'system'): number | undefined {
    const link = this.at(`${profileFolder(profile)}/${profile}`);
    const number = /-(\d+)-link$/.exec(fs.readlinkSync(link))?.[1];
    return number === undefined ? undefined : Number(number);
  }

  /** Changes what cannot be changed by its mode, as root or as the owner. */
  edit(logicalPath: string, change: (text: string) => string): void {
    const place = this.at(logicalPath);
    const mode = fs.statSync(place).mode & 0o7777;
    fs.chmodSync(place, 0o644);
    fs.writeFileSync(place, change(fs.readFileSync(place, 'utf8')));
    fs.chmodSync(place, mode);
  }

  /** The machine as it is, but for the folder of its lock. */
  snapshot(options: SnapshotOptions = {}): Snapshot {
    return snapshotOf(this.root, {
      ...options,
      leaveOut: ['/run/genctl', ...(options.leaveOut ?? [])],
    });
  }

  /** What is left of locks: nothing where nobody holds one. */
  locks(): string[] {
    return this.names('/run/genctl').filter(name => name !== 'temproots');
  }

  /** Names of all entries in the menu, as `loader/entries` has them. */
  entries(): string[] {
    return this.names('/boot/loader/entries');
  }

  [Symbol.dispose](): void {
    // Store paths carry no write bits, which stops a user but not chmod.
    if (process.getuid?.() !== 0) spawnSync('chmod', ['-R', 'u+w', this.folder]);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const prepared = new Map<number, Sandbox>();
process.on('exit', () => {
  for (const sandbox of prepared.values()) sandbox[Symbol.dispose]();
});

function prepare(generations: number): Sandbox {
  const sandbox = Sandbox.blank();
  sandbox.runWell('loader', 'install');
  for (const label of ['first', 'second', 'third'].slice(0, generations)) {
    sandbox.declare({ label, etc: { motd: `motd of ${label}\n` } });
    sandbox.runWell('switch');
  }
  return sandbox;
}

export function profileFolder(profile: string): string {
  return `/nix/var/nix/profiles${profile === 'system' ? '' : '/system-profiles'}`;
}

/** A whole and right `boot.json`. */
export function bootJsonOf(toplevel: string, system: ForeignSystem = {}): string {
  const { label = 'Foreign', kernelParams = ['quiet'], specialisations = {}, sortKey } = system;
  const v1 = (text: string, params: readonly string[]) => ({
    'org.nixos.bootspec.v1': {
      system: 'x86_64-linux',
      init: `${toplevel}/init`,
      kernel: `${toplevel}-kernel/bzImage`,
      initrd: `${toplevel}-kernel/initrd`,
      kernelParams: params,
      label: text,
      toplevel,
    },
  });
  const nested = Object.entries(specialisations).map(([name, params]) => [
    name,
    v1(label, [params]),
  ]);
  return JSON.stringify({
    ...v1(label, kernelParams),
    'org.nixos.specialisation.v1': Object.fromEntries(nested),
    ...(sortKey !== undefined && { 'org.nixos.systemd-boot': { sortKey } }),
  });
}

function environment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  return { PATH, HOME: '/nonexistent', ...added };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
