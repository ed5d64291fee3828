import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootVerdict } from '../transaction/walk-plan.ts';
import { readDisks } from './read-disks.ts';

/** Every system call that changes something; opening a file is followed by one of these. */
const calls =
  'rename,link,fsync,mkdir,symlink,chmod,fchmod,utimensat,lchown,unlink,rmdir,write,pwrite64,ftruncate';

const genctl = path.resolve('dist/genctl');
const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const scratch = fs.mkdtempSync(path.join(base, 'genctl-crash-'));
process.on('exit', () => {
  spawnSync('chmod', ['-R', 'u+w', scratch]);
  fs.rmSync(scratch, { recursive: true, force: true });
});

/** How many of a verb's calls are looked at, evenly spread; scripts/soak looks at all. */
const share = Number(process.env['GENCTL_TEST_KILLS'] ?? 12);

function write(root: string, name: string, text: string): void {
  const at = path.join(root, name);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.writeFileSync(at, text);
}

function declare(root: string, version: string): void {
  write(
    root,
    'etc/genctl/system.conf',
    `[system]\nkernel = /parts/vmlinuz-${version}\ninitrd = /parts/initrd-${version}\n[boot]\nkernelParams = n=${version}\n`,
  );
  write(root, 'etc/genctl/etc/motd', `motd ${version}\n`);
  write(root, `etc/genctl/etc/only-${version}`, 'x\n');
}

/** A machine with one generation and foreign files, and a second one declared. */
function makeMachine(): string {
  const root = path.join(scratch, 'template');
  write(root, 'boot/EFI/Microsoft/bootmgfw.efi', 'windows');
  write(root, 'boot/loader/entries/debian.conf', 'title Debian\nlinux /vmlinuz\n');
  write(
    root,
    'usr/lib/systemd/boot/efi/systemd-bootx64.efi',
    'MZ #### LoaderInfo: systemd-boot 252 ####',
  );
  for (const version of ['1', '2']) {
    write(root, `parts/vmlinuz-${version}`, `kernel ${version}`);
    write(root, `parts/initrd-${version}`, `initrd ${version}`);
  }
  write(root, 'etc/motd', 'the user wrote this\n');
  declare(root, '1');
  run(root, ['loader', 'install']);
  run(root, ['switch']);
  declare(root, '2');
  return root;
}

function run(root: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(genctl, ['--root', root, ...args], { encoding: 'utf8' });
  assert.is(status, 0, `${args.join(' ')}: ${stderr}`);
}

function copyOf(template: string): string {
  const copy = path.join(scratch, 'machine');
  spawnSync('chmod', ['-R', 'u+w', copy]);
  fs.rmSync(copy, { recursive: true, force: true });
  assert.is(spawnSync('cp', ['-a', template, copy]).status, 0);
  return copy;
}

interface Call {
  name: string;
  occurrence: number;
}

/** Runs a verb, killed at one of its calls unless told, and gives those that it came to. */
function runTraced(root: string, args: readonly string[], kill?: Call): Call[] {
  const log = path.join(scratch, 'strace.log');
  const inject = kill && ['-e', `inject=${kill.name}:signal=KILL:when=${kill.occurrence}`];
  const traced = ['-f', '-o', log, '-e', `trace=${calls}`, ...(inject ?? [])];
  spawnSync('strace', [...traced, process.execPath, genctl, '--root', root, ...args]);
  const lines = fs.readFileSync(log, 'utf8').split('\n');
  const pid = lines[0]?.split(' ')[0];
  const counts = new Map<string, number>();
  return lines.flatMap(line => {
    const name = line.startsWith(`${pid} `) ? /^\d+ +(\w+)\(/.exec(line)?.[1] : undefined;
    if (name === undefined) return [];
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    return [{ name, occurrence }];
  });
}

interface Outcome {
  boots: ReturnType<typeof bootVerdict>;
  esp: string[];
  links: Record<string, string>;
  active: string | undefined;
  etc: string[];
}

function systemOf({ boots, active, etc }: Outcome): unknown {
  return { boots: 'entry' in boots, active, etc };
}

/** All that a user would look at: what boots, the menu's files, links, and /etc. */
function outcomeOf(root: string): Outcome {
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

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

for (const verb of [['switch'], ['rollback'], ['gc', '--keep', '1']]) {
  const name = `killed at any system call, ${verb[0]} leaves the old machine or the new one`;
  if (!canTrace) {
    process.stdout.write(`skipped, strace is missing or may not trace: ${name}\n`);
    test.skip(name);
    continue;
  }
  test(name, () => {
    const template = path.join(scratch, 'template');
    if (!fs.existsSync(template)) makeMachine();
    if (verb[0] === 'rollback') run(template, ['switch']);
    if (verb[0] === 'gc') run(template, ['switch', '2']);
    const before = outcomeOf(template);
    const whole = copyOf(template);
    const all = runTraced(whole, verb);
    const after = outcomeOf(whole);
    assert.not.equal(before, after, 'the verb changes something');
    assert.ok(all.length > 30, `only ${all.length} calls were seen`);
    const every = Math.max(1, Math.ceil(all.length / share));
    for (const call of all.filter((_, index) => index % every === 0)) {
      const where = `${verb.join(' ')}, killed at ${call.name} ${call.occurrence}`;
      const root = copyOf(template);
      runTraced(root, verb, call);
      const verdict = JSON.stringify(bootVerdict(readDisks(root)));
      const allowed = [before, after].map(each => JSON.stringify(each.boots));
      assert.ok(allowed.includes(verdict), `${where}: ${verdict}`);
      assert.is(
        fs.readFileSync(path.join(root, 'boot/EFI/Microsoft/bootmgfw.efi'), 'utf8'),
        'windows',
        where,
      );
      run(root, ['recover']);
      const recovered = JSON.stringify(outcomeOf(root));
      const ends = [before, after].map(each => JSON.stringify(each));
      assert.ok(
        ends.includes(recovered),
        `${where}, recovered:\n${recovered}\ninstead of\n${ends.join('\nor\n')}`,
      );
      run(root, verb[0] === 'rollback' ? ['switch', '1'] : verb);
      // A switch that was taken back has used up its number: all but that is the same.
      assert.equal(systemOf(outcomeOf(root)), systemOf(after), `${where}, then done again`);
    }
  });
}

test.run();
