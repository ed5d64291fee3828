import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readKernelModules } from '../../../src/hardware/kernel/read-kernel-modules.ts';
import { renderInitrdInit } from '../../../src/system/initrd/init-script.ts';
import { initramfsSettings } from '../../../src/system/initrd/initramfs-settings.ts';
import { initrdNeeds } from '../../../src/system/initrd/initrd-kind.ts';
import {
  indexModuleFiles,
  modulesWithDeviceAlias,
  trimmedIndexes,
} from '../../../src/system/initrd/module-files.ts';
import { neededMounts } from '../../../src/system/initrd/needed-mounts.ts';
import { type ModulePlan, planModules } from '../../../src/system/initrd/plan-modules.ts';
import { configurationOf } from './sample-configuration.ts';
import { toolTest } from './tool-test.ts';

const root = '[fileSystems "/"]\ndevice = UUID=1234\nfsType = ext4\n';

const modulesDep = `kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz
kernel/fs/jbd2/jbd2.ko.xz:
kernel/crypto/crc32c_generic.ko.xz:
kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio.ko.xz
kernel/drivers/virtio/virtio.ko.xz:
kernel/drivers/md/dm-mod.ko.xz:
kernel/net/wireguard.ko.xz:
`;
const modulesAlias = `# a comment
alias fs-ext4 ext4
alias crc32c crc32c_generic
alias crypto-crc32c crc32c_generic
alias virtio:d00000002v* virtio_blk
alias net-pf-16-proto-16-family-wireguard wireguard
`;
const kernelFiles: Readonly<Record<string, string>> = {
  'modules.dep': modulesDep,
  'modules.alias': modulesAlias,
  'modules.builtin': 'kernel/drivers/ata/ahci.ko\n',
  'modules.softdep': 'softdep ext4 pre: crc32c\n',
};

function planOf(sections: string): ModulePlan {
  const kernel = readKernelModules(name => {
    const text = kernelFiles[name];
    return text === undefined ? undefined : Buffer.from(text);
  }, '6.12.1');
  if (kernel === undefined) throw new Error('no modules.dep');
  const drivers = modulesWithDeviceAlias(modulesAlias);
  const origin = { file: '/etc/genctl/system.conf', line: 7, section: 'boot.initrd', key: 'k' };
  return planModules(
    configurationOf(sections),
    kernel,
    name => drivers.has(name),
    () => origin,
  );
}

test('what mounts the root is in the initrd with all that it needs, and is loaded', () => {
  assert.equal(planOf(root), {
    present: ['crc32c_generic', 'ext4', 'jbd2', 'virtio', 'virtio_blk'],
    loaded: ['ext4'],
  });
});

test('of what is available, only what no device asks for is loaded in any case', () => {
  const { present, loaded } = planOf(`${root}[boot.initrd]
availableKernelModules = virtio_blk
availableKernelModules = dm-mod
availableKernelModules = ahci
kernelModules = wireguard
`);
  assert.equal(loaded, ['wireguard', 'dm_mod', 'ext4']);
  assert.ok(present.includes('dm_mod') && present.includes('wireguard'));
  assert.not(present.includes('ahci'));
});

test('a declared module that the kernel lacks is refused, with its line', () => {
  assert.throws(
    () => planOf(`${root}[boot.initrd]\navailableKernelModules = megaraid_sas\n`),
    /system\.conf:7.*6\.12\.1 has no module megaraid_sas/,
  );
  assert.throws(
    () => planOf('[fileSystems "/"]\ndevice = UUID=1\nfsType = xfs\n'),
    /\[fileSystems "\/"\].*no module xfs/,
  );
});

test('modprobe reads of the modules that are there, unpacked, and of no others', () => {
  const { present } = planOf(root);
  const indexes = trimmedIndexes(present, indexModuleFiles(modulesDep), modulesAlias);
  assert.match(indexes.modulesDep, /^kernel\/fs\/ext4\/ext4\.ko: kernel\/fs\/jbd2\/jbd2\.ko$/m);
  assert.not.match(indexes.modulesDep + indexes.modulesAlias, /wireguard|\.xz/);
  assert.match(indexes.modulesAlias, /^alias virtio:d00000002v\* virtio_blk$/m);
});

test('what a system needs at once is mounted first, outer folders and sources before', () => {
  const mounts = neededMounts(
    configurationOf(`${root}[fileSystems "/nix"]
device = /persist/nix
options = bind
[fileSystems "/persist"]
device = UUID=5678
fsType = auto
options = noatime
options = x-systemd.device-timeout=5
[fileSystems "/home"]
device = UUID=9
[fileSystems "/srv/data"]
device = UUID=10
options = nofail
neededForBoot = true
[fileSystems "/srv"]
device = UUID=11
fsType = ext4
`),
  );
  assert.equal(
    mounts.map(({ place, fsType, options, isBind, mayFail }) => [
      place,
      fsType,
      options.join(),
      isBind,
      mayFail,
    ]),
    [
      ['/persist', undefined, 'noatime', false, false],
      ['/nix', undefined, '', true, false],
      ['/srv', 'ext4', '', false, false],
      ['/srv/data', undefined, '', false, true],
    ],
  );
});

test('disks that have to be opened or put together are left to initramfs-tools', () => {
  const needs = (sections: string): readonly [string, readonly string[]] => {
    const { kind, packages } = initrdNeeds(configurationOf(sections));
    return [kind, packages];
  };
  assert.equal(needs(root), ['own', ['busybox-static']]);
  const tools = ['busybox-static', 'initramfs-tools'];
  assert.equal(
    needs(
      '[fileSystems "/"]\ndevice = /dev/mapper/c\n[boot.initrd.luks.devices "c"]\ndevice = UUID=1\n',
    ),
    ['initramfs-tools', ['busybox-static', 'cryptsetup-initramfs', 'initramfs-tools']],
  );
  assert.equal(needs('[fileSystems "/"]\ndevice = /dev/vg/root\n'), [
    'initramfs-tools',
    [...tools, 'lvm2'],
  ]);
  assert.equal(needs(`${root}[boot.swraid]\nenable = true\n`), [
    'initramfs-tools',
    [...tools, 'mdadm'],
  ]);
  assert.equal(needs(`${root}[fileSystems "/nix"]\ndevice = UUID=2\nfsType = btrfs\n`), [
    'initramfs-tools',
    ['btrfs-progs', ...tools],
  ]);
  assert.equal(needs('[fileSystems "/"]\ndevice = /dev/disk/by-id/ata-1\n')[0], 'initramfs-tools');
  for (const name of ['by-uuid/1-2', 'by-label/my\\\\x20root', 'by-partlabel/root']) {
    assert.is(needs(`[fileSystems "/"]\ndevice = "/dev/disk/${name}"\n`)[0], 'own');
  }
  // The kernel says another name than the one that is in the table.
  for (const device of ['PARTLABEL=größe', '/dev/disk/by-partlabel/größe']) {
    const sections = `${root}[fileSystems "/nix"]\ndevice = ${device}\nfsType = ext4\n`;
    assert.is(needs(sections)[0], 'initramfs-tools');
  }
  assert.throws(() => needs('[fileSystems "/"]\ndevice = pool/root\nfsType = zfs\n'), /zfs/);
});

const hostile = `${root}[fileSystems "/nix"]
device = "LABEL=$(reboot) 'x"
fsType = ext4
options = "context=\`a\`"
`;

test('what is declared goes into scripts as words', () => {
  const configuration = configurationOf(hostile);
  const init = renderInitrdInit({ loaded: ['ext4'] }, neededMounts(configuration));
  const call = `mount_needed 'LABEL=$(reboot) '\\''x' 'ext4' 'context=\`a\`' '/nix' 'required'`;
  assert.ok(init.includes(`${call}\n`), init);
  const settings = initramfsSettings(configuration, { present: [], loaded: [] }, '6.12.1');
  const script = settings.get('etc/initramfs-tools/scripts/local-bottom/genctl');
  assert.ok(script?.text.includes(`${call}\n`));
  assert.ok(script?.executable);
});

test('initramfs-tools is told of encrypted devices, whatever is mounted while it runs', () => {
  const configuration = configurationOf(
    `${root}[boot.initrd.luks.devices "c"]\ndevice = "PARTLABEL=my disk"\n`,
  );
  const settings = initramfsSettings(configuration, { present: [], loaded: [] }, '6.12.1');
  assert.is(settings.get('etc/crypttab')?.text, 'c\tPARTLABEL=my\\040disk\tnone\tluks,initramfs\n');
});

const shown = configurationOf(`${root}[fileSystems "/persist"]
device = UUID=5678
[fileSystems "/nix"]
device = /persist/nix
options = bind
`);
const settings = initramfsSettings(shown, { present: ['ext4'], loaded: [] }, '6.12.1');
const scripts = new Map([
  ['init', renderInitrdInit({ loaded: ['ext4'] }, neededMounts(shown))],
  ...['hooks/genctl', 'scripts/local-bottom/genctl'].map(
    path => [path, settings.get(`etc/initramfs-tools/${path}`)?.text ?? ''] as const,
  ),
]);
const shellcheckTest = toolTest('shellcheck', 'shellcheck');
for (const [name, script] of scripts) {
  shellcheckTest(`shellcheck has nothing to say against ${name}`, () => {
    // What they source is a part of initramfs-tools.
    const args = ['--shell=sh', '--exclude=SC1091,SC2154', '-'];
    const { status, stdout } = spawnSync('shellcheck', args, { input: script });
    assert.is(status, 0, stdout.toString());
  });
}

test.run();
