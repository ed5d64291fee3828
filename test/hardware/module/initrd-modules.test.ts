import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { inRole, type KernelModules } from '../../../src/hardware/kernel/kernel-modules.ts';
import { bootChains } from '../../../src/hardware/module/boot-chains.ts';
import type { Item } from '../../../src/hardware/module/hardware-module.ts';
import { initrdModules } from '../../../src/hardware/module/initrd-modules.ts';
import { commonKernel, madeUpKernel } from '../kernel/made-up-kernel.ts';
import { madeUpDevice, madeUpPci } from '../made-up-devices.ts';
import { madeUpBlock, madeUpFacts, madeUpMount } from '../made-up-facts.ts';
import { ahci, i2cKeyboard, luksOn, nvme, sataDisk, usbDisk, volumeOn } from './machines.ts';

const kernel = madeUpKernel(commonKernel);

interface Planned {
  readonly items: readonly Item[];
  readonly omissions: readonly string[];
}

function plan(facts: Facts, of: KernelModules | null = kernel): Planned {
  const target = of ?? undefined;
  const { definitions, omissions } = initrdModules(facts, target, bootChains(facts, target, '/'));
  return {
    items: definitions.filter(definition => definition.kind === 'item'),
    omissions: omissions.map(({ subject, reason }) => `${subject}: ${reason}`),
  };
}

/** The elements of one list, those that the boot needs with a `*`. */
function listed({ items }: Planned, option: string): readonly string[] {
  return items
    .filter(item => item.option.join('.') === option)
    .map(
      ({ value, neededToBoot }) =>
        `${typeof value === 'string' ? value : ''}${neededToBoot ? '*' : ''}`,
    );
}

function reasons({ items }: Planned, module: string): readonly string[] {
  return items.find(({ value }) => value === module)?.because ?? [];
}

const available = 'boot.initrd.availableKernelModules';
const inInitrd = 'boot.initrd.kernelModules';
const later = 'boot.kernelModules';

const laptop = madeUpFacts({
  cpu: { ...madeUpFacts().cpu, virtualisation: 'vmx' },
  devices: [...nvme.devices, ...i2cKeyboard.devices, ...usbDisk.devices],
  blockDevices: [
    nvme.disk,
    luksOn('dm-0', 'crypted', ['nvme0n1']),
    volumeOn('dm-1', 'vg-root', ['dm-0']),
    usbDisk.disk,
  ],
  mounts: [
    madeUpMount('/', { blockDevices: ['dm-1'] }),
    madeUpMount('/nix', { blockDevices: ['dm-1'] }),
    madeUpMount('/media/stick', { type: 'vfat', blockDevices: ['sdc'] }),
  ],
  keyboards: [i2cKeyboard.keyboard],
});

test('the initrd has what the disk and the keyboard at its passphrase need, and can find others', () => {
  const planned = plan(laptop);
  assert.equal(listed(planned, available), [
    'hid_generic*',
    'i2c_designware_platform*',
    'i2c_hid_acpi*',
    'intel_lpss_pci*',
    'nvme*',
    'sd_mod',
    'usb_storage',
    'xhci_pci',
    'xhci_pci_renesas',
  ]);
  assert.equal(listed(planned, inInitrd), ['dm_snapshot']);
  assert.equal(listed(planned, later), ['kvm-intel']);
  assert.equal(planned.omissions, ['module pinctrl_tigerlake: built into kernel 6.1.0-test']);
});

test('each module says what it drives, how that is known, who needs it and what it needs', () => {
  const planned = plan(laptop);
  assert.equal(reasons(planned, 'nvme'), [
    'nvme: 0000:01:00.0 144d:a808, bound and by alias; / and /nix are on it',
    'needs nvme_core',
  ]);
  assert.equal(reasons(planned, 'i2c_hid_acpi'), [
    'i2c_hid_acpi: i2c-ELAN0732:00, bound and by alias; keyboard ELAN0732:00 04F3:3282 is at it',
    'needs hid, i2c_hid',
  ]);
  assert.equal(reasons(planned, 'xhci_pci_renesas'), [
    'xhci_pci: 0000:00:14.0 1912:0014, by alias',
  ]);
  // As an element of the list it would stop the build of an initrd for a kernel without it.
  assert.equal(reasons(planned, 'intel_lpss_pci').slice(1), ['needs intel_lpss', 'wants idma64']);
  assert.equal(reasons(planned, 'kvm-intel'), ['the processor has vmx']);
});

test('nothing that changes when a stick is mounted is in a reason', () => {
  const texts = plan(laptop).items.flatMap(({ because }) => because);
  assert.equal(
    texts.filter(text => /media|sdc|usb\d|host\d|dm-\d|nvme0/.test(text)),
    [],
  );
});

test('a disk that is held for a virtual machine is found by what it says it is', () => {
  const facts = madeUpFacts({
    devices: nvme.devices.map(device =>
      device.module === 'nvme' ? { ...device, driver: 'vfio-pci', module: 'vfio_pci' } : device,
    ),
  });
  const planned = plan(facts);
  assert.equal(listed(planned, available), ['nvme']);
  assert.equal(reasons(planned, 'nvme')[0], 'nvme: 0000:01:00.0 144d:a808, by alias');
  assert.equal(plan(facts, null).items, [], 'without a kernel nobody can tell');
  assert.equal(listed(plan(facts, inRole(kernel, 'names')), available), ['nvme']);
});

test('controllers that nothing hangs on are there too, other hardware and bridges are not', () => {
  const at = (slot: string): string => `/devices/pci0000:00/0000:00:${slot}`;
  const facts = madeUpFacts({
    devices: [
      ...ahci,
      madeUpPci(at('01.0'), '8086:7010', '010180', null),
      madeUpPci(at('02.0'), '8086:9a49', '030000', 'i915'),
      madeUpPci(at('03.0'), '8086:15b8', '020000', 'e1000e'),
      madeUpPci(at('04.0'), '8086:a0b0', '060400', null),
      madeUpPci(at('05.0'), '8086:2934', '0c0300', 'uhci_hcd'),
      madeUpPci(at('06.0'), '8086:a0a3', '0c0500', 'i2c_i801'),
      madeUpPci(at('07.0'), '8086:a0ee', '0c03fe', 'dwc3_pci'),
    ],
  });
  assert.equal(listed(plan(facts), available), ['ahci', 'ata_piix', 'uhci_hcd']);
});

test('volumes are put together in the initrd, and so is bcache', () => {
  const disk = sataDisk('sda', 1);
  const facts = madeUpFacts({
    loadedModules: ['raid1'],
    devices: [...ahci, ...disk.devices],
    blockDevices: [
      disk.disk,
      madeUpBlock('bcache0', { kind: 'bcache', liesOn: ['sda'] }),
      volumeOn('dm-1', 'vg-root_rimage_0', ['bcache0']),
      volumeOn('dm-2', 'vg-pool_tdata', ['sda']),
      volumeOn('dm-3', 'vg-pool-tpool', ['dm-2']),
      volumeOn('dm-4', 'vg-root', ['dm-1']),
      volumeOn('dm-5', 'vg-data', ['dm-3']),
    ],
    mounts: [
      madeUpMount('/', { blockDevices: ['dm-4'] }),
      madeUpMount('/data', { blockDevices: ['dm-5'] }),
    ],
  });
  const planned = plan(facts);
  assert.equal(listed(planned, available), ['ahci*', 'bcache*', 'sd_mod*']);
  assert.equal(listed(planned, inInitrd), ['dm_raid*', 'dm_snapshot', 'dm_thin_pool*', 'raid1*']);
  assert.equal(reasons(planned, 'dm_raid'), [
    'logical volume vg-root; / is on it',
    'needs dm_mod, md_mod, raid456',
  ]);
});

test('what NixOS adds by itself is not said again', () => {
  const facts = madeUpFacts({
    devices: nvme.devices,
    blockDevices: [
      nvme.disk,
      luksOn('dm-0', 'crypted', ['nvme0n1']),
      madeUpBlock('md0', {
        kind: 'mdraid',
        liesOn: ['dm-0'],
        raid: { level: 'raid1', uuid: null },
      }),
    ],
    mounts: [madeUpMount('/', { type: 'btrfs', blockDevices: ['md0'] })],
  });
  const { items } = plan(facts);
  assert.equal(
    items.map(({ value }) => value),
    ['nvme'],
  );
});

test('a module that the target kernel has not is left out by name', () => {
  const facts = madeUpFacts({
    cpu: { ...madeUpFacts().cpu, virtualisation: 'svm' },
    devices: [madeUpPci('/devices/pci0000:00/0000:00:02.0', '15ad:07c0', '010700', 'vmw_pvscsi')],
  });
  const planned = plan(facts);
  assert.equal(planned.items, []);
  assert.equal(planned.omissions, [
    'module vmw_pvscsi: kernel 6.1.0-test has no such module; vmw_pvscsi: 0000:00:02.0 15ad:07c0, bound',
    'module kvm-amd: kernel 6.1.0-test has no such module',
  ]);
  assert.equal(listed(plan(facts, null), available), ['vmw_pvscsi']);
  assert.equal(listed(plan(facts, null), later), ['kvm-amd']);
});

test('what is a part of the target kernel is left out', () => {
  const facts = madeUpFacts({ devices: nvme.devices });
  const builtin = madeUpKernel({ builtin: ['nvme'] });
  assert.equal(plan(facts, builtin), {
    items: [],
    omissions: ['module nvme: built into kernel 6.1.0-test'],
  });
});

test('a virtual machine whose disk is not virtio has its IOMMU driven all the same', () => {
  const slot = (number: number): string => `/devices/pci0000:00/0000:00:0${number}.0`;
  const disk = sataDisk('sda', 1);
  const facts = madeUpFacts({
    devices: [
      ...ahci,
      ...disk.devices,
      madeUpPci(slot(3), '1af4:1057', '080600', 'virtio_pci'),
      madeUpDevice(`${slot(3)}/virtio1`, {
        bus: 'virtio',
        driver: 'virtio_iommu',
        module: 'virtio_iommu',
        modalias: 'virtio:d00000017v00001AF4',
      }),
    ],
    blockDevices: [disk.disk],
    mounts: [madeUpMount('/', { blockDevices: ['sda'] })],
  });
  assert.equal(listed(plan(facts), available), [
    'ahci*',
    'sd_mod*',
    'virtio_iommu*',
    'virtio_pci*',
  ]);
});

test('many reasons are counted, not listed', () => {
  const devices = Array.from({ length: 30 }, (_, at) =>
    madeUpPci(`/devices/pci0000:00/0000:${10 + at}:00.0`, '144d:a808', '010802', 'nvme'),
  );
  const because = reasons(plan(madeUpFacts({ devices })), 'nvme');
  assert.is(because.length, 6);
  assert.is(because[4], 'and 26 more');
});

test('facts that were made to hurt give no module and no second line', () => {
  const facts = madeUpFacts({
    devices: [
      {
        ...madeUpPci('/devices/pci0/"; evil = ${x}\n', '144d:a808', '010802', null),
        driver: "nvme\n''${x}",
        module: "nvme\n''${x}",
      },
      madeUpPci('/devices/pci0/1', '\u202e:\n', '010802', 'x'.repeat(500)),
    ],
  });
  const { items, omissions } = plan(facts);
  assert.equal(
    items.map(({ value }) => value),
    ['nvme'],
  );
  for (const text of [...items.flatMap(({ because }) => because), ...omissions]) {
    assert.not.ok(/\p{Cc}|\u202e/u.test(text), text);
  }
});

/** As in Ubuntu and in clouds: nothing that the root is on is a module of the running kernel. */
const virtioScsi = '/devices/pci0000:00/0000:00:05.0';
const virtioDisk = `${virtioScsi}/virtio2/host0/target0:0:1/0:0:1:0`;
const builtIn = madeUpFacts({
  devices: [
    { ...madeUpPci(virtioScsi, '1af4:1048', '010000', null), driver: 'virtio-pci' },
    madeUpDevice(`${virtioScsi}/virtio2`, {
      bus: 'virtio',
      driver: 'virtio_scsi',
      modalias: 'virtio:d00000008v00001AF4',
    }),
    madeUpDevice(virtioDisk, { bus: 'scsi', driver: 'sd', modalias: 'scsi:t-0x00' }),
    madeUpDevice('/devices/platform/rtc', { bus: 'platform', driver: 'rtc_cmos' }),
  ],
  blockDevices: [madeUpBlock('sda', { device: virtioDisk })],
  mounts: [madeUpMount('/', { blockDevices: ['sda'] })],
});
const ubuntu = madeUpKernel({ builtin: ['virtio_pci', 'virtio_scsi', 'sd_mod', 'ext4'] });

test('drivers that are parts of the running kernel are listed where another one may boot', () => {
  const wanted = ['sd_mod*', 'virtio_pci*', 'virtio_scsi*'];
  const runs = plan(builtIn, inRole(ubuntu, 'runs'));
  assert.equal(listed(runs, available), wanted);
  assert.equal(runs.omissions, []);
  assert.equal(reasons(runs, 'sd_mod'), [
    'sd_mod: SCSI disk, bound; / is on it',
    'built into the running kernel 6.1.0-test',
  ]);
  assert.equal(listed(plan(builtIn, ubuntu), available), [], 'this one will boot');
  // An installation whose kernel is not there yet, with and without one to call modules by.
  for (const none of [null, inRole(ubuntu, 'names'), inRole(kernel, 'names')]) {
    const planned = plan(builtIn, none);
    assert.equal(listed(planned, available), wanted);
    assert.match(planned.omissions.join(), /^kernel modules: no target kernel is known/);
    assert.equal(
      bootChains(builtIn, none ?? undefined, '/')[0]?.links.flatMap(({ modules }) =>
        modules.map(({ inKernel }) => inKernel),
      ),
      [null, null, null, null],
    );
  }
});

test('without a kernel, what drives nothing of what is needed is named', () => {
  const devices = nvme.devices.map(each => ({ ...each, driver: 'vfio-pci', module: 'vfio_pci' }));
  const facts = { ...laptop, devices: [...devices, ...i2cKeyboard.devices] };
  const { omissions } = plan(facts, null);
  assert.ok(
    omissions.some(text =>
      /^vfio-pci: 0000:01:00.0 144d:a808: no target kernel is known/.test(text),
    ),
    omissions.join('\n'),
  );
});

test('that a root comes over the network is said, and that Bluetooth types no passphrase', () => {
  const path = '/devices/virtual/misc/uhid/0005:046D:B35B.0004/input/input20';
  const facts = { ...laptop, keyboards: [{ title: 'MX Keys', path, isBluetooth: true }] };
  assert.match(plan(facts).omissions.join(), /keyboard MX Keys: it is connected by Bluetooth/);
  const open = { ...facts, mounts: [] };
  assert.not.match(plan(open).omissions.join(), /Bluetooth/);
  const card = madeUpPci('/devices/pci0000:00/0000:00:19.0', '8086:15b8', '020000', 'ahci');
  const away = madeUpFacts({
    devices: [card],
    networkInterfaces: [{ name: 'eno1', kind: 'ethernet', device: card.path }],
    mounts: [madeUpMount('/', { type: 'nfs4', source: 'server:/root' })],
  });
  assert.match(plan(away).omissions.join(), /\/: it is reached over a network/);
  assert.equal(listed(plan(away), available), ['ahci*']);
});

test('what LUKS keeps checksums with is in the initrd', () => {
  const facts = madeUpFacts({
    devices: nvme.devices,
    blockDevices: [
      nvme.disk,
      madeUpBlock('dm-0', {
        kind: 'other-mapping',
        liesOn: ['nvme0n1'],
        mapping: { name: 'root_dif', uuid: null },
      }),
      luksOn('dm-1', 'root', ['dm-0']),
    ],
    mounts: [madeUpMount('/', { blockDevices: ['dm-1'] })],
  });
  assert.equal(listed(plan(facts, null), inInitrd), ['authenc*', 'dm_integrity*']);
});

test.run();
