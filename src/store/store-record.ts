import { GenctlError, messageOf } from '../errors.ts';
import type { Root } from '../host/root.ts';
import { newDraftName } from './draft-names.ts';
import type { StoreKind } from './store.ts';

/** Genctl's own folder beside the store. */
export const stateFolder = '/nix/var/genctl';

const recordName = 'store.json';
const version = 1;

/** Who manages a root's store, as it was recorded; undefined where nothing was added yet. */
export function readStoreRecord(root: Root): StoreKind | undefined {
  const path = `${stateFolder}/${recordName}`;
  const text = root.readFileIfThere(path)?.toString('utf8');
  if (text === undefined) return undefined;
  const record = parseRecord(text, root.onHost(path));
  if (record.version !== version || (record.kind !== 'local' && record.kind !== 'nix')) {
    throw new GenctlError(
      'STORE_RECORD_NEWER',
      `cannot use the store of ${root.hostPath}: ${root.onHost(path)} has version ${String(record.version)} and kind ${String(record.kind)}, which this genctl does not know`,
      { hint: 'Use the genctl that wrote it, or a newer one.' },
    );
  }
  return record.kind;
}

/** Records who manages a root's store. A record that is there already stays as it is. */
export function writeStoreRecord(root: Root, kind: StoreKind): void {
  if (readStoreRecord(root) !== undefined) return;
  using folder = root.folderOrMake(stateFolder);
  const draft = newDraftName();
  folder.createFile(draft, Buffer.from(`${JSON.stringify({ version, kind })}\n`));
  folder.rename(draft, recordName);
  folder.sync();
}

function parseRecord(text: string, path: string): { version?: unknown; kind?: unknown } {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null) return record;
    throw new TypeError('it is no object');
  } catch (cause) {
    throw new GenctlError('STORE_RECORD_INVALID', `cannot read ${path}: ${messageOf(cause)}`, {
      cause,
      hint: 'It says who manages /nix/store. Restore it: {"version":1,"kind":"local"}, or "nix" where Nix is installed.',
    });
  }
}
