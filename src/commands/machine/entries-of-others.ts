import { foldCase } from '../../boot/adoption/fold-case.ts';
import { readEntries } from '../../boot/adoption/read-entries.ts';
import { ownedFiles, partitionsOf } from '../../boot/boot-target.ts';
import type { OpenTargets } from '../../boot/open-targets.ts';
import type { Finding } from '../../errors.ts';
import { holdsSystem } from '../../generations/generation.ts';
import type { Root } from '../../host/root.ts';
import type { Machine } from './read-machine.ts';

/** Entries that boot our generations although they are not ours: nobody brings them up to date. */
export function entriesOfOthers(
  root: Root,
  { targets, layout, profiles }: Machine,
  open: OpenTargets,
): Finding[] {
  const generations = profiles.flatMap(profile => profile.generations);
  return targets.flatMap(target => {
    const ours = new Set(ownedFiles(target).map(({ path }) => foldCase(path)));
    return partitionsOf(target).flatMap(({ volume, mountPoint }) => {
      const count = readEntries(
        open.top(volume),
        layout.systemdBoot.entryFolder,
        ours,
      ).entries.filter(({ recognised }) =>
        generations.some(generation => holdsSystem(generation, recognised.toplevel)),
      ).length;
      if (count === 0) return [];
      return [
        {
          code: 'ENTRIES_OF_OTHERS',
          subject: root.onHost(mountPoint),
          reason: `${count === 1 ? 'an entry' : `${count} entries`} of NixOS or of another genctl installation ${count === 1 ? 'boots a generation' : 'boot generations'} of this machine`,
          hint: 'Take them over: genctl menu adopt (with --dry-run to see which).',
        },
      ];
    });
  });
}
