import { hidden } from '../../printable.ts';

/** The longest path and the longest name that Linux takes, in bytes. */
export const longestPathBytes = 4095;
const longestNameBytes = 255;

/** Tags by which mount(8) finds a file system. */
const tag = /^(?:UUID|PARTUUID|LABEL|PARTLABEL|ID)=(.+)$/s;

/** What a kernel module is called; `-` and `_` are the same to the kernel. */
export function isModuleName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** Whether a text is the place of a file system: a path from the root on, without detours. */
export function isMountPoint(text: string): boolean {
  return text === '/' || isDirectPath(text);
}

/**
 * Whether a text is what a file system is mounted from: a path (`/dev/…`, of a file, of a folder),
 * a tag (`UUID=…`), something on the network (`server:/export`, `//server/share`), or a name that
 * the file system itself understands (`tmpfs`, `rpool/root`).
 */
export function isDevice(text: string): boolean {
  if (!isOneLine(text)) return false;
  const [, value] = tag.exec(text) ?? [];
  if (value !== undefined) return value.trim() === value;
  if (text.startsWith('//')) return isDirectPath(text.slice(1));
  if (text.startsWith('/')) return isDirectPath(text);
  // `dev/sda1` is a slip, and no name.
  if (/^(?:dev|sys|proc)\//.test(text)) return false;
  return /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.%]+\]):\/[^\s]*$|^[A-Za-z0-9_][A-Za-z0-9_.:+-]*(?:\/[A-Za-z0-9_.:+-]+)*$/.test(
    text,
  );
}

/** Whether a text is what can be swapped to: a device or a file by its path, or by a tag. */
export function isSwapDevice(text: string): boolean {
  return isDevice(text) && (/^\/[^/]/.test(text) || tag.test(text));
}

/** What the kernel or mount(8) calls a kind of file system: `ext4`, `fuse.sshfs`. */
export function isFileSystemType(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/.test(text);
}

/** One option of a mount: commas are what divides them. */
export function isMountOption(text: string): boolean {
  return isOneLine(text) && !text.includes(',') && text.trim() === text && text.length <= 1024;
}

/** Names that mean something to JavaScript's objects and so name nothing in a declaration. */
export const reservedNames: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A name below /dev/mapper, as device-mapper and udev write it without escapes. */
export function isMappingName(text: string): boolean {
  return (
    !reservedNames.includes(text) && /^[A-Za-z0-9#+:=@_-][A-Za-z0-9#+.:=@_-]{0,126}$/.test(text)
  );
}

/** What Nix calls a platform with Linux. */
export function isLinuxPlatform(text: string): boolean {
  return /^[a-z][a-z0-9_]{0,30}-linux$/.test(text);
}

/** A priority of a swap device, as swapon(8) takes it; -1 leaves it to the kernel. */
export function isSwapPriority(value: number): boolean {
  return Number.isInteger(value) && value >= -1 && value <= 32_767;
}

function isDirectPath(text: string): boolean {
  const isShort = new TextEncoder().encode(text).length <= longestPathBytes;
  return text.startsWith('/') && isShort && isOneLine(text) && isRelativeName(text.slice(1));
}

/** Whether a text is a path below something: no empty part, no `.`, no `..`, not too long. */
export function isRelativeName(text: string): boolean {
  const bytes = new TextEncoder();
  return (
    bytes.encode(text).length <= longestPathBytes &&
    text
      .split('/')
      .every(
        part =>
          part !== '' &&
          part !== '.' &&
          part !== '..' &&
          bytes.encode(part).length <= longestNameBytes,
      )
  );
}

function isOneLine(text: string): boolean {
  return text.trim() !== '' && !hidden.test(text);
}
