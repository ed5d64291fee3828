import {
  atKeyboard,
  fileSystem,
  folder,
  gib,
  gpt,
  i8042,
  type MachineDescription,
  mount,
  networkInterface,
  part,
  partitionType,
  pci,
  powerButton,
  sataDisk,
  virtualInterface,
  x86Processors,
} from '../../test/hardware/hand-built/words.ts';

const uuid = (end: string): string => `e7081920-3b4c-45d6-8f50-61728394a${end}`;
const invalid = fileSystem('ext4', { uuid: uuid('005'), label: 'caf' });

/**
 * Names as bad people or bad luck make them, in labels, names of partitions, mount points and in
 * what the firmware says: quotes, `${`, newlines, backslashes, what is no UTF-8, and Nix in pieces.
 */
export const machine: MachineDescription = {
  release: '6.1.0-49-amd64',
  commandLine: `root=UUID=${uuid('001')} ro systemd.hostname="x\${builtins.abort \\"y\\"}"`,
  processors: x86Processors({
    vendor: 'GenuineIntel',
    family: 6,
    model: 94,
    name: "Intel '' ${builtins.currentSystem} */ Core",
    count: 2,
    flags: 'vmx',
  }),
  firmware: { kind: 'bios' },
  dmi: {
    sys_vendor: 'A "vendor" ${toString 1}',
    product_name: '*/ }; evil = true; {',
    board_vendor: "''",
    board_name: 'back\\slash',
    chassis_type: '3',
    bios_vendor: '\u001b[31mred\u001b[0m',
    bios_version: '1.0\u0007',
  },
  devices: [
    folder(
      'pci0000:00',
      pci(
        '0000:00:19.0',
        '8086:1502/8086:1502',
        '020000',
        'e1000e@e1000e',
        networkInterface('eth"0'),
      ),
      pci(
        '0000:00:1f.2',
        '8086:1c02/8086:1c02',
        '010601',
        'ahci@ahci',
        sataDisk(1, {
          name: 'sda',
          number: '8:0',
          sizeBytes: 100 * gib,
          holds: gpt(
            uuid('010'),
            part(
              1,
              20 * gib,
              partitionType.linux,
              uuid('011'),
              fileSystem('ext4', { uuid: uuid('001'), label: '${root}' }),
              '"; evil = true; "',
            ),
            part(
              2,
              20 * gib,
              partitionType.linux,
              uuid('012'),
              fileSystem('ext4', { uuid: uuid('002'), label: 'two words' }),
              "it''s ${x}",
            ),
            part(
              3,
              20 * gib,
              partitionType.linux,
              uuid('013'),
              fileSystem('xfs', { uuid: uuid('003'), label: 'a\nb' }),
            ),
            part(
              4,
              20 * gib,
              partitionType.linux,
              uuid('014'),
              fileSystem('ext4', { uuid: uuid('004'), label: 'back\\x20sl' }),
            ),
            part(5, 10 * gib, partitionType.linux, uuid('015'), invalid),
          ),
        }),
        // The same label twice: a name that leads to whichever disk came last.
        sataDisk(2, {
          name: 'sdb',
          number: '8:16',
          sizeBytes: 100 * gib,
          holds: gpt(
            uuid('020'),
            part(
              1,
              99 * gib,
              partitionType.linux,
              uuid('021'),
              fileSystem('ext4', { uuid: uuid('006'), label: 'two words' }),
            ),
          ),
        }),
      ),
    ),
    i8042(atKeyboard()),
    powerButton(),
    virtualInterface('lo'),
  ],
  mounts: [
    mount('/', 'ext4', '/dev/sda1', '8:1'),
    mount('/mnt/two words', 'ext4', '/dev/sda2', '8:2'),
    mount('/mnt/line\nbreak', 'xfs', '/dev/sda3', '8:3', 'rw,relatime', 'rw,attr2,inode64,noquota'),
    mount('/mnt/${pkgs.hello}"; x = "', 'ext4', '/dev/sda4', '8:4'),
    mount('/mnt/back\\slash#', 'ext4', '/dev/sdb1', '8:17'),
  ],
  modules: ['ahci', 'sd_mod', 'atkbd', 'i8042', 'e1000e', 'ext4', 'xfs', 'kvm_intel'],
  files: {
    // A label in Latin-1, as udev keeps it: the links with its bytes, the text made safe.
    'run/udev/data/b8:5': Buffer.concat([
      Buffer.from(`S:disk/by-uuid/${uuid('005')}\nS:disk/by-label/caf`),
      Buffer.from([0xe9]),
      Buffer.from(
        `\nE:ID_FS_TYPE=ext4\nE:ID_FS_USAGE=filesystem\nE:ID_FS_UUID=${uuid('005')}\nE:ID_FS_LABEL=caf_\nE:ID_PART_TABLE_TYPE=gpt\n`,
      ),
      Buffer.from(
        `E:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_NUMBER=5\nE:ID_PART_ENTRY_UUID=${uuid('015')}\nE:ID_PART_ENTRY_TYPE=${partitionType.linux}\nE:ID_FS_LABEL_ENC=caf`,
      ),
      Buffer.from([0xe9, 0x0a]),
    ]),
  },
};
