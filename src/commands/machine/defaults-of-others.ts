import { type BootTarget, ownedFiles } from '../../boot/boot-target.ts';
import type { BootLayout } from '../../boot/layout.ts';
import type { EntryKey } from '../../boot/menu.ts';
import type { OpenTargets } from '../../boot/open-targets.ts';
import { parseLoaderConf } from '../../boot/systemd-boot/loader-conf.ts';
import { matchesGlob, readMenuLines } from '../../boot/systemd-boot/read-menu.ts';
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
  return targets.flatMap(target => {
    const said = parseLoaderConf(target.esp.loaderConf ?? '').get('default');
    const patterns = [said, overriding].filter(
      pattern => pattern !== undefined && !isOurs(pattern, target, layout),
    );
    if (patterns.length === 0) return [];
    const { esp, boot } = target;
    const tops = { esp: open.top(esp.volume), boot: open.top(boot.volume) };
    const lines = readMenuLines(tops, layout);
    return patterns
      .map(pattern => lines.find(({ id }) => pattern !== undefined && matchesGlob(pattern, id)))
      .flatMap(line => systemsOf(line?.options ?? ''))
      .flatMap(system => generations.filter(generation => holdsSystem(generation, system)))
      .map(({ profile, number }) => ({ profile, number }));
  });
}

function isOurs(id: string, target: BootTarget, { entryFolder }: BootLayout): boolean {
  return ownedFiles(target).some(({ path }) => path === `${entryFolder}/${id}`);
}

/** The kernel takes the last `init=`, but too many systems are better than too few. */
function systemsOf(options: string): string[] {
  const inits = options.matchAll(/(?<![^\s"])init=([^\s"]+)\/init(?![^\s"])/g);
  return Array.from(inits, ([, system]) => system ?? '');
}
