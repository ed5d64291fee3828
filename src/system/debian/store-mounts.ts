import type { GeneratedText } from '../wanted-etc.ts';

/** Mounts of stage 2 that systemd would undo at shutdown, while programs run from them. */
const mounts = ['nix-store', 'usr-lib-modules'];

/**
 * Drop-ins by which systemd leaves stage 2's mounts alone until its very end, where it unmounts
 * everything; /usr is by itself among those (systemd calls it extrinsic). Pure.
 */
export function storeMounts(): GeneratedText[] {
  return mounts.map(mount => ({
    path: `systemd/system/${mount}.mount.d/genctl.conf`,
    text: '[Unit]\nDefaultDependencies=no\n',
    mode: 0o644,
  }));
}
