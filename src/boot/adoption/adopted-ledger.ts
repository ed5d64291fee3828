import { type Profile, systemProfile } from '../../generations/generation.ts';
import type { LedgerFile } from '../ledger.ts';
import type { EntryKey } from '../menu.ts';
import type { Adoptable, AdoptableBlob } from './read-adoptable.ts';
import type { AdoptableEntry, LeftFile } from './read-entries.ts';
import type { RecognisedEntry } from './recognise-entry.ts';

export interface AdoptedEntry extends AdoptableEntry {
  /** The generation whose system it boots; undefined where no profile has it any more. */
  key: EntryKey | undefined;
}

/** What is taken over of what could be. */
export interface Adoption {
  entries: readonly AdoptedEntry[];
  blobs: readonly AdoptableBlob[];
  left: readonly LeftFile[];
}

/**
 * Decides what is this machine's own. Several systems may share a disk and its boot partition,
 * and one that is recognised is not ours for that: an installation's entries are taken only where
 * at least one of them boots a system of a generation here. Pure.
 */
export function chooseAdoption(adoptable: Adoptable, profiles: readonly Profile[]): Adoption {
  const all = adoptable.entries.map(entry => ({
    ...entry,
    key: keyOf(entry.recognised, profiles),
  }));
  const known = new Set(
    all.flatMap(({ key, recognised }) => (key === undefined ? [] : [recognised.installation])),
  );
  const entries = all.filter(({ recognised }) => known.has(recognised.installation));
  const foreign = all.filter(({ recognised }) => !known.has(recognised.installation));
  const taken = new Set(entries.flatMap(({ recognised }) => recognised.uses));
  const spared = new Set(foreign.flatMap(({ recognised }) => recognised.uses));
  const isTaken = ({ path }: AdoptableBlob): boolean => taken.has(path) && !spared.has(path);
  return {
    entries,
    blobs: adoptable.blobs.filter(isTaken),
    left: [
      ...adoptable.left,
      ...foreign.map(({ path }) => ({
        path,
        reason: 'neither its system nor another of its installation is in a profile here',
      })),
      ...adoptable.blobs
        .filter(blob => !isTaken(blob))
        .map(({ path }) => ({ path, reason: 'an entry of another installation needs it' })),
    ],
  };
}

/** The same as files of a ledger. An entry without a key goes with the next plan of the menu. */
export function adoptedFiles(adoptable: Adoptable, profiles: readonly Profile[]): LedgerFile[] {
  const { entries, blobs } = chooseAdoption(adoptable, profiles);
  return [
    ...entries.map(
      ({ path, sizeBytes, sha256, key, recognised }): LedgerFile => ({
        path,
        sizeBytes,
        sha256,
        kind: 'entry',
        key,
        uses: recognised.uses,
      }),
    ),
    ...blobs.map(
      ({ path, sizeBytes, sha256 }): LedgerFile => ({ path, sizeBytes, sha256, kind: 'blob' }),
    ),
  ];
}

/** The system decides; what the entry says of itself, only between generations that share it. */
/** The generation, or specialisation, that an entry boots; undefined where no profile has it. */
export function keyOf(entry: RecognisedEntry, profiles: readonly Profile[]): EntryKey | undefined {
  const keys = profiles.flatMap(profile => keysOf(entry.toplevel, profile));
  const profile = entry.profile ?? systemProfile;
  return (
    keys.find(key => key.number === entry.number && key.profile === profile) ??
    keys.find(key => key.number === entry.number) ??
    keys[0]
  );
}

/** What boots a system, newest first. */
function keysOf(toplevel: string, { name, generations }: Profile): EntryKey[] {
  return generations.toReversed().flatMap(({ number, target, system }): EntryKey[] => {
    const key = { profile: name, number };
    if (target === toplevel) return [key];
    if (!('bootspec' in system)) return [];
    const inner = [...system.bootspec.specialisations].filter(
      ([, bootspec]) => bootspec.toplevel === toplevel,
    );
    return inner.map(([specialisation]) => ({ ...key, specialisation }));
  });
}
