import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderConfiguration } from '../../src/system/render-configuration.ts';
import { DeclarationFolder } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

const rendered = (text: string): string =>
  renderConfiguration(folder.readGood({ 'system.conf': text }));

test('where packages are fetched from is no part of a system, whatever folder says it', () => {
  const declared = '[system]\nbuilder = debian\nsuite = bookworm\n';
  assert.is(rendered(`${declared}sources = sources.list\n`), rendered(declared));
});

test('a system without options of later has the text, and so the store path, that it had', () => {
  assert.is(
    rendered('[boot]\nkernelParams = quiet\n[gc]\nkeep = 3\n[etc "motd"]\nmode = 0600\n'),
    `{
  "version": 1,
  "system": {
    "builder": "files",
    "initrd": [],
    "init": [
      "/sbin/init",
      "/usr/lib/systemd/systemd",
      "/bin/init"
    ]
  },
  "networking": {},
  "boot": {
    "kernelParams": [
      "quiet"
    ],
    "loader": {
      "kind": "systemd-boot",
      "timeout": 5,
      "editor": true,
      "consoleMode": "keep",
      "efiSysMountPoint": [
        "/boot"
      ],
      "xbootldrMountPoint": [],
      "sortKey": "genctl"
    }
  },
  "gc": {
    "keep": 3
  },
  "etc": {
    "motd": {
      "mode": 384
    }
  }
}
`,
  );
});

test('what is said about conflicts can be compared later', () => {
  const { activation, etc } = JSON.parse(
    rendered('[activation]\nconflicts = backup\n[etc "motd"]\nconflicts = keep\n'),
  );
  assert.equal(
    { activation, etc },
    {
      activation: { conflicts: 'backup' },
      etc: { motd: { conflicts: 'keep' } },
    },
  );
});

test('what is declared of the hardware can be compared later', () => {
  const text = rendered(`[boot]
kernelModules = kvm-intel
[boot.initrd]
availableKernelModules = nvme
[boot.initrd.luks.devices "crypt"]
device = UUID=0a
[boot.swraid]
enable = false
[fileSystems "/"]
device = tmpfs
[swapDevices "/swapfile"]
[nixpkgs]
hostPlatform = x86_64-linux
`);
  const { boot, fileSystems, swapDevices, nixpkgs, zramSwap } = JSON.parse(text);
  const { kernelModules, initrd, swraid } = boot;
  assert.equal(
    { kernelModules, initrd, swraid, fileSystems, swapDevices, nixpkgs, zramSwap },
    {
      kernelModules: ['kvm-intel'],
      initrd: {
        availableKernelModules: ['nvme'],
        luks: { devices: { crypt: { device: 'UUID=0a' } } },
      },
      swraid: { enable: false },
      fileSystems: { '/': { device: 'tmpfs' } },
      swapDevices: { '/swapfile': { randomEncryption: false } },
      nixpkgs: { hostPlatform: 'x86_64-linux' },
      zramSwap: undefined,
    },
  );
});

test.run();
