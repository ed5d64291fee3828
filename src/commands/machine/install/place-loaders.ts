import { openTargetsForChange } from '../../../boot/open-targets.ts';
import { binaryFolder } from '../../../boot/systemd-boot/loader-binary.ts';
import type { Root } from '../../../host/root.ts';
import { openStore } from '../../../store/open-store.ts';
import type { StorePath } from '../../../store/store-path.ts';
import { copyOf, folderOf } from '../../../store/tree.ts';
import { nothing } from '../../../transaction/plan.ts';
import { installSystemdBoot, withTargets } from '../install-systemd-boot.ts';
import type { MovedLoaders } from '../move-loaders.ts';
import type { Machine } from '../read-machine.ts';

/**
 * Puts systemd-boot in place where it is declared. GRUB comes along with its menu.
 *
 * @param usr where its program is looked for first, a logical path
 */
export function placeLoaders(root: Root, machine: Machine, usr: string | undefined): MovedLoaders {
  const uses = machine.targets.some(({ places }) =>
    places.some(({ loader }) => loader === 'systemd-boot'),
  );
  if (!uses) return { parts: nothing, machine, findings: [], setAside: [] };
  using open = openTargetsForChange(root, machine.settings.places);
  const installation = installSystemdBoot(root, machine, open, 'install', usr);
  return { ...installation, machine: withTargets(machine, installation.targets) };
}

/**
 * Adds the systemd-boot of another machine to a root's store: for a root that has none of its own.
 *
 * @returns what stands for the root's `/usr` then; undefined where that machine has none either
 */
export async function lendSystemdBoot(root: Root, lender: Root): Promise<StorePath | undefined> {
  using programs = lender.folderIfThere(`/usr/${binaryFolder}`);
  if (programs === undefined) return undefined;
  const names = programs.names().filter(name => /\.efi(?:\.signed)?$/.test(name));
  let tree = folderOf(names.map(name => [name, copyOf(programs, name)]));
  for (const name of binaryFolder.split('/').toReversed()) tree = folderOf([[name, tree]]);
  return await openStore(root, 'change').add('systemd-boot', tree);
}
