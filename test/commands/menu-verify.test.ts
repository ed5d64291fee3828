import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { type Answer, Sandbox } from './sandbox.ts';
import { changesBetween } from './tree-snapshot.ts';

/** Three generations; the last two have another kernel than the first. */
function machine(): Sandbox {
  const sandbox = Sandbox.with(1);
  sandbox.write('/boot-parts/vmlinuz-6.1.0', `another kernel ${'n'.repeat(20_000)}`);
  for (const label of ['second', 'third']) {
    sandbox.declare({ label });
    sandbox.run(['switch'], { env: {} });
  }
  return sandbox;
}

/** A file of the boot partition, by what it starts with. */
function find(sandbox: Sandbox, folder: string, start: RegExp): string {
  const name = sandbox.names(folder).find(each => start.test(each));
  assert.ok(name, `${start} in ${folder}`);
  return `${folder}/${name}`;
}

/** The kernel of a generation. */
function kernelOf(sandbox: Sandbox, number: number): string {
  const entry = sandbox.read(entryOf(sandbox, number));
  return `/boot${/^linux (.*)$/m.exec(entry)?.[1]}`;
}

function initrdOf(sandbox: Sandbox, number: number): string {
  const entry = sandbox.read(entryOf(sandbox, number));
  return `/boot${/^initrd (.*)$/m.exec(entry)?.[1]}`;
}

function entryOf(sandbox: Sandbox, number: number): string {
  return find(sandbox, '/boot/loader/entries', new RegExp(`^genctl-\\w{8}-${number}-`));
}

type Damage = (place: string) => void;
const damages: Readonly<Record<string, Damage>> = {
  'a bit is flipped': place => {
    const bytes = fs.readFileSync(place);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    fs.writeFileSync(place, bytes);
  },
  'it is cut off': place => {
    fs.truncateSync(place, fs.statSync(place).size >> 1);
  },
  'it is empty': place => {
    fs.truncateSync(place, 0);
  },
  'it is gone': place => {
    fs.rmSync(place);
  },
  'it is a folder': place => {
    fs.rmSync(place);
    fs.mkdirSync(place);
  },
};

interface Findings {
  findings: { code: string; subject: string; reason: string }[];
}

function verify(sandbox: Sandbox): Answer & { json: Findings } {
  return sandbox.run(['menu', 'verify', '--json']) as Answer & { json: Findings };
}

/** The boot partition, without what changes with each transaction. */
function bootFiles(sandbox: Sandbox) {
  const kept = [...sandbox.snapshot()].filter(
    ([place]) => place.startsWith('/boot/') && !/\/ledger-[ab]$/.test(place),
  );
  return new Map(kept);
}

/** What does not boot where that file of the second generation is damaged. */
const brokenBy = [
  [initrdOf, 'generation 1, generation 2, generation 3 do not boot'],
  [kernelOf, 'generation 2, generation 3 do not boot'],
  [entryOf, 'generation 2 does not boot'],
] as const;

for (const [what, damage] of Object.entries(damages)) {
  test(`${what}: verify names the file and the entries, repair mends it`, () => {
    using sandbox = machine();
    const whole = bootFiles(sandbox);
    const files = brokenBy.map(([fileOf]) => fileOf(sandbox, 2));
    for (const file of files) damage(sandbox.at(file));
    const before = sandbox.snapshot({ withTimes: true });
    const { exitCode, json } = verify(sandbox);
    assert.is(exitCode, 3);
    assert.equal(
      json.findings.map(({ subject }) => subject),
      files.map(file => sandbox.at(file)),
    );
    for (const [index, [, broken]] of brokenBy.entries()) {
      assert.match(json.findings[index]?.reason ?? '', new RegExp(`: ${broken}$`));
    }
    const dry = sandbox.run(['menu', 'repair', '--dry-run']).stdout;
    for (const file of files) {
      if (what !== 'it is a folder') assert.match(dry, `${sandbox.at(file)}: `);
    }
    assert.equal(changesBetween(before, sandbox.snapshot({ withTimes: true })), []);
    if (what === 'it is a folder') {
      // Somebody has put it there: it is not ours to remove.
      assert.is.not(sandbox.run(['menu', 'repair']).exitCode, 0);
      assert.is(verify(sandbox).exitCode, 3);
      return;
    }
    const { stdout } = sandbox.runWell('menu', 'repair');
    assert.is(stdout, '3 of 3 damaged files are mended\n');
    assert.equal(changesBetween(whole, bootFiles(sandbox)), []);
    assert.is(verify(sandbox).exitCode, 0);
    const again = sandbox.runWell('menu', 'repair', '--json').json;
    assert.equal(again, { damagedCount: 0, mendedCount: 0, findings: [], changed: false });
  });
}

test('loader.conf that is damaged is written anew, with the default it had or the current one', () => {
  for (const damage of ['it is cut off', 'it is empty']) {
    using sandbox = machine();
    const conf = '/boot/loader/loader.conf';
    const whole = sandbox.read(conf);
    damages[damage]?.(sandbox.at(conf));
    if (damage === 'it is empty') {
      const { json } = verify(sandbox);
      const codes = json.findings.map(({ code }) => code);
      assert.equal(codes, ['BOOT_FILE_DAMAGED', 'DEFAULT_MISSING']);
      assert.match(sandbox.runWell('menu', 'repair').stdout, '1 of 1 damaged files are mended');
    } else {
      fs.truncateSync(sandbox.at(conf), 20);
      sandbox.runWell('menu', 'repair');
    }
    const line = (text: string): string => /^default .*$/m.exec(text)?.[0] ?? '';
    assert.is(line(sandbox.read(conf)), line(whole));
    assert.is(sandbox.read(conf).length, 512);
    assert.is(verify(sandbox).exitCode, 0);
  }
  using sandbox = machine();
  fs.rmSync(sandbox.at('/boot/loader/loader.conf'));
  assert.is(verify(sandbox).exitCode, 3);
  assertRefused(sandbox, ['menu', 'repair'], {
    code: 'LOADER_NOT_INSTALLED',
    message: /loader\.conf: somebody has deleted it$/,
    hint: 'Run `genctl loader install`, which makes it anew.',
  });
  sandbox.runWell('loader', 'install');
  sandbox.runWell('menu', 'repair');
  assert.is(verify(sandbox).exitCode, 0);
});

test('the loader is not the menu’s to write, and what to do is said', () => {
  for (const what of ['a bit is flipped', 'it is empty', 'it is gone']) {
    using sandbox = Sandbox.with(1);
    const program = '/boot/EFI/systemd/systemd-bootx64.efi';
    damages[what]?.(sandbox.at(program));
    const { stderr, exitCode } = sandbox.run(['menu', 'repair']);
    assert.is(exitCode, 3, what);
    assert.match(stderr, `warning[BOOT_FILE_UNMENDED]: ${sandbox.at(program)}: it is the loader`);
    const told = sandbox.run(['menu', 'verify']);
    assert.is(told.exitCode, 3, what);
    assert.match(told.stderr, /hint: .*`genctl loader install`/, what);
    // As the hint says.
    fs.rmSync(sandbox.at(program), { force: true });
    sandbox.runWell('loader', 'install');
    assert.is(verify(sandbox).exitCode, 0, what);
  }
});

test('what no generation can give again is named, and all else is mended', () => {
  using sandbox = machine();
  const gone = entryOf(sandbox, 1);
  const kernel = kernelOf(sandbox, 1);
  fs.rmSync(sandbox.at(fs.readlinkSync(sandbox.at(`${sandbox.target(1)}/kernel`))), {
    recursive: true,
  });
  damages['a bit is flipped']?.(sandbox.at(kernel));
  damages['a bit is flipped']?.(sandbox.at(entryOf(sandbox, 3)));
  const { exitCode, stderr, stdout } = sandbox.run(['menu', 'repair']);
  assert.is(exitCode, 3, stderr);
  assert.is(stdout, '1 of 2 damaged files are mended\n');
  assert.match(stderr, `warning[BOOT_FILE_UNMENDED]: ${sandbox.at(kernel)}: it is damaged`);
  assert.ok(sandbox.exists(gone), 'its entry is left');
  const { json } = verify(sandbox);
  assert.equal(
    json.findings.map(({ subject }) => path.basename(subject)),
    [path.basename(kernel)],
  );
  assert.match(json.findings[0]?.reason ?? '', ': generation 1 does not boot');
  const again = sandbox.run(['menu', 'repair', '--json']).json as {
    damagedCount: number;
    findings: { code: string }[];
    changed: boolean;
  };
  assert.is(again.damagedCount, 1);
  assert.equal(
    again.findings.map(({ code }) => code),
    ['BOOT_FILE_UNMENDED'],
  );
  assert.is(again.changed, false);
});

test('without a boot partition both say so', () => {
  using sandbox = Sandbox.with(1);
  fs.renameSync(sandbox.at('/boot'), sandbox.at('/elsewhere'));
  for (const verb of ['verify', 'repair', 'adopt', 'sync']) {
    assertRefused(sandbox, ['menu', verb], {
      code: 'ESP_NOT_MOUNTED',
      message: 'no EFI system partition is mounted at ROOT/boot',
      hint: /^Mount it there/,
    });
  }
});

test.run();
