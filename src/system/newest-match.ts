import { GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { type Root, split } from '../host/root.ts';

/** A file that was found for a path or a glob; its folder is open. */
export interface Match {
  folder: Folder;
  name: string;
}

/**
 * What others keep beside a kernel or an initrd for a while, or for good, by the end of its name:
 * dpkg, ucf and rpm, update-initramfs (`.new`, `.dpkg-bak` as long as hooks run, `.bak`), a kernel's
 * own `make install`, dkms, editors.
 */
const leftBeside = /(?:~|\.(?:bak|new|old|old-dkms|sig|dpkg-[a-z]+|ucf-[a-z]+|rpm[a-z]+))$/;

/**
 * Finds the file that a declared path means. A glob may stand in the last part of the path; of
 * what it matches the newest version is taken, as `linux-version sort` orders kernels. Copies that
 * other programs keep of an earlier one are no newer version, unless the glob ends as they do.
 *
 * @throws GenctlError INPUT_MISSING
 */
export function newestMatch(root: Root, pathOrGlob: string): Match {
  const { parent, name } = split(pathOrGlob);
  if (/[*?[]/.test(parent)) {
    throw new GenctlError('INPUT_MISSING', `${pathOrGlob}: only its last part may be a glob`);
  }
  const folder = root.folderIfThere(parent);
  const found = folder === undefined ? undefined : pick(folder, name);
  if (folder === undefined || found === undefined) {
    folder?.[Symbol.dispose]();
    const where = root.onHost(parent);
    throw new GenctlError(
      'INPUT_MISSING',
      folder === undefined
        ? `${pathOrGlob}: there is no folder ${where}`
        : `${pathOrGlob}: nothing in ${where} matches`,
    );
  }
  if (folder.stat(found)?.kind === 'file') return { folder, name: found };
  // `/vmlinuz` of Debian is a link to the newest kernel.
  folder[Symbol.dispose]();
  const target = root.locate(`${parent === '/' ? '' : parent}/${found}`);
  if (target.name !== '.' && target.folder.stat(target.name)?.kind === 'file') return target;
  target.folder[Symbol.dispose]();
  throw new GenctlError('INPUT_MISSING', `${pathOrGlob}: it is no file`);
}

function pick(folder: Folder, name: string): string | undefined {
  if (!/[*?[]/.test(name)) return folder.stat(name) === undefined ? undefined : name;
  const pattern = globPattern(name);
  const takesAll = leftBeside.test(name);
  return folder
    .names()
    .filter(candidate => pattern.test(candidate) && (takesAll || !leftBeside.test(candidate)))
    .toSorted(compareKernelNames)
    .at(-1);
}

/** `*`, `?` and `[…]` as a shell has them; a leading dot has to be written. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\[([^\]]*)\]|[*?]|[.+^${}()|\\/]/g, (token, set?: string) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (set !== undefined) return `[${set.replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    return `\\${token}`;
  });
  return new RegExp(`^${glob.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'u');
}

/** Numbers count as numbers, and `6.1-rc1` comes before `6.1`. */
export function compareKernelNames(left: string, right: string): number {
  const [a, b] = [versionParts(left), versionParts(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = comparePart(a[index], b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function versionParts(name: string): readonly string[] {
  return name.replaceAll('-rc', '~rc').match(/[0-9]+|[^0-9]/g) ?? [];
}

function comparePart(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === '~') return -1;
  if (right === '~') return 1;
  if (left === undefined) return -1;
  if (right === undefined) return 1;
  const areNumbers = /^[0-9]/.test(left) && /^[0-9]/.test(right);
  if (areNumbers) return Number(left) - Number(right);
  return left < right ? -1 : 1;
}
