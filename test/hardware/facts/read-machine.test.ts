import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import { folder, lines, type Standings, smallTree, sourceOf } from './small-tree.ts';

function read(standings: Standings): Facts {
  return readFacts(sourceOf(smallTree(standings)));
}

/** One paragraph of an x86 processor's /proc/cpuinfo. */
function x86(number: number, vendor: string, flags: string): string {
  return lines(
    `processor\t: ${number}`,
    `vendor_id\t: ${vendor}`,
    'cpu family\t: 6',
    'model\t\t: 142',
    'model name\t: Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz',
    `flags\t\t: ${flags}`,
    'power management:',
    '',
  );
}

const arm64 = lines(
  'processor\t: 0',
  'BogoMIPS\t: 50.00',
  'Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid',
  'CPU implementer\t: 0x41',
  'CPU architecture: 8',
  'CPU part\t: 0xd08',
  '',
  'processor\t: 1',
  'CPU architecture: 8',
  '',
);

const arm32 = lines(
  'processor\t: 0',
  'model name\t: ARMv7 Processor rev 4 (v7l)',
  'Features\t: half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt lpae evtstrm crc32',
  'CPU architecture: 8',
  '',
  'Hardware\t: BCM2835',
  'Model\t\t: Raspberry Pi 3 Model B',
);

test('256 processors are counted, the first one is described', () => {
  const text = Array.from({ length: 256 }, (_, each) => x86(each, 'GenuineIntel', 'lm vmx')).join(
    '',
  );
  assert.equal(read({ '/proc/cpuinfo': text }).cpu, {
    vendor: 'GenuineIntel',
    model: 'Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz',
    family: 6,
    count: 256,
    virtualisation: 'vmx',
    isVirtual: false,
  });
});

const platforms: readonly (readonly [string, Standings, string | null, number])[] = [
  ['64-bit x86', { '/proc/cpuinfo': x86(0, 'AuthenticAMD', 'fpu lm svm') }, 'x86_64-linux', 1],
  ['32-bit x86', { '/proc/cpuinfo': x86(0, 'GenuineIntel', 'fpu lmx') }, 'i686-linux', 1],
  ['64-bit ARM', { '/proc/cpuinfo': arm64 }, 'aarch64-linux', 2],
  ['a 32-bit kernel on 64-bit ARM', { '/proc/cpuinfo': arm32 }, 'armv7l-linux', 1],
  [
    'an old ARM text, with the fields of all behind the processors',
    {
      '/proc/cpuinfo': lines(
        'Processor\t: ARMv6-compatible processor rev 7 (v6l)',
        'processor\t: 0',
        '',
        'Features\t: swp half thumb fastmult vfp edsp java',
        'CPU architecture: 6TEJ',
      ),
    },
    'armv6l-linux',
    1,
  ],
  [
    'RISC-V',
    {
      '/proc/cpuinfo': lines(
        'processor\t: 0',
        'hart\t\t: 1',
        'isa\t\t: rv64imafdc',
        'mmu\t\t: sv39',
      ),
    },
    'riscv64-linux',
    1,
  ],
  ['PowerPC', { '/proc/cpuinfo': lines('processor\t: 0', 'cpu\t\t: POWER9') }, null, 1],
  ['what a report says', { '/run/genctl/platform': 'aarch64-linux\n' }, 'aarch64-linux', 0],
  ['what is no platform', { '/run/genctl/platform': '";rm' }, null, 0],
  ['nothing', {}, null, 0],
];

for (const [name, standings, platform, count] of platforms) {
  test(`platform: ${name}`, () => {
    const facts = read(standings);
    assert.equal([facts.platform, facts.cpu.count], [platform, count]);
  });
}

const globalVendor = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const pc: Standings = { '/proc/cpuinfo': x86(0, 'GenuineIntel', 'lm') };

/** UEFI with the values of SecureBoot and SetupMode. */
function uefi(secureBoot?: number, setupMode?: number): Standings {
  const found: Record<string, string | Uint8Array> = {
    '/sys/firmware/efi/fw_platform_size': '64\n',
  };
  const folder = '/sys/firmware/efi/efivars';
  const file = (value: number): Uint8Array => Uint8Array.of(6, 0, 0, 0, value);
  if (secureBoot !== undefined) found[`${folder}/SecureBoot-${globalVendor}`] = file(secureBoot);
  if (setupMode !== undefined) found[`${folder}/SetupMode-${globalVendor}`] = file(setupMode);
  return { ...pc, ...found };
}

const firmwares: readonly (readonly [string, Standings, Facts['firmware']])[] = [
  ['a PC’s BIOS', pc, { kind: 'bios', bits: null, secureBoot: null }],
  ['Secure Boot on', uefi(1, 0), { kind: 'uefi', bits: 64, secureBoot: 'on' }],
  ['Secure Boot off', uefi(0, 0), { kind: 'uefi', bits: 64, secureBoot: 'off' }],
  ['setup mode', uefi(0, 1), { kind: 'uefi', bits: 64, secureBoot: 'setup-mode' }],
  ['variables that nobody sees', uefi(), { kind: 'uefi', bits: 64, secureBoot: null }],
  [
    'a variable that is cut off',
    { ...pc, [`/sys/firmware/efi/efivars/SecureBoot-${globalVendor}`]: Uint8Array.of(6, 0) },
    { kind: 'uefi', bits: null, secureBoot: null },
  ],
  [
    '32 bits, on a folder alone',
    { ...pc, '/sys/firmware/efi': folder, '/sys/firmware/efi/fw_platform_size': '32\n' },
    { kind: 'uefi', bits: 32, secureBoot: null },
  ],
  [
    'a device tree',
    { '/proc/cpuinfo': arm64, '/sys/firmware/devicetree/base/model': 'x\0' },
    { kind: 'device-tree', bits: null, secureBoot: null },
  ],
  [
    'ARM without either',
    { '/proc/cpuinfo': arm64 },
    { kind: 'unknown', bits: null, secureBoot: null },
  ],
  [
    'a report that does not say',
    { ...pc, '/run/genctl/firmware': 'unknown\n' },
    { kind: 'unknown', bits: null, secureBoot: null },
  ],
];

for (const [name, standings, expected] of firmwares) {
  test(`firmware: ${name}`, () => {
    assert.equal(read(standings).firmware, expected);
  });
}

/** Files of /sys/class/dmi/id. */
function dmi(fields: Readonly<Record<string, string>>): Standings {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`/sys/class/dmi/id/${name}`, `${value}\n`]),
  );
}

test('DMI: what the maker has filled in, and nothing where he has not', () => {
  const facts = read(
    dmi({
      sys_vendor: 'LENOVO',
      product_name: '20KHCTO1WW ',
      product_version: 'ThinkPad X1 Carbon 6th',
      product_family: 'To be filled by O.E.M.',
      product_sku: 'Default string',
      board_vendor: 'System manufacturer',
      board_name: 'xxxxxxxx',
      chassis_type: '138',
      bios_vendor: ' ',
      bios_version: 'N23ET71W',
      product_serial: 'PF1XXXXX',
    }),
  );
  assert.equal(facts.dmi, {
    systemVendor: 'LENOVO',
    productName: '20KHCTO1WW',
    productVersion: 'ThinkPad X1 Carbon 6th',
    productFamily: null,
    productSku: null,
    boardVendor: null,
    boardName: null,
    chassisType: 10,
    biosVendor: null,
    biosVersion: 'N23ET71W',
  });
  assert.is(read(dmi({ sys_vendor: 'Not Specified', chassis_type: '2' })).dmi, null);
});

test('a device tree’s words end with NUL', () => {
  const facts = read({
    '/sys/firmware/devicetree/base/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
    '/sys/firmware/devicetree/base/compatible': 'raspberrypi,4-model-b\0brcm,bcm2711\0',
  });
  assert.equal(facts.deviceTree, {
    model: 'Raspberry Pi 4 Model B Rev 1.4',
    compatible: ['raspberrypi,4-model-b', 'brcm,bcm2711'],
  });
});

const virtual: Standings = { '/proc/cpuinfo': x86(0, 'GenuineIntel', 'lm hypervisor') };
const qemu = dmi({ sys_vendor: 'QEMU', product_name: 'Standard PC (Q35 + ICH9, 2009)' });
const machines: readonly (readonly [string, Standings, string | null])[] = [
  ['a real machine', { ...pc, ...dmi({ sys_vendor: 'LENOVO' }) }, null],
  ['QEMU', { ...virtual, ...qemu }, 'qemu'],
  ['QEMU that hides', { ...pc, ...qemu }, 'qemu'],
  ['KVM by product', { ...virtual, ...dmi({ sys_vendor: 'Red Hat', product_name: 'KVM' }) }, 'kvm'],
  ['OpenStack', dmi({ sys_vendor: 'QEMU', product_name: 'OpenStack Nova' }), 'kvm'],
  ['VirtualBox', dmi({ sys_vendor: 'innotek GmbH', product_name: 'VirtualBox' }), 'oracle'],
  ['a server of Oracle’s', { ...pc, ...dmi({ sys_vendor: 'Oracle Corporation' }) }, null],
  ['VMware', dmi({ sys_vendor: 'VMware, Inc.', product_name: 'VMware7,1' }), 'vmware'],
  [
    'Hyper-V',
    dmi({ sys_vendor: 'Microsoft Corporation', product_name: 'Virtual Machine' }),
    'microsoft',
  ],
  [
    'a Surface',
    { ...pc, ...dmi({ sys_vendor: 'Microsoft Corporation', product_name: 'Surface Pro' }) },
    null,
  ],
  ['Parallels', dmi({ sys_vendor: 'Parallels Software International Inc.' }), 'parallels'],
  ['EC2', { ...virtual, ...dmi({ sys_vendor: 'Amazon EC2', product_name: 't3.micro' }) }, 'amazon'],
  ['EC2 on ARM', dmi({ sys_vendor: 'Amazon EC2', product_name: 't4g.micro' }), 'amazon'],
  ['a whole machine of EC2', dmi({ sys_vendor: 'Amazon EC2', product_name: 'c5.metal' }), null],
  ['Xen HVM', { ...virtual, ...dmi({ sys_vendor: 'Xen', product_name: 'HVM domU' }) }, 'xen'],
  ['Xen PV', { ...virtual, '/sys/hypervisor/type': 'xen\n' }, 'xen'],
  [
    'the first system on Xen',
    { ...virtual, '/sys/hypervisor/type': 'xen\n', ...dmi({ sys_vendor: 'Dell Inc.' }) },
    'none',
  ],
  [
    'the first system on Xen, by what it may do',
    {
      ...virtual,
      '/sys/hypervisor/type': 'xen\n',
      '/proc/xen/capabilities': 'control_d\n',
      ...dmi({ sys_vendor: 'Xen' }),
    },
    'none',
  ],
  ['QEMU on ARM', { '/sys/firmware/devicetree/base/compatible': 'linux,dummy-virt\0' }, 'qemu'],
  ['one that says nothing', virtual, 'unknown'],
  ['a report’s word', { ...qemu, '/run/genctl/virtualisation': 'vmware\n' }, 'vmware'],
  ['a report’s none', { ...qemu, '/run/genctl/virtualisation': 'none\n' }, 'none'],
];

for (const [name, standings, expected] of machines) {
  test(`machine: ${name}`, () => {
    assert.is(read(standings).virtualisation.machine, expected);
  });
}

/** Mount tables of `PLACE TYPE`. */
function mounted(root: string, options: string, ...others: readonly string[]): Standings {
  const line = (text: string, option = 'rw'): string => {
    const [place, type] = text.split(' ');
    return `1 1 0:9 / ${place} rw - ${type} ${type} rw,${option}`;
  };
  return { '/proc/self/mountinfo': lines(line(root, options), ...others.map(each => line(each))) };
}

const containers: readonly (readonly [string, Standings, string | null])[] = [
  ['none', qemu, null],
  ['nspawn', { '/run/systemd/container': 'systemd-nspawn\n' }, 'systemd-nspawn'],
  ['a manager without a name', { '/run/systemd/container': '' }, 'container-other'],
  ['a name that is none', { '/run/systemd/container': 'a\nb' }, 'container-other'],
  ['Docker', { '/.dockerenv': '' }, 'docker'],
  ['Podman', { '/run/.containerenv': '', '/.dockerenv': '' }, 'podman'],
  ['a report’s word', { '/run/genctl/virtualisation': 'lxc\n' }, 'lxc'],
  ['WSL', { '/proc/sys/kernel/osrelease': '5.15.153.1-microsoft-standard-WSL2\n' }, 'wsl'],
  [
    'containerd, by where the layers of its root are',
    mounted(
      '/ overlay',
      'lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/1/fs',
    ),
    'container-other',
  ],
  [
    'one that lays its own names over those of the image',
    mounted('/ overlay', 'lowerdir=/layers/1', '/etc/hosts ext4'),
    'container-other',
  ],
  ['a live system on an overlay', mounted('/ overlay', 'lowerdir=/run/live/rootfs'), null],
  ['a file over another of a real machine', mounted('/ ext4', 'rw', '/etc/hosts ext4'), null],
];

for (const [name, standings, expected] of containers) {
  test(`container: ${name}`, () => {
    assert.is(read(standings).virtualisation.container, expected);
  });
}

test('the kernel, its modules, and ZFS', () => {
  const facts = read({
    '/proc/version': 'Linux version 6.1.0-49-amd64 (x@y) #1 SMP\n',
    '/proc/cmdline': 'root=UUID=1 quiet\n',
    '/proc/modules': lines('xhci_pci 24576 0 -', 'snd-hda 1 0 -', 'ahci 49152 2 -', 'ahci 1 2 -'),
    '/zfs/mountpoints': lines('tank/b\tlegacy', '__proto__\tx', 'tank/a\t/a\tb', 'odd'),
    '/etc/hostid': Uint8Array.of(0x78, 0x56, 0x34, 0x02, 0x99),
  });
  assert.equal(facts.kernel, { release: '6.1.0-49-amd64', commandLine: 'root=UUID=1 quiet' });
  assert.equal(facts.loadedModules, ['ahci', 'snd_hda', 'xhci_pci']);
  assert.equal(Object.entries(facts.zfsMountPoints), [
    ['__proto__', 'x'],
    ['tank/a', '/a\tb'],
    ['tank/b', 'legacy'],
  ]);
  assert.is(facts.hostId, '02345678');
  assert.is(read({ '/etc/hostid': Uint8Array.of(1, 2) }).hostId, null);
});

test.run();
