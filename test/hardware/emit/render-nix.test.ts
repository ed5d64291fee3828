import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flatten } from '../../../src/hardware/committed/committed-module.ts';
import { judgeFile } from '../../../src/hardware/committed/edited.ts';
import { readNixModule } from '../../../src/hardware/committed/read-nix-module.ts';
import { renderNix } from '../../../src/hardware/emit/render-nix.ts';
import type { HardwareModule } from '../../../src/hardware/module/hardware-module.ts';
import { hidden } from '../../../src/printable.ts';
import { isNixText } from '../../../src/template.ts';
import { nix, nixTest } from '../../store/real-nix.ts';
import { Scratch } from '../../store/scratch.ts';
import { hostileModule, numbers } from './hostile-modules.ts';
import { assembled, item, laptop, live, moduleOf, value } from './modules.ts';

const rounds = Number(process.env['GENCTL_FUZZ_ROUNDS'] ?? 40);
const seed = Number(process.env['GENCTL_FUZZ_SEED'] ?? 20_261_125);

const scratch = new Scratch();
process.on('exit', () => scratch[Symbol.dispose]());

const body = (text: string): string => text.slice(text.indexOf('\n') + 1);

test('it looks as people who use NixOS know it, with a reason for each line', () => {
  assert.is(
    body(renderNix(laptop, live)),
    `# What this machine needs because of its hardware. Do not edit it by hand: \`genctl hardware write\`
# writes it anew, and leaves a file alone that somebody has changed. What shall be different
# belongs into configuration.nix.
# Found on the machine itself; drivers were looked for in Linux 6.1.0-49-amd64.

{ config, lib, pkgs, modulesPath, ... }:

{
  imports = [ (modulesPath + "/installer/scan/not-detected.nix") ];

  boot.initrd.availableKernelModules = [
    "nvme" # nvme: 0000:01:00.0 144d:a808
    # a keyboard
    # usb: 8086:a0ed
    "xhci_pci"
  ];

  boot.initrd.kernelModules = [ ];

  boot.kernelModules = [
    "kvm_intel" # the processor has vmx
  ];

  boot.extraModulePackages = [ ];

  fileSystems."/" = {
    device = "/dev/mapper/cryptroot"; # btrfs on LUKS
    fsType = "btrfs"; # btrfs on LUKS
    options = [ "subvol=/@" "noatime" ]; # as mounted
  };

  # below /
  boot.initrd.luks.devices."cryptroot".device = "/dev/disk/by-uuid/1c9a2d6e-0f6e-4a2c-9d9b-2a4f1f0c9e11";

  swapDevices = [
    # swap
    # a key of each boot
    { device = "/dev/disk/by-partuuid/7b0c7c1e-02"; priority = 5; randomEncryption.enable = true; }
  ];

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  networking.useDHCP = lib.mkDefault true;

  # GenuineIntel
  hardware.cpu.intel.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}

# Seen and left out:
#   /media/stick: it is removable
#   network interface docker0: it is virtual
`,
  );
});

test('the usual lists are there for a machine that needs none of them', () => {
  const text = renderNix(moduleOf(value(['fileSystems', '/', 'device'], 'tmpfs')), live);
  assert.match(
    text,
    `{
  boot.initrd.availableKernelModules = [ ];
  boot.initrd.kernelModules = [ ];
  boot.kernelModules = [ ];
  boot.extraModulePackages = [ ];

  fileSystems."/" = {
    device = "tmpfs";
  };

  swapDevices = [ ];
}
`,
  );
  assert.not.match(renderNix(moduleOf(), live), 'swapDevices');
});

test('the same module gives the same bytes, and its first line is known again', () => {
  const text = renderNix(laptop, live);
  assert.is(renderNix(structuredClone(laptop), { ...live }), text);
  assert.is(judgeFile(text), 'ours');
});

test('what is said twice stands there once, with the reasons of both', () => {
  const twice = moduleOf(
    item('boot.kernelModules', 'nvme', 'a'),
    item('boot.kernelModules', 'nvme', 'b', 'a'),
  );
  assert.match(renderNix(twice, live), '    # a\n    # b\n    "nvme"\n');
  const contradiction = moduleOf(value('a.b', 1), value('a.b', 2));
  assert.throws(() => renderNix(contradiction, live), /two values for \["a","b"\]/);
});

test('a text that no file of Nix can hold is left out by name', () => {
  const text = renderNix(moduleOf(value(['fileSystems', '/a\0b', 'device'], 'x')), live);
  assert.match(text, '#   fileSystems."/a\\u0000b".device: no file of Nix can hold its text\n');
});

test('a reason cannot become more than a comment', () => {
  const reason = 'x\n}\r\nboot = 1;\u2028*/ \u001b[2J';
  const text = renderNix(moduleOf(item('boot.kernelModules', 'a', reason)), live);
  assert.match(text, '    "a" # x\\u{a}}\\u{d}\\u{a}boot = 1;\\u{2028}*/ \\u{1b}[2J\n');
});

/** Evaluates a module as NixOS would, and compares it with what it was made from. */
async function compare(module: HardwareModule, text: string): Promise<void> {
  const path = `${scratch.path}/hardware-configuration.nix`;
  fs.writeFileSync(path, text);
  const evaluated = await readNixModule(path);
  const possible = module.definitions.filter(({ option, value }) =>
    [...option, typeof value === 'string' ? value : ''].every(isNixText),
  );
  const expected = flatten({ ...module, definitions: possible });
  assert.equal(entries(evaluated), entries(expected));
}

function entries(map: ReadonlyMap<string, unknown>): (readonly [string, unknown])[] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

nixTest('Nix reads the module as it was meant', async () => {
  const path = `${scratch.path}/laptop.nix`;
  fs.writeFileSync(path, renderNix(laptop, live));
  nix('nix-instantiate', ['--parse', path]);
  await compare(laptop, renderNix(laptop, live));
});

nixTest('storage that has to be put together is said as NixOS calls it', async () => {
  const text = renderNix(assembled, live);
  assert.match(text, '    stratis.poolUuid = "aa-bb"; # Stratis\n');
  assert.match(
    text,
    '  boot.initrd.luks.devices."crypt".preLVM = config.boot.initrd.systemd.enable;\n',
  );
  await compare(assembled, text);
});

nixTest('no text that a probe can find breaks out of its place', async () => {
  const random = numbers(seed);
  for (let round = 0; round < rounds; round++) {
    const module = hostileModule(random);
    const release = module.omissions[0]?.subject ?? null;
    const text = renderNix(module, { source: 'capture', kernelRelease: release });
    try {
      assert.is(judgeFile(text), 'ours');
      for (const line of text.split('\n')) {
        if (line.trimStart().startsWith('#')) assert.not.match(line, hidden);
      }
      await compare(module, text);
    } catch (thrown) {
      throw new Error(`seed ${seed}, round ${round}:\n${text}`, { cause: thrown });
    }
  }
});

test.run();
