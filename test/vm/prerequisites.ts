// What must be installed on the machine that runs the virtual one.
import { findFirmware } from './firmware.ts';
import { findTool } from './run-tool.ts';

const imageTools: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  mcopy: 'mtools',
  sgdisk: 'gdisk',
  'mkfs.vfat': 'dosfstools',
  'mkfs.ext4': 'e2fsprogs',
};

/** The Debian packages that are lacking for making a disk image. */
export function lackingForImages(): readonly string[] {
  return Object.entries(imageTools).flatMap(([tool, name]) =>
    findTool(tool) === undefined ? [name] : [],
  );
}

/** The Debian packages that are lacking for booting a disk image. */
export function lackingForBoots(): readonly string[] {
  const lacking: string[] = [];
  if (findTool('qemu-system-x86_64') === undefined) lacking.push('qemu-system-x86');
  if (findFirmware() === undefined) lacking.push('ovmf');
  return lacking;
}
