import type { MountedFileSystem } from '../facts/facts.ts';
import { optionRules } from './option-rules.ts';

export interface ChosenOptions {
  /** What differs from how NixOS would mount it, in the mount table's order. */
  readonly kept: readonly string[];
  /** What is neither a default nor known to be of use on another machine or at another time. */
  readonly leftOut: readonly string[];
}

/** What mount(8) calls independent of the file system, where it differs from the default. */
const ofAnyMount: ReadonlySet<string> = new Set([
  'ro',
  'nosuid',
  'nodev',
  'noexec',
  'noatime',
  'nodiratime',
  'nosymfollow',
]);

/** Shown among a file system's own and meant for any. */
const ofAnyFileSystem: ReadonlySet<string> = new Set(['lazytime', 'sync', 'dirsync', 'mand']);

/** Not options: what the kernel shows for its own sake. */
const shownOnly: ReadonlySet<string> = new Set(['rw', 'ro', 'seclabel', 'idmapped']);

/** Where the absence of `relatime` says that somebody asked for exact times. */
const countsTimes: ReadonlySet<string> = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'f2fs',
  'bcachefs',
  'jfs',
]);

/** What can stand in fstab(5) and in a shell's word alike. */
const plainOption = /^[A-Za-z0-9_.:=+@%/*-]+$/;

/** Which options of a mounted file system its module is to have. Pure. */
export function chooseOptions(mount: MountedFileSystem): ChosenOptions {
  const kept = [...keptOfMount(mount)];
  const leftOut: string[] = [];
  const rules = optionRules(mount.type);
  for (const option of mount.superOptions) {
    if (shownOnly.has(option) || option === '') continue;
    if (ofAnyFileSystem.has(option)) kept.push(option);
    else if (rules.isDefault(option)) continue;
    else if (rules.isKept(option) && plainOption.test(option)) kept.push(option);
    else leftOut.push(option);
  }
  return { kept: [...new Set(kept)], leftOut: [...new Set(leftOut)] };
}

/** Options of this mount, and not of the file system that others may mount elsewhere. */
export function keptOfMount({ type, options }: MountedFileSystem): readonly string[] {
  const kept = options.filter(option => ofAnyMount.has(option));
  const isExact = !options.some(option => option === 'relatime' || option === 'noatime');
  return countsTimes.has(type) && isExact && options.length > 0 ? [...kept, 'strictatime'] : kept;
}
