import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isOnEsp,
  readEspContents,
  readForeignMenu,
} from '../../../src/boot/grub/installation/esp-contents.ts';
import type { EspUse } from '../../../src/boot/grub/installation/esp-use.ts';
import type { InstallationWish } from '../../../src/boot/grub/installation/installation-wish.ts';
import type { FilesOnDisk } from '../../../src/boot/grub/installation/measure-installation.ts';
import { planEsp } from '../../../src/boot/grub/installation/plan-esp.ts';
import { readGrubPackages } from '../../../src/boot/grub/installation/read-packages.ts';
import {
  roundOf,
  wantedInstallation,
} from '../../../src/boot/grub/installation/wanted-installation.ts';
import { layoutOf } from '../../../src/boot/layout.ts';
import type { GenctlError } from '../../../src/errors.ts';
import type { LoadOption } from '../../../src/host/load-option.ts';
import { Root } from '../../../src/host/root.ts';
import { ScratchPartition } from '../scratch-partition.ts';
import { installationWish } from './installation-wish.ts';

const layout = layoutOf('0a1b2c3d-1111-4222-8333-444455556666');

type Change = Parameters<typeof installationWish>[0];

const wanted = (change: Change): ReturnType<typeof wantedInstallation> =>
  wantedInstallation(installationWish(change));

/** Asserts an error by its code, and gives its message and hint. */
function refusal(work: () => unknown, code: string): string {
  try {
    work();
  } catch (thrown) {
    const error = thrown as GenctlError;
    assert.is(error.code, code, error.message);
    return `${error.message}\n${error.hint ?? ''}`;
  }
  assert.unreachable(`not refused: ${code}`);
  return '';
}

const efi = { settings: { efiSupport: true }, place: { devices: [] } } as const;
const uefi = { wordBits: 64, secureBoot: false } as const;
const secure = { wordBits: 64, secureBoot: true } as const;
const signed = new Map([['x86_64-efi', { build: '1', prefix: 'EFI/debian' }]] as const);

test('each disk is installed once, from a folder that no other installation has', () => {
  const { runs, tree } = wanted({ place: { devices: ['/dev/disk/by-id/a', 'nodev', '/dev/sdb'] } });
  assert.equal(
    runs.map(({ device }) => device),
    ['/dev/disk/by-id/a', '/dev/sdb'],
  );
  for (const { args, device } of runs) {
    assert.ok(args.includes('--target=i386-pc'));
    assert.ok(args.includes(`--boot-directory=/boot/${tree}`));
    assert.is(args.at(-1), device);
  }
  assert.match(tree, /^genctl\/0a1b2c3d\/grub-[0-9a-f]{16}$/);
});

test('the same state as long as nothing changes that the result depends on', () => {
  const before = wanted({});
  assert.equal(wanted({}), before);
  const elsewhere = wanted({ place: { boot: '/mnt/boot' } });
  assert.is(elsewhere.state, before.state, 'where a partition is mounted is no matter');
  const { device } = installationWish({}).place;
  const changes: Record<string, Change> = {
    'an upgrade': { packages: { builds: new Map([['i386-pc', '2.12 1']]) } },
    'another disk': { place: { devices: ['/dev/sda', '/dev/sdb'] } },
    'a disk less': { place: { devices: ['/dev/sdb'] } },
    'another place in the file system': { place: { device: { ...device, path: '/@/boot' } } },
    'another file system': {
      place: { device: { ...device, search: { by: 'fs-uuid', value: 'other' } } },
    },
    force: { settings: { forceInstall: true } },
    'UEFI as well': { settings: { efiSupport: true } },
    graphics: { settings: { terminalOutput: ['gfxterm'] } },
    'another stub': { stub: 'configfile x\n' },
    'once more': { round: 1 },
  };
  const trees = new Set([before.tree]);
  for (const [what, change] of Object.entries(changes)) {
    const after = wanted(change);
    assert.is.not(after.state, before.state, what);
    trees.add(after.tree);
  }
  assert.is(trees.size, Object.keys(changes).length + 1);
});

test('what another package is upgraded to leaves GRUB alone', () => {
  const builds = new Map([
    ['i386-pc', '2.06 1'],
    ['x86_64-efi', '2.12 1'],
  ] as const);
  assert.is(wanted({ packages: { builds } }).state, wanted({}).state);
});

test('an installation that was asked for again is one of its own, and stays it', () => {
  const again = wanted({ round: roundOf(wanted({}).state) + 1 });
  assert.is(roundOf(again.state), 1);
  assert.is(wanted({ round: roundOf(again.state) }).state, again.state);
  assert.is(roundOf(undefined), 0);
});

test('neither a disk nor UEFI: refused, since nothing would start', () => {
  const said = refusal(() => wanted({ place: { devices: ['nodev'] } }), 'GRUB_NOWHERE');
  assert.match(said, /by-id.*efiSupport/);
  assert.match(
    refusal(() => wanted({ ...efi, place: { devices: [], esp: undefined } }), 'GRUB_NO_ESP'),
    /efiSysMountPoint/,
  );
});

test('what is missing is named by its package', () => {
  const packages = { builds: new Map(), hasInstaller: false };
  const said = refusal(
    () => wanted({ packages, settings: { efiSupport: true } }),
    'GRUB_PACKAGES_MISSING',
  );
  assert.match(said, /apt-get install grub2-common grub-pc-bin grub-efi-amd64-bin$/m);
});

test('an image in a folder of this machine does not get onto this machine’s disks', () => {
  refusal(() => wanted({ place: { isAssembled: true } }), 'GRUB_NEEDS_DEVICE');
});

test('an encrypted /boot needs a word in the declaration', () => {
  const device = { ...installationWish({}).place.device, cryptodisks: ['0123'] };
  const said = refusal(() => wanted({ place: { device } }), 'GRUB_ENCRYPTED');
  assert.match(said, /enableCryptodisk/);
  assert.ok(wanted({ place: { device }, settings: { enableCryptodisk: true } }));
});

test('a disk is led to what was made only once that is there', () => {
  const [run] = wanted({ settings: { forceInstall: true } }).runs;
  const { tree } = wanted({ settings: { forceInstall: true } });
  assert.ok(run?.args.includes('--no-bootsector'));
  assert.equal(run?.setup, [
    `--directory=/boot/${tree}/grub/i386-pc`,
    `--device-map=/boot/${tree}/grub/device.map`,
    '--force',
    '/dev/sda',
  ]);
  assert.is(wanted(efi).runs[0]?.setup, undefined);
});

test('two disks are not forced: one would take away what the other starts from', () => {
  const place = { devices: ['/dev/sda', '/dev/sdb'] };
  refusal(() => wanted({ place, settings: { forceInstall: true } }), 'GRUB_FORCED_TWICE');
  const { runs } = wanted({ settings: { forceInstall: true } });
  assert.ok(runs[0]?.args.includes('--force'));
});

test('the firmware gets an entry only from the machine that it is in, and where it may', () => {
  const touches = (change: Change): boolean => {
    const run = wanted({ ...efi, firmware: uefi, ...change }).runs[0];
    return run?.args.includes('--no-nvram') === false;
  };
  assert.is(touches({}), true);
  assert.is(touches({ firmware: undefined }), false);
  assert.is(touches({ settings: { efiSupport: true, canTouchEfiVariables: false } }), false);
  assert.is(touches({ settings: { efiSupport: true, efiInstallAsRemovable: true } }), false);
});

test('the program is one that the firmware can start', () => {
  const target = (platform: string, firmware: InstallationWish['firmware']): string | undefined => {
    const builds = new Map([
      ['x86_64-efi', '1'],
      ['i386-efi', '1'],
      ['arm64-efi', '1'],
    ] as const);
    return wanted({ ...efi, platform, firmware, packages: { builds } }).runs[0]?.args[0];
  };
  assert.is(target('x86_64-linux', uefi), '--target=x86_64-efi');
  assert.is(target('x86_64-linux', undefined), '--target=x86_64-efi');
  assert.is(target('x86_64-linux', { wordBits: 32, secureBoot: false }), '--target=i386-efi');
  assert.is(target('aarch64-linux', undefined), '--target=arm64-efi');
  refusal(() => target('riscv64-linux', undefined), 'GRUB_PLATFORM_UNKNOWN');
  refusal(() => wanted({ platform: 'aarch64-linux' }), 'GRUB_PLATFORM_UNKNOWN');
});

test('with Secure Boot on, GRUB is signed and reaches our menu, or is refused', () => {
  const said = refusal(() => wanted({ ...efi, firmware: secure }), 'GRUB_NOT_SIGNED');
  assert.match(said, /grub-efi-amd64-signed shim-signed/);
  const { runs, esp } = wanted({ ...efi, firmware: secure, packages: { signed } });
  assert.ok(runs[0]?.args.includes('--uefi-secure-boot'));
  assert.is(esp?.isSigned, true);
  const place = { devices: [], foreignMenu: 'EFI/debian/grub.cfg' };
  const taken = refusal(
    () => wanted({ ...efi, firmware: secure, packages: { signed }, place }),
    'GRUB_MENU_OF_ANOTHER',
  );
  assert.match(taken, /EFI\/debian\/grub\.cfg/);
});

test('with Secure Boot off, a signed GRUB is not taken where it would start another menu', () => {
  const place = { devices: [], foreignMenu: 'EFI/debian/grub.cfg' };
  const alone = wanted({ ...efi, firmware: uefi, packages: { signed } });
  const beside = wanted({ ...efi, firmware: uefi, packages: { signed }, place });
  assert.is(alone.esp?.isSigned, true);
  assert.is(beside.esp?.isSigned, false);
  assert.ok(beside.runs[0]?.args.includes('--no-uefi-secure-boot'));
  assert.is.not(beside.state, alone.state, 'it is installed again when Debian’s GRUB comes');
});

/** A root with files of GRUB's packages. */
function packageRoot(partition: ScratchPartition, version: string): Root {
  const modinfo = 'usr/lib/grub/x86_64-efi/modinfo.sh';
  partition.write(modinfo, `#!/bin/sh\ngrub_package_version="${version}"\n`);
  fs.utimesSync(partition.at(modinfo), 1000, 1000);
  return new Root(partition.path);
}

test('an upgrade of the packages is seen in their files', () => {
  using partition = new ScratchPartition();
  using root = packageRoot(partition, '2.06-13');
  const buildNow = (): string | undefined => readGrubPackages(root).builds.get('x86_64-efi');
  const before = buildNow();
  assert.is(buildNow(), before);
  assert.not.ok(readGrubPackages(root).builds.has('i386-pc'));
  assert.is(readGrubPackages(root).hasInstaller, false);
  packageRoot(partition, '2.06-14')[Symbol.dispose]();
  assert.is.not(buildNow(), before);
  packageRoot(partition, '2.06-13')[Symbol.dispose]();
  fs.utimesSync(partition.at('usr/lib/grub/x86_64-efi/modinfo.sh'), 2000, 2000);
  assert.is.not(buildNow(), before, 'built anew under the same version');
});

test('a signed GRUB counts with its shim only, and says where it looks', () => {
  using partition = new ScratchPartition();
  using root = packageRoot(partition, '2.06-13');
  const image = 'normal (memdisk)/grub.cfg\0\0/EFI/other \0\0\0/EFI/debian\0\0\0sbat,1';
  partition.write('usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', image);
  assert.is(readGrubPackages(root).signed.size, 0);
  partition.write('usr/lib/shim/shimx64.efi.signed', 'MZ');
  assert.is(readGrubPackages(root).signed.get('x86_64-efi')?.prefix, 'EFI/debian');
  partition.write('usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', 'no path in it');
  assert.is(readGrubPackages(root).signed.size, 0, 'where it looks is not known');
});

const ours = `(,gpt2)/boot/${layout.grub.folder}/grub-0123456789abcdef/grub`;
const own: EspUse = {
  platform: 'x86_64-efi',
  folder: 'EFI/genctl',
  isRemovable: false,
  isSigned: false,
};
const removable: EspUse = { ...own, folder: 'EFI/BOOT', isRemovable: true };

test('the menu that a signed GRUB would find first is ours, another’s or not there', () => {
  using esp = new ScratchPartition();
  const look = (prefix: string): string | undefined =>
    readForeignMenu(esp.top, 'x86_64-efi', { build: '1', prefix }, layout);
  assert.is(look('EFI/debian'), undefined);
  esp.write('EFI/debian/grub.cfg', `set prefix=($root)'/${layout.grub.folder}/grub-0123/grub'\n`);
  assert.is(look('EFI/debian'), undefined);
  esp.write('EFI/debian/grub.cfg', "set prefix=($root)'/boot/grub'\n");
  assert.is(look('EFI/debian'), 'EFI/debian/grub.cfg');
});

/** What is planned for an ESP, with what it holds read from it. */
function espPlan(
  esp: ScratchPartition,
  use: EspUse | undefined,
  recorded: readonly string[] = [],
  size: FilesOnDisk = { sizeBytes: 0, fileCount: 0 },
): ReturnType<typeof planEsp> {
  const contents = readEspContents(esp.top, use, layout, recorded);
  return planEsp({ volume: 'esp', mountPoint: '/efi', use, contents, recorded, ...size });
}

test('a folder of somebody else’s is refused, ours and none is taken', () => {
  using esp = new ScratchPartition();
  assert.equal(espPlan(esp, own).installed, ['EFI/genctl']);
  esp.write('EFI/genctl/grubx64.efi', 'MZ another GRUB');
  assert.match(
    refusal(() => espPlan(esp, own), 'GRUB_FOLDER_TAKEN'),
    /efiBootloaderId/,
  );
  // A run that ended in the middle leaves a program that does not tell whose it is.
  assert.equal(espPlan(esp, own, ['EFI/genctl']).installed, ['EFI/genctl']);
  esp.write('EFI/genctl/grubx64.efi', `MZ ${ours}`);
  assert.equal(espPlan(esp, own).begun, ['EFI/genctl']);
  assert.ok(isOnEsp(esp.top, own));
  assert.not.ok(isOnEsp(esp.top, removable));
});

test('at the path without an entry systemd-boot makes way, and no other loader', () => {
  using esp = new ScratchPartition();
  esp.write('EFI/BOOT/BOOTX64.EFI', 'MZ Windows');
  refusal(() => espPlan(esp, removable), 'LOADER_FOREIGN');
  esp.write('EFI/BOOT/BOOTX64.EFI', 'MZ #### LoaderInfo: systemd-boot 257.9 ####');
  assert.equal(espPlan(esp, removable).removal, []);
});

test('GRUB goes with all that is its own, and with nothing else', () => {
  using esp = new ScratchPartition();
  esp.write('EFI/BOOT/BOOTX64.EFI', 'MZ shim');
  esp.write('EFI/BOOT/grubx64.efi', 'MZ signed');
  esp.write('EFI/BOOT/grub.cfg', `set prefix=($root)'/${layout.grub.folder}/grub-0123/grub'\n`);
  esp.write('EFI/BOOT/shellx64.efi', 'MZ somebody’s');
  const gone = ['EFI/genctl', 'EFI/boot', 'EFI/atlas', 'EFI/shared'];
  esp.write('EFI/genctl/grubx64.efi', `MZ ${ours}`);
  esp.write(`${layout.blobFolder}/linux-1.efi`, 'a kernel');
  esp.write('EFI/atlas/grubx64.efi', 'cut off');
  esp.write('EFI/shared/grubx64.efi', `MZ ${ours}`);
  esp.write('EFI/shared/readme.txt', 'somebody’s');
  const { removal, installed } = espPlan(esp, undefined, gone);
  assert.equal(installed, []);
  assert.equal(removal.map(step => `${step.kind} ${'path' in step ? step.path : ''}`).toSorted(), [
    'remove-file EFI/BOOT/BOOTX64.EFI',
    'remove-file EFI/BOOT/grub.cfg',
    'remove-file EFI/BOOT/grubx64.efi',
    'remove-file EFI/genctl/grubx64.efi',
    'remove-file EFI/shared/grubx64.efi',
    'remove-tree EFI/atlas',
  ]);
});

test('kernels in the folder of GRUB’s program are no other boot loader', () => {
  using esp = new ScratchPartition();
  esp.write(`${layout.blobFolder}/linux-1.efi`, 'a kernel');
  esp.write('EFI/genctl/fedcba98/linux-2.efi', 'a kernel of another installation');
  assert.equal(espPlan(esp, own).begun, ['EFI/genctl']);
  esp.write('EFI/genctl/loader.efi', 'MZ another loader');
  refusal(() => espPlan(esp, own), 'GRUB_FOLDER_TAKEN');
});

test('what another loader has put over ours does not go with GRUB', () => {
  using esp = new ScratchPartition();
  esp.write('EFI/BOOT/BOOTX64.EFI', `MZ ${ours}`);
  const plan = planEsp({
    volume: 'esp',
    mountPoint: '/efi',
    use: undefined,
    contents: readEspContents(esp.top, undefined, layout),
    recorded: ['EFI/BOOT'],
    replaced: ['EFI/BOOT/bootx64.efi'],
    sizeBytes: 0,
    fileCount: 0,
  });
  assert.equal(plan.removal, []);
});

test('a program at the path without an entry that is not ours stays when GRUB goes', () => {
  using esp = new ScratchPartition();
  esp.write('EFI/BOOT/BOOTX64.EFI', 'MZ Windows');
  assert.equal(espPlan(esp, undefined, ['EFI/BOOT']).removal, []);
});

test('another name for the firmware’s entry takes the old folder away, after all else', () => {
  using esp = new ScratchPartition();
  esp.write('EFI/genctl/grubx64.efi', `MZ ${ours}`);
  esp.write('EFI/atlas/grubx64.efi', `MZ ${ours}`);
  const plan = espPlan(esp, { ...own, folder: 'EFI/zeus' }, ['EFI/atlas']);
  assert.equal(plan.begun, ['EFI/atlas', 'EFI/zeus']);
  assert.equal(plan.removal, [{ kind: 'remove-tree', volume: 'esp', path: 'EFI/atlas' }]);
  // FAT folds case: the same folder under another name does not go.
  assert.equal(espPlan(esp, { ...own, folder: 'EFI/GENCTL' }, ['EFI/genctl']).removal, []);
});

const entry = {
  number: '0003',
  description: 'genctl',
  partitionUuid: '6f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b',
  path: 'EFI/genctl/grubx64.efi',
};

/** Where UEFI starts GRUB from, with the folder and the arguments of the next installation. */
function nextOnEsp(
  started: InstallationWish['started'],
  change: Change = {},
): { folder: string | undefined; args: readonly string[] } {
  const { esp, runs } = wanted({ ...efi, firmware: uefi, ...change, started });
  return { folder: esp?.folder, args: runs[0]?.args ?? [] };
}

test('what the firmware starts stays whole: the next program goes beside it', () => {
  const { state } = wanted({ ...efi, firmware: uefi });
  const at = (folder: string, of = 'older', byEntry = true): InstallationWish['started'] => ({
    state: of,
    folder,
    byEntry,
  });
  const first = nextOnEsp(undefined);
  assert.is(first.folder, 'EFI/genctl');
  assert.not.ok(first.args.includes('--no-nvram'), 'it gets an entry');
  const second = nextOnEsp(at('EFI/genctl'));
  assert.is(second.folder, 'EFI/genctl-b');
  assert.ok(second.args.includes('--bootloader-id=genctl-b'));
  assert.ok(second.args.includes('--no-nvram'), 'the entry is led there, no other one is made');
  assert.is(nextOnEsp(at('EFI/genctl-b')).folder, 'EFI/genctl');
  assert.is(nextOnEsp(at('EFI/genctl-b', state)).folder, 'EFI/genctl-b', 'nothing is new');
  assert.is(nextOnEsp(at('EFI/old-name')).folder, 'EFI/genctl', 'another name was declared');
});

test('where no entry of the firmware can be led elsewhere, the program keeps its folder', () => {
  const started = { state: 'older', folder: 'EFI/genctl', byEntry: false };
  const lost = nextOnEsp(started);
  assert.is(lost.folder, 'EFI/genctl');
  assert.not.ok(lost.args.includes('--no-nvram'), 'it gets its entry back');
  const led = { ...started, byEntry: true };
  const forbidden = { settings: { efiSupport: true, canTouchEfiVariables: false } };
  assert.is(nextOnEsp(led, forbidden).folder, 'EFI/genctl');
  assert.is(nextOnEsp(led, { firmware: undefined }).folder, 'EFI/genctl');
});

test('the firmware’s entries follow the program, and go with it', () => {
  using esp = new ScratchPartition();
  esp.write('EFI/genctl/grubx64.efi', `MZ ${ours}`);
  const plan = (use: EspUse | undefined, entries: readonly LoadOption[]) =>
    planEsp({
      volume: 'esp',
      mountPoint: '/efi',
      use,
      contents: readEspContents(esp.top, use, layout, ['EFI/genctl']),
      recorded: ['EFI/genctl'],
      firmware: { description: 'genctl', entries },
      sizeBytes: 0,
      fileCount: 0,
    });
  const beside = { ...own, folder: 'EFI/genctl-b' };
  assert.equal(plan(beside, [entry]).lead, [
    {
      kind: 'point-load-option',
      volume: 'esp',
      number: '0003',
      description: 'genctl',
      before: 'EFI/genctl/grubx64.efi',
      after: 'EFI/genctl-b/grubx64.efi',
    },
  ]);
  assert.equal(plan(own, [entry]).lead, []);
  for (const use of [undefined, removable]) {
    const { lead, removal } = plan(use, [entry]);
    assert.equal(lead, []);
    assert.equal(
      removal.map(({ kind }) => kind),
      ['delete-load-option', 'remove-file'],
    );
  }
  assert.equal(
    espPlan(esp, undefined, ['EFI/genctl']).removal.map(({ kind }) => kind),
    ['remove-file'],
    'where they may not be touched they stay',
  );
});

test.run();
