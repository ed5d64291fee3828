import { ifThere } from '../host/file-error.ts';
import { FolderChain } from '../host/folder-chain.ts';
import type { Root } from '../host/root.ts';
import { type Manifest, openState, stateFolder } from './applied-manifest.ts';
import { isPathBelow, parseStateLines, type StateLine } from './state-lines.ts';

/** Something of the user's that `activate` has moved out of the way. */
export interface HeldBackup {
  /** Where it was, below /etc. */
  path: string;
  /** Where it is, a logical path. */
  backup: string;
  /**
   * When it is put back: once no system wants its path, or once the manifest of an /etc tree is
   * applied again under which the user made it.
   */
  comesBack: 'when-unwanted' | 'never' | { tree: string; manifestId: string };
}

/** What `activate` holds of the user's, oldest first. What was put back is not among it. */
export function readBackups(root: Root): HeldBackup[] {
  using folder = openState(root);
  const text = folder?.readTextIfThere('records', 64 << 20);
  if (folder === undefined || text === undefined) return [];
  using slots = new FolderChain(folder);
  const held = new Map<string, HeldBackup>();
  for (const line of parseStateLines(text).lines) {
    const [path, slot] = line.words;
    if (path === undefined || slot === undefined || !isPathBelow(slot)) continue;
    const comesBack = comesBackBy(line);
    if (comesBack === undefined || !isThere(slots, slot)) continue;
    held.set(slot, { path, backup: `${stateFolder}/${slot}`, comesBack });
  }
  return [...held.values()];
}

function comesBackBy({ verb, words }: StateLine): HeldBackup['comesBack'] | undefined {
  const [, , tree, manifestId] = words;
  switch (verb) {
    case 'original':
      return 'when-unwanted';
    case 'kept':
      return 'never';
    case 'edited':
      return tree === undefined || manifestId === undefined ? 'never' : { tree, manifestId };
    default:
      return undefined;
  }
}

/** Only root sees into the folders of backups: for others, a record is word enough. */
function isThere(slots: FolderChain, slot: string): boolean {
  const look = (): boolean => {
    const { folder, name } = slots.locate(slot);
    return folder.stat(name) !== undefined;
  };
  const lookOrBelieve = (): boolean => ifThere(look, ['NOT_ALLOWED']) ?? true;
  return ifThere(lookOrBelieve, ['FILE_MISSING', 'NOT_A_FOLDER']) ?? false;
}

/** Whether a backup would be put back if a system with that manifest were applied. */
export function wouldComeBack({ path, comesBack }: HeldBackup, manifest: Manifest): boolean {
  if (comesBack === 'never') return false;
  if (comesBack !== 'when-unwanted') return comesBack.manifestId === manifest.id;
  const leaves = [
    'static',
    ...manifest.links,
    ...manifest.direct.keys(),
    ...manifest.copies.map(copy => copy.path),
  ];
  const isTaken = leaves.some(leaf => path === leaf || path.startsWith(`${leaf}/`));
  return !isTaken && !manifest.folders.includes(path);
}
