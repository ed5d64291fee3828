import {
  type BootTarget,
  type LoaderPlace,
  ownedFiles,
  sectorPartition,
} from '../../boot/boot-target.ts';
import type { BootLayout } from '../../boot/layout.ts';
import { defaultIdAt, entryIdAt, namesEntry, readLinesOf } from '../../boot/loaders.ts';
import type { EntryKey } from '../../boot/menu.ts';
import type { OpenTargets } from '../../boot/open-targets.ts';
import { holdsSystem, type Profile } from '../../generations/generation.ts';

/**
 * Generations that the machine boots by itself through entries which are not ours: NixOS's, or
 * ours from before the state was lost. Entries are read only where a default is none of our own.
 *
 * @param overriding what the EFI variable names that overrides every `loader.conf`
 */
export function defaultsOfOthers(
  open: OpenTargets,
  targets: readonly BootTarget[],
  layout: BootLayout,
  profiles: readonly Profile[],
  overriding: string | undefined,
): EntryKey[] {
  const generations = profiles.flatMap(profile => profile.generations);
  return targets.flatMap(target =>
    target.places.flatMap(place => {
      const said = defaultIdAt(place, layout);
      const variable = place.loader === 'systemd-boot' ? overriding : undefined;
      const patterns = [said, variable].flatMap(pattern =>
        pattern === undefined || isOurs(pattern, place, target, layout) ? [] : [pattern],
      );
      if (patterns.length === 0) return [];
      const sector = open.top(sectorPartition(place).volume);
      const tops = { sector, boot: open.top(place.boot.volume) };
      const lines = readLinesOf(place.loader, tops, layout);
      return patterns
        .map(pattern => lines.find(({ id }) => namesEntry(place, pattern, id)))
        .flatMap(line => systemsOf(line?.options ?? ''))
        .flatMap(system => generations.filter(generation => holdsSystem(generation, system)))
        .map(({ profile, number }) => ({ profile, number }));
    }),
  );
}

function isOurs(id: string, place: LoaderPlace, target: BootTarget, layout: BootLayout): boolean {
  return ownedFiles(target).some(({ path }) => entryIdAt(place, path, layout) === id);
}

/** The kernel takes the last `init=`, but too many systems are better than too few. */
function systemsOf(options: string): string[] {
  const inits = options.matchAll(/(?<![^\s"])init=([^\s"]+)\/init(?![^\s"])/g);
  return Array.from(inits, ([, system]) => system ?? '');
}
