import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/*
 * The probers get processes of their own, which takes root. The ones here stand for os-prober and
 * what it calls; test/boot/grub/other-systems.test.ts has what is made of their lines.
 */
const isRoot = process.getuid?.() === 0;

function asRoot(name: string, work: () => void | Promise<void>): void {
  if (isRoot) test(name, work);
  else test.skip(`${name} (needs root)`, () => undefined);
}

const record = '/nix/var/genctl/other-systems.json';
const escape = String.fromCodePoint(0x1b);

const found = `cat <<'LINES'
/dev/gone1@/EFI/Microsoft/Boot/bootmgfw.efi:Windows Boot Manager:Windows:efi
/dev/gone2:Arch: $(touch evil) '"{;>${escape}]0;x:Arch:linux
LINES`;

const kernels = `cat <<'LINES'
/dev/gone2:/dev/gone2:Arch:/boot/vmlinuz:/boot/initrd:root=UUID=1 quiet
/dev/gone2:/dev/gone2:Arch, fallback:/boot/vmlinuz:/boot/fallback:root=UUID=1
LINES`;

/** A machine, and programs in front of its path. */
class Probed implements Disposable {
  readonly sandbox = Sandbox.with(0);
  readonly #programs = path.join(this.sandbox.folder, 'programs');

  constructor() {
    this.program('os-prober', found);
    this.program('linux-boot-prober', kernels);
    this.program('blkid', 'echo UUID=12AB-34CD; echo TYPE=vfat');
  }

  program(name: string, script: string): void {
    fs.mkdirSync(this.#programs, { recursive: true });
    fs.writeFileSync(`${this.#programs}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  get env(): Record<string, string> {
    return { PATH: `${this.#programs}:${process.env['PATH'] ?? ''}` };
  }

  run(...args: readonly string[]): Answer {
    return this.sandbox.run(['menu', 'probe', ...args], { env: this.env });
  }

  [Symbol.dispose](): void {
    this.sandbox[Symbol.dispose]();
  }
}

asRoot('what os-prober finds is shown, and kept for the next menu', () => {
  using probed = new Probed();
  const { sandbox } = probed;
  const before = sandbox.snapshot();
  const { exitCode, stdout, stderr } = probed.run();
  assert.is(exitCode, 0, stderr);
  assert.equal(stdout.trimEnd().split('\n'), [
    'SYSTEM                          START  WHERE',
    'Windows Boot Manager            efi    12AB-34CD/EFI/Microsoft/Boot/bootmgfw.efi',
    `Arch: $(touch evil) '"{;>?]0;x  linux  12AB-34CD/boot/vmlinuz`,
    'Arch, fallback                  linux  12AB-34CD/boot/vmlinuz',
  ]);
  assert.match(stderr, /^looking at all disks with os-prober, /);
  assert.match(stderr, 'the menu in force shows none of them');
  const changed = changesBetween(before, sandbox.snapshot());
  assert.equal(
    changed.map(line => line.slice(2)).filter(place => fs.statSync(sandbox.at(place)).isFile()),
    [record],
  );
  assert.is(fs.statSync(sandbox.at(record)).mode & 0o7777, 0o644);
  const { version, systems } = JSON.parse(sandbox.read(record)) as {
    version: number;
    systems: { title: string }[];
  };
  assert.is(version, 1);
  assert.is(systems.length, 3);
});

asRoot('a later probe replaces what was kept, a dry run does not, whoever has written it', () => {
  using probed = new Probed();
  const { sandbox } = probed;
  sandbox.write(record, '{"version": 99}');
  const before = sandbox.snapshot({ withTimes: true });
  const dry = probed.run('--dry-run', '--json');
  assert.is(dry.exitCode, 0, dry.stderr);
  assert.is((dry.json as { written: boolean }).written, false);
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
  probed.program('os-prober', 'exit 0');
  const { exitCode, stdout } = probed.run();
  assert.is(exitCode, 0);
  assert.is(stdout, 'no other system was found\n');
  assert.match(sandbox.read(record), /"systems": \[\]/);
});

asRoot('a line that cannot be used is a warning, and exit code 3', () => {
  using probed = new Probed();
  probed.program('os-prober', `printf '/dev/x1:Mac${escape}[2J:Mac:macosx\\n'; ${found}`);
  const { exitCode, stderr, json } = probed.run('--json');
  assert.is(exitCode, 3, stderr);
  const { systems, findings } = json as { systems: unknown[]; findings: { code: string }[] };
  assert.is(systems.length, 3);
  assert.equal(
    findings.map(({ code }) => code),
    ['OTHER_SYSTEM_UNUSABLE'],
  );
  assert.not.ok(stderr.includes(escape), 'a terminal obeys nothing of it');
});

asRoot('a probe that fails leaves what was kept', () => {
  using probed = new Probed();
  probed.run();
  probed.program('os-prober', 'echo /dev/x1:Half:Half:chain; echo broken disk >&2; exit 1');
  assertRefused(
    probed.sandbox,
    ['menu', 'probe'],
    {
      code: 'PROBE_FAILED',
      message: 'nothing was found out: os-prober: it ended with exit code 1: broken disk',
      hint: /^What was found before stays\. Run `os-prober` by itself/,
    },
    { env: probed.env },
  );
});

asRoot('Ctrl-C ends the probe, and leaves what was kept', async () => {
  using probed = new Probed();
  const { sandbox } = probed;
  probed.run();
  const before = sandbox.snapshot({ withTimes: true });
  const began = path.join(sandbox.folder, 'began');
  probed.program('os-prober', `trap '' INT TERM; touch ${began}; sleep 600`);
  const child = sandbox.start(['menu', 'probe'], { env: probed.env });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  const ended = new Promise<number | null>(resolve => {
    child.on('close', resolve);
  });
  while (!fs.existsSync(began) && child.exitCode === null) {
    await new Promise(resolve => {
      setTimeout(resolve, 20);
    });
  }
  // A terminal sends it to the whole group.
  process.kill(-(child.pid ?? 0), 'SIGINT');
  assert.is(await ended, 130, stderr);
  assert.match(stderr, /^error\[INTERRUPTED\]: interrupted: what was found before stays$/m);
  assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
});

test('without os-prober: which package has it', () => {
  using sandbox = Sandbox.with(0);
  assertRefused(
    sandbox,
    ['menu', 'probe'],
    {
      code: 'PROGRAM_MISSING',
      message: 'os-prober: the program is not installed',
      hint: 'Install it: apt-get install os-prober',
    },
    { env: { PATH: '/nonexistent' } },
  );
});

test.run();
