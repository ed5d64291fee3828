import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { renderActivate } from '../../src/activation/activate-script.ts';
import { etcManifest } from '../../src/activation/etc-manifest.ts';
import type { ConflictPolicies, ConflictPolicy, EtcEntry } from '../../src/activation/etc-tree.ts';
import type { OwnUsr } from '../../src/activation/own-usr.ts';

export interface Shell {
  name: string;
  /** The interpreter with its arguments. */
  command: readonly [string, ...string[]];
  /** PATH while it runs. */
  toolPath: string;
}

const scratch = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** dash with coreutils, and busybox with nothing but its own applets; those that are installed. */
export function shells(): Shell[] {
  const found: Shell[] = [];
  if (fs.existsSync('/usr/bin/dash')) {
    found.push({ name: 'dash', command: ['/usr/bin/dash'], toolPath: '/usr/bin:/bin' });
  }
  const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(file => fs.existsSync(file));
  if (busybox !== undefined) {
    found.push({ name: 'busybox', command: [busybox, 'sh'], toolPath: appletFolder(busybox) });
  }
  return found;
}

function appletFolder(busybox: string): string {
  const folder = fs.mkdtempSync(path.join(scratch, 'genctl-applets-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  for (const applet of applets) fs.symlinkSync(busybox, path.join(folder, applet));
  return folder;
}

/** A wanted file: its text, which makes it a link; a text with a mode, copied; a direct link. */
export type Wanted = string | { text: string; mode: number } | { target: string };

/** What a system may have besides its files. */
export interface SystemOptions {
  /** Lines behind its manifest's own. */
  extraLines?: string;
  policy?: ConflictPolicy;
  policies?: Readonly<Record<string, ConflictPolicy>>;
  usr?: OwnUsr;
}

export interface System {
  /** What tells its manifest from others. */
  id: string;
  activate: string;
  manifest: string;
  etcPath: string;
  systemPath: string;
}

/** A root in a folder of its own, with systems that want something in its /etc. */
export class Sandbox implements Disposable {
  readonly root: string;
  readonly #owner: { uid: number; gid: number };

  constructor() {
    this.root = fs.mkdtempSync(path.join(scratch, 'genctl-activate-'));
    fs.mkdirSync(this.at('/etc'), { recursive: true });
    this.#owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  }

  /** Where a path of the root is on the host. */
  at(logicalPath: string): string {
    return this.root + logicalPath;
  }

  write(logicalPath: string, text: string, mode = 0o644): void {
    fs.mkdirSync(path.dirname(this.at(logicalPath)), { recursive: true });
    fs.rmSync(this.at(logicalPath), { force: true });
    fs.writeFileSync(this.at(logicalPath), text);
    fs.chmodSync(this.at(logicalPath), mode);
  }

  read(logicalPath: string): string {
    return fs.readFileSync(this.at(logicalPath), 'utf8');
  }

  link(logicalPath: string, target: string): void {
    fs.mkdirSync(path.dirname(this.at(logicalPath)), { recursive: true });
    fs.symlinkSync(target, this.at(logicalPath));
  }

  target(logicalPath: string): string {
    return fs.readlinkSync(this.at(logicalPath));
  }

  exists(logicalPath: string): boolean {
    return fs.lstatSync(this.at(logicalPath), { throwIfNoEntry: false }) !== undefined;
  }

  /** Puts a system into the root's store. */
  system(
    name: string,
    files: Readonly<Record<string, Wanted>>,
    { extraLines = '', policy = 'refuse', policies = {}, usr }: SystemOptions = {},
  ): System {
    const systemPath = `/nix/store/${name}-system`;
    const etcPath = `/nix/store/${name}-etc`;
    const manifestPath = `${systemPath}/etc-manifest`;
    const conflicts: ConflictPolicies = {
      default: policy,
      paths: new Map(Object.entries(policies)),
    };
    fs.mkdirSync(this.at(etcPath), { recursive: true });
    const entries = Object.entries(files).map(([file, wanted]) =>
      this.#entry(etcPath, file, wanted),
    );
    const manifest = etcManifest(entries, etcPath, conflicts);
    this.write(manifestPath, manifest + extraLines);
    const script = renderActivate({ entries, etcPath, systemPath, manifestPath, conflicts, usr });
    this.write(`${systemPath}/activate`, script, 0o755);
    return {
      id: /^manifest 1 (\w+)$/m.exec(manifest)?.[1] ?? '',
      activate: this.at(`${systemPath}/activate`),
      manifest: this.at(manifestPath),
      etcPath,
      systemPath,
    };
  }

  #entry(etcPath: string, path: string, wanted: Wanted): EtcEntry {
    if (typeof wanted !== 'string' && 'target' in wanted)
      return { kind: 'direct', path, ...wanted };
    const text = typeof wanted === 'string' ? wanted : wanted.text;
    this.write(`${etcPath}/${path}`, text, 0o444);
    if (typeof wanted === 'string') return { kind: 'link', path };
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { kind: 'copy', path, mode: wanted.mode, ...this.#owner, sha256 };
  }

  /** Runs a system's activate, under a tracer where one is given. */
  run(
    shell: Shell,
    system: System,
    args: readonly string[] = [],
    tracer: readonly string[] = [],
    conflicts?: 'refuse' | 'backup',
  ): SpawnSyncReturns<string> {
    const [program = '', ...rest] = [...tracer, ...shell.command, system.activate, ...args];
    return spawnSync(program, rest, {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: {
        PATH: shell.toolPath,
        GENCTL_ROOT: this.root,
        ...(conflicts !== undefined && { GENCTL_CONFLICTS: conflicts }),
      },
    });
  }

  /** Everything below a folder of the root, one line a file: kind, mode, content or target. */
  list(logicalPath = '/etc', leaveOut: readonly string[] = ['.genctl']): string[] {
    const lines: string[] = [];
    const walk = (folder: string): void => {
      for (const name of fs.readdirSync(this.at(folder)).toSorted()) {
        if (leaveOut.includes(name)) continue;
        const file = `${folder}/${name}`;
        const stat = fs.lstatSync(this.at(file));
        const mode = (stat.mode & 0o7777).toString(8);
        if (stat.isSymbolicLink()) lines.push(`${file} -> ${this.target(file)}`);
        else if (stat.isDirectory()) lines.push(`${file}/ ${mode}`);
        else if (!stat.isFile()) lines.push(`${file} ${mode} special`);
        else lines.push(`${file} ${mode} ${JSON.stringify(this.read(file))}`);
        if (stat.isDirectory()) walk(file);
      }
    };
    walk(logicalPath);
    return lines;
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
