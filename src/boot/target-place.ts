/** Where the partitions of one target are mounted, as logical paths, by the loaders that use them. */
export interface TargetPlace {
  /** In the order in which they count. Never empty. */
  loaders: readonly LoaderMountPoints[];
  /** What no declared loader uses any more. */
  left: readonly string[];
}

export type LoaderMountPoints =
  | { loader: 'systemd-boot'; esp: string; xbootldr: string | undefined }
  | GrubMountPoints;

/** Where a target is, in one word: the mount point of what names the default of its first loader. */
export function firstMountPoint({ loaders: [first] }: TargetPlace): string {
  if (first === undefined) throw new Error('a target without a loader');
  return first.loader === 'systemd-boot' ? first.esp : first.boot;
}

/** Where GRUB reads a menu, and from where it is started. */
export interface GrubMountPoints {
  loader: 'grub';
  /** The folder that GRUB reads, on whatever file system it is. */
  boot: string;
  /** Whether that must be a file system of its own. */
  isMount: boolean;
  /** Where grub-install puts what UEFI starts; undefined where there is no ESP. */
  esp: string | undefined;
  /** The disks that a BIOS starts from; `nodev`, where something else starts GRUB. */
  devices: readonly string[];
}

/** The partitions that one loader reads, each once; the ESP first. */
export function mountPointsOf(place: LoaderMountPoints): string[] {
  const boot = place.loader === 'grub' ? place.boot : place.xbootldr;
  return [...new Set([place.esp, boot])].filter(path => path !== undefined);
}
