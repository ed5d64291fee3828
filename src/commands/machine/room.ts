import { type BootTarget, mountPointOf, ownedFiles } from '../../boot/boot-target.ts';
import { eachMirror } from '../../boot/each-mirror.ts';
import type { BootLayout } from '../../boot/layout.ts';
import type { PartitionNeed } from '../../boot/plan-target.ts';
import { readForeignFiles } from '../../boot/read-foreign-files.ts';
import { fits, fullError } from '../../boot/space/space-need.ts';
import type { Finding } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { slotNames } from '../../transaction/ledger-slots.ts';
import type { Machine } from './read-machine.ts';

/** What shall be done on one target, and what room that takes. */
export interface RoomyPlan {
  target: BootTarget;
  needs: readonly PartitionNeed[];
}

/**
 * Plans each target. One that cannot be planned or has no room for its plan is set aside, and is
 * left as it is.
 *
 * @throws GenctlError LOADER_NOT_INSTALLED, ESP_FULL, … where that is so of all of them
 */
export function planEach<P extends RoomyPlan>(
  root: Root,
  { targets, layout }: Pick<Machine, 'targets' | 'layout'>,
  planOf: (target: BootTarget) => P,
): { plans: P[]; setAside: Finding[] } {
  const { done, setAside } = eachMirror(
    targets,
    target => root.onHost(mountPointOf(target)),
    target => {
      const plan = planOf(target);
      assertRoom(root, plan, layout);
      return plan;
    },
  );
  return { plans: done, setAside };
}

/** @throws GenctlError ESP_FULL */
function assertRoom(root: Root, { target, needs }: RoomyPlan, { ledgerFolder }: BootLayout): void {
  const need = needs.find(each => !fits(each));
  if (need === undefined) return;
  const { mountPoint } = need.partition;
  using top = root.folder(mountPoint);
  const ours = [
    ...ownedFiles(target).map(({ path }) => path),
    ...slotNames.map(name => `${ledgerFolder}/${name}`),
  ];
  const owned = new Set(ours.flatMap(path => [path, `${path}.part`]));
  throw fullError(need, root.onHost(mountPoint), readForeignFiles(top, owned));
}
