import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OtherSystem } from '../../../src/boot/grub/other-system.ts';
import { deviceHolding } from '../../../src/boot/grub/other-systems/device-holding.ts';
import { titleFrom } from '../../../src/boot/grub/other-systems/foreign-text.ts';
import { grubWords } from '../../../src/boot/grub/other-systems/grub-words.ts';
import { parseKernels, parseSystems } from '../../../src/boot/grub/other-systems/parse-probe.ts';
import {
  type ProbeRecord,
  readProbeRecord,
  renderProbeRecord,
} from '../../../src/boot/grub/other-systems/probe-record.ts';
import { probeSystems } from '../../../src/boot/grub/other-systems/probe-systems.ts';
import { openProber, type Prober } from '../../../src/boot/grub/other-systems/prober.ts';
import { readOtherSystems } from '../../../src/boot/grub/other-systems/read-other-systems.ts';
import { GenctlError } from '../../../src/errors.ts';
import { parseMountInfo } from '../../../src/host/mounts.ts';
import { Root } from '../../../src/host/root.ts';

const isRoot = process.getuid?.() === 0;
const now = Date.parse('2026-11-26T12:00:00Z') / 1000;

function uuidOfEsp(mountPoint: string): string | undefined {
  return mountPoint === '/efi' ? '12AB-34CD' : undefined;
}

/** A root of a machine in a folder of its own. */
class Machine implements Disposable {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-other-systems-'));
  readonly root = new Root(this.folder);

  write(logicalPath: string, text: string): void {
    const place = this.folder + logicalPath;
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text);
  }

  record(record: ProbeRecord | string): void {
    const text = typeof record === 'string' ? record : renderProbeRecord(record);
    this.write('/nix/var/genctl/other-systems.json', text);
  }

  /** What the menu would show, with an ESP at /efi. */
  read(useOSProber: boolean, fsUuidOf = uuidOfEsp) {
    fs.mkdirSync(`${this.folder}/boot`, { recursive: true });
    using bootTop = this.root.folder('/boot');
    return readOtherSystems(this.root, {
      bootTop,
      espMountPoint: '/efi',
      useOSProber,
      fsUuidOf,
      nowSeconds: now,
    });
  }

  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
    fs.rmSync(this.folder, { recursive: true });
  }
}

/** Programs that answer from a table; what is not in it fails. */
function proberOf(answers: Readonly<Record<string, string | GenctlError>>): Prober {
  return {
    ask: (program, args = []) => {
      const key = [program, ...args].join(' ');
      const answer = answers[key] ?? new GenctlError('PROGRAM_FAILED', `${key}: it is not there`);
      return answer instanceof GenctlError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

function blkid(device: string, uuid: string, type = 'ext4'): Record<string, string> {
  return {
    [`blkid -p -o export ${device}`]: `DEVNAME=${device}\nLABEL=UUID\nUUID=${uuid}\nTYPE=${type}\n`,
  };
}

test('the lines of os-prober’s authors, and names with colons', () => {
  const { items, unused } = parseSystems(
    [
      '/dev/sda1:Windows NT/2000/XP:WinNT:chain',
      '/dev/sda1@/EFI/Microsoft/Boot/bootmgfw.efi:Windows Boot Manager:Windows:efi',
      '/dev/mapper/vg-root:Debian: the: best (12):Debian1:linux',
      '/dev/sdb2:openSUSE:SUSE:linux:btrfs:0e6a:@/.snapshots',
      '/dev/sdb3::Void:linux',
      '/dev/sdb4:::linux',
      '',
    ].join('\n'),
  );
  assert.equal(unused, []);
  assert.equal(items, [
    { device: '/dev/sda1', title: 'Windows NT/2000/XP', start: { by: 'boot-sector' } },
    {
      device: '/dev/sda1',
      title: 'Windows Boot Manager',
      start: { by: 'efi', path: '/EFI/Microsoft/Boot/bootmgfw.efi' },
    },
    { device: '/dev/mapper/vg-root', title: 'Debian: the: best (12)', start: { by: 'linux' } },
    { device: '/dev/sdb2', title: 'openSUSE', start: { by: 'linux' } },
    { device: '/dev/sdb3', title: 'Void', start: { by: 'linux' } },
    { device: '/dev/sdb4', title: '/dev/sdb4', start: { by: 'linux' } },
  ]);
});

test('lines that nobody can use are named, and the others are used', () => {
  const bad = [
    'no line at all',
    'sda1:Windows:Windows:chain',
    '--version:Windows:Windows:chain',
    '/dev/../etc/shadow:x:x:linux',
    '/dev/sda$(x):x:x:linux',
    '/dev/sda2:Mac OS X:MacOSX:macosx',
    '/dev/sda1:Windows:Windows:efi',
    '/dev/sda1@EFI/x.efi:Windows:Windows:efi',
    '/dev/sda1@/EFI/../x.efi:Windows:Windows:efi',
    '/dev/sda1@/EFI/\ufffd.efi:Windows:Windows:efi',
    '/dev/sda1@/EFI/\u0007.efi:Windows:Windows:efi',
    ':'.repeat(100_000),
  ];
  const { items, unused } = parseSystems([...bad, '/dev/sda3:Arch:Arch:linux'].join('\n'));
  assert.equal(
    items.map(({ title }) => title),
    ['Arch'],
  );
  assert.equal(
    unused.map(({ line }) => line),
    bad,
  );
});

test('kernels: a /boot of its own, several initrds, colons and quotes in parameters', () => {
  const { items, unused } = parseKernels(
    [
      `/dev/sda2:/dev/sda1:Linux:/boot/vmlinuz-6:/boot/ucode.img /boot/initrd.img-6:root=UUID=1 console=ttyS0,9600 x=a:b $vt_handoff "a b=c" 'x"y' \${extra}q`,
      '/dev/sda2:/dev/sda2::/boot/vmlinuz::root=/dev/sda2',
    ].join('\n'),
  );
  assert.equal(unused, []);
  assert.equal(items, [
    {
      root: '/dev/sda2',
      boot: '/dev/sda1',
      label: 'Linux',
      linux: '/vmlinuz-6',
      initrds: ['/ucode.img', '/initrd.img-6'],
      options: ['root=UUID=1', 'console=ttyS0,9600', 'x=a:b', 'a b=c', 'x"y', 'q'],
    },
    {
      root: '/dev/sda2',
      boot: '/dev/sda2',
      label: '',
      linux: '/boot/vmlinuz',
      initrds: [],
      options: ['root=/dev/sda2'],
    },
  ]);
  const bad = [
    '/dev/sda2:/dev/sda2:x',
    '/dev/sda2:sda1:x:/vmlinuz::ro',
    '/dev/sda2:/dev/sda2:x:vmlinuz::ro',
    '/dev/sda2:/dev/sda2:x:(hd0)/vmlinuz::ro',
    '/dev/sda2:/dev/sda2:x:/../vmlinuz::ro',
    '/dev/sda2:/dev/sda2:x:/vmlinuz:initrd:ro',
    '/dev/sda2:/dev/sda2:x:/vmlinuz::ro "quiet',
    '/dev/sda2:/dev/sda2:x:/vmlinuz::a\u001b[2Jb',
    '/dev/sda2:/dev/sda2:x:/vmlinuz::a\ufffdb',
  ];
  const hostile = parseKernels(bad.join('\n'));
  assert.equal(hostile.items, []);
  assert.equal(
    hostile.unused.map(({ line }) => line),
    bad,
  );
});

test('words as GRUB has them when a line has run', () => {
  for (const [line, words] of [
    ['', []],
    ['  a\tb  ', ['a', 'b']],
    [`a'b c'"d e"f`, ['ab cd ef']],
    [`''`, ['']],
    [`"$x"`, ['']],
    ['$x', []],
    ['a${x}b$y', ['ab']],
    [`"a\\"b\\$c\\\\d\\e"`, ['a"b$c\\d\\e']],
    ['a\\ b\\$c', ['a b$c']],
    [`'a`, undefined],
    ['"a', undefined],
    ['a\\', undefined],
    ['$', undefined],
  ] as const) {
    assert.equal(grubWords(line), words, line);
  }
  assert.is(grubWords(`"${'\\'.repeat(100_001)}`), undefined);
});

test('a title is one line that can be shown', () => {
  assert.is(titleFrom(' a\n\t \u2028b\u001b[31m \u202ec\ufffd '), 'a b?[31m ?c?');
  assert.is(titleFrom('a\u0000\r\n'), 'a?');
  assert.is(titleFrom(' \u00a0 '), '');
  assert.is(titleFrom(`it's "$HOME" > {x}; größe`), `it's "$HOME" > {x}; größe`);
  assert.is(titleFrom('x'.repeat(5000)).length, 100);
});

test('systems by their file systems, a submenu of further kernels, and nothing of our own', async () => {
  const prober = proberOf({
    'os-prober': [
      '/dev/sda1@/EFI/Microsoft/Boot/bootmgfw.efi:Windows Boot Manager:Windows:efi',
      '/dev/sda2:Debian GNU/Linux 12:Debian:linux',
      '/dev/sdb1:Arch Linux:Arch:linux',
      '/dev/sdb2:Arch Linux:Arch1:linux',
      '/dev/sdc1:Windows 7:Windows:chain',
      '/dev/sdd1:Gentoo:Gentoo:linux',
      '/dev/sde1:Void:Void:linux',
      '/dev/md0:Alpine:Alpine:linux',
      'rubbish',
    ].join('\n'),
    'linux-boot-prober /dev/sdb1': [
      '/dev/sdb1:/dev/sdb1:Arch Linux:/boot/vmlinuz:/boot/initrd:root=/dev/sdb1 rw',
      '/dev/sdb1:/dev/sdb1:Arch Linux, fallback:/boot/vmlinuz:/boot/fallback:root=/dev/sdb1 rw',
      '/dev/sda2:/dev/sdb1:Our own from there:/boot/vmlinuz:/boot/initrd:rw',
      '/dev/sdb1:/dev/sdz1:On a disk that is gone:/boot/vmlinuz:/boot/initrd:rw',
    ].join('\n'),
    'linux-boot-prober /dev/sdb2': '/dev/sdb2:/dev/sdb3::/boot/vmlinuz::root=/dev/sdb2',
    'linux-boot-prober /dev/sdd1': new GenctlError(
      'PROGRAM_FAILED',
      'linux-boot-prober: it took more than 300 s',
    ),
    'linux-boot-prober /dev/sde1': '',
    'linux-boot-prober /dev/md0': Array.from(
      { length: 60 },
      (_, at) => `/dev/md0:/dev/md0:k${at}:/boot/k${at}::ro`,
    ).join('\n'),
    ...blkid('/dev/sda1', '12AB-34CD', 'vfat'),
    ...blkid('/dev/sda2', 'aaaaaaaa-0000'),
    ...blkid('/dev/sdb1', 'bbbbbbbb-0001', 'btrfs'),
    ...blkid('/dev/sdb2', 'bbbbbbbb-0002'),
    ...blkid('/dev/sdb3', 'bbbbbbbb-0003', 'strange'),
    ...blkid('/dev/sdd1', 'dddddddd-0001'),
    ...blkid('/dev/sde1', 'eeeeeeee-0001'),
    ...blkid('/dev/md0', 'ffffffff-0001', 'xfs'),
    ...blkid('/dev/mapper/root', 'aaaaaaaa-0000'),
    'blkid -p -o export /dev/sdc1': '',
  });
  const { systems, findings } = await probeSystems(prober, '/dev/mapper/root');
  const partitions = ['part_gpt', 'part_msdos'];
  const onArch = { fsUuid: 'bbbbbbbb-0001', modules: [...partitions, 'btrfs'] };
  assert.equal(systems.slice(0, 4), [
    {
      kind: 'efi',
      title: 'Windows Boot Manager',
      fsUuid: '12AB-34CD',
      modules: [...partitions, 'fat'],
      path: '/EFI/Microsoft/Boot/bootmgfw.efi',
    },
    {
      kind: 'linux',
      title: 'Arch Linux (on /dev/sdb1)',
      ...onArch,
      linux: '/boot/vmlinuz',
      initrds: ['/boot/initrd'],
      options: ['root=UUID=bbbbbbbb-0001', 'rw'],
    },
    {
      kind: 'linux',
      title: 'Arch Linux, fallback',
      submenu: 'Advanced options for Arch Linux (on /dev/sdb1)',
      ...onArch,
      linux: '/boot/vmlinuz',
      initrds: ['/boot/fallback'],
      options: ['root=UUID=bbbbbbbb-0001', 'rw'],
    },
    {
      kind: 'linux',
      title: 'Arch Linux (on /dev/sdb2)',
      fsUuid: 'bbbbbbbb-0003',
      modules: partitions,
      linux: '/vmlinuz',
      initrds: [],
      // No initrd looks for a UUID.
      options: ['root=/dev/sdb2'],
    },
  ]);
  assert.is(systems.length, 4 + 50);
  assert.equal(systems[4]?.kind === 'linux' && systems[4].modules, [
    ...partitions,
    'mdraid09',
    'mdraid1x',
    'xfs',
  ]);
  assert.equal(
    findings.map(({ subject, reason }) => `${subject}: ${reason}`),
    [
      'os-prober: it is no line of os-prober’s: rubbish',
      'Arch Linux (on /dev/sdb1): blkid -p -o export /dev/sdz1: it is not there',
      'Windows 7 on /dev/sdc1: the file system on /dev/sdc1 has no UUID that GRUB could search for',
      'Gentoo on /dev/sdd1: linux-boot-prober: it took more than 300 s',
      'Void on /dev/sde1: linux-boot-prober has found no kernel of it',
      'Alpine on /dev/md0: of its 60 ways to boot, only the first 50 are taken',
    ],
  );
});

test('a probe that fails or is interrupted gives no half of an answer', async () => {
  const codeOf = async (prober: Prober): Promise<string | undefined> => {
    try {
      await probeSystems(prober, undefined);
      return undefined;
    } catch (thrown) {
      return thrown instanceof GenctlError ? thrown.code : String(thrown);
    }
  };
  const line = '/dev/sdb1:Arch Linux:Arch:linux\n';
  const interrupted = new GenctlError('INTERRUPTED', 'interrupted');
  assert.is(await codeOf(proberOf({})), 'PROBE_FAILED');
  assert.is(
    await codeOf(proberOf({ 'os-prober': line, 'linux-boot-prober /dev/sdb1': interrupted })),
    'INTERRUPTED',
  );
});

const probed: OtherSystem[] = [
  {
    kind: 'efi',
    title: 'W',
    fsUuid: '12ab-34cd',
    modules: ['fat'],
    path: '/efi/microsoft/BOOT/BOOTMGFW.EFI',
  },
  { kind: 'boot-sector', title: 'Old', fsUuid: '01D0ABCDEF012345', modules: [] },
  {
    kind: 'linux',
    title: 'Arch',
    fsUuid: 'bbbbbbbb-0001',
    modules: [],
    linux: '/vmlinuz',
    initrds: ['/i'],
    options: ['a b', 'x"$y'],
  },
  {
    kind: 'linux',
    title: 'Arch old',
    submenu: 'Advanced options for Arch',
    fsUuid: 'bbbbbbbb-0001',
    modules: [],
    linux: '/vmlinuz.old',
    initrds: [],
    options: [],
  },
];

test('what was probed is read as it was written', () => {
  using machine = new Machine();
  machine.record({ probedAtSeconds: now - 30 * 86_400, systems: probed });
  assert.equal(readProbeRecord(machine.root, now), { systems: probed, findings: [] });
});

test('a record that is missing, old, newer, damaged: a finding with what to do, and no error', () => {
  using machine = new Machine();
  const whole = renderProbeRecord({ probedAtSeconds: now - 31.5 * 86_400, systems: probed });
  const cases: readonly (readonly [string | undefined, string, number])[] = [
    [undefined, 'OTHER_SYSTEMS_UNPROBED', 0],
    [whole, 'OTHER_SYSTEMS_OLD', 4],
    [whole.replace('"version": 1', '"version": 2'), 'OTHER_SYSTEMS_TOO_NEW', 0],
    [whole.slice(0, -20), 'OTHER_SYSTEMS_UNREADABLE', 0],
    ['', 'OTHER_SYSTEMS_UNREADABLE', 0],
    ['[]', 'OTHER_SYSTEMS_UNREADABLE', 0],
    ['{"version":1,"systems":[]}', 'OTHER_SYSTEMS_UNREADABLE', 0],
    ['{"version":1,"probedAt":"yesterday","systems":[]}', 'OTHER_SYSTEMS_UNREADABLE', 0],
    ['{"version":1,"probedAt":"2026-11-26T00:00:00Z","systems":{}}', 'OTHER_SYSTEMS_UNREADABLE', 0],
    [' '.repeat(5 << 20), 'OTHER_SYSTEMS_UNREADABLE', 0],
  ];
  for (const [text, code, count] of cases) {
    if (text !== undefined) machine.record(text);
    const { systems, findings } = machine.read(true);
    assert.equal(
      findings.map(finding => finding.code),
      [code],
      text?.slice(0, 50),
    );
    assert.match(findings[0]?.hint ?? '', 'genctl menu probe');
    assert.is(systems.length, count, code);
    assert.equal(machine.read(false), { systems: [], findings: [] }, 'nobody wants it');
  }
});

test('fields that a newer genctl has added do no harm, and what is wrong harms only itself', () => {
  using machine = new Machine();
  const linux = {
    kind: 'linux',
    title: 'L',
    fsUuid: 'abcd-1234',
    linux: '/k',
    initrds: [],
    options: [],
  };
  const wrong = [
    { ...linux, kind: 'macos' },
    { ...linux, title: '' },
    { ...linux, title: 7 },
    { ...linux, fsUuid: 'x y' },
    { ...linux, fsUuid: '--set' },
    { ...linux, linux: 'k' },
    { ...linux, linux: '/a\n/b' },
    { ...linux, initrds: ['/../x'] },
    { ...linux, initrds: null },
    { ...linux, options: ['a\u0000'] },
    { ...linux, modules: ['x; reboot'] },
    { kind: 'efi', title: 'E', fsUuid: 'abcd-1234' },
    null,
  ];
  machine.record(
    JSON.stringify({
      version: 1,
      probedAt: '2026-11-26T00:00:00Z',
      kept: true,
      systems: [...wrong, { ...linux, title: 'fine\u001b', colour: 'red' }],
    }),
  );
  const { systems, findings } = readProbeRecord(machine.root, now);
  assert.equal(systems, [{ ...linux, title: 'fine?', modules: [] }]);
  assert.equal(
    findings.map(({ code }) => code),
    wrong.map(() => 'OTHER_SYSTEM_UNUSABLE'),
  );
});

test('the distribution’s own menu, by its name', () => {
  using machine = new Machine();
  const menu = (): OtherSystem | undefined => machine.read(false).systems[0];
  assert.is(menu(), undefined);
  machine.write('/boot/grub/grub.cfg', '');
  assert.is(menu(), undefined, 'an empty one shows nothing');
  machine.write('/boot/grub/grub.cfg', 'menuentry x { true }\n');
  assert.is(menu()?.title, 'Linux: its own menu');
  for (const [line, name] of [
    ['NAME="Debian GNU/Linux"', 'Debian GNU/Linux'],
    [`NAME='it'`, 'it'],
    ['NAME=Fedora', 'Fedora'],
    ['NAME="a \\"b\\" \\$c"', 'a "b" $c'],
    ['NAME="\u001b[2J"', '?[2J'],
    ['NAME=', 'Linux'],
  ]) {
    machine.write('/usr/lib/os-release', `PRETTY_NAME="Not this"\n${line}\nID=x\n`);
    assert.equal(menu(), {
      kind: 'grub-menu',
      title: `${name}: its own menu`,
      fsUuid: undefined,
      path: '/grub/grub.cfg',
    });
  }
  fs.mkdirSync(`${machine.folder}/etc/os-release`, { recursive: true });
  assert.is(menu()?.title, 'Linux: its own menu', 'a folder has no name to tell');
  fs.renameSync(`${machine.folder}/boot/grub`, `${machine.folder}/boot/grub2`);
  assert.equal(
    machine.read(false).systems.map(system => 'path' in system && system.path),
    ['/grub2/grub.cfg'],
  );
});

test('Windows in any case, once, and only where GRUB can find its partition', () => {
  using machine = new Machine();
  machine.write('/efi/EFI/Microsoft/Boot/BCD', '');
  assert.equal(machine.read(false), { systems: [], findings: [] });
  machine.write('/efi/EFI/Microsoft/Boot/bootmgfw.efi', 'MZ');
  const paths = (): unknown[] =>
    machine.read(true).systems.map(system => (system.kind === 'efi' ? system.path : system.kind));
  machine.record({ probedAtSeconds: now, systems: [...probed, ...probed] });
  assert.equal(paths(), ['/EFI/Microsoft/Boot/bootmgfw.efi', 'boot-sector', 'linux', 'linux']);
  fs.renameSync(`${machine.folder}/efi/EFI`, `${machine.folder}/efi/efi`);
  fs.renameSync(`${machine.folder}/efi/efi/Microsoft`, `${machine.folder}/efi/efi/MICROSOFT`);
  assert.is(paths()[0], '/efi/MICROSOFT/Boot/bootmgfw.efi');
  const { systems, findings } = machine.read(false, () => undefined);
  assert.equal(systems, []);
  assert.equal(
    findings.map(({ code, subject }) => `${code} ${subject}`),
    [`OTHER_SYSTEM_UNUSABLE Windows on ${machine.folder}/efi`],
  );
  fs.rmSync(`${machine.folder}/efi/efi/MICROSOFT/Boot/bootmgfw.efi`);
  fs.mkdirSync(`${machine.folder}/efi/efi/MICROSOFT/Boot/bootmgfw.efi`);
  assert.equal(machine.read(false), { systems: [], findings: [] });
});

test('the device that our own root is on', () => {
  const line = (mountPoint: string, source: string): string =>
    `1 1 8:1 / ${mountPoint} rw - ext4 ${source} rw`;
  const mounts = parseMountInfo(
    [
      line('/', 'rootfs'),
      line('/', '/dev/sda2'),
      line('/mnt', '/dev/sdb1'),
      line('/mnt/inner', 'tmpfs'),
      line('/mnt2', '/dev/sdc1'),
    ].join('\n'),
  );
  assert.is(deviceHolding(mounts, '/'), '/dev/sda2');
  assert.is(deviceHolding(mounts, '/mnt'), '/dev/sdb1');
  assert.is(deviceHolding(mounts, '/mnt/a'), '/dev/sdb1');
  assert.is(deviceHolding(mounts, '/mnt/inner'), undefined);
  assert.is(deviceHolding(mounts, '/mnt3'), '/dev/sda2');
});

/** Whether a process runs with that word among its arguments. */
function isRunning(word: string): boolean {
  return fs.readdirSync('/proc').some(name => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}

const hangs = 'a probe that hangs is ended, and nothing that it has started stays';
if (!isRoot) test.skip(`${hangs} (needs root)`, () => undefined);
else {
  test(hangs, async () => {
    using machine = new Machine();
    const mark = `${100_000 + process.pid}.5`;
    machine.write(
      '/bin/os-prober',
      `#!/bin/sh\ntrap "" INT TERM HUP\nsetsid sleep ${mark} &\nsleep ${mark}\n`,
    );
    fs.chmodSync(`${machine.folder}/bin/os-prober`, 0o755);
    const { PATH = '' } = process.env;
    process.env['PATH'] = `${machine.folder}/bin:${PATH}`;
    try {
      const patient = openProber(300, AbortSignal.timeout(500));
      const impatient = openProber(0.5, new AbortController().signal);
      for (const [prober, code] of [
        [patient, 'INTERRUPTED'],
        [impatient, 'PROGRAM_FAILED'],
      ] as const) {
        try {
          await prober.ask('os-prober');
          assert.unreachable();
        } catch (thrown) {
          assert.instance(thrown, GenctlError);
          assert.is((thrown as GenctlError).code, code, (thrown as GenctlError).message);
        }
        // The kernel ends them at once, and takes a moment.
        for (let turn = 0; isRunning(mark) && turn < 1200; turn++) {
          await new Promise(resolve => setTimeout(resolve, 50));
        }
        assert.not.ok(isRunning(mark), code);
      }
    } finally {
      process.env['PATH'] = PATH;
    }
  });
}

test.run();
