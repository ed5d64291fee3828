import type { Folder } from '../../host/folder.ts';
import { split } from '../../host/root.ts';
import type { FileDigest } from '../../transaction/step.ts';
import { openBelow } from '../read-boot-partition.ts';
import { loaderVersion } from './loader-binary.ts';

/** A program at one of the places where firmware looks for a boot loader. */
export interface InstalledLoader extends FileDigest {
  /** The systemd-boot it is; undefined where it is something else. */
  version: string | undefined;
}

/** Reads what is at a path of the ESP; undefined where nothing is. */
export function readInstalledLoader(esp: Folder, path: string): InstalledLoader | undefined {
  const { parent, name } = split(`/${path}`);
  using folder = openBelow(esp, parent.slice(1));
  const content = folder?.readFileIfThere(name);
  if (folder === undefined || content === undefined) return undefined;
  return { ...folder.digest(name), version: loaderVersion(content) };
}
