/**
 * Files that no machine has: reports say some things outright that on a machine are found out from
 * many files. One line each; where one is missing, the machine's own files tell.
 */

/** Nix's name of the platform: `x86_64-linux`. */
export const platformFile = '/run/genctl/platform';

/** systemd-detect-virt(1)'s word, of a container or else of the machine; `none`. */
export const virtualisationFile = '/run/genctl/virtualisation';

/** `unknown` where a source does not say what started the machine: no /sys/firmware/efi means nothing. */
export const firmwareFile = '/run/genctl/firmware';

/** What `blkid -p -o udev` says of block devices without a udev record, by kernel name. */
export const blkidFolder = '/blkid';

/**
 * The mount points of bind mounts that are single files, written as the mount table writes them; there
 * where somebody has looked.
 */
export const singleFilesFile = '/mounts/single-files';

/** What `zfs get -Hp -t filesystem -o name,value mountpoint` says. */
export const zfsFile = '/zfs/mountpoints';
