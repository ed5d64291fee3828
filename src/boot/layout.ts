import type { FileDigest } from '../transaction/step.ts';
import type { Blob } from './menu.ts';

/** Where things are on a boot partition, without a leading slash. */
export interface BootLayout {
  /** The installation's UUID. */
  owner: string;
  /**
   * Holds what entries refer to, under every loader, so that two share what is equal. One folder an
   * installation, so that two of them can share a partition.
   */
  blobFolder: string;
  ledgerFolder: string;
  /** Starts the name of each entry of this installation. */
  entryPrefix: string;
  systemdBoot: {
    entryFolder: string;
    /** `loader.conf`: the file whose one sector names the default. */
    sector: string;
    /** Where the boot loader's own program goes. */
    programFolders: readonly string[];
  };
  grub: {
    /** Holds all that is GRUB's. */
    folder: string;
    entryFolder: string;
    /** The file whose one sector names the menu and its default. */
    sector: string;
    /** GRUB's environment block. */
    environment: string;
  };
}

/**
 * The layout of one installation. The owner's UUID is in all names that it makes: what starts
 * otherwise is not ours, and no text of a user ever gets into a name (FAT folds case).
 */
export function layoutOf(owner: string): BootLayout {
  const short = owner.slice(0, 8);
  return {
    owner,
    blobFolder: `EFI/genctl/${short}`,
    ledgerFolder: `loader/genctl/${short}`,
    entryPrefix: `genctl-${short}-`,
    systemdBoot: {
      entryFolder: 'loader/entries',
      sector: 'loader/loader.conf',
      programFolders: ['EFI/systemd', 'EFI/BOOT'],
    },
    grub: {
      folder: `genctl/${short}`,
      entryFolder: `genctl/${short}/entries`,
      sector: `genctl/${short}/default.cfg`,
      environment: `genctl/${short}/grubenv`,
    },
  };
}

const suffixes: Record<Blob['role'], string> = {
  linux: 'efi',
  initrd: 'img',
  devicetree: 'dtb',
};

const blobName = /^(?:linux|initrd|devicetree)-([0-9a-f]{32})\.(?:efi|img|dtb)$/;

/** Whether a file of the blob folder has a name that `blobPath` gives. */
export function isBlobName(name: string): boolean {
  return blobName.test(name);
}

/** Passwords of GRUB's users, its font and its picture. */
const grubBlobName = /^(?:users-[0-9a-f]{12}\.cfg|asset-[0-9a-f]{16}(?:\.[a-z0-9]{1,8})?)$/;

/** Whether a file of GRUB's folder has a name that only we give. */
export function isGrubBlobName(name: string): boolean {
  return grubBlobName.test(name);
}

const grubTreeName = /^grub-(?:nodev|[0-9a-f]{16}(?:-[0-9]+)?)$/;

/** Whether a folder of GRUB's has the name of an installation. */
export function isGrubTreeName(name: string): boolean {
  return grubTreeName.test(name);
}

const menuName = /^menu-[0-9a-f]{12}\.cfg$/;

/** Whether a file of GRUB's folder has a name that `menuPath` gives. */
export function isMenuName(name: string): boolean {
  return menuName.test(name);
}

/** Where the index of a GRUB menu is; named by its content. */
export function menuPath(layout: BootLayout, { sha256 }: Pick<FileDigest, 'sha256'>): string {
  return `${layout.grub.folder}/menu-${sha256.slice(0, 12)}.cfg`;
}

/** A blob's place; named by its content, so that entries share what is equal. */
export function blobPath(
  layout: BootLayout,
  role: Blob['role'],
  { sha256 }: Pick<FileDigest, 'sha256'>,
): string {
  return `${layout.blobFolder}/${role}-${sha256.slice(0, 32)}.${suffixes[role]}`;
}
