import { formatBytes } from '../../bytes.ts';
import type { Root } from '../../host/root.ts';
import { writeNotice } from '../../host/terminal.ts';
import { reportFinding } from '../../output/report-error.ts';
import { openStore } from '../../store/open-store.ts';
import { readSystems } from './read-machine.ts';
import { aliveRoots } from './store-roots.ts';

/**
 * Deletes what nothing needs now, whatever was planned before, and tells what the disk got back: a
 * plan can only add up the content of paths, whose files others may share.
 */
export async function collectGarbage(root: Root, maxFreedBytes: number | undefined): Promise<void> {
  const { roots, unclear } = aliveRoots(root, readSystems(root), []);
  for (const finding of unclear) reportFinding(finding);
  if (unclear.length > 0) return;
  const store = openStore(root, 'change');
  const collected = await store.collect(
    roots.map(({ storePath }) => storePath),
    { maxFreedBytes },
  );
  for (const finding of collected.findings) reportFinding(finding);
  writeNotice(
    `${collected.deletedPaths} store path${collected.deletedPaths === 1 ? '' : 's'} deleted, ${formatBytes(collected.freedBytes)} freed on the disk\n`,
  );
}
