/** What names one package of Debian's for good. */
export interface PackageVersion {
  name: string;
  /** As Debian writes it, epoch and all: `1:1.35.0-4+deb12u1`. */
  version: string;
  /** Debian's word, `amd64` or `all`. */
  architecture: string;
}

/** A package as it is locked: all it takes to fetch the same bytes again, from any mirror. */
export interface LockedPackage extends PackageVersion {
  /** Of the `.deb` file. */
  sizeBytes: number;
  /** Of the `.deb` file, hexadecimal. */
  sha256: string;
  /** Below a mirror's folder, `pool/main/h/htop/htop_3.2.2-2_amd64.deb`; never with a host. */
  poolPath: string;
}

export interface LockedUser {
  name: string;
  uid: number;
  /** Of its first group. */
  gid: number;
  /** The comment field of passwd(5). */
  gecos: string;
  home: string;
  shell: string;
}

export interface LockedGroup {
  name: string;
  gid: number;
  /** Users that are members besides those whose first group it is, sorted. */
  members: readonly string[];
}

/** Users and groups that packages bring, sorted by name. A number that was given stays given. */
export interface LockedAccounts {
  users: readonly LockedUser[];
  groups: readonly LockedGroup[];
}

/**
 * `genctl.lock`: what the packages of a declaration are, to the byte. Fields that a newer genctl
 * has added are carried along, here and in what it lists.
 */
export interface Lock {
  /** `bookworm`. */
  suite: string;
  /** Debian's word for the machine's architecture, `amd64`. */
  architecture: string;
  /** Names that the packages were found for, sorted: when other ones are wanted, the lock is old. */
  wanted: readonly string[];
  /** Sorted by name, then architecture. */
  packages: readonly LockedPackage[];
  accounts: LockedAccounts;
}

export const noAccounts: LockedAccounts = { users: [], groups: [] };
