import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flatten } from '../../../src/hardware/committed/committed-module.ts';
import { judgeFile } from '../../../src/hardware/committed/edited.ts';
import { partForConf } from '../../../src/hardware/emit/conf-options.ts';
import { renderConf } from '../../../src/hardware/emit/render-conf.ts';
import type { HardwareModule } from '../../../src/hardware/module/hardware-module.ts';
import { Root } from '../../../src/host/root.ts';
import { readConfModule } from '../../../src/system/committed-hardware.ts';
import { Scratch } from '../../store/scratch.ts';
import { hostileModule, numbers } from './hostile-modules.ts';
import { assembled, item, laptop, live, moduleOf, value } from './modules.ts';

const rounds = Number(process.env['GENCTL_FUZZ_ROUNDS'] ?? 400);
const seed = Number(process.env['GENCTL_FUZZ_SEED'] ?? 20_261_125);

const scratch = new Scratch();
process.on('exit', () => scratch[Symbol.dispose]());

const body = (text: string): string => text.slice(text.indexOf('\n') + 1);

test('it is a file of a declaration, with a reason above each line', () => {
  assert.is(
    body(renderConf(laptop, live)),
    `# What this machine needs because of its hardware. Do not edit it by hand: \`genctl hardware write\`
# writes it anew, and leaves a file alone that somebody has changed. What shall be different
# belongs into system.conf, as \`key! = value\`.
# Found on the machine itself; drivers were looked for in Linux 6.1.0-49-amd64.

[boot.initrd]
# nvme: 0000:01:00.0 144d:a808
availableKernelModules = nvme
# a keyboard
# usb: 8086:a0ed
availableKernelModules = xhci_pci

[boot]
# the processor has vmx
kernelModules = kvm_intel

[fileSystems "/"]
# btrfs on LUKS
device = /dev/mapper/cryptroot
fsType = btrfs
# as mounted
options = subvol=/@
options = noatime

[boot.initrd.luks.devices "cryptroot"]
# below /
device = /dev/disk/by-uuid/1c9a2d6e-0f6e-4a2c-9d9b-2a4f1f0c9e11

[swapDevices "/dev/disk/by-partuuid/7b0c7c1e-02"]
# swap
priority = 5
# a key of each boot
randomEncryption = true

[nixpkgs]
hostPlatform = x86_64-linux

# What NixOS would be told and no declaration can say:
#   imports = (modulesPath + "/installer/scan/not-detected.nix"): genctl has no such option
#   networking.useDHCP = true: genctl has no such option
#   hardware.cpu.intel.updateMicrocode = config.hardware.enableRedistributableFirmware: genctl has no such option

# Seen and left out:
#   /media/stick: it is removable
#   network interface docker0: it is virtual
`,
  );
});

test('a module without anything is a file that says so', () => {
  const text = renderConf(moduleOf(), { source: 'facter', kernelRelease: null });
  assert.is(judgeFile(text), 'ours');
  assert.match(
    text,
    '# Found in a report of nixos-facter; no kernel was at hand to look for drivers in.\n',
  );
  assert.equal([...read(text)], []);
});

/** What a declaration cannot hold, and the comment that stands in its place. */
const impossible: readonly (readonly [definition: HardwareModule, comment: string])[] = [
  [
    moduleOf(value(['fileSystems', '/a\nb', 'device'], 'tmpfs')),
    '#   fileSystems."/a\\nb".device = "tmpfs": its text is not one that a declaration may hold',
  ],
  [
    moduleOf(item('boot.kernelModules', 'x"\n[gc]\nkeep = 1')),
    '#   boot.kernelModules = "x\\"\\n[gc]\\nkeep = 1": its text is not one that a declaration may hold',
  ],
  [
    moduleOf(value('nixpkgs.hostPlatform', { nix: 'config.boot.initrd.systemd.enable' })),
    '#   nixpkgs.hostPlatform = config.boot.initrd.systemd.enable: only NixOS can evaluate it',
  ],
  [
    moduleOf(value(['fileSystems', '/', 'autoFormat'], true)),
    '#   fileSystems."/".autoFormat = true: genctl has no such option',
  ],
];

for (const [module, comment] of impossible) {
  test(`stands as a comment: ${comment.slice(4, 44)}`, () => {
    const text = renderConf(module, live);
    assert.match(text, `\n${comment}\n`);
    assert.equal([...read(text)], []);
  });
}

/** What genctl's own reader understands. */
function read(text: string): ReadonlyMap<string, unknown> {
  fs.writeFileSync(`${scratch.path}/hardware-configuration.conf`, text);
  using root = new Root(scratch.path);
  return readConfModule(root, '/hardware-configuration.conf');
}

function entries(map: ReadonlyMap<string, unknown>): (readonly [string, unknown])[] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

test('the declaration reads the module as it was meant', () => {
  assert.equal(entries(read(renderConf(laptop, live))), entries(flatten(partForConf(laptop))));
});

test('of what puts storage together a declaration has what a builder can use', () => {
  const text = renderConf(assembled, live);
  assert.equal(entries(read(text)), entries(flatten(partForConf(assembled))));
  assert.match(text, '[boot.initrd.services.bcache]\n# / on bcache\nenable = true\n');
  for (const option of [
    'services.lvm.boot.thin.enable',
    'fileSystems."/".stratis.poolUuid',
    'boot.initrd.luks.devices.crypt.preLVM',
  ])
    assert.match(text, `#   ${option} = `);
});

test('no text that a probe can find breaks out of its place', () => {
  const random = numbers(seed);
  let lines = 0;
  for (let round = 0; round < rounds; round++) {
    const module = hostileModule(random);
    const release = module.omissions[0]?.subject ?? null;
    const text = renderConf(module, { source: 'udev-export', kernelRelease: release });
    try {
      assert.is(judgeFile(text), 'ours');
      const said = partForConf(module);
      lines += said.definitions.length;
      assert.equal(entries(read(text)), entries(flatten(said)));
    } catch (thrown) {
      throw new Error(`seed ${seed}, round ${round}:\n${text}`, { cause: thrown });
    }
  }
  assert.ok(lines > rounds * 3, `only ${lines} lines: they test little`);
});

test.run();
