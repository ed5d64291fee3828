import { GenctlError } from '../errors.ts';
import type { Folder } from './folder.ts';
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

/** What a boot loader can do, of what it says about itself (`LoaderFeatures`). */
const featureBits = { bootOnce: 3 } as const;

/**
 * Whether the boot loader that has started this machine can do something. One that does not say so
 * cannot.
 */
export function hasLoaderFeature(root: Root, feature: keyof typeof featureBits): boolean {
  const features = readRaw(root, 'LoaderFeatures', loaderVendor);
  if (features?.length !== 8) return false;
  return ((features.readBigUInt64LE() >> BigInt(featureBits[feature])) & 1n) === 1n;
}

/** Not lost without power; seen by what boots, and by what runs then. */
const attributes = 0x7;

/**
 * Sets a variable of the Boot Loader Interface to a text.
 *
 * @throws GenctlError EFI_VARIABLE_REFUSED where the machine does not let us
 */
export async function setLoaderVariable(root: Root, name: string, text: string): Promise<void> {
  await write(root, name, loaderVendor, Buffer.from(`${text}\0`, 'utf16le'));
}

/** A variable of the firmware's own, as it is; undefined where it is not set. */
export function readFirmwareVariable(root: Root, name: string): Buffer | undefined {
  return readRaw(root, name, globalVendor);
}

/**
 * Sets a variable of the firmware's own.
 *
 * @throws GenctlError EFI_VARIABLE_REFUSED where the machine does not let us
 */
export async function writeFirmwareVariable(
  root: Root,
  name: string,
  content: Buffer,
): Promise<void> {
  await write(root, name, globalVendor, content);
}

/**
 * Removes a variable of the firmware's own.
 *
 * @throws GenctlError EFI_VARIABLE_REFUSED where the machine does not let us
 */
export async function removeFirmwareVariable(root: Root, name: string): Promise<void> {
  await change(root, name, globalVendor, (folder, file) => {
    folder.removeFile(file);
  });
}

async function write(root: Root, name: string, vendor: string, content: Buffer): Promise<void> {
  const header = Buffer.alloc(attributesBytes);
  header.writeUInt32LE(attributes);
  await change(root, name, vendor, (folder, file) => {
    folder.writeAtOnce(file, Buffer.concat([header, content]));
  });
}

/** @throws GenctlError EFI_VARIABLE_REFUSED */
async function change(
  root: Root,
  name: string,
  vendor: string,
  work: (folder: Folder, file: string) => void,
): Promise<void> {
  if (!root.isLive) throw new GenctlError('NOT_LIVE', `${name}: another root has no firmware`);
  try {
    using folder = root.folder(efivars);
    await despiteImmutable(path(name, vendor), () => {
      work(folder, `${name}-${vendor}`);
    });
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    throw new GenctlError(
      'EFI_VARIABLE_REFUSED',
      `the EFI variable ${name} cannot be changed: ${thrown.message}`,
      {
        cause: thrown,
        hint:
          thrown.code === 'READ_ONLY' ? remountHint : (thrown.hint ?? 'Look into the kernel log.'),
      },
    );
  }
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
    using folder = root.folder(efivars);
    await despiteImmutable(path(name, loaderVendor), () => {
      folder.removeFile(`${name}-${loaderVendor}`);
    });
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
async function despiteImmutable(file: string, change: () => void): Promise<void> {
  try {
    change();
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'NOT_ALLOWED') throw thrown;
    await run('chattr', ['-i', file]);
    change();
  }
}

const remountHint = `Mount the variables read-write: mount -o remount,rw ${efivars}`;

function stuckHint({ code, hint }: GenctlError): string {
  if (code === 'READ_ONLY') {
    return `${remountHint}; or choose the default in the boot menu with the key d.`;
  }
  return `${hint ?? 'Look into the kernel log.'} Or choose the default in the boot menu with the key d.`;
}

/** Of attributes, which each such file starts with. */
const attributesBytes = 4;

/** No entry of a boot menu is longer, and nothing else that is read here. */
const maxVariableBytes = 1 << 16;

function readRaw(root: Root, name: string, vendor: string): Buffer | undefined {
  if (!root.isLive) return undefined;
  return root.readFileIfThere(path(name, vendor), maxVariableBytes)?.subarray(attributesBytes);
}

function path(name: string, vendor: string): string {
  return `${efivars}/${name}-${vendor}`;
}
