// A sandbox machine with one generation and a second one declared, verbs run under strace, and
// what a user would look at afterwards.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assert from 'uvu/assert';
import { bootVerdict } from '../transaction/walk-plan.ts';
import { readDisks } from './read-disks.ts';

const genctl = path.resolve('dist/genctl');
const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const scratch = fs.mkdtempSync(path.join(base, 'genctl-crash-'));
process.on('exit', () => {
  spawnSync('chmod', ['-R', 'u+w', scratch]);
  fs.rmSync(scratch, { recursive: true, force: true });
});

export function write(root: string, name: string, text: string): void {
  const at = path.join(root, name);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.writeFileSync(at, text);
}

/** Declares a system of its own kernel, initrd and `/etc`. */
export function declare(root: string, version: string): void {
  write(
    root,
    'etc/genctl/system.conf',
    `[system]\nkernel = /parts/vmlinuz-${version}\ninitrd = /parts/initrd-${version}\n[boot]\nkernelParams = n=${version}\n[activation]\nconflicts = backup\n`,
  );
  write(root, 'etc/genctl/etc/motd', `motd ${version}\n`);
  write(root, `etc/genctl/etc/only-${version}`, 'x\n');
}

/**
 * A machine with foreign files and so many generations, the last one current; the next one is
 * declared.
 */
export function makeMachine(generations: 0 | 1 | 2): string {
  const root = path.join(scratch, `template-${generations}`);
  clear(root);
  write(root, 'boot/EFI/Microsoft/bootmgfw.efi', 'windows');
  write(root, 'boot/loader/entries/debian.conf', 'title Debian\nlinux /vmlinuz\n');
  write(
    root,
    'usr/lib/systemd/boot/efi/systemd-bootx64.efi',
    'MZ #### LoaderInfo: systemd-boot 252 ####',
  );
  for (const version of ['1', '2', '3']) {
    write(root, `parts/vmlinuz-${version}`, `kernel ${version}`);
    write(root, `parts/initrd-${version}`, `initrd ${version}`);
  }
  write(root, 'etc/motd', 'the user wrote this\n');
  declare(root, '1');
  run(root, ['loader', 'install']);
  for (let number = 1; number <= generations; number++) {
    run(root, ['switch']);
    declare(root, String(number + 1));
  }
  return root;
}

/**
 * Runs a verb to whatever end.
 *
 * @param within a command that runs the one after it, in other surroundings
 */
export function runToEnd(root: string, args: readonly string[], within: readonly string[] = []) {
  const [command = genctl, ...rest] = [...within, genctl, '--root', root, ...args];
  return spawnSync(command, rest, { encoding: 'utf8' });
}

/** Runs a verb, which must succeed, and gives what it says on its standard error. */
export function run(root: string, args: readonly string[], within: readonly string[] = []): string {
  const { status, stderr } = runToEnd(root, args, within);
  assert.is(status, 0, `${args.join(' ')}: ${stderr}`);
  return stderr;
}

/** Removes a folder, with those in it that have no write bits. */
function clear(folder: string): void {
  spawnSync('chmod', ['-R', 'u+w', folder]);
  fs.rmSync(folder, { recursive: true, force: true });
}

export function copyOf(template: string): string {
  const copy = path.join(scratch, 'machine');
  clear(copy);
  assert.is(spawnSync('cp', ['-a', template, copy]).status, 0);
  return copy;
}

/** One system call of genctl itself: the n-th of that name. */
export interface Call {
  name: string;
  occurrence: number;
}

export interface Traced {
  calls: Call[];
  /** Those by which it says something to a person; with `--verbose`, one before each step. */
  notices: Call[];
  exitCode: number | null;
  stderr: string;
}

/**
 * Runs a verb under strace, and gives the calls that it came to.
 *
 * @param calls the names of the calls to look at
 * @param harm what is done to one of them, in strace's words: `signal=KILL`, `error=EIO`
 * @param within a command that runs the one after it, in other surroundings
 */
export function runTraced(
  root: string,
  args: readonly string[],
  calls: string,
  harm?: { call: Call; what: string },
  within: readonly string[] = [],
): Traced {
  const log = path.join(scratch, 'strace.log');
  const inject = harm && [
    '-e',
    `inject=${harm.call.name}:${harm.what}:when=${harm.call.occurrence}`,
  ];
  const traced = ['-f', '-y', '-o', log, '-e', `trace=${calls}`, ...(inject ?? [])];
  const argv = ['strace', ...traced, process.execPath, genctl, '--root', root, ...args];
  const [command = 'strace', ...rest] = [...within, ...argv];
  const { status, stderr } = spawnSync(command, rest, { encoding: 'utf8', timeout: 600_000 });
  const lines = fs.readFileSync(log, 'utf8').split('\n');
  const pid = lines[0]?.split(' ')[0];
  const counts = new Map<string, number>();
  const made: Call[] = [];
  const notices: Call[] = [];
  for (const line of lines) {
    const name = line.startsWith(`${pid} `) ? /^\d+ +(\w+)\(/.exec(line)?.[1] : undefined;
    if (name === undefined) continue;
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    if (/^\d+ +write\(2</.test(line)) notices.push({ name, occurrence });
    // Node writes to event handles of its own, which no disk has a part in.
    else if (name !== 'write' || /^\d+ +write\(\d+<\//.test(line)) {
      made.push({ name, occurrence });
    }
  }
  return { calls: made, notices, exitCode: status, stderr };
}

export interface Outcome {
  boots: ReturnType<typeof bootVerdict>;
  esp: string[];
  links: Record<string, string>;
  active: string | undefined;
  etc: string[];
}

export function systemOf({ boots, active, etc }: Outcome): unknown {
  return { boots: 'entry' in boots, active, etc };
}

/** All that a user would look at: what boots, the menu's files, links, and /etc. */
export function outcomeOf(root: string): Outcome {
  const disks = readDisks(root);
  const etc = fs
    .readdirSync(path.join(root, 'etc'))
    .filter(name => !name.startsWith('.genctl') && name !== 'genctl');
  return {
    boots: bootVerdict(disks),
    esp: [...disks.files]
      .filter(([key]) => key.startsWith('esp:') && !/ledger-[ab]$/.test(key))
      .map(([key, { sha256 }]) => `${key} ${sha256}`)
      .toSorted(),
    links: Object.fromEntries(disks.links),
    active: disks.active,
    etc: etc.map(name => {
      const at = path.join(root, 'etc', name);
      return fs.lstatSync(at).isSymbolicLink() ? `${name} -> ${fs.readlinkSync(at)}` : name;
    }),
  };
}

/** Whether strace is there and may trace. */
export const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
