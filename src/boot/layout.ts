import type { Blob } from './menu.ts';

/** Where things are on a boot partition, without a leading slash. */
export interface BootLayout {
  /** The installation's UUID. */
  owner: string;
  /** Holds what entries refer to. One folder an installation, so that two can share an ESP. */
  blobFolder: string;
  entryFolder: string;
  ledgerFolder: string;
  loaderConf: string;
  /** Where the boot loader's own program goes. */
  loaderFolders: readonly string[];
  /** Starts the name of each entry of this installation. */
  entryPrefix: string;
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
    entryFolder: 'loader/entries',
    ledgerFolder: `loader/genctl/${short}`,
    loaderConf: 'loader/loader.conf',
    loaderFolders: ['EFI/systemd', 'EFI/BOOT'],
    entryPrefix: `genctl-${short}-`,
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

/** A blob's place; named by its content, so that entries share what is equal. */
export function blobPath(layout: BootLayout, blob: Blob): string {
  return `${layout.blobFolder}/${blob.role}-${blob.sha256.slice(0, 32)}.${suffixes[blob.role]}`;
}
