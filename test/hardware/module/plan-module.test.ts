import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CpuFacts, Facts, VirtualisationFacts } from '../../../src/hardware/facts/facts.ts';
import type { Definition } from '../../../src/hardware/module/hardware-module.ts';
import { planModule } from '../../../src/hardware/module/plan-module.ts';
import { madeUpFacts } from '../made-up-facts.ts';
import { content, device, disk, nvme, on, stick } from './made-up-disks.ts';
import { leftOut, planned, said, usual } from './said-module.ts';

const intel: CpuFacts = { ...madeUpFacts().cpu, vendor: 'GenuineIntel', model: 'i5' };
const platform = '!nixpkgs.hostPlatform ?= x86_64-linux';
const microcode =
  'hardware.cpu.intel.updateMicrocode ?= config.hardware.enableRedistributableFirmware';

function seenAs(machine: string | null, container: string | null = null): Partial<Facts> {
  const virtualisation: VirtualisationFacts = { machine, container };
  return { virtualisation, cpu: { ...intel, isVirtual: machine !== null } };
}

test('a machine of metal gets firmware and microcode', () => {
  assert.equal(said(planned(seenAs(null))), [
    'imports + (modulesPath + "/installer/scan/not-detected.nix")',
    microcode,
    platform,
  ]);
  const amd = { cpu: { ...intel, vendor: 'AuthenticAMD' } };
  assert.ok(said(planned(amd))[1]?.startsWith('hardware.cpu.amd.updateMicrocode'));
});

test('a guest gets what NixOS has for its kind, and no microcode', () => {
  const guests: Readonly<Record<string, readonly string[]>> = {
    kvm: ['imports + (modulesPath + "/profiles/qemu-guest.nix")'],
    qemu: ['imports + (modulesPath + "/profiles/qemu-guest.nix")'],
    oracle: ['virtualisation.virtualbox.guest.enable = true'],
    vmware: ['virtualisation.vmware.guest.enable = true'],
    microsoft: ['virtualisation.hypervGuest.enable = true'],
    parallels: [],
    xen: [],
    amazon: [],
    'made up': [],
  };
  for (const [machine, lines] of Object.entries(guests)) {
    assert.equal(said(planned(seenAs(machine))), [...lines, platform], machine);
    assert.is(leftOut(seenAs(machine)).length, lines.length === 0 ? 1 : 0, machine);
  }
});

test('a virtual processor under something unknown is no machine of metal', () => {
  const facts = { cpu: { ...intel, isVirtual: true } };
  assert.equal(said(planned(facts)), [platform]);
  assert.equal(leftOut(facts), ['virtual machine: what runs it is not known']);
});

test('containers: systemd-nspawn has an option, others do not', () => {
  assert.equal(said(planned(seenAs(null, 'systemd-nspawn'))), [
    '!boot.isContainer = true',
    platform,
  ]);
  assert.equal(said(planned(seenAs('kvm', 'podman'))), [platform]);
});

test('DHCP where there is a real interface; of the others, each by a name that stays', () => {
  const networkInterfaces = [
    { name: 'docker0', kind: 'other', device: null },
    { name: 'enp1s0', kind: 'ethernet', device: nvme.path },
    { name: 'eth1', kind: 'ethernet', device: stick.path },
    { name: 'lo', kind: 'other', device: null },
    { name: 'veth1a2b3c', kind: 'other', device: null },
    { name: 'veth4d5e6f', kind: 'other', device: null },
  ] as const;
  const facts = { networkInterfaces, devices: [nvme, stick] };
  const [dhcp] = planned(facts).definitions.filter(({ option }) => option[0] === 'networking');
  assert.equal(dhcp?.option, ['networking', 'useDHCP']);
  assert.equal(dhcp?.because, ['ethernet (USB)', 'ethernet enp1s0 at nvme 0000:01:00.0']);
  const reason = 'it is virtual: whatever makes it up configures it';
  assert.equal(leftOut(facts), [
    `network interface docker0: ${reason}`,
    `network interfaces veth…: ${reason}`,
  ]);
  const onlyVirtual = { networkInterfaces: networkInterfaces.filter(each => each.device === null) };
  assert.not.ok(said(planned(onlyVirtual)).some(line => line.startsWith('networking')));
});

test('wireless adapters that need a driver or firmware of their own', () => {
  const adapter = (vendorId: string, productId: string, classCode = '028000') => ({
    devices: [
      { ...device('/devices/pci0000:00/0000:03:00.0', 'pci'), vendorId, productId, classCode },
    ],
  });
  const real = 'imports + (modulesPath + "/installer/scan/not-detected.nix")';
  // What NixOS refuses would take the whole module with it.
  assert.equal(said(planned(adapter('14e4', '4331'))), [real, platform]);
  assert.match(
    leftOut(adapter('14e4', '4331'))[0] ?? '',
    /^boot\.extraModulePackages: .*14e4:4331.*allowUnfreePredicate/,
  );
  assert.equal(said(planned(adapter('14e4', '43ba'))), [
    real,
    'imports + (modulesPath + "/hardware/network/broadcom-43xx.nix")',
    platform,
  ]);
  assert.equal(said(planned(adapter('8086', '4222'))), [
    real,
    'networking.enableIntel3945ABGFirmware = true',
    platform,
  ]);
  assert.equal(said(planned(adapter('14e4', '4331', '060400'))), [real, platform]);
});

test('a source that does not say what processor it is leaves the platform out', () => {
  assert.not.ok(said(planned({ platform: null })).some(line => line.includes('hostPlatform')));
  assert.equal(leftOut({ platform: null }), [
    'nixpkgs.hostPlatform: the source does not say what processor it is',
  ]);
});

test('options come in one order, and what is said twice is there once with both reasons', () => {
  const item = (option: readonly string[], value: string, because: string): Definition => ({
    kind: 'item',
    option,
    value,
    because: [because],
    neededToBoot: because === 'disk',
  });
  const available = ['boot', 'initrd', 'availableKernelModules'];
  const definitions = [
    item(['boot', 'kernelModules'], 'kvm-intel', 'vmx'),
    item(['boot', 'initrd', 'kernelModules'], 'dm_snapshot', 'LVM'),
    item(available, 'nvme', 'spare'),
    item(available, 'nvme', 'disk'),
  ];
  const facts = madeUpFacts({
    cpu: intel,
    blockDevices: [disk('sda', nvme, { content: content('ext4', 'u') })],
    mounts: [on(['sda'], '/', 'ext4')],
    networkInterfaces: [{ name: 'enp1s0', kind: 'ethernet', device: nvme.path }],
    swaps: [{ path: '/dev/zram0', kind: 'zram', blockDevice: null, sizeBytes: 1, priority: 5 }],
  });
  const drivers = { definitions, omissions: [{ subject: 'module x', reason: 'missing' }] };
  const module = planModule(facts, drivers, usual);
  assert.equal(said(module), [
    'imports + (modulesPath + "/installer/scan/not-detected.nix")',
    '!boot.initrd.availableKernelModules + nvme',
    'boot.initrd.kernelModules + dm_snapshot',
    'boot.kernelModules + kvm-intel',
    '!fileSystems./.device = /dev/disk/by-uuid/u',
    '!fileSystems./.fsType = ext4',
    'zramSwap.enable = true',
    'networking.useDHCP ?= true',
    microcode,
    platform,
  ]);
  assert.equal(module.definitions[1]?.because, ['spare', 'disk']);
  assert.equal(module.omissions, drivers.omissions);
});

test('the first system on Xen is a machine of metal, a cloud with virtio a guest of QEMU', () => {
  assert.equal(said(planned({ ...seenAs('none'), cpu: { ...intel, isVirtual: true } })), [
    'imports + (modulesPath + "/installer/scan/not-detected.nix")',
    microcode,
    platform,
  ]);
  const card = { ...device('/devices/pci0000:00/0000:00:03.0', 'pci'), vendorId: '1af4' };
  assert.equal(said(planned({ ...seenAs('unknown'), devices: [card] })), [
    'imports + (modulesPath + "/profiles/qemu-guest.nix")',
    platform,
  ]);
  assert.equal(said(planned({ ...seenAs('unknown'), devices: [nvme] })), [platform]);
});

test('no hardware address is in a reason', () => {
  const names = ['enx001122334455', 'wlxaabbccddeeff', 'enp1s0'];
  const networkInterfaces = names.map(name => ({
    name,
    kind: 'ethernet' as const,
    device: nvme.path,
  }));
  const [dhcp] = planned({ networkInterfaces, devices: [nvme] }).definitions.filter(
    ({ option }) => option[1] === 'useDHCP',
  );
  assert.equal(dhcp?.because, [
    'ethernet at nvme 0000:01:00.0',
    'ethernet enp1s0 at nvme 0000:01:00.0',
  ]);
});

test.run();
