import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flatten } from '../../../src/hardware/committed/committed-module.ts';
import { compareModules } from '../../../src/hardware/committed/compare-modules.ts';
import type { Difference } from '../../../src/hardware/committed/difference.ts';
import { optionName, optionPath } from '../../../src/hardware/emit/option-name.ts';
import type { HardwareModule } from '../../../src/hardware/module/hardware-module.ts';
import { item, laptop, moduleOf, needed, value } from '../emit/modules.ts';
import { madeUpBlock, madeUpFacts, madeUpMount } from '../made-up-facts.ts';

/** `gone! boot.kernelModules: a -> ` */
function told({ kind, option, committed, live, mattersForBooting, note }: Difference): string {
  const mark = mattersForBooting ? '!' : '';
  const why = note === undefined ? '' : ` (${note})`;
  return `${kind}${mark} ${optionName(option)}: ${committed ?? ''} -> ${live ?? ''}${why}`;
}

/** A disk whose links are known, so that what is not among them is not there. */
const machine = madeUpFacts({
  blockDevices: [
    madeUpBlock('sda', { links: ['disk/by-path/pci-ata-1', 'disk/by-uuid/b'] }),
    madeUpBlock('sdb', {
      links: ['disk/by-path/pci-ata-2', 'disk/by-uuid/c'],
      content: { type: 'ext4', uuid: 'c', memberUuid: null, label: null },
    }),
  ],
  mounts: [
    madeUpMount('/data', {
      type: 'btrfs',
      options: ['rw', 'noatime'],
      superOptions: ['rw', 'ssd', 'compress=zstd:3', 'subvolid=5', 'subvol=/'],
    }),
  ],
});
const said = { facts: machine, root: '/', format: 'conf' } as const;

const available = 'boot.initrd.availableKernelModules';
const home = ['fileSystems', '/home', 'device'];

/** What was committed, what the machine is, and what is said of it. */
const cases: readonly (readonly [
  name: string,
  committed: HardwareModule,
  live: HardwareModule,
  told: readonly string[],
])[] = [
  ['the same machine', laptop, laptop, []],
  [
    'lists in another order, modules in the other spelling',
    moduleOf(item(available, 'nvme'), item(available, 'xhci-pci')),
    moduleOf(item(available, 'xhci_pci'), item(available, 'nvme')),
    [],
  ],
  [
    'a new controller, without which the root is not found',
    moduleOf(item(available, 'ahci'), item(available, 'uas')),
    moduleOf(needed(item(available, 'nvme')), item(available, 'ahci'), item(available, 'sr_mod')),
    [
      `added! ${available}:  -> nvme`,
      `added ${available}:  -> sr_mod`,
      `gone ${available}: uas -> `,
    ],
  ],
  [
    'a disk that was exchanged',
    moduleOf(value(home, '/dev/disk/by-uuid/a')),
    moduleOf(needed(value(home, '/dev/disk/by-uuid/b'))),
    [
      'changed! fileSystems."/home".device: /dev/disk/by-uuid/a -> /dev/disk/by-uuid/b (no device answers to that name)',
    ],
  ],
  [
    'a disk that is gone, and for which the boot would wait',
    moduleOf(value(home, '/dev/disk/by-uuid/a'), value(['fileSystems', '/home', 'fsType'], 'xfs')),
    moduleOf(),
    [
      'gone! fileSystems."/home".device: /dev/disk/by-uuid/a ->  (no device answers to that name)',
      'gone fileSystems."/home".fsType: xfs -> ',
    ],
  ],
  [
    'a disk that is gone, and that nothing waits for',
    moduleOf(
      value(home, '/dev/disk/by-uuid/a'),
      item(['fileSystems', '/home', 'options'], 'nofail'),
      value(['swapDevices', '/dev/b', 'device'], '/dev/b'),
    ),
    moduleOf(),
    [
      'gone fileSystems."/home".device: /dev/disk/by-uuid/a ->  (no device answers to that name)',
      'gone swapDevices."/dev/b".device: /dev/b ->  (no device answers to that name)',
    ],
  ],
  [
    'a disk that is only not mounted, by any name',
    moduleOf(
      value(home, '/dev/disk/by-path/pci-ata-2'),
      value(['fileSystems', '/srv', 'device'], 'UUID=c'),
      value(['fileSystems', '/tmp', 'device'], 'tmpfs'),
    ),
    moduleOf(),
    [
      'gone fileSystems."/home".device: /dev/disk/by-path/pci-ata-2 -> ',
      'gone fileSystems."/srv".device: UUID=c -> ',
      'gone fileSystems."/tmp".device: tmpfs -> ',
    ],
  ],
  [
    'a disk that is mounted when somebody looks into it, and is not there',
    moduleOf(
      value(home, '/dev/disk/by-uuid/a'),
      item(['fileSystems', '/home', 'options'], 'noatime,x-systemd.automount'),
    ),
    moduleOf(),
    [
      'gone fileSystems."/home".device: /dev/disk/by-uuid/a ->  (no device answers to that name)',
      'gone fileSystems."/home".options: noatime,x-systemd.automount -> ',
    ],
  ],
  [
    'a disk that is waited for and was exchanged for another',
    moduleOf(value(home, '/dev/disk/by-uuid/a')),
    moduleOf(value(home, '/dev/disk/by-uuid/b')),
    [
      'changed! fileSystems."/home".device: /dev/disk/by-uuid/a -> /dev/disk/by-uuid/b (no device answers to that name)',
    ],
  ],
  [
    'a name of the disk itself, where the disks say none',
    moduleOf(value(home, '/dev/disk/by-id/ata-X')),
    moduleOf(needed(value(home, '/dev/disk/by-uuid/b'))),
    [
      'changed fileSystems."/home".device: /dev/disk/by-id/ata-X -> /dev/disk/by-uuid/b (which device has that name cannot be seen here)',
    ],
  ],
  [
    'a LUKS device that is gone, and one that is only not open',
    moduleOf(
      value(['boot', 'initrd', 'luks', 'devices', 'a', 'device'], '/dev/sda'),
      value(['boot', 'initrd', 'luks', 'devices', 'b', 'device'], '/dev/sdz'),
    ),
    moduleOf(),
    [
      'gone boot.initrd.luks.devices.a.device: /dev/sda -> ',
      'gone! boot.initrd.luks.devices.b.device: /dev/sdz ->  (no device answers to that name)',
    ],
  ],
  [
    'a swap with a random key on what holds files by now',
    moduleOf(
      value(['swapDevices', '/dev/sdb', 'device'], '/dev/sdb'),
      value(['swapDevices', '/dev/sdb', 'randomEncryption', 'enable'], true),
    ),
    moduleOf(),
    [
      'gone! swapDevices."/dev/sdb".device: /dev/sdb ->  (it holds ext4 now, and would be overwritten)',
      'gone swapDevices."/dev/sdb".randomEncryption.enable: true -> ',
    ],
  ],
  [
    'a ZFS data set that is gone',
    moduleOf(value(home, 'tank/home'), value(['fileSystems', '/home', 'fsType'], 'zfs')),
    moduleOf(),
    ['gone! fileSystems."/home".device: tank/home -> ', 'gone fileSystems."/home".fsType: zfs -> '],
  ],
  [
    'how a file system is mounted, in other words',
    moduleOf(
      ...['defaults', 'rw,relatime', 'subvol=/root', 'umask=077', 'compress=zstd', 'nofail'].map(
        option => item(['fileSystems', '/', 'options'], option),
      ),
    ),
    moduleOf(
      ...['compress=zstd:3', 'dmask=0077', 'fmask=0077'].map(option =>
        item(['fileSystems', '/', 'options'], option),
      ),
      needed(item(['fileSystems', '/', 'options'], 'subvol=root')),
    ),
    [],
  ],
  [
    'options that the mount table shows and that go without saying',
    moduleOf(
      ...['noatime', 'ssd', 'compress=zstd', 'discard'].map(option =>
        item(['fileSystems', '/data', 'options'], option),
      ),
    ),
    moduleOf(
      ...['noatime', 'subvol=/'].map(option => item(['fileSystems', '/data', 'options'], option)),
    ),
    ['gone fileSystems."/data".options: discard -> '],
  ],
  [
    'another subvolume, and a wait that is new',
    moduleOf(item(['fileSystems', '/', 'options'], 'subvol=old')),
    moduleOf(
      needed(item(['fileSystems', '/', 'options'], 'subvol=new')),
      item(['fileSystems', '/', 'options'], 'nofail'),
    ),
    [
      'added! fileSystems."/".options:  -> subvol=new',
      'added fileSystems."/".options:  -> nofail',
      'gone fileSystems."/".options: subvol=old -> ',
    ],
  ],
  [
    'a module that is loaded where it was only to be there',
    moduleOf(item('boot.initrd.kernelModules', 'dm-crypt')),
    moduleOf(needed(item(available, 'dm_crypt'))),
    ['gone boot.initrd.kernelModules: dm-crypt -> '],
  ],
  [
    'a profile that is new, and needed',
    moduleOf(item('imports', { nix: '(modulesPath + "/installer/scan/not-detected.nix")' })),
    moduleOf(needed(item('imports', { nix: '(modulesPath + "/profiles/qemu-guest.nix")' }))),
    [
      'added! imports:  -> modulesPath/profiles/qemu-guest.nix',
      'gone imports: modulesPath/installer/scan/not-detected.nix -> ',
    ],
  ],
  [
    'an option of a mount that was exchanged',
    moduleOf(item(['fileSystems', '/', 'options'], 'noatime')),
    moduleOf(item(['fileSystems', '/', 'options'], 'compress=zstd')),
    [
      'added fileSystems."/".options:  -> compress=zstd',
      'gone fileSystems."/".options: noatime -> ',
    ],
  ],
  [
    'what a person has added to an option that the machine does not ask for',
    moduleOf(value('networking.hostName', 'atlas')),
    moduleOf(),
    ['gone networking.hostName: atlas -> '],
  ],
  [
    'a yes that became a no',
    moduleOf(value('boot.swraid.enable', true)),
    moduleOf(value('boot.swraid.enable', false)),
    ['changed boot.swraid.enable: true -> false'],
  ],
];

for (const [name, committed, live, expected] of cases) {
  test(name, () => {
    assert.equal(compareModules(flatten(committed), live, said).map(told), expected);
  });
}

test('the name of an option leads back to it, whatever it is made of', () => {
  const names = ['a', 'a.b', '', '"', '\\', '."', '/', 'or', '\n', 'a"."b', 'é', '-1', 'null'];
  const paths = names.flatMap(first => names.map(second => [first, 'x', second]));
  for (const path of paths) assert.equal(optionPath(optionName(path)), path);
  assert.is(new Set(paths.map(optionName)).size, paths.length);
});

test.run();
