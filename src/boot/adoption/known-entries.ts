import type { Profile } from '../../generations/generation.ts';
import { ifThere } from '../../host/file-error.ts';
import type { Folder } from '../../host/folder.ts';
import { split } from '../../host/root.ts';
import type { LedgerFile } from '../ledger.ts';
import { type BootPartition, openBelow } from '../read-boot-partition.ts';
import { keyOf } from './adopted-ledger.ts';
import { recogniseEntry } from './recognise-entry.ts';

/** Much more than any entry has. */
const maxEntryBytes = 1 << 16;

/**
 * The partition with what its entries say of themselves, where the ledger does not: after it was
 * lost, only names were left. What an entry boots and needs is in its text.
 */
export function withKnownEntries(
  partition: BootPartition,
  top: Folder,
  profiles: readonly Profile[],
): BootPartition {
  const { ledger } = partition;
  const isSilent = ({ kind, key, uses }: LedgerFile): boolean =>
    kind === 'entry' && (key === undefined || uses === undefined);
  if (ledger?.files.some(isSilent) !== true) return partition;
  const files = ledger.files.map(file => (isSilent(file) ? known(file, top, profiles) : file));
  return { ...partition, ledger: { ...ledger, files } };
}

function known(file: LedgerFile, top: Folder, profiles: readonly Profile[]): LedgerFile {
  const { parent, name } = split(`/${file.path}`);
  using folder = openBelow(top, parent.slice(1));
  const content = ifThere(() => folder?.readFileIfThere(name, maxEntryBytes), ['FILE_FAILED']);
  const said = content === undefined ? undefined : recogniseEntry(name, content);
  if (said === undefined || !('entry' in said)) return file;
  const key = file.key ?? keyOf(said.entry, profiles);
  return { ...file, ...(key !== undefined && { key }), uses: file.uses ?? said.entry.uses };
}
