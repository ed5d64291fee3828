import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../src/hardware/facts/facts.ts';
import { readFacts } from '../../src/hardware/facts/read-facts.ts';
import { openSource } from '../../src/hardware/sources/open-source.ts';

/*
 * scripts/capture-hw on unpacked machines, in the shells that small installers have. In test/vm/ it
 * runs on machines of QEMU's.
 */

const script = fileURLToPath(new URL('../../scripts/capture-hw', import.meta.url));
const fixtures = fileURLToPath(new URL('../../hw-fixtures/', import.meta.url));
const scratch = fs.mkdtempSync(
  path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'genctl-capture-'),
);
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

const shells = [['dash'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

/** A machine as a folder. */
function unpack(name: string): string {
  const folder = fs.mkdtempSync(path.join(scratch, 'machine-'));
  const archive = path.join(fixtures, name, 'capture.tar.gz');
  assert.is(spawnSync('tar', ['-xzf', archive, '-C', folder]).status, 0);
  return folder;
}

function write(folder: string, name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), text);
}

interface Run {
  status: number | null;
  stderr: string;
  bytes: Buffer | undefined;
}

/** Through standard input, as genctl runs it. */
function run(shell: readonly string[], args: readonly string[], file?: string): Run {
  const [program = '', ...rest] = shell;
  const given = file === undefined ? [] : [file];
  const { status, stderr } = spawnSync(program, [...rest, '-s', '--', ...args, ...given], {
    input: fs.readFileSync(script),
    encoding: 'utf8',
  });
  const isThere = file !== undefined && fs.statSync(file, { throwIfNoEntry: false })?.isFile();
  return { status, stderr, bytes: isThere === true ? fs.readFileSync(file) : undefined };
}

function factsOf(bytes: Uint8Array): Omit<Facts, 'unknown'> {
  const { unknown, ...found } = readFacts(openSource(bytes, 'capture'));
  assert.ok(Array.isArray(unknown));
  return found;
}

function capture(shell: readonly string[], folder: string, ...flags: readonly string[]): Buffer {
  const file = path.join(fs.mkdtempSync(path.join(scratch, 'out-')), 'capture.tar');
  const { status, stderr, bytes } = run(shell, [...flags, '--root', folder], file);
  assert.is(status, 0, stderr);
  assert.ok(bytes);
  return bytes;
}

for (const shell of shells) {
  const name = shell.join(' ');

  test(`${name}: a capture of an unpacked capture says the same`, () => {
    for (const machine of ['qemu-nvme-btrfs', 'nvme-native-multipath', 'arm64-device-tree']) {
      const folder = unpack(machine);
      const original = fs.readFileSync(path.join(fixtures, machine, 'capture.tar.gz'));
      const again = factsOf(capture(shell, folder));
      assert.equal(again, factsOf(original), machine);
    }
  });

  test(`${name}: serial numbers, addresses and the host's name are not in it, unless asked for`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const net = fs.readdirSync(path.join(folder, 'sys/class/net')).find(one => one !== 'lo') ?? '';
    write(folder, `sys/class/net/${net}/address`, '52:54:00:ab:cd:ef\n');
    write(folder, 'sys/class/dmi/id/product_serial', 'PF3XK42Q\n');
    write(folder, 'proc/sys/kernel/hostname', 'adas-laptop\n');
    write(
      folder,
      'proc/cmdline',
      'root=/dev/mapper/adas--laptop-root ip=10.0.0.9::::adas-laptop:eth0 BOOTIF=01-52-54-00-ab-cd-ef rd.password=hunter2\n',
    );
    const [record = ''] = fs
      .readdirSync(path.join(folder, 'run/udev/data'))
      .filter(one => one.startsWith('b8:'));
    fs.appendFileSync(
      path.join(folder, 'run/udev/data', record),
      'S:disk/by-id/ata-QEMU_PF3XK42Q\nE:ID_SERIAL=QEMU_PF3XK42Q\nE:ID_SERIAL_SHORT=PF3XK42Q\nE:ID_WWN=0x5000c500a1b2c3d4\n',
    );
    const secrets = [
      'PF3XK42Q',
      '52:54:00:ab:cd:ef',
      '52-54-00-ab-cd-ef',
      'adas-laptop',
      'hunter2',
      '5000c500a1b2c3d4',
    ];
    const redacted = capture(shell, folder).toString('latin1');
    for (const secret of secrets) assert.not.ok(redacted.includes(secret), secret);
    const whole = capture(shell, folder, '--with-ids').toString('latin1');
    for (const secret of ['PF3XK42Q', 'adas-laptop', '5000c500a1b2c3d4'])
      assert.ok(whole.includes(secret), secret);
  });

  test(`${name}: names that a shell could take for more are names`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const marker = path.join(scratch, 'executed');
    for (const odd of ['a b', "quote'", '$(touch executed)', '-rf', 'semi;colon', '*']) {
      const device = path.join(folder, 'sys/devices/platform', odd);
      write(folder, `sys/devices/platform/${odd}/uevent`, 'DRIVER=odd\n');
      fs.symlinkSync(device, path.join(folder, 'sys/bus/platform/devices', odd));
    }
    const found = factsOf(capture(shell, folder));
    assert.not.ok(fs.existsSync(marker));
    assert.not.ok(fs.existsSync(path.join(folder, 'executed')));
    assert.ok(found.blockDevices.length > 0);
  });

  test(`${name}: what cannot be read is left out, not fatal`, () => {
    const folder = unpack('qemu-ahci-uefi');
    fs.rmSync(path.join(folder, 'proc/cpuinfo'));
    fs.symlinkSync('loop', path.join(folder, 'sys/class/block/loop'));
    fs.symlinkSync('../../devices/vanished', path.join(folder, 'sys/class/block/vanished'));
    fs.mkdirSync(path.join(folder, 'proc/swaps-folder'));
    const found = factsOf(capture(shell, folder));
    assert.is(found.cpu.vendor, null);
    assert.ok(found.blockDevices.some(({ name: block }) => block === 'sda'));
  });

  test(`${name}: wrong calls and what cannot be written are said, and leave nothing`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const out = fs.mkdtempSync(path.join(scratch, 'out-'));
    for (const [args, file, status, message] of [
      [['--root', folder], undefined, 2, /FILE/],
      [['--frob'], path.join(out, 'x'), 2, /unknown option --frob/],
      [['--root'], undefined, 2, /needs a folder/],
      [['--root', '/no/such'], path.join(out, 'x'), 1, /no such folder/],
      [['--root', folder], path.join(out, 'no/such/x.tar'), 1, /cannot write/],
      [['--root', folder], out, 1, /is a folder/],
    ] as const) {
      const answer = run(shell, args, file);
      assert.is(answer.status, status, answer.stderr);
      assert.match(answer.stderr, message);
    }
    assert.equal(fs.readdirSync(out), []);
  });

  test(`${name}: on a full disk, or interrupted, it leaves no half capture`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const out = fs.mkdtempSync(path.join(scratch, 'out-'));
    const file = path.join(out, 'capture.tar.gz');
    const [program = '', ...rest] = shell;
    const { status } = spawnSync(
      'timeout',
      ['--signal=INT', '0.2', program, ...rest, script, '--root', folder, file],
      { encoding: 'utf8' },
    );
    if (status !== 0) assert.equal(fs.readdirSync(out), []);
    else assert.ok(gunzipSync(fs.readFileSync(file)).length > 1000);
  });
}

test('shellcheck has nothing to say', () => {
  if (spawnSync('shellcheck', ['--version']).error !== undefined) return;
  const { status, stdout } = spawnSync('shellcheck', [script], { encoding: 'utf8' });
  assert.is(status, 0, stdout);
});

test.run();
