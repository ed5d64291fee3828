import { type FileTree, line } from '../sources/file-tree.ts';
import { firmwareFile } from '../sources/genctl-files.ts';
import type { FirmwareFacts } from './facts.ts';

/** The vendor of the firmware's own variables (UEFI 2.10, 3.3: EFI_GLOBAL_VARIABLE). */
const globalVendor = '8be4df61-93ca-11d2-aa0d-00e098032b8c';

/**
 * How the machine was started.
 *
 * @param isX86 whether it is a PC, which has a BIOS where it has no UEFI
 */
export function readFirmware(tree: FileTree, isX86: boolean): FirmwareFacts {
  if (tree.realPath('/sys/firmware/efi') !== undefined) {
    return { kind: 'uefi', bits: readBits(tree), secureBoot: readSecureBoot(tree) };
  }
  if (line(tree, firmwareFile) === 'unknown') {
    return { kind: 'unknown', bits: null, secureBoot: null };
  }
  return { kind: kindWithoutEfi(tree, isX86), bits: null, secureBoot: null };
}

function kindWithoutEfi(tree: FileTree, isX86: boolean): FirmwareFacts['kind'] {
  if (tree.realPath('/sys/firmware/devicetree/base') !== undefined) return 'device-tree';
  return isX86 ? 'bios' : 'unknown';
}

function readBits(tree: FileTree): FirmwareFacts['bits'] {
  const text = line(tree, '/sys/firmware/efi/fw_platform_size');
  return text === '64' ? 64 : text === '32' ? 32 : null;
}

/** UEFI 2.10, 32.3: in setup mode no key is enrolled yet, and nothing is checked. */
function readSecureBoot(tree: FileTree): FirmwareFacts['secureBoot'] {
  const secureBoot = readByte(tree, 'SecureBoot');
  if (secureBoot === 1) return 'on';
  if (readByte(tree, 'SetupMode') === 1) return 'setup-mode';
  return secureBoot === undefined ? null : 'off';
}

/** A variable of one byte, which is behind four bytes of attributes. */
function readByte(tree: FileTree, name: string): number | undefined {
  return tree.bytes(`/sys/firmware/efi/efivars/${name}-${globalVendor}`)?.[4];
}
