import type { Folder } from '../../host/folder.ts';

/**
 * Writes a file of a declaration so that its name always leads to a whole text: under another
 * name, synced, then renamed. Not for FAT, which replaces nothing atomically.
 */
export function writeWhole(folder: Folder, name: string, text: string): void {
  const partial = `${name}.part`;
  folder.removeTree(partial);
  folder.createFile(partial, Buffer.from(text));
  folder.rename(partial, name);
  folder.sync();
}
