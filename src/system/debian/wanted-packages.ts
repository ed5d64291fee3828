import type { Configuration } from '../declaration/declaration.ts';
import { initrdPackages } from '../initrd/build-initrd.ts';
import { genctlPackages } from '../own-genctl/own-genctl.ts';

/** Without them it is no machine that boots, and none that can build its next system. */
const base: readonly string[] = [
  'apt', // with its keys: resolves and fetches
  'attr', // extended attributes of what goes into the store
  'ca-certificates',
  'dbus',
  'kmod',
  'login',
  'passwd',
  'systemd-sysv',
  'udev',
  'usr-is-merged', // keeps usrmerge, and perl with it, away
];

/** What checks and mounts a file system. */
const ofFileSystem: Readonly<Record<string, string>> = {
  btrfs: 'btrfs-progs',
  exfat: 'exfatprogs',
  ext2: 'e2fsprogs',
  ext3: 'e2fsprogs',
  ext4: 'e2fsprogs',
  f2fs: 'f2fs-tools',
  jfs: 'jfsutils',
  nfs: 'nfs-common',
  nfs4: 'nfs-common',
  ntfs3: 'ntfs-3g',
  vfat: 'dosfstools',
  xfs: 'xfsprogs',
};

/**
 * The names of all packages that a configuration asks for, what it needs for its disks and its
 * loader included, sorted. What these depend on is for apt to find. Pure.
 *
 * @param architecture Debian's word, `amd64`
 */
export function wantedPackages(
  configuration: Configuration,
  architecture: string,
): readonly string[] {
  const { environment, fileSystems } = configuration;
  const ofDisks = Object.values(fileSystems).flatMap(({ fsType = '' }) => {
    const name = ofFileSystem[fsType];
    return name === undefined ? [] : [name];
  });
  const wanted = new Set([
    ...base,
    ...genctlPackages,
    kernelPackageOf(configuration, architecture),
    ...environment.systemPackages,
    ...ofDisks,
    ...ofLoaders(configuration, architecture),
    ...initrdPackages(configuration),
  ]);
  return [...wanted].toSorted();
}

/** The package that brings the kernel. */
export function kernelPackageOf({ system }: Configuration, architecture: string): string {
  return system.kernelPackage ?? `linux-image-${architecture}`;
}

/** Debian's words for what GRUB calls a target. */
const grubTargets: Readonly<Record<string, readonly string[]>> = {
  amd64: ['grub-pc-bin', 'grub-efi-amd64-bin'],
  arm64: ['grub-efi-arm64-bin'],
  i386: ['grub-pc-bin', 'grub-efi-ia32-bin'],
};

/** What installs the loaders, and tells the firmware of them. */
function ofLoaders({ boot }: Configuration, architecture: string): string[] {
  return boot.loader.kind.flatMap(kind =>
    kind === 'grub'
      ? ['efibootmgr', 'grub2-common', ...(grubTargets[architecture] ?? [])]
      : ['systemd-boot'],
  );
}
