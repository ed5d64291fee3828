import { GenctlError } from '../../errors.ts';
import type { Firmware } from '../../host/efi-variables.ts';
import type { Root } from '../../host/root.ts';
import type { FileDigest } from '../../transaction/step.ts';

/** systemd-boot for one kind of firmware, as the distribution installed it. */
export interface LoaderBinary extends FileDigest {
  /** Where it is, a logical path. */
  source: string;
  /** Its own place on the ESP, and the one that firmware boots without any EFI variable. */
  paths: { own: string; removable: string };
  version: string | undefined;
  isSigned: boolean;
}

/** Where systemd puts its boot loaders below `/usr` (package systemd-boot-efi on Debian). */
export const binaryFolder = 'lib/systemd/boot/efi';

/** UEFI's name of the machine type for an architecture, by the firmware's bitness. */
function machineType(platform: string, firmware: Firmware | undefined): string {
  if (platform.startsWith('aarch64')) return 'aa64';
  if (firmware?.wordBits === 32 || platform.startsWith('i686')) return 'ia32';
  return 'x64';
}

/**
 * Finds the loader for this firmware; a signed one where there is one, since it works with
 * Secure Boot and without.
 *
 * @param platform as Nix calls it, `x86_64-linux`
 * @param usr where the machine's `/usr` is, a logical path: that of a system which is not booted is
 *   in the store
 * @throws GenctlError LOADER_BINARY_MISSING, LOADER_NOT_SIGNED
 */
export function findLoaderBinary(
  root: Root,
  platform: string,
  firmware: Firmware | undefined,
  usr = '/usr',
): LoaderBinary {
  const type = machineType(platform, firmware);
  const plain = `${usr}/${binaryFolder}/systemd-boot${type}.efi`;
  const found = [`${plain}.signed`, plain].find(path => root.stat(path)?.kind === 'file');
  if (found === undefined) {
    throw new GenctlError('LOADER_BINARY_MISSING', `${root.onHost(plain)}: there is no such file`, {
      hint: 'Install systemd-boot’s EFI binaries: apt-get install systemd-boot-efi',
    });
  }
  const { folder, name } = root.locate(found);
  using _ = folder;
  const content = folder.readFile(name);
  const binary: LoaderBinary = {
    source: found,
    ...folder.digest(name),
    paths: {
      own: `EFI/systemd/systemd-boot${type}.efi`,
      removable: `EFI/BOOT/BOOT${type.toUpperCase()}.EFI`,
    },
    version: loaderVersion(content),
    isSigned: isSigned(content),
  };
  if (firmware?.secureBoot === true && !binary.isSigned) {
    throw new GenctlError(
      'LOADER_NOT_SIGNED',
      `${root.onHost(found)} is not signed, and Secure Boot is on: the firmware would refuse to start it`,
      { hint: 'Turn Secure Boot off in the firmware, or sign the binary with a key it knows.' },
    );
  }
  return binary;
}

/** The version that a systemd-boot binary carries in it; undefined for any other program. */
export function loaderVersion(content: Buffer): string | undefined {
  const marker = '#### LoaderInfo: systemd-boot ';
  const at = content.indexOf(marker);
  if (at < 0) return undefined;
  const text = content.subarray(at + marker.length, at + marker.length + 128).toString('latin1');
  return /^(\S+) ####/.exec(text)?.[1];
}

/**
 * Whether a PE program has an Authenticode signature: a certificate table that is not empty
 * (PE format, optional header, data directory 4).
 */
function isSigned(content: Buffer): boolean {
  if (content.length < 0x40 || content.toString('latin1', 0, 2) !== 'MZ') return false;
  const header = content.readUInt32LE(0x3c);
  const optional = header + 24;
  if (content.length < optional + 2) return false;
  const isWide = content.readUInt16LE(optional) === 0x20b;
  const certificateTable = optional + (isWide ? 112 : 96) + 4 * 8;
  return content.length >= certificateTable + 8 && content.readUInt32LE(certificateTable + 4) > 0;
}
