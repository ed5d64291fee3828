import { openTargetsForChange } from '../../boot/open-targets.ts';
import type { Finding } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { nothing, type PlanParts } from '../../transaction/plan.ts';
import { recordedSettings } from './boot-settings.ts';
import { installSystemdBoot, lacksSystemdBoot, withTargets } from './install-systemd-boot.ts';
import type { Machine } from './read-machine.ts';

/** A machine whose declared loaders are in place, and what it takes to put them there. */
export interface MovedLoaders {
  parts: PlanParts;
  /** As it will be then. */
  machine: Machine;
  findings: readonly Finding[];
  setAside: readonly Finding[];
}

/**
 * Puts systemd-boot in place where it follows another loader that genctl has installed. On a machine
 * where it is the first one, a verb of its own does that. GRUB comes along with its menu.
 */
export function moveLoaders(root: Root, machine: Machine): MovedLoaders {
  const before = recordedSettings(machine.state)?.places.flatMap(({ loaders }) => loaders) ?? [];
  const isMove = before.length > 0 && before.every(({ loader }) => loader !== 'systemd-boot');
  if (!isMove || !machine.targets.some(target => lacksSystemdBoot(target, machine))) {
    return { parts: nothing, machine, findings: [], setAside: [] };
  }
  using open = openTargetsForChange(root, machine.settings.places);
  const installation = installSystemdBoot(root, machine, open, 'install');
  return { ...installation, machine: withTargets(machine, installation.targets) };
}
