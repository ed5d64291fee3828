import type { PlanParts } from '../transaction/plan.ts';
import { parseLedger } from './ledger.ts';
import { needOf } from './plan-target.ts';
import type { BootPartition } from './read-boot-partition.ts';

/**
 * A partition as it will be read once some steps are done, to plan what comes behind them. Of its
 * room their peak is taken away, which is never less than what they leave behind. Pure.
 */
export function partitionAfter(partition: BootPartition, parts: PlanParts): BootPartition {
  const sizes = new Map(partition.sizes);
  const folders = new Map(partition.folders);
  const sectors = new Map(partition.sectors);
  let { ledger, ledgerBody } = partition;
  for (const step of [...parts.prepare, ...parts.commit, ...parts.cleanup]) {
    if (!('volume' in step) || step.volume !== partition.volume) continue;
    switch (step.kind) {
      case 'make-folder':
        folders.set(step.path, { sizeBytes: 0 });
        break;
      case 'create-file':
      case 'exchange-file':
        sizes.set(step.path, step.sizeBytes);
        break;
      case 'remove-file':
        sizes.delete(step.path);
        break;
      case 'overwrite-sector':
      case 'take-over-sector':
        sizes.set(step.path, Buffer.byteLength(step.after));
        sectors.set(step.path, step.after);
        break;
      case 'write-ledger':
        ledgerBody = step.after;
        ledger = parseLedger(step.after);
        break;
      default:
        break;
    }
  }
  const freeBytes = Math.max(0, partition.space.freeBytes - needOf(partition, parts).neededBytes);
  const space = { ...partition.space, freeBytes };
  return { ...partition, space, sizes, folders, sectors, ledger, ledgerBody };
}
