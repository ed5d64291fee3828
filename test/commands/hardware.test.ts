import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { genctlProgram } from './genctl-program.ts';
import { Sandbox } from './sandbox.ts';

/*
 * `genctl hardware` as a person or a script calls it, with captures of real and made-up machines.
 * What the probes find is tested in test/hardware/.
 */

const fixtures = fileURLToPath(new URL('../../hw-fixtures/', import.meta.url));
const kernels = path.join(fixtures, 'kernel/lib/modules');
const kernel = path.join(kernels, fs.readdirSync(kernels)[0] ?? '');
const conf = '/etc/genctl/hardware-configuration.conf';
const nix = '/etc/nixos/hardware-configuration.nix';

function capture(name: string): string {
  return path.join(fixtures, name, 'capture.tar.gz');
}

/** Flags that name a machine and the kernel of the fixtures. */
function of(name: string): string[] {
  return ['--from', capture(name), '--kernel', kernel];
}

interface Shown {
  source: { kind: string; silentOn: string[] };
  kernel: string | null;
  facts: {
    unknown: string[];
    mounts: unknown[];
    blockDevices: { name: string }[];
  } & Record<string, unknown>;
  chains: { subject: string; links: { modules: { name: string; inKernel: string }[] }[] }[];
  module: { definitions: unknown[]; omissions: unknown[] };
  summary: unknown;
}

function show(sandbox: Sandbox, ...args: readonly string[]): Shown {
  return sandbox.runWell('hardware', 'show', '--json', ...args).json as Shown;
}

/** On the machine that runs, not in a sandbox. */
function captureLive(...args: readonly string[]) {
  const argv = [genctlProgram, 'hardware', 'capture', ...args];
  const {
    status: exitCode,
    stdout,
    stderr,
  } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { exitCode, stdout, stderr };
}

/** Looks at the machine that runs, a few times where something has come between. */
function attempt<T>(look: () => T): T {
  for (let left = 4; left > 0; left -= 1) {
    try {
      return look();
    } catch (thrown) {
      if (!(thrown instanceof assert.Assertion)) throw thrown;
    }
  }
  return look();
}

test('every fixture is shown, in all formats by turns; the same each time', () => {
  using sandbox = Sandbox.blank();
  const names = fs.readdirSync(fixtures).filter(name => fs.existsSync(capture(name)));
  assert.ok(names.length >= 20, `${names.length} machines`);
  for (const [index, name] of names.entries()) {
    const format = ['text', 'json', 'nix', 'conf'][index % 4] ?? '';
    const { stdout } = sandbox.runWell('hardware', 'show', '--format', format, ...of(name));
    assert.ok(stdout.length > 200, `${name} ${format}`);
    assert.not.match(stdout, /(?!\n)\p{Cc}/u, `${name} ${format}`);
  }
  const ask = () => sandbox.runWell('hardware', 'show', '--json', ...of('thousand-devices')).stdout;
  assert.is(ask(), ask());
});

test('what a source cannot tell is said', () => {
  using sandbox = Sandbox.blank();
  const { source, facts } = show(sandbox, ...of('unreadable-files'));
  assert.is(source.kind, 'capture');
  assert.ok(facts.unknown.length > 0);
  const { stdout } = sandbox.runWell('hardware', 'show', ...of('unreadable-files'));
  for (const text of facts.unknown) assert.ok(stdout.includes(text), text);
});

test('a capture comes on standard input as well', () => {
  using sandbox = Sandbox.blank();
  const file = capture('qemu-ahci-uefi');
  const [program = '', ...args] = sandbox.commandLine([
    'hardware',
    'show',
    '--from',
    '-',
    '--json',
  ]);
  const { status, stdout } = spawnSync(program, args, { input: fs.readFileSync(file) });
  assert.is(status, 0);
  const piped = JSON.parse(stdout.toString()) as Shown;
  assert.equal(piped.facts, show(sandbox, '--from', file).facts);
});

test('without its kernel the module is made from what is bound, and with it from what will be', () => {
  using sandbox = Sandbox.blank();
  const without = show(sandbox, '--from', capture('vfio-nvme'));
  assert.is(without.kernel, null);
  const inKernel = ({ chains }: Shown) => [
    ...new Set(
      chains.flatMap(({ links }) => links.flatMap(link => link.modules.map(one => one.inKernel))),
    ),
  ];
  assert.equal(inKernel(without), [null]);
  const known = show(sandbox, ...of('vfio-nvme'));
  assert.is(known.kernel, path.basename(kernel));
  assert.not.ok(inKernel(known).includes('missing'));
});

test('the machine that runs is summed up, another one is not', () => {
  using sandbox = Sandbox.blank();
  const live = attempt(() => {
    const shown = show(sandbox);
    const { operatingSystem } = shown.summary as { operatingSystem: string | null };
    // It waits for no answer that takes its time, as on a busy machine.
    assert.match(operatingSystem ?? '', /Debian|Ubuntu|Linux/);
    return shown;
  });
  assert.is(live.source.kind, 'live');
  const { failures } = live.summary as { failures: string[] };
  assert.not.match(failures.join(), /not a function|undefined/);
  assert.is(show(sandbox, ...of('macbook')).summary, null);
});

test('write: a new file, nothing on the second run, another text for another machine', () => {
  using sandbox = Sandbox.blank();
  const write = (name: string, ...args: readonly string[]) =>
    sandbox.runWell('hardware', 'write', '--json', ...of(name), ...args).json as {
      state: string;
      target: string | null;
      diff: string;
      written: boolean;
    };
  assert.equal(write('qemu-ahci-uefi', '--dry-run').written, false);
  assert.not.ok(sandbox.exists(conf));
  assert.equal(write('qemu-ahci-uefi').target, conf);
  assert.is(
    sandbox.read(conf),
    sandbox.runWell('hardware', 'show', '--format', 'conf', ...of('qemu-ahci-uefi')).stdout,
  );
  const before = sandbox.snapshot({ withTimes: true });
  assert.equal(write('qemu-ahci-uefi'), {
    path: conf,
    state: 'unchanged',
    target: null,
    diff: '',
    written: false,
    findings: [],
  });
  assert.equal(sandbox.snapshot({ withTimes: true }), before);
  const other = write('qemu-nvme-btrfs');
  assert.match(other.diff, /^\+availableKernelModules = nvme$/m);
  assert.equal(
    sandbox.names('/etc/genctl').filter(name => name.startsWith('hardware')),
    ['hardware-configuration.conf'],
  );
});

test('write: a file that somebody has changed stays, the new one lies beside it', () => {
  using sandbox = Sandbox.blank();
  for (const [format, file] of [
    ['conf', conf],
    ['nix', nix],
  ] as const) {
    const write = (name: string) =>
      sandbox.run(['hardware', 'write', '--format', format, ...of(name)]);
    assert.is(write('qemu-ahci-uefi').exitCode, 0);
    sandbox.edit(file, text => `${text}# mine\n`);
    const mine = sandbox.read(file);
    const answer = write('qemu-ahci-uefi');
    assert.is(answer.exitCode, 3);
    assert.match(answer.stderr, /warning\[MODULE_NOT_OURS\]: .*changed by hand/);
    assert.match(answer.stdout, /^-# mine$/m);
    assert.is(sandbox.read(file), mine);
    const before = sandbox.snapshot({ withTimes: true });
    assert.is(write('qemu-ahci-uefi').exitCode, 3);
    assert.equal(sandbox.snapshot({ withTimes: true }), before);
    // What the hint says: move it into place. Then all is well.
    fs.renameSync(sandbox.at(`${file}.new`), sandbox.at(file));
    assert.is(write('qemu-ahci-uefi').exitCode, 0);
  }
});

test("write: nixos-generate-config's own file is somebody else's", () => {
  using sandbox = Sandbox.blank();
  sandbox.write(nix, '# Do not modify this file!\n{ }: { }\n');
  const { exitCode, stderr } = sandbox.run([
    'hardware',
    'write',
    '--file',
    nix,
    ...of('qemu-ahci-uefi'),
  ]);
  assert.is(exitCode, 3);
  assert.match(stderr, /genctl has not written it/);
  assert.match(sandbox.read(`${nix}.new`), /^\{ config, lib, pkgs, modulesPath, \.\.\. \}:$/m);
});

test('write: a file behind a link is written, the link stays, and so do mode and owner', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', ...of('qemu-ahci-uefi'));
  fs.mkdirSync(sandbox.at('/dotfiles'));
  fs.renameSync(sandbox.at(conf), sandbox.at('/dotfiles/hw.conf'));
  fs.symlinkSync('/dotfiles/hw.conf', sandbox.at(conf));
  fs.chmodSync(sandbox.at('/dotfiles/hw.conf'), 0o600);
  sandbox.runWell('hardware', 'write', ...of('qemu-nvme-btrfs'));
  assert.is(fs.readlinkSync(sandbox.at(conf)), '/dotfiles/hw.conf');
  assert.match(sandbox.read('/dotfiles/hw.conf'), /availableKernelModules = nvme/);
  assert.is(fs.statSync(sandbox.at('/dotfiles/hw.conf')).mode & 0o777, 0o600);
  assert.equal(sandbox.names('/dotfiles'), ['hw.conf']);
});

test('write: a source that cannot tell what is mounted takes no module that can its place', () => {
  using sandbox = Sandbox.blank();
  const udev = path.join(sandbox.folder, 'udev.txt');
  fs.writeFileSync(
    udev,
    'P: /devices/pci0000:00/0000:00:1f.2\nE: DEVPATH=/devices/pci0000:00/0000:00:1f.2\nE: SUBSYSTEM=pci\nE: DRIVER=ahci\n\n',
  );
  const fresh = sandbox.run(['hardware', 'write', '--from', udev]);
  assert.is(fresh.exitCode, 3, fresh.stderr);
  assert.match(fresh.stderr, /MODULE_PARTIAL.*no file systems/);
  sandbox.runWell('hardware', 'write', ...of('qemu-ahci-uefi'));
  const good = sandbox.read(conf);
  const again = sandbox.run(['hardware', 'write', '--from', udev]);
  assert.is(again.exitCode, 3);
  assert.match(again.stderr, /MODULE_PARTIAL/);
  assert.is(sandbox.read(conf), good);
  assert.ok(sandbox.exists(`${conf}.new`));
});

test('write: what lies beside and was changed, stays as well', () => {
  using sandbox = Sandbox.blank();
  sandbox.write(conf, '# mine\n');
  sandbox.write(`${conf}.new`, '# my notes\n');
  const { exitCode, stderr } = sandbox.run(['hardware', 'write', ...of('qemu-ahci-uefi')]);
  assert.is(exitCode, 3);
  assert.match(stderr, /\.new: it was changed by hand as well/);
  assert.is(sandbox.read(`${conf}.new`), '# my notes\n');
  // Messages name files where they are: below the root.
  assert.ok(stderr.includes(sandbox.at(conf)), stderr);
});

test('this machine is not written into the declaration of another one', () => {
  using sandbox = Sandbox.blank();
  const { exitCode, stderr } = sandbox.run(['hardware', 'write']);
  assert.is(exitCode, 1);
  assert.match(stderr, /ROOT_NOT_MOUNTED.*\n.*--from/);
  assert.not.ok(sandbox.exists(conf));
});

test('two that write at once leave one whole file', async () => {
  using sandbox = Sandbox.blank();
  const running = ['qemu-ahci-uefi', 'qemu-nvme-btrfs', 'macbook'].map(name =>
    sandbox.start(['hardware', 'write', ...of(name)]),
  );
  const codes = await Promise.all(
    running.map(child => new Promise(resolve => child.on('close', resolve))),
  );
  assert.equal(codes, [0, 0, 0]);
  assert.match(sandbox.read(conf), /^# genctl hardware-configuration 1 sha256:/);
  assert.equal(sandbox.names('/etc/genctl'), ['hardware-configuration.conf', 'system.conf']);
});

test('a pipe that a shell has made is read as well', () => {
  using sandbox = Sandbox.blank();
  const [program = '', ...args] = sandbox.commandLine(['hardware', 'show', '--json', '--from']);
  const script = 'exec "$@" <(zcat "$CAPTURE" | cat)';
  const env = { ...process.env, CAPTURE: capture('qemu-ahci-uefi') };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', program, ...args], {
    env,
  });
  assert.is(status, 0, stderr.toString());
  assert.is((JSON.parse(stdout.toString()) as Shown).source.kind, 'capture');
});

interface Checked {
  differences: {
    kind: string;
    option: string[];
    mattersForBooting: boolean;
    note: string | null;
  }[];
  findings: { code: string; reason: string }[];
}

function check(sandbox: Sandbox, name: string, ...args: readonly string[]) {
  const { exitCode, json } = sandbox.run(['hardware', 'check', '--json', ...of(name), ...args]);
  return { exitCode, ...(json as Checked) };
}

test('check: nothing has changed, however the devices were named', () => {
  using sandbox = Sandbox.blank();
  for (const deviceBy of ['uuid', 'partuuid', 'label', 'path']) {
    sandbox.runWell('hardware', 'write', '--device-by', deviceBy, ...of('qemu-nvme-btrfs'));
    const { exitCode, differences } = check(sandbox, 'qemu-nvme-btrfs');
    assert.equal([exitCode, differences], [0, []], deviceBy);
  }
  sandbox.runWell('hardware', 'write', '--no-filesystems', ...of('qemu-nvme-btrfs'));
  assert.equal(check(sandbox, 'qemu-nvme-btrfs').differences, []);
});

test('check: a name that two disks answer to is no name', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', ...of('qemu-cloned-disks'));
  assert.equal(check(sandbox, 'qemu-cloned-disks').differences, []);
  sandbox.edit(conf, text => text.replace(/device = .*-part2/, 'device = LABEL=root'));
  const { exitCode, differences, findings } = check(sandbox, 'qemu-cloned-disks');
  assert.is(exitCode, 3);
  assert.equal(
    differences.map(({ kind, note }) => [kind, note]),
    [['changed', 'several devices answer to that name']],
  );
  assert.match(findings[0]?.reason ?? '', /is LABEL=root, .*: several devices answer/);
});

test('check: the disk has moved to another controller: it may not boot', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', ...of('qemu-ahci-uefi'));
  const { exitCode, differences, findings } = check(sandbox, 'qemu-nvme-btrfs');
  assert.is(exitCode, 3);
  const driver = differences.find(
    ({ option, kind }) => kind === 'added' && option.at(-1) === 'availableKernelModules',
  );
  assert.is(driver?.mattersForBooting, true);
  assert.ok(findings.some(({ reason }) => /availableKernelModules lacks nvme/.test(reason)));
});

test('check: in a text what matters comes first, and of what is gone one line', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', ...of('qemu-nvme-btrfs'));
  sandbox.edit(conf, text => {
    const swapped = text.replace(/device = .*1234-ABCE/, 'device = /dev/disk/by-uuid/5678-0000');
    const gone =
      'device = /dev/disk/by-label/old\nfsType = xfs\noptions = noatime\noptions = nofail';
    return `${swapped}\n[fileSystems "/old"]\n${gone}\n`;
  });
  const { exitCode, stdout, stderr } = sandbox.run(['hardware', 'check', ...of('qemu-nvme-btrfs')]);
  assert.is(exitCode, 3);
  const [head, empty, titles, ...rows] = stdout.split('\n').map(line => line.split(/ {2,}/));
  assert.match(
    head?.[0] ?? '',
    /hardware-configuration\.conf: 2 differences; 1 matters for booting$/,
  );
  assert.equal(empty, ['']);
  assert.equal(titles, ['OPTION', 'MODULE', 'MACHINE', 'BOOTING', 'NOTE']);
  const nothing = 'no device answers to that name';
  assert.equal(rows, [
    [
      'fileSystems."/boot".device',
      '/dev/disk/by-uuid/5678-0000',
      '/dev/disk/by-uuid/1234-ABCE',
      'matters',
      nothing,
    ],
    ['fileSystems."/old".device', '/dev/disk/by-label/old', '-', '-', nothing],
    [''],
  ]);
  assert.match(stderr, /MODULE_OUTDATED.*"\/boot".*5678-0000, and on the machine .*: no device/);
});

test('check: a module for NixOS is read by the real evaluator', () => {
  if (
    spawnSync('nix-instantiate', ['--version'], { env: { ...process.env, NIX_REMOTE: 'dummy://' } })
      .status !== 0
  )
    return;
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', '--format', 'nix', ...of('laptop-i2c-keyboard'));
  assert.equal(check(sandbox, 'laptop-i2c-keyboard').differences, []);
  sandbox.edit(nix, text => text.replace('"i2c_hid_acpi"', ''));
  const { exitCode, findings } = check(sandbox, 'laptop-i2c-keyboard');
  assert.is(exitCode, 3);
  assert.match(findings[0]?.reason ?? '', /lacks i2c_hid_acpi/);
});

test('check: a kernel without the driver of the disk is found before it is booted', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', ...of('qemu-nvme-btrfs'));
  const poor = path.join(sandbox.folder, '6.1.0-poor');
  fs.cpSync(kernel, poor, { recursive: true });
  const dep = path.join(poor, 'modules.dep');
  const lines = fs.readFileSync(dep, 'utf8').split('\n');
  fs.writeFileSync(dep, lines.filter(text => !/^[^:]*\/nvme\.ko:/.test(text)).join('\n'));
  const answer = check(sandbox, 'qemu-nvme-btrfs', '--kernel', poor);
  assert.is(answer.exitCode, 3);
  const finding = answer.findings.find(({ code }) => code === 'DRIVER_MISSING');
  assert.match(finding?.reason ?? '', /no nvme for nvme: 0000:.* \/.* needs/);
});

test('check: no module, or one that cannot be read', () => {
  using sandbox = Sandbox.blank();
  const none = sandbox.run(['hardware', 'check', ...of('qemu-ahci-uefi')]);
  assert.is(none.exitCode, 1);
  assert.match(none.stderr, /MODULE_MISSING.*\n.*genctl hardware write/);
  sandbox.write(conf, '[fileSystems "/"]\ndevise = /dev/sda\n');
  const odd = sandbox.run(['hardware', 'check', ...of('qemu-ahci-uefi')]);
  assert.is(odd.exitCode, 1);
  assert.match(odd.stderr, /hardware-configuration\.conf.*devise/);
});

test('a machine is built from its module: the initrd is told where the root is', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('loader', 'install');
  sandbox.runWell('hardware', 'write', ...of('qemu-nvme-btrfs'));
  sandbox.write(
    '/etc/genctl/system.conf',
    'imports = hardware-configuration.conf\n[system]\nkernel = /boot-parts/vmlinuz-*\ninitrd = /boot-parts/initrd.img-*\n',
  );
  const { stdout } = sandbox.runWell('build');
  const spec = JSON.parse(sandbox.read(`${stdout.trim()}/boot.json`)) as Record<
    string,
    { kernelParams: string[] }
  >;
  const params = spec['org.nixos.bootspec.v1']?.kernelParams ?? [];
  assert.match(params.join(' '), /^root=UUID=\S+ rootfstype=btrfs rootflags=subvol=\S+/);
});

test('init: a root where nothing is mounted is another machine, and gets no module of this one', () => {
  using sandbox = Sandbox.blank();
  fs.rmSync(sandbox.at('/etc/genctl'), { recursive: true });
  sandbox.runWell('init');
  assert.match(sandbox.read(conf), /Nothing was probed/);
  // Nobody has changed it, so the real one may take its place.
  sandbox.runWell('hardware', 'write', ...of('qemu-ahci-uefi'));
});

test('capture: what is captured says what the machine says', () => {
  using sandbox = Sandbox.blank();
  const file = path.join(sandbox.folder, 'this machine.tar.gz');
  const dry = captureLive(file, '--dry-run', '--json');
  const answer = { path: file, redacted: true, sizeBytes: null, written: false };
  assert.equal(JSON.parse(dry.stdout), answer);
  assert.not.ok(fs.existsSync(file));
  // What redaction takes away: parameters, owners and servers, and so what is not to be found out.
  const facts = ({
    facts: { unknown, kernel: running, mounts, blockDevices, ...found },
  }: Shown) => [
    found,
    // Other tests set up loop devices all the time.
    blockDevices.filter(({ name }) => !/^loop\d/.test(name)),
    unknown.length >= 0 && running !== null && mounts.length,
  ];
  // And mounts, now and then.
  attempt(() => {
    assert.is(captureLive(file).exitCode, 0);
    assert.equal(facts(show(sandbox, '--from', file)), facts(show(sandbox)));
  });
  assert.equal(fs.readdirSync(sandbox.folder).toSorted(), ['root', 'this machine.tar.gz']);
  const plain = path.join(sandbox.folder, 'plain.tar');
  assert.is(captureLive(plain).exitCode, 0);
  assert.match(gunzipSync(fs.readFileSync(file)).toString('latin1'), /^capture\0/);
  assert.match(fs.readFileSync(plain, 'latin1'), /^capture\0/);
});

test('capture: what cannot be written is said, and nothing is left', () => {
  using sandbox = Sandbox.blank();
  const nowhere = captureLive(path.join(sandbox.folder, 'no/such/file.tar'));
  assert.is(nowhere.exitCode, 1);
  assert.match(nowhere.stderr, /FILE_MISSING.*\n.*folder that exists/);
  const folder = captureLive(sandbox.folder);
  assert.is(folder.exitCode, 1);
  // The script's own words, and none of how it is started.
  assert.match(folder.stderr, /CAPTURE_FAILED[^]*is a folder\nhint: Give the name of a file/);
  assert.not.match(folder.stderr, /sh -s|exit code|capture-hw:/);
  const unnamed = captureLive('');
  assert.is(unnamed.exitCode, 2);
  assert.match(unnamed.stderr, /USAGE.*empty/);
  assert.equal(fs.readdirSync(sandbox.folder), ['root']);
});

test('capture: with --root a machine that is there, and never the one that runs', () => {
  using sandbox = Sandbox.blank();
  // Of an installation: nothing is mounted there.
  for (const name of ['/sys', '/proc']) fs.mkdirSync(sandbox.at(name));
  const file = path.join(sandbox.folder, 'other.tar');
  const refused = sandbox.run(['hardware', 'capture', file]);
  assert.is(refused.exitCode, 2);
  assert.match(refused.stderr, /USAGE.*--root[^]*\nhint: Leave --root out/);
  assert.not.ok(fs.existsSync(file));
  sandbox.write('/proc/version', 'Linux version 6.66.6 (ada@box) #1\n');
  sandbox.write('/proc/sys/kernel/osrelease', '6.66.6\n');
  sandbox.runWell('hardware', 'capture', file);
  assert.is(
    (show(sandbox, '--from', file).facts['kernel'] as { release: string }).release,
    '6.66.6',
  );
});

test('bad input: a clear error that says what to do', () => {
  using sandbox = Sandbox.blank();
  const write = (name: string, content: string | Uint8Array): string => {
    const file = path.join(sandbox.folder, name);
    fs.writeFileSync(file, content);
    return file;
  };
  const whole = fs.readFileSync(capture('qemu-ahci-uefi'));
  for (const [args, exitCode, message] of [
    [['show', '--from', '/no/such/file'], 1, /FILE_MISSING/],
    [['show', '--from', write('text', 'hello\n')], 1, /SOURCE_UNKNOWN.*\nhint: /],
    [['show', '--from', write('empty', '')], 1, /SOURCE_UNKNOWN/],
    [['show', '--from', write('cut.tar.gz', whole.subarray(0, 9000))], 1, /CAPTURE_DAMAGED/],
    [
      ['show', '--from', write('cut.tar', gunzipSync(whole).subarray(0, 99_999))],
      1,
      /CAPTURE_DAMAGED/,
    ],
    [['show', '--from', ''], 2, /--from/],
    [['show', '--from', '/dev/zero'], 1, /FILE_TOO_LARGE/],
    [['show', '--from', sandbox.folder], 1, /IS_A_FOLDER/],
    [['show', '--kernel', sandbox.folder], 1, /KERNEL_UNKNOWN.*\nhint: .*depmod/],
    [['show', '--format', 'xml'], 2, /text.*json.*nix.*conf/],
    [['show', '--json', '--format', 'nix'], 2, /contradict/],
    [['show', '--device-by', 'name'], 2, /uuid/],
    [['write', '--file', 'relative.nix'], 2, /not the path of a file.*\nhint: .*absolute/],
    [['write', '--file', '/etc/new/'], 2, /not the path of a file/],
    [['write', '--file', '/etc/../x.nix'], 2, /not the path of a file/],
    [['capture'], 2, /Not enough/],
    [['probe'], 2, /genctl hardware show \| write \| check \| capture|[Uu]nknown/],
    [['show', '--frm', 'x'], 2, /frm/],
  ] as const) {
    const answer = sandbox.run(['hardware', ...args]);
    assert.is(answer.exitCode, exitCode, `${args.join(' ')}: ${answer.stderr}`);
    assert.match(answer.stderr, message, args.join(' '));
  }
});

test('an interrupted write leaves the old module whole', () => {
  using sandbox = Sandbox.blank();
  sandbox.runWell('hardware', 'write', ...of('qemu-ahci-uefi'));
  const before = sandbox.read(conf);
  if (spawnSync('strace', ['-V']).status !== 0) return;
  for (const call of ['fsync:when=1', 'rename:when=1']) {
    const { signal } = sandbox.run(['hardware', 'write', ...of('qemu-nvme-btrfs')], {
      wrapper: ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${call}:signal=KILL`],
    });
    assert.is(signal, 'SIGKILL', call);
    assert.is(sandbox.read(conf), before, call);
  }
  sandbox.runWell('hardware', 'write', ...of('qemu-nvme-btrfs'));
  assert.not.equal(sandbox.read(conf), before);
});

test.run();
