import { GenctlError } from '../../../errors.ts';
import type { LoadOption } from '../../../host/load-option.ts';
import type { BootVolumeId, Step } from '../../../transaction/step.ts';
import type { EspContents } from './esp-contents.ts';
import { type EspUse, programPath, removableFolder } from './esp-use.ts';
import type { FilesOnDisk } from './measure-installation.ts';

/** Its size is what an installation takes there: nothing where none will be made. */
export interface EspWish extends FilesOnDisk {
  volume: BootVolumeId;
  /** Where it is mounted, for messages. */
  mountPoint: string;
  /** What GRUB shall use it for; undefined where it shall not any more. */
  use: EspUse | undefined;
  contents: EspContents;
  /** Files that another loader writes in the same transaction, before anything is removed. */
  replaced?: readonly string[];
  /** Folders that earlier installations were begun in, as they are recorded. */
  recorded: readonly string[];
  /** The firmware's own menu; undefined where it may not be touched, or is not at hand. */
  firmware?: FirmwareMenu | undefined;
}

/** What the firmware's own menu has of ours. */
export interface FirmwareMenu {
  /** What an entry for GRUB is called there. */
  description: string;
  /** Those that lead into a folder which is recorded. */
  entries: readonly LoadOption[];
}

/** What becomes of an ESP. */
export interface EspPlan {
  /** To be recorded before `grub-install` is run: from then on what is in them is ours. */
  begun: readonly string[];
  /** To be recorded in the end. */
  installed: readonly string[];
  /** Once all is durable there: from then on the firmware starts it. */
  lead: readonly Step[];
  /** Once all else is done: what no boot entry leads to any more. */
  removal: readonly Step[];
}

/**
 * Plans what becomes of GRUB's folders on an ESP, and refuses to go where somebody else is. What
 * is recorded counts where the content does not tell: a run may have ended in the middle. Pure.
 *
 * @throws GenctlError GRUB_FOLDER_TAKEN, LOADER_FOREIGN
 */
export function planEsp(wish: EspWish): EspPlan {
  const { volume, use, contents, recorded, replaced = [] } = wish;
  if (use !== undefined) assertNobodyElses(wish, use);
  const installed = use === undefined ? [] : [use.folder];
  const left = recorded.filter(folder => use === undefined || !isSamePath(folder, use.folder));
  const gone = contents.removable.filter(path => !replaced.some(other => isSamePath(other, path)));
  const removable =
    use?.isRemovable === true
      ? []
      : gone.map((path): Step => ({ kind: 'remove-file', volume, path }));
  const { lead, remove } = followingEntries(wish);
  return {
    begun: [...left, ...installed],
    installed,
    lead,
    removal: [
      ...remove,
      ...left
        // Of that one each file has told by itself whose it is.
        .filter(folder => !isSamePath(folder, removableFolder))
        .flatMap(folder => leaving(folder, wish)),
      ...removable,
    ],
  };
}

/** A folder goes as a whole where nobody else has anything in it. */
function leaving(path: string, { volume, contents }: EspWish): Step[] {
  const found = contents.recorded.find(folder => isSamePath(folder.path, path));
  if (found === undefined) return [];
  if (!found.hasOthers) return [{ kind: 'remove-tree', volume, path }];
  return found.files.map(file => ({ kind: 'remove-file', volume, path: file }));
}

function assertNobodyElses({ mountPoint, contents, recorded }: EspWish, use: EspUse): void {
  const { owner } = contents;
  if (owner === 'nobody' || owner === 'ours') return;
  if (recorded.some(folder => isSamePath(folder, use.folder))) return;
  // At the path without a boot entry one of our own loaders takes the place of the other.
  if (owner === 'systemd-boot' && use.isRemovable) return;
  if (use.isRemovable) {
    throw new GenctlError(
      'LOADER_FOREIGN',
      `${mountPoint}/${use.folder} holds another boot loader, which GRUB would replace`,
      {
        hint: 'Set efiInstallAsRemovable = false in [boot.loader.grub]; or move that loader away, if nothing needs it.',
      },
    );
  }
  throw new GenctlError(
    'GRUB_FOLDER_TAKEN',
    `${mountPoint}/${use.folder} is not ours: GRUB would replace what is there`,
    {
      hint: 'Set efiBootloaderId in [boot.loader.grub] to a name that no other system has; or move that folder away, if nothing needs it.',
    },
  );
}

/**
 * Leads the firmware's entries from the programs before to the one that is in place by now; where
 * there is no folder for one, they go.
 */
function followingEntries({ volume, use, firmware }: EspWish): { lead: Step[]; remove: Step[] } {
  if (firmware === undefined) return { lead: [], remove: [] };
  const { description, entries } = firmware;
  if (use === undefined || use.isRemovable) {
    return {
      lead: [],
      remove: entries.map(({ number, path }) => ({
        kind: 'delete-load-option',
        volume,
        number,
        path,
      })),
    };
  }
  const after = programPath(use);
  return {
    lead: entries
      .filter(({ path }) => !isSamePath(path, after))
      .map(({ number, path }) => ({
        kind: 'point-load-option',
        volume,
        number,
        description,
        before: path,
        after,
      })),
    remove: [],
  };
}

/** FAT folds case. */
function isSamePath(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
