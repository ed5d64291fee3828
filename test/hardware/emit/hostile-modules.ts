import type {
  Definition,
  HardwareModule,
  NixExpression,
  Omission,
  OptionPath,
} from '../../../src/hardware/module/hardware-module.ts';

/** Numbers from 0 to below `below`, the same for the same seed (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export type Random = ReturnType<typeof numbers>;

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

/** What ends, starts or hides something in Nix, in INI files, in templates or on a terminal. */
const pieces: readonly string[] = [
  ['"', '""', "'", "''", "''${", '${', '$${', '$', '$$', '}', '\\', '\\n', '\\"', '\\${'],
  ['\n', '\r', '\r\n', '\t', '\n}\n', '\u0085', '\u2028', '\u2029', '\v', '\f', '\b', '\u001b[2J'],
  ['#', ' # ', ';', '*/', '/*', '=', '[', ']', '["', '"]', '!', '//', '<nixpkgs>', '@', ':', ','],
  ['\ufeff', '\u202e', '\ufffd', '\u00a0', '🐧', 'à', '\u007f', '\u0001', ' ', '  '],
  ['<%= it %>', '<%', '-%>', '%>', '`', '${builtins.currentSystem}', '__proto__', 'constructor'],
  [
    'or',
    'rec',
    'inherit',
    'true',
    'null',
    '1e3',
    '-1',
    '..',
    '.',
    '/',
    'a',
    'b',
    'x y',
    'subvol=@',
  ],
].flat();

function hostile(random: Random): string {
  const parts = Array.from({ length: random(5) }, () => pick(random, pieces));
  // Neither language can hold these two.
  if (random(60) === 0) parts.push(pick(random, ['\0', '\ud800', '\udc00x']));
  return parts.join('');
}

/** A text that looks like what should be there, or like anything else. */
function like(random: Random, ...forms: readonly string[]): string {
  const form = pick(random, [...forms, '%']);
  return form.replaceAll('%', () => hostile(random));
}

const expressions: readonly NixExpression[] = [
  { nix: 'config.hardware.enableRedistributableFirmware' },
  { nix: 'config.boot.initrd.systemd.enable' },
  { nix: '(modulesPath + "/profiles/qemu-guest.nix")' },
  { nix: '(modulesPath + "/installer/scan/not-detected.nix")' },
  { nix: '(modulesPath + "/hardware/network/broadcom-43xx.nix")' },
];

/** A module with hostile texts wherever a probe's text can stand. */
export function hostileModule(random: Random): HardwareModule {
  const definitions: Definition[] = [];
  const because = (): string[] => Array.from({ length: random(3) }, () => hostile(random));
  const value = (option: OptionPath, to: string | number | boolean | NixExpression): void => {
    definitions.push({
      kind: 'value',
      option,
      value: to,
      isDefault: random(3) === 0,
      because: because(),
      neededToBoot: random(2) === 0,
    });
  };
  const item = (option: OptionPath, to: string | NixExpression): void => {
    definitions.push({ kind: 'item', option, value: to, because: because(), neededToBoot: false });
  };
  const some = (most: number, one: (name: string) => void, ...forms: readonly string[]): void => {
    const names = Array.from({ length: random(most) }, () => like(random, ...forms));
    for (const name of new Set(names)) one(name);
  };

  some(3, () => item(['imports'], pick(random, expressions)));
  const lists = [
    ['boot', 'initrd', 'availableKernelModules'],
    ['boot', 'initrd', 'kernelModules'],
    ['boot', 'kernelModules'],
  ];
  for (const list of lists) some(4, name => item(list, name), 'nvme', 'kvm-intel', 'xhci_pci');
  some(2, () => item(['boot', 'extraModulePackages'], pick(random, expressions)));
  some(
    4,
    place => {
      value(['fileSystems', place, 'device'], like(random, '/dev/%', 'LABEL=%', '/%', 'tmpfs'));
      if (random(4) > 0) value(['fileSystems', place, 'fsType'], like(random, 'ext4', 'fuse.x'));
      if (random(4) === 0) value(['fileSystems', place, 'neededForBoot'], true);
      some(3, option => item(['fileSystems', place, 'options'], option), 'subvol=%', 'noatime');
    },
    '/',
    '/%',
    '/mnt/%/x',
  );
  some(
    3,
    name => {
      value(['boot', 'initrd', 'luks', 'devices', name, 'device'], like(random, '/dev/disk/%'));
    },
    'crypt',
    'crypt%',
  );
  some(
    3,
    device => {
      value(['swapDevices', device, 'device'], device);
      if (random(2) === 0) value(['swapDevices', device, 'priority'], random(40_000) - 2);
      if (random(2) === 0) value(['swapDevices', device, 'randomEncryption', 'enable'], true);
    },
    '/dev/disk/by-label/%',
    '/swap/%',
    'PARTLABEL=%',
  );
  some(3, name => value(['networking', 'interfaces', name, 'useDHCP'], true), 'enp0s%');
  if (random(2) === 0) value(['networking', 'hostId'], hostile(random));
  if (random(2) === 0) value(['boot', 'swraid', 'enable'], random(2) === 0);
  if (random(2) === 0) value(['boot', 'initrd', 'services', 'lvm', 'enable'], true);
  if (random(2) === 0) value(['boot', 'initrd', 'services', 'bcache', 'enable'], true);
  if (random(2) === 0) value(['nixpkgs', 'hostPlatform'], like(random, 'x86_64-linux'));
  if (random(2) === 0) {
    value(['hardware', 'cpu', 'amd', 'updateMicrocode'], pick(random, expressions));
  }
  const omissions: Omission[] = Array.from({ length: random(3) }, () => ({
    subject: hostile(random),
    reason: hostile(random),
  }));
  return { definitions, omissions };
}
