import type { OsTreeEntry } from '../../../store/os-tree/os-tree-entry.ts';
import { doubleQuoted, lastField } from './double-quoted.ts';

/** Where the tree is once its system is active: another tree with the same seeds changes nothing. */
const activeTree = '/run/current-system/os';

/** What is mounted from the tree, made at each boot, or laid in another way. */
const notSeeded = /^(?:usr|etc|dev|proc|run|sys|tmp|boot|nix|lost\+found)(?:\/|$)/;

/**
 * What of a tree begins its life on the machine's own disk, as tmpfiles.d(5) makes it: all of
 * `/var`, `/srv` and the like that packages bring, and folders of `/etc`, which a manifest of files
 * does not know. What is there already stays as it is.
 */
export function seedsText(entries: readonly OsTreeEntry[]): string {
  const lines = entries.flatMap(entry => {
    const isSeed =
      entry.path !== '' &&
      (isEtcFolder(entry) || (!notSeeded.test(entry.path) && !isTopLink(entry)));
    return isSeed ? [lineOf(entry)] : [];
  });
  const header =
    "# What this system's packages bring of /var and the like, where it is not there yet.";
  return [header, ...lines].map(line => `${line}\n`).join('');
}

function isEtcFolder({ kind, path }: OsTreeEntry): boolean {
  return kind === 'folder' && path.startsWith('etc/');
}

/** `bin` and the like, which stage 2 lays before anything can run. */
function isTopLink({ kind, path }: OsTreeEntry): boolean {
  return kind === 'link' && !path.includes('/');
}

function lineOf(entry: OsTreeEntry): string {
  const path = doubleQuoted(`/${entry.path}`);
  const { uid, gid } = entry;
  switch (entry.kind) {
    case 'folder':
      return `d ${path} :${octal(entry.mode)} :${uid} :${gid}`;
    case 'file':
      return `C ${path} :${octal(entry.mode)} :${uid} :${gid} - ${lastField(`${activeTree}/${entry.path}`)}`;
    case 'link':
      return `L ${path} - - - - ${lastField(entry.target)}`;
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
