import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readKernelModules } from '../../../src/hardware/kernel/read-kernel-modules.ts';
import { commonKernel, kernelFiles, kernelOf, madeUpKernel } from './made-up-kernel.ts';

const kernel = madeUpKernel(commonKernel);

test('a folder without modules.dep is no kernel', () => {
  assert.is(
    readKernelModules(() => undefined, '6.1.0'),
    undefined,
  );
});

test('a kernel says where a module is, however its name is written', () => {
  assert.is(kernel.find('sd_mod'), 'loadable');
  assert.is(kernel.find('dm-crypt'), 'loadable');
  assert.is(kernel.find('i8042'), 'built-in');
  assert.is(kernel.find('nova'), undefined);
  assert.is(kernel.find('__proto__'), undefined);
});

test('files of modules may be packed in any way, others are none', () => {
  const packed = kernelOf({
    'modules.dep': [
      'kernel/a/plain-one.ko:',
      'kernel/a/xz.ko.xz: kernel/a/plain-one.ko',
      '/lib/modules/x/updates/dkms/zst.ko.zst:',
      'gz.ko.gz:',
      'kernel/a/text.txt:',
      'kernel/a/.ko:',
      'kernel/a/no-colon.ko',
      'kernel/a/other.ko.lz4:',
      '',
    ].join('\n'),
  });
  const names = ['plain_one', 'xz', 'zst', 'gz', 'text', '', 'no_colon', 'other'];
  assert.equal(
    names.map(name => packed.find(name)),
    ['loadable', 'loadable', 'loadable', 'loadable', ...Array(4).fill(undefined)],
  );
});

test('dependencies come in the order in which they have to be loaded', () => {
  assert.equal(kernel.dependencies('ahci'), ['scsi_common', 'scsi_mod', 'libata', 'libahci']);
  assert.equal(kernel.dependencies('i8042'), []);
  assert.equal(kernel.dependencies('nova'), []);
});

test('soft dependencies are modules that exist, also where an alias is what is asked for', () => {
  const soft = madeUpKernel({
    ...commonKernel,
    softDependencies: [
      'uhci_hcd pre: ehci_pci nova post: usbhid',
      'intel-lpss pre: platform:idma64',
      'uhci_hcd ehci-pci xhci_pci',
    ],
  });
  assert.equal(soft.softDependencies('uhci-hcd'), ['ehci_pci', 'usbhid', 'xhci_pci']);
  assert.equal(soft.softDependencies('intel_lpss'), ['idma64']);
  assert.equal(soft.softDependencies('ahci'), []);
});

test('what is a part of the kernel has aliases and soft dependencies too', () => {
  const files = kernelFiles({ loadable: { nvme: [] }, builtin: ['ext4', 'nvme-core'] });
  const parts = kernelOf({
    ...files,
    'modules.builtin.modinfo': 'ext4.alias=fs-ext4\0ext4.softdep=pre: nvme\0ext4.alias=fs-\nx\0odd',
  });
  assert.equal(parts.modulesFor('fs-ext4'), ['ext4']);
  assert.equal(parts.softDependencies('ext4'), ['nvme']);
  assert.is(parts.find('nvme_core'), 'built-in');
});

const lookUps: readonly (readonly [modalias: string, modules: readonly string[]])[] = [
  ['pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01', ['ahci']],
  ['pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02', ['nvme']],
  ['pci:v00001912d00000014sv00000000sd00000000bc0Csc03i30', ['xhci_pci', 'xhci_pci_renesas']],
  ['acpi:ELAN0732:PNP0C50:', ['i2c_hid_acpi']],
  ['platform:i2c-designware', ['i2c_designware_platform']],
  ['fs-ext3', ['ext4']],
  ['fs-ext', []],
  ['fs-ext33', []],
  ['pci:', []],
  ['', []],
  ['ahci', []],
];

for (const [modalias, modules] of lookUps) {
  test(`${JSON.stringify(modalias)} is driven by ${modules.join(', ') || 'nothing'}`, () => {
    assert.equal(kernel.modulesFor(modalias), modules);
  });
}

test('without modules.alias nothing is driven, and the rest is known', () => {
  const { 'modules.alias': _, ...files } = kernelFiles(commonKernel);
  const without = kernelOf(files);
  assert.equal(without.modulesFor('fs-ext4'), []);
  assert.is(without.find('ahci'), 'loadable');
});

test('a damaged modules.alias gives what of it is whole', () => {
  const damaged = kernelOf({
    'modules.dep': '',
    'modules.alias': [
      'alias',
      'alias ',
      'alias fs-one',
      'alias  two',
      'not an alias fs-three three',
      '\0\xff\xfe alias',
      'alias fs-[four four',
      'alias fs-five five\r',
      'alias *',
      'alias fs-six six',
    ].join('\n'),
  });
  assert.equal(damaged.modulesFor('fs-six'), ['six']);
  for (const alias of ['fs-one', '', 'fs-three', 'fs-[four', '*', 'alias']) {
    assert.equal(damaged.modulesFor(alias), [], alias);
  }
});

test('a modalias that was made to take time takes none', () => {
  const patterns = Array.from({ length: 400 }, (_, at) => `pci:v*d*sv*sd*bc*sc*i${at}*x m${at}`);
  const slow = madeUpKernel({ aliases: [...patterns, '*a*a*a*a*b n', 'pci:* o'] });
  const startedAt = performance.now();
  assert.equal(slow.modulesFor(`pci:v${'dsvsdbcsci'.repeat(400)}`), ['o']);
  assert.equal(slow.modulesFor('a'.repeat(4000)), []);
  assert.equal(slow.modulesFor('a'.repeat(10_000)), [], 'longer than any path');
  assert.equal(slow.modulesFor(`pci:${'*'.repeat(4000)}`), ['o']);
  assert.ok(performance.now() - startedAt < 60_000);
});

test.run();
