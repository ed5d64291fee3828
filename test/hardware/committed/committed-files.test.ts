import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flatten } from '../../../src/hardware/committed/committed-module.ts';
import { compareModules } from '../../../src/hardware/committed/compare-modules.ts';
import type { Difference } from '../../../src/hardware/committed/difference.ts';
import { readNixModule } from '../../../src/hardware/committed/read-nix-module.ts';
import { partForConf } from '../../../src/hardware/emit/conf-options.ts';
import { optionName } from '../../../src/hardware/emit/option-name.ts';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import { readKernelModules } from '../../../src/hardware/kernel/read-kernel-modules.ts';
import type { DeviceNaming, HardwareModule } from '../../../src/hardware/module/hardware-module.ts';
import { planHardware } from '../../../src/hardware/plan-hardware.ts';
import { openSource } from '../../../src/hardware/sources/open-source.ts';
import { nixTest } from '../../store/real-nix.ts';
import { Scratch } from '../../store/scratch.ts';
import * as files from './committed-files.ts';

/*
 * Whole files against whole machines. A false alarm costs trust, a missed one a machine that does
 * not come up: what is said of each file is what a person would say.
 */

const fixtures = fileURLToPath(new URL('../../../hw-fixtures', import.meta.url));
const scratch = new Scratch();
process.on('exit', () => scratch[Symbol.dispose]());

const folder = `${fixtures}/kernel/lib/modules`;
const release = fs.readdirSync(folder)[0] ?? '';
const kernel = readKernelModules(name => {
  const path = `${folder}/${release}/${name}`;
  return fs.existsSync(path) ? fs.readFileSync(path) : undefined;
}, release);

function factsOf(name: string): Facts {
  return readFacts(openSource(fs.readFileSync(`${fixtures}/${name}/capture.tar.gz`), name));
}

function planned(facts: Facts, deviceBy: DeviceNaming): HardwareModule {
  return planHardware(facts, kernel, { deviceBy, withFileSystems: true, root: '/' }).module;
}

/** `gone! boot.kernelModules: a -> ` */
function told({ kind, option, committed, live, mattersForBooting, note }: Difference): string {
  const mark = mattersForBooting ? '!' : '';
  const why = note === undefined ? '' : ` (${note})`;
  return `${kind}${mark} ${optionName(option)}: ${committed ?? ''} -> ${live ?? ''}${why}`;
}

const available = 'boot.initrd.availableKernelModules';
const nothing = 'no device answers to that name';
const volume = '/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000002';
const byUuid = '/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000001';
const byPath = '/dev/disk/by-path/pci-0000:00:1f.2-ata-1-part2';

const cases: readonly (readonly [
  name: string,
  file: string,
  machine: string,
  told: readonly string[],
])[] = [
  ['btrfs as written today', files.btrfsToday, 'qemu-nvme-btrfs', []],
  ['btrfs as disko declares it', files.btrfsByDisko, 'qemu-nvme-btrfs', []],
  [
    // The keyboard is behind I2C: nobody could type the passphrase.
    'a laptop as written today',
    files.laptopToday,
    'laptop-i2c-keyboard',
    [
      `added! ${available}:  -> hid_asus`,
      `added! ${available}:  -> i2c_hid_acpi`,
      `added! ${available}:  -> intel_lpss_pci`,
      `added! ${available}:  -> pinctrl_alderlake`,
      'added fileSystems."/".options:  -> noatime',
      'added networking.useDHCP:  -> true',
      `gone ${available}: usb_storage -> `,
    ],
  ],
  [
    'a laptop as written years ago',
    files.laptopOfOld,
    'laptop-i2c-keyboard',
    [
      'added fileSystems."/".options:  -> noatime',
      'added fileSystems."/boot".options:  -> fmask=0077',
      'added fileSystems."/boot".options:  -> dmask=0077',
      'added networking.useDHCP:  -> true',
      'added hardware.cpu.intel.updateMicrocode:  -> config.hardware.enableRedistributableFirmware',
      'added nixpkgs.hostPlatform:  -> x86_64-linux',
      'gone fileSystems."/home".device: /dev/mapper/system -> ',
      'gone fileSystems."/home".fsType: ext4 -> ',
      'gone nix.maxJobs: 8 -> ',
      'gone powerManagement.cpuFreqGovernor: powersave -> ',
    ],
  ],
  [
    'volumes on LUKS',
    files.volumesToday,
    'qemu-lvm-on-luks',
    [
      'added boot.initrd.services.lvm.enable:  -> true',
      `gone fileSystems."/mnt/backup".device: /dev/disk/by-label/backup ->  (${nothing})`,
      'gone networking.interfaces.enp0s9.useDHCP: true -> ',
    ],
  ],
  [
    "volumes on LUKS with systemd's stage 1",
    files.volumesToday.replace('fileSystems."/"', 'boot.initrd.systemd.enable = true; $&'),
    'qemu-lvm-on-luks',
    [
      'added! boot.initrd.services.lvm.enable:  -> true',
      'gone boot.initrd.systemd.enable: true -> ',
      `gone fileSystems."/mnt/backup".device: /dev/disk/by-label/backup ->  (${nothing})`,
      'gone networking.interfaces.enp0s9.useDHCP: true -> ',
    ],
  ],
  [
    'volumes that have changed',
    files.volumesBefore,
    'qemu-lvm-on-luks',
    [
      'added boot.initrd.kernelModules:  -> dm_snapshot',
      'added boot.initrd.services.lvm.enable:  -> true',
      `changed! fileSystems."/".device: /dev/vg-host/old -> ${volume} (${nothing})`,
      `gone! fileSystems."/mnt/backup".device: /dev/disk/by-label/backup ->  (${nothing})`,
      'gone fileSystems."/mnt/backup".options: noatime -> ',
      'gone networking.interfaces.enp0s9.useDHCP: true -> ',
    ],
  ],
  [
    'a root that there are two of',
    files.clonesToday,
    'qemu-cloned-disks',
    [
      `changed! fileSystems."/".device: ${byUuid} -> ${byPath} (several devices answer to that name)`,
    ],
  ],
  [
    'the root of the other disk',
    files.clonesOther,
    'qemu-cloned-disks',
    [`changed! fileSystems."/".device: ${byPath.replace('ata-1', 'ata-2')} -> ${byPath}`],
  ],
];

for (const [name, file, machine, expected] of cases) {
  nixTest(`${name}: what of it is not so`, async () => {
    const path = `${scratch.folder('committed')}/hardware-configuration.nix`;
    fs.writeFileSync(path, file);
    const facts = factsOf(machine);
    const differences = compareModules(await readNixModule(path), planned(facts, 'uuid'), {
      facts,
      root: '/',
      format: 'nix',
    });
    assert.equal(differences.map(told), expected);
  });
}

const allMachines = fs
  .readdirSync(fixtures)
  .filter(name => fs.existsSync(`${fixtures}/${name}/capture.tar.gz`));

for (const machine of allMachines) {
  test(`${machine}: what genctl has written is so, however devices are named`, () => {
    const facts = factsOf(machine);
    const compared = { facts, root: '/' };
    const now = planned(facts, 'uuid');
    for (const deviceBy of ['partuuid', 'label', 'id', 'path'] as const) {
      const there = planned(facts, deviceBy);
      const nix = compareModules(flatten(there), now, { ...compared, format: 'nix' });
      assert.equal(nix.map(told), [], `${deviceBy} nix`);
      const conf = compareModules(flatten(partForConf(there)), partForConf(now), {
        ...compared,
        format: 'conf',
      });
      assert.equal(conf.map(told), [], `${deviceBy} conf`);
    }
  });
}

test.run();
