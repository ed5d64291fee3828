import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flatten } from '../../../src/hardware/committed/committed-module.ts';
import {
  compareModules,
  type Difference,
} from '../../../src/hardware/committed/compare-modules.ts';
import { optionName, optionPath } from '../../../src/hardware/emit/option-name.ts';
import type { HardwareModule } from '../../../src/hardware/module/hardware-module.ts';
import { item, laptop, moduleOf, needed, value } from '../emit/modules.ts';

/** `gone! boot.kernelModules: a -> ` */
function told({ kind, option, committed, live, mattersForBooting }: Difference): string {
  const mark = mattersForBooting ? '!' : '';
  return `${kind}${mark} ${optionName(option)}: ${committed ?? ''} -> ${live ?? ''}`;
}

const available = 'boot.initrd.availableKernelModules';
const home = ['fileSystems', '/home', 'device'];

/** What was committed, what the machine is, and what is said of it. */
const cases: readonly (readonly [
  name: string,
  committed: HardwareModule,
  live: HardwareModule,
  told: readonly string[],
])[] = [
  ['the same machine', laptop, laptop, []],
  [
    'lists in another order, modules in the other spelling',
    moduleOf(item(available, 'nvme'), item(available, 'xhci-pci')),
    moduleOf(item(available, 'xhci_pci'), item(available, 'nvme')),
    [],
  ],
  [
    'a new controller, without which the root is not found',
    moduleOf(item(available, 'ahci'), item(available, 'uas')),
    moduleOf(needed(item(available, 'nvme')), item(available, 'ahci'), item(available, 'sr_mod')),
    [
      `added! ${available}:  -> nvme`,
      `added ${available}:  -> sr_mod`,
      `gone ${available}: uas -> `,
    ],
  ],
  [
    'a disk that was exchanged',
    moduleOf(value(home, '/dev/disk/by-uuid/a')),
    moduleOf(needed(value(home, '/dev/disk/by-uuid/b'))),
    ['changed! fileSystems."/home".device: /dev/disk/by-uuid/a -> /dev/disk/by-uuid/b'],
  ],
  [
    'a disk that is gone, and for which the boot would wait',
    moduleOf(value(home, '/dev/disk/by-uuid/a'), value(['fileSystems', '/home', 'fsType'], 'xfs')),
    moduleOf(),
    [
      'gone! fileSystems."/home".device: /dev/disk/by-uuid/a -> ',
      'gone fileSystems."/home".fsType: xfs -> ',
    ],
  ],
  [
    'a disk that is gone, and that nothing waits for',
    moduleOf(
      value(home, '/dev/disk/by-uuid/a'),
      item(['fileSystems', '/home', 'options'], 'nofail'),
      value(['swapDevices', '/dev/b', 'device'], '/dev/b'),
    ),
    moduleOf(),
    [
      'gone fileSystems."/home".device: /dev/disk/by-uuid/a -> ',
      'gone fileSystems."/home".options: nofail -> ',
      'gone swapDevices."/dev/b".device: /dev/b -> ',
    ],
  ],
  [
    'a profile that is new, and needed',
    moduleOf(item('imports', { nix: '(modulesPath + "/installer/scan/not-detected.nix")' })),
    moduleOf(needed(item('imports', { nix: '(modulesPath + "/profiles/qemu-guest.nix")' }))),
    [
      'added! imports:  -> modulesPath/profiles/qemu-guest.nix',
      'gone imports: modulesPath/installer/scan/not-detected.nix -> ',
    ],
  ],
  [
    'an option of a mount that was exchanged',
    moduleOf(item(['fileSystems', '/', 'options'], 'noatime')),
    moduleOf(item(['fileSystems', '/', 'options'], 'compress=zstd')),
    [
      'added fileSystems."/".options:  -> compress=zstd',
      'gone fileSystems."/".options: noatime -> ',
    ],
  ],
  [
    'what a person has added to an option that the machine does not ask for',
    moduleOf(value('networking.hostName', 'atlas')),
    moduleOf(),
    ['gone networking.hostName: atlas -> '],
  ],
  [
    'a yes that became a no',
    moduleOf(value('boot.swraid.enable', true)),
    moduleOf(value('boot.swraid.enable', false)),
    ['changed boot.swraid.enable: true -> false'],
  ],
];

for (const [name, committed, live, expected] of cases) {
  test(name, () => {
    assert.equal(compareModules(flatten(committed), live).map(told), expected);
  });
}

test('the name of an option leads back to it, whatever it is made of', () => {
  const names = ['a', 'a.b', '', '"', '\\', '."', '/', 'or', '\n', 'a"."b', 'é', '-1', 'null'];
  const paths = names.flatMap(first => names.map(second => [first, 'x', second]));
  for (const path of paths) assert.equal(optionPath(optionName(path)), path);
  assert.is(new Set(paths.map(optionName)).size, paths.length);
});

test.run();
