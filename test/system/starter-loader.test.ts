import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../src/hardware/facts/facts.ts';
import { readFacts } from '../../src/hardware/facts/read-facts.ts';
import { openSource } from '../../src/hardware/sources/open-source.ts';
import { renderStarter, type StarterFacts } from '../../src/system/starter.ts';
import { type StarterLoader, starterLoader } from '../../src/system/starter-loader.ts';
import { madeUpBlock, madeUpFacts, madeUpMount } from '../hardware/made-up-facts.ts';
import { content, mapping, partition } from '../hardware/module/made-up-disks.ts';
import { DeclarationFolder, plain } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const fixture = (name: string): Facts => {
  const url = new URL(`../../hw-fixtures/${name}/capture.tar.gz`, import.meta.url);
  return readFacts(openSource(readFileSync(url), name));
};

const bios = (told: Partial<Facts>): Facts =>
  madeUpFacts({ firmware: { kind: 'bios', bits: null, secureBoot: null }, ...told });

const sda = madeUpBlock('sda', { links: ['disk/by-id/ata-A', 'disk/by-id/wwn-0x1'] });
const sdb = madeUpBlock('sdb', { links: ['disk/by-id/ata-B'] });
const ext4 = content('ext4', 'u1');

/** Machines, and the loader that their firmware can start. */
const cases: readonly (readonly [
  name: string,
  facts: Facts | undefined,
  rootPath: string,
  loader: StarterLoader,
])[] = [
  ['nothing is known', undefined, '/', { kind: 'systemd-boot', efiSysMountPoint: '/efi' }],
  [
    'a machine with UEFI',
    fixture('qemu-ahci-uefi'),
    '/',
    { kind: 'systemd-boot', efiSysMountPoint: '/efi' },
  ],
  [
    'a container, which shows no firmware',
    bios({ virtualisation: { machine: null, container: 'docker' } }),
    '/',
    { kind: 'systemd-boot', efiSysMountPoint: '/efi' },
  ],
  [
    '/boot on another disk than /',
    bios({
      blockDevices: [
        sda,
        sdb,
        partition('sda1', 'sda', 1, ext4),
        partition('sdb1', 'sdb', 1, ext4),
      ],
      mounts: [
        madeUpMount('/', { blockDevices: ['sda1'] }),
        madeUpMount('/boot', { blockDevices: ['sdb1'] }),
      ],
    }),
    '/',
    { kind: 'grub', devices: ['/dev/disk/by-id/ata-B'], enableCryptodisk: false },
  ],
  [
    'a mirror of two disks, encrypted',
    bios({
      blockDevices: [
        sda,
        sdb,
        partition('sda1', 'sda', 1, content('linux_raid_member', 'm')),
        partition('sdb1', 'sdb', 1, content('linux_raid_member', 'm')),
        madeUpBlock('md0', { kind: 'mdraid', liesOn: ['sda1', 'sdb1'] }),
        mapping('luks', 'dm-0', 'crypt', ['md0'], ext4),
      ],
      mounts: [madeUpMount('/', { blockDevices: ['dm-0'] })],
    }),
    '/',
    {
      kind: 'grub',
      devices: ['/dev/disk/by-id/ata-A', '/dev/disk/by-id/ata-B'],
      enableCryptodisk: true,
    },
  ],
  [
    'a RAID of the firmware, which the BIOS shows as one disk',
    bios({
      blockDevices: [
        sda,
        sdb,
        madeUpBlock('md126', {
          kind: 'mdraid',
          liesOn: ['sda', 'sdb'],
          links: ['disk/by-id/md-uuid-1'],
        }),
        partition('md126p1', 'md126', 1, ext4),
      ],
      mounts: [madeUpMount('/', { blockDevices: ['md126p1'] })],
    }),
    '/',
    { kind: 'grub', devices: ['/dev/disk/by-id/md-uuid-1'], enableCryptodisk: false },
  ],
  [
    'an installation below /mnt',
    bios({
      blockDevices: [
        sda,
        sdb,
        partition('sda1', 'sda', 1, ext4),
        partition('sdb1', 'sdb', 1, ext4),
      ],
      mounts: [
        madeUpMount('/', { blockDevices: ['sda1'] }),
        madeUpMount('/mnt', { blockDevices: ['sdb1'] }),
      ],
    }),
    '/mnt',
    { kind: 'grub', devices: ['/dev/disk/by-id/ata-B'], enableCryptodisk: false },
  ],
  [
    'a disk without a lasting name',
    bios({
      blockDevices: [madeUpBlock('vda'), partition('vda1', 'vda', 1, ext4)],
      mounts: [madeUpMount('/', { blockDevices: ['vda1'] })],
    }),
    '/',
    { kind: 'grub', devices: ['/dev/vda'], enableCryptodisk: false },
  ],
  [
    'a root that is on no disk',
    bios({}),
    '/',
    { kind: 'grub', devices: [], enableCryptodisk: false },
  ],
];

for (const [name, facts, rootPath, loader] of cases) {
  test(`the loader for ${name}`, () => {
    assert.equal(starterLoader(facts, rootPath, '/efi'), loader);
  });
}

const machine: Omit<StarterFacts, 'loader'> = {
  hostName: 'm',
  source: { builder: 'files', kernel: '/k', initrd: '/i' },
  kernelParams: [],
  etc: [],
};

/** Machines that QEMU has run with SeaBIOS; captures have no serial numbers, so nothing by id. */
for (const [name, device] of [
  ['qemu-ide-bios', '/dev/disk/by-path/pci-0000:00:01.1-ata-1'],
  ['qemu-virtio-xfs-bios', '/dev/disk/by-path/pci-0000:00:02.0'],
  ['qemu-luks-on-lvm', '/dev/disk/by-path/pci-0000:00:02.0'],
] as const) {
  test(`the starter of ${name} is a declaration that GRUB boots from one disk`, () => {
    const loader = starterLoader(fixture(name), '/', '/boot');
    const starter = renderStarter({ ...machine, loader }, undefined);
    const { boot } = folder.readGood(Object.fromEntries(starter));
    assert.equal(plain(boot.loader.kind), ['grub']);
    assert.equal(plain(boot.loader.grub.devices), [device]);
    assert.equal(plain(boot.loader.efiSysMountPoint), []);
  });
}

test('the starter of a machine whose kernels are encrypted lets GRUB ask for the passphrase', () => {
  const starter = renderStarter(
    {
      ...machine,
      loader: { kind: 'grub', devices: ['/dev/sda'], enableCryptodisk: true },
    },
    undefined,
  );
  assert.ok(folder.readGood(Object.fromEntries(starter)).boot.loader.grub.enableCryptodisk);
});

test('the starter of a machine with UEFI has its EFI system partition, and no word on GRUB', () => {
  const starter = renderStarter(
    {
      ...machine,
      loader: { kind: 'systemd-boot', efiSysMountPoint: '/boot/efi' },
    },
    undefined,
  );
  const { loader } = folder.readGood(Object.fromEntries(starter)).boot;
  assert.equal(plain(loader.kind), ['systemd-boot']);
  assert.equal(plain(loader.efiSysMountPoint), ['/boot/efi']);
  assert.equal(plain(loader.grub.devices), []);
});

test('the starter of a machine that is to be installed says how somebody can log in', () => {
  const [, [, text] = ['', '']] = renderStarter(
    {
      ...machine,
      source: {
        builder: 'debian',
        suite: 'bookworm',
        kernelPackage: undefined,
        systemPackages: ['htop'],
        recommended: [],
        isNew: true,
      },
      loader: { kind: 'grub', devices: ['/dev/sda'], enableCryptodisk: false },
    },
    undefined,
  );
  assert.match(text, /^# \[users\.users "root"\]\n# initialHashedPassword = /m);
  const { system, environment } = folder.readGood({
    'system.conf': text.replace(/^imports.*$/m, ''),
  });
  assert.is(system.suite, 'bookworm');
  assert.equal(plain(environment.systemPackages), ['htop']);
});

test('a starter whose disk is not known says what is missing', () => {
  const starter = renderStarter(
    {
      ...machine,
      loader: { kind: 'grub', devices: [], enableCryptodisk: false },
    },
    undefined,
  );
  assert.match(
    folder.readBad(Object.fromEntries(starter)),
    /^DECLARATION_CONFLICT system\.conf:\d+: \[boot\.loader\] kind: nothing would start the GRUB/,
  );
});

test.run();
