import findSource from '../../../templates/grub/find-device.cfg.eta';
import { grubWord, template } from '../../template.ts';
import type { GrubDevice } from './grub-place.ts';

/** A file that GRUB reads, as it finds it: below the store, or below the boot partition's folder. */
export type GrubFile = { inStore: string } | { onBoot: string };

/** The variables that hold the devices of both, once they are found. */
const onBoot = template<{ path: string }>('"$genctl_device"<%= it.path %>', grubWord);
const inStore = template<{ path: string }>('"($genctl_store)"<%= it.path %>', grubWord);

const find = template<GrubDevice & { variable: string }>(findSource, grubWord);

/** The lines that set a variable to a device: `root`, `genctl_store`. */
export function findDevice(device: GrubDevice, variable: 'root' | 'genctl_store'): string {
  return find({ ...device, variable });
}

/**
 * A file as a word of GRUB's script.
 *
 * @param file below `/nix/store` by its logical path; on the boot partition without a slash before
 */
export function fileWord(file: GrubFile, boot: GrubDevice, store: GrubDevice | undefined): string {
  if ('onBoot' in file) return onBoot({ path: `${boot.path}/${file.onBoot}` });
  if (store === undefined) throw new Error(`GRUB cannot read ${file.inStore}`);
  return inStore({ path: store.path + file.inStore.slice('/nix/store'.length) });
}
