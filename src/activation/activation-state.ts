import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { type Manifest, parseManifest } from './read-manifest.ts';
import { maxStateBytes } from './state-lines.ts';

/** Where `activate` keeps its state. */
export const stateFolder = '/etc/.genctl';

/** The manifest of what is in /etc; undefined where nothing was applied. */
export function readAppliedManifest(root: Root): Manifest | undefined {
  using folder = openState(root);
  const text = folder?.readTextIfThere('manifest', maxStateBytes);
  return text === undefined ? undefined : parseManifest(text, `${stateFolder}/manifest`);
}

/** Whether an `activate` has begun something that none has brought to its end. */
export function isActivationPending(root: Root): boolean {
  using folder = openState(root);
  return folder?.stat('manifest.pending') !== undefined;
}

/** The folder with the state of `activate`; it is never a link. */
export function openState(root: Root): Folder | undefined {
  using etc = root.folderIfThere('/etc');
  return etc?.openIfThere('.genctl');
}
