import type { GenctlError } from '../../errors.ts';
import type { FileDigest, GrubInstallRun } from '../../transaction/step.ts';
import type { GrubFile } from './grub-file.ts';
import type { GrubPlace } from './grub-place.ts';
import type { GrubSettings } from './grub-settings.ts';
import type { EspWish } from './installation/plan-esp.ts';
import type { OtherSystem } from './other-system.ts';

/** All that GRUB's files depend on beside the menu. */
export interface GrubSurroundings {
  place: GrubPlace;
  settings: GrubSettings;
  /** Of each user of the settings the `grub.pbkdf2.sha512.…`, by name. */
  passwords: ReadonlyMap<string, string>;
  /** In the order of the menu. */
  others: readonly OtherSystem[];
  assets: GrubAssets;
  /**
   * Entries of ours that stay in the menu as they are, by their identifiers: those of generations
   * that cannot be read any more.
   */
  standing: readonly string[];
  /** What `grub-install` has to have made; or why nobody here could make it. */
  installation: GrubInstallation | GenctlError;
  /** The same to be made again, though nothing has changed. Throws where it cannot be made. */
  installationAnew: () => GrubInstallation;
}

/** What makes the menu look well. */
export interface GrubAssets {
  /** The first is for the menu's text, where the settings name one; those of a theme follow. */
  fonts: readonly GrubFile[];
  splashImage: GrubFile | undefined;
  /** Its `theme.txt`. */
  theme: GrubFile | undefined;
  /** Copies that the boot partition needs where GRUB cannot read the store. */
  copies: readonly (FileDigest & { path: string; source: string })[];
}

/** No font, no picture, no theme. */
export const noAssets: GrubAssets = {
  fonts: [],
  splashImage: undefined,
  theme: undefined,
  copies: [],
};

/** GRUB's own programs and modules on a boot partition. */
export interface GrubInstallation {
  /** From what it is installed, as one word: another one needs another folder. */
  state: string;
  /** The folder that is all its own, below the partition's top. */
  tree: string;
  /** The text that its core image reads first. */
  stub: string;
  runs: readonly GrubInstallRun[];
  /** Of the distribution's package; undefined where it does not say it. */
  version: string | undefined;
  /** The verb has another purpose: what is installed stays as it is. */
  isPostponed?: boolean;
  /** Whether it is what was installed last, and its program is where firmware looks for it. */
  isInPlace: boolean;
  /** What it takes on the boot partition; nothing where it is in place. */
  sizeBytes: number;
  fileCount: number;
  /** What becomes of the ESP; undefined where GRUB has none. */
  esp: (Omit<EspWish, 'recorded'> & { sizeBytes: number; fileCount: number }) | undefined;
}
