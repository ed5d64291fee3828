import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import type { KernelModules } from '../../../src/hardware/kernel/kernel-modules.ts';
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
  assert.equal(listed(planned, inInitrd), ['dm_raid*', 'dm_snapshot', 'dm_thin_pool', 'raid1*']);
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

test("Broadcom's wireless devices that only wl drives get it, others do not", () => {
  const wireless = (ids: string): Facts =>
    madeUpFacts({
      devices: [madeUpPci('/devices/pci0000:00/0000:03:00.0', ids, '028000', 'bcma_pci_bridge')],
    });
  assert.equal(plan(wireless('14e4:4331')).items, [
    {
      kind: 'item',
      option: ['boot', 'kernelModules'],
      value: 'wl',
      because: ['0000:03:00.0 14e4:4331'],
      neededToBoot: false,
    },
  ]);
  for (const ids of ['14e4:4314', '14e4:43a3', '14e4:1677', '8086:4331']) {
    assert.equal(plan(wireless(ids)).items, [], ids);
  }
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

test.run();
