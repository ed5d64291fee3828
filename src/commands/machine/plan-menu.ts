import { blobSources, buildMenu, chooseGenerations } from '../../boot/build-menu.ts';
import type { EntryKey, Menu } from '../../boot/menu.ts';
import { planBoot } from '../../boot/plan-boot.ts';
import { readBlobs } from '../../boot/read-blobs.ts';
import { renderMenu } from '../../boot/systemd-boot/render-menu.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { holdsSystem, type Profile, systemProfile } from '../../generations/generation.ts';
import type { Root } from '../../host/root.ts';
import type { PlanParts } from '../../transaction/plan.ts';
import { findingsOf, type Machine } from './read-machine.ts';

export interface MenuPlan {
  parts: PlanParts;
  menu: Menu;
  /** Generations that are not in the menu because they cannot be read. */
  findings: readonly Finding[];
}

/**
 * Plans the boot partition for profiles as they will be. Reads the kernels and initrds that the
 * ledger does not know yet, to name them by their content.
 *
 * @param defaultKey the generation that boots when nobody picks one
 * @throws GenctlError NO_READABLE_GENERATION: better an old menu than an empty one
 */
export function planMenu(
  root: Root,
  machine: Machine,
  profiles: readonly Profile[],
  defaultKey: EntryKey | undefined,
): MenuPlan {
  const { settings, layout, partition, machineId, state } = machine;
  const findings = findingsOf(profiles);
  const generations = chooseGenerations({
    profiles,
    configurationLimit: settings.configurationLimit,
    always: [
      ...protectedKeys(machine, profiles),
      ...(defaultKey === undefined ? [] : [defaultKey]),
    ],
  });
  if (generations.length === 0 && findings.length > 0) {
    throw new GenctlError(
      'NO_READABLE_GENERATION',
      `no generation can be read, so the menu stays as it is; the first reason: ${findings[0]?.reason}`,
      { hint: 'Check the file system of /nix, or `genctl switch` to build a new generation.' },
    );
  }
  const menu = buildMenu({
    generations,
    digests: readBlobs(root, blobSources(generations), partition.ledger),
    default: defaultKey,
    settings: {
      timeout: settings.timeout,
      editor: settings.editor,
      consoleMode: settings.consoleMode,
    },
    sortKey: settings.sortKey,
    machineId,
  });
  const quarantined = profiles.flatMap(({ generations: all }) =>
    all.filter(({ system }) => 'finding' in system),
  );
  const wanted = renderMenu(menu, layout);
  const parts = planBoot({ wanted, partition, layout, owner: state.owner, quarantined });
  return { parts, menu, findings };
}

/**
 * The default stays what it is as long as that generation can boot; else it is the current one,
 * or the newest that can.
 */
export function defaultToKeep(
  { defaultKey }: Pick<Machine, 'defaultKey'>,
  profiles: readonly Profile[],
): EntryKey | undefined {
  const bootable = profiles.flatMap(({ name, currentNumber, generations }) =>
    generations
      .filter(({ system }) => 'bootspec' in system)
      .map(({ number }) => ({
        key: { profile: name, number },
        isCurrent: number === currentNumber,
      })),
  );
  const isDefault = ({ key }: { key: EntryKey }): boolean =>
    key.profile === defaultKey?.profile && key.number === defaultKey.number;
  if (bootable.some(isDefault)) return defaultKey;
  const own = bootable.filter(({ key }) => key.profile === systemProfile);
  return (own.find(({ isCurrent }) => isCurrent) ?? own.at(-1))?.key;
}

/** Generations that stay in the menu whatever its limit: the current and the booted ones. */
export function protectedKeys(
  { booted, active }: Pick<Machine, 'booted' | 'active'>,
  profiles: readonly Profile[],
): EntryKey[] {
  return profiles.flatMap(({ name, currentNumber, generations }) =>
    generations
      .filter(
        generation =>
          generation.number === currentNumber ||
          holdsSystem(generation, booted) ||
          holdsSystem(generation, active),
      )
      .map(({ number }) => ({ profile: name, number })),
  );
}
