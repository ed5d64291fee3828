/** An entry of a tar, of type `0` (a file) unless told. */
export interface PackedEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly linkTarget?: string;
  /** The field of the size as it is written, where it shall not be the content's. */
  readonly size?: string | Uint8Array;
}

/** The bytes of a tar (POSIX.1-1988), with the two blocks that end it. */
export function packTar(entries: readonly PackedEntry[]): Buffer {
  return Buffer.concat([...entries.map(packEntry), Buffer.alloc(1024)]);
}

export function packEntry(entry: PackedEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(512);
  header.write(entry.name, 0, 100);
  header.write('0000644\0', 100);
  const size = entry.size ?? `${content.length.toString(8).padStart(11, '0')}\0`;
  Buffer.from(size).copy(header, 124);
  header.write(entry.type ?? '0', 156);
  header.write(entry.linkTarget ?? '', 157, 100);
  header.write('ustar\u000000', 257);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const filling = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, filling]);
}

/** One record of an extended header. */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** A capture of a small machine: one disk at an AHCI controller. */
export function smallCapture(): PackedEntry[] {
  const disk = 'sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda';
  const controller = 'sys/devices/pci0000:00/0000:00:1f.2';
  return [
    { name: 'capture', content: 'genctl-capture 1\nredacted yes\n' },
    { name: `${controller}/uevent`, content: 'DRIVER=ahci\nPCI_CLASS=10601\nPCI_ID=8086:2922\n' },
    { name: `${controller}/driver`, type: '2', linkTarget: '../../../bus/pci/drivers/ahci' },
    { name: 'sys/bus/pci/drivers/ahci/module', type: '2', linkTarget: '../../../../module/ahci' },
    {
      name: 'sys/bus/pci/devices/0000:00:1f.2',
      type: '2',
      linkTarget: '../../../devices/pci0000:00/0000:00:1f.2',
    },
    { name: `${disk}/dev`, content: '8:0\n' },
    { name: `${disk}/size`, content: '2097152\n' },
    { name: 'sys/class/block/sda', type: '2', linkTarget: `../../../${disk}` },
    { name: 'proc/self/mountinfo', content: '22 1 8:0 / / rw - ext4 /dev/sda rw\n' },
    { name: 'proc/swaps', content: 'Filename\tType\tSize\tUsed\tPriority\n' },
    { name: 'proc/cpuinfo', content: 'processor\t: 0\nvendor_id\t: GenuineIntel\n' },
    { name: 'run/udev/data/b8:0', content: 'S:disk/by-uuid/1\nE:ID_FS_TYPE=ext4\n' },
    { name: 'sys/firmware/efi', type: '5' },
    { name: 'blkid/sda', content: 'ID_FS_TYPE=ext4\n' },
    { name: 'zfs/mountpoints', content: 'tank\t/tank\n' },
  ];
}
