import { randomBytes } from 'node:crypto';
import type { Folder } from './folder.ts';

/**
 * Writes a file, such as one of a declaration, so that its name always leads to a whole text: under
 * a name of its own, synced, then renamed. What it takes the place of hands its mode and owner on.
 * Not for FAT, which replaces nothing atomically.
 *
 * @param mode permission bits of a file that is new, whatever the umask
 */
export function writeWhole(
  folder: Folder,
  name: string,
  content: string | Uint8Array,
  mode?: number,
): void {
  const before = folder.stat(name);
  const partial = `.${name}.${randomBytes(6).toString('hex')}`;
  try {
    if (before?.kind === 'file') {
      // Nobody may read it before it is as private as the other one was.
      folder.createFile(partial, Buffer.from(content), 0o600);
      folder.setOwner(partial, before.uid, before.gid);
      folder.setMode(partial, before.mode);
    } else {
      folder.createFile(partial, Buffer.from(content), mode);
      if (mode !== undefined) folder.setMode(partial, mode);
    }
    folder.rename(partial, name);
  } catch (thrown) {
    if (folder.stat(partial) !== undefined) folder.removeFile(partial);
    throw thrown;
  }
  folder.sync();
}
