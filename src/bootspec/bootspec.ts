/**
 * What a boot loader has to know of a system: the content of `boot.json`, RFC 0125, version 1,
 * with the extensions that are in use. Paths are logical and absolute.
 */
export interface Bootspec {
  /** The platform, `x86_64-linux`. */
  system: string;
  toplevel: string;
  init: string;
  kernel: string;
  kernelParams: readonly string[];
  label: string;
  /** `initrd` first, then those of `org.nixos.extra-initrd.v1`. */
  initrds: readonly string[];
  /** A program that makes one more initrd with secrets at the time an entry is installed. */
  initrdSecrets?: string;
  /** `org.nixos.systemd-boot`. */
  sortKey?: string;
  devicetree?: string;
  specialisations: ReadonlyMap<string, Bootspec>;
}

/** Names of the document's sections. */
export const sections = {
  bootspec: 'org.nixos.bootspec.v1',
  specialisation: 'org.nixos.specialisation.v1',
  systemdBoot: 'org.nixos.systemd-boot',
  extraInitrd: 'org.nixos.extra-initrd.v1',
} as const;
