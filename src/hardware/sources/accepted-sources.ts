/** For whoever gave something else. */
export const whatFromTakes =
  'Give a capture of genctl, what `udevadm info --export-db` prints, or a report of nixos-facter.';
