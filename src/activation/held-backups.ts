import { ifThere } from '../host/file-error.ts';
import { FolderChain } from '../host/folder-chain.ts';
import type { Root } from '../host/root.ts';
import { openState, stateFolder } from './activation-state.ts';
import { foldersAbove } from './etc-tree.ts';
import { leavesOf, type Manifest } from './read-manifest.ts';
import { isPathBelow, maxStateBytes, parseStateLines, type StateLine } from './state-lines.ts';

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
  const text = folder?.readTextIfThere('records', maxStateBytes);
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

/** Those that would be put back if a system with that manifest were applied. */
export function backupsComingBack(
  backups: readonly HeldBackup[],
  manifest: Manifest,
): HeldBackup[] {
  const leaves = new Set(['static', ...leavesOf(manifest)]);
  const folders = new Set(manifest.folders);
  const isWanted = (path: string): boolean =>
    folders.has(path) || [path, ...foldersAbove(path)].some(at => leaves.has(at));
  return backups.filter(({ path, comesBack }) => {
    if (comesBack === 'never') return false;
    return comesBack === 'when-unwanted' ? !isWanted(path) : comesBack.manifestId === manifest.id;
  });
}
