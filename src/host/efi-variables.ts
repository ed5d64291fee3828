import { GenctlError } from '../errors.ts';
import type { Root } from './root.ts';
import { run } from './run.ts';

/** Where the kernel shows the firmware's variables as files. */
const efivars = '/sys/firmware/efi/efivars';

/** The vendor of the Boot Loader Interface's variables. */
const loaderVendor = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** The vendor of the firmware's own variables (EFI_GLOBAL_VARIABLE). */
const globalVendor = '8be4df61-93ca-11d2-aa0d-00e098032b8c';

/** What the firmware says of itself; undefined on a machine that was not booted by UEFI. */
export interface Firmware {
  wordBits: 32 | 64;
  secureBoot: boolean;
}

/** Reads the running machine's firmware. Another root has none. */
export function readFirmware(root: Root): Firmware | undefined {
  if (!root.isLive) return undefined;
  const size = root.readFileIfThere('/sys/firmware/efi/fw_platform_size')?.toString('latin1');
  if (size === undefined) return undefined;
  const secureBoot = readRaw(root, 'SecureBoot', globalVendor);
  return { wordBits: size.trim() === '32' ? 32 : 64, secureBoot: secureBoot?.at(0) === 1 };
}

/** A variable of the Boot Loader Interface as text; undefined where it is not set. */
export function readLoaderVariable(root: Root, name: string): string | undefined {
  return readRaw(root, name, loaderVendor)?.toString('utf16le').replace(/\0+$/, '');
}

export function hasVariable(root: Root, name: string): boolean {
  return root.isLive && root.stat(path(name, loaderVendor)) !== undefined;
}

/**
 * Removes a variable of the Boot Loader Interface.
 *
 * @throws GenctlError EFI_VARIABLE_STUCK where the machine does not let us: it goes on
 *   overriding the default
 */
export async function clearLoaderVariable(root: Root, name: string): Promise<void> {
  if (!root.isLive) throw new GenctlError('NOT_LIVE', `${name}: another root has no firmware`);
  try {
    await removeVariable(root, name);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    throw new GenctlError(
      'EFI_VARIABLE_STUCK',
      `the EFI variable ${name} cannot be cleared, and overrides the default of the menu: ${thrown.message}`,
      { cause: thrown, hint: stuckHint(thrown) },
    );
  }
}

/**
 * The kernel makes files of variables immutable, so that none is deleted by accident, and only
 * an ioctl changes that: chattr does it for us, where that is so.
 */
async function removeVariable(root: Root, name: string): Promise<void> {
  using folder = root.folder(efivars);
  const file = `${name}-${loaderVendor}`;
  try {
    folder.removeFile(file);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'NOT_ALLOWED') throw thrown;
    await run('chattr', ['-i', path(name, loaderVendor)]);
    folder.removeFile(file);
  }
}

function stuckHint({ code, hint }: GenctlError): string {
  if (code === 'READ_ONLY') {
    return `Mount the variables read-write: mount -o remount,rw ${efivars}; or choose the default in the boot menu with the key d.`;
  }
  return `${hint ?? 'Look into the kernel log.'} Or choose the default in the boot menu with the key d.`;
}

/** The content behind the four bytes of attributes that each such file starts with. */
function readRaw(root: Root, name: string, vendor: string): Buffer | undefined {
  if (!root.isLive) return undefined;
  return root.readFileIfThere(path(name, vendor), 4096)?.subarray(4);
}

function path(name: string, vendor: string): string {
  return `${efivars}/${name}-${vendor}`;
}
