import type { InstalledPackage } from './installed-packages.ts';
import type { PackageOrigin } from './package-origins.ts';

/** A Debian as it is installed, as far as a declaration is made of it. */
export interface DebianFacts {
  /** `bookworm`. */
  suite: string;
  /** Debian's word, `amd64`. */
  architecture: string;
  /** Without its domain; undefined where the machine has no name. */
  hostName: string | undefined;
  packages: readonly InstalledPackage[];
  /** Packages that came along, as `NAME ARCHITECTURE`: all others somebody has asked for. */
  autoInstalled: ReadonlySet<string>;
  /** Whose those are that somebody has asked for, by name; undefined where apt was not asked. */
  origins: ReadonlyMap<string, PackageOrigin> | undefined;
  /** Names of alternatives that somebody has chosen. */
  chosenAlternatives: readonly string[];
  /** Paths that the administrator has diverted. */
  localDiversions: readonly string[];
  /** Names of users with a number that people get. */
  users: readonly string[];
  /** Names of users with a number that services get, which no package seems to have made. */
  systemUsers: readonly string[];
  /** Where `/etc/fstab` mounts file systems. */
  mountPoints: readonly string[];
  /** Paths in `/usr/local` that are no folders. */
  localPrograms: readonly string[];
  /** As `/etc/locale.gen` lists them: `de_DE.UTF-8 UTF-8`. */
  locales: readonly string[];
}
