import { createHash } from 'node:crypto';
import { GenctlError } from '../../../errors.ts';
import { ifThere } from '../../../host/file-error.ts';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import { FieldError, JsonFields } from '../../../json-fields.ts';
import { newDraftName } from '../../../store/draft-names.ts';
import { removeStaleDrafts } from '../../../store/stale-drafts.ts';
import type { Store } from '../../../store/store.ts';
import { parseStorePath, type StorePath } from '../../../store/store-path.ts';
import { parseAccounts, renderAccounts } from '../account-database.ts';
import type { LockedAccounts } from '../lock/lock.ts';
import { recipe } from './build-script.ts';

const recordFolder = '/nix/var/genctl/trees';

/** What a tree was built from, besides packages. */
export interface TreeSettings {
  suite: string;
  architecture: string;
  kernelPackage: string;
  debconfSelections: string;
}

/** A tree that was built, and what of. */
export interface TreeRecord {
  tree: StorePath;
  kernel: StorePath;
  modules: StorePath;
  kernelRelease: string;
  /** SHA-256 of the files of its packages. */
  packages: ReadonlySet<string>;
  /** The names of its packages, and those they stand for. */
  names: ReadonlySet<string>;
  /** Those that the tree has. */
  accounts: LockedAccounts;
}

/**
 * Trees that were built and are in the store whole. It is a cache: what cannot be read is not
 * there, and what is lost is built again.
 */
export async function readTreeRecords(
  root: Root,
  store: Store,
  settings: TreeSettings,
): Promise<TreeRecord[]> {
  using folder = root.folderIfThere(recordFolder);
  if (folder === undefined) return [];
  const records: TreeRecord[] = [];
  for (const name of folder.names().filter(name => name.endsWith('.json'))) {
    const record = readRecord(folder, name);
    if (record === undefined || !(await hasAll(store, record))) {
      ifThere(() => folder.removeFile(name));
    } else if (name.startsWith(prefixOf(settings))) records.push(record);
  }
  return records;
}

/** Remembers a tree that is in the store. */
export function writeTreeRecord(root: Root, settings: TreeSettings, record: TreeRecord): void {
  using folder = root.folderOrMake(recordFolder);
  removeStaleDrafts(folder);
  const { passwd, group } = renderAccounts(record.accounts);
  const document = {
    version: 1,
    tree: record.tree,
    kernel: record.kernel,
    modules: record.modules,
    kernelRelease: record.kernelRelease,
    packages: [...record.packages].toSorted(),
    names: [...record.names].toSorted(),
    passwd,
    group,
  };
  const draft = newDraftName();
  folder.createFile(draft, Buffer.from(`${JSON.stringify(document)}\n`));
  folder.rename(draft, `${prefixOf(settings)}${hashOf(document.packages)}.json`);
  folder.sync();
}

function readRecord(folder: Folder, name: string): TreeRecord | undefined {
  try {
    const fields = new JsonFields(JSON.parse(folder.readFile(name).toString()));
    if (fields.number('version') !== 1) return undefined;
    return {
      tree: parseStorePath(fields.text('tree')),
      kernel: parseStorePath(fields.text('kernel')),
      modules: parseStorePath(fields.text('modules')),
      kernelRelease: fields.text('kernelRelease'),
      packages: new Set(fields.texts('packages')),
      names: new Set(fields.texts('names')),
      accounts: parseAccounts(fields.text('passwd'), fields.text('group')),
    };
  } catch (thrown) {
    const isExpected = [GenctlError, FieldError, SyntaxError].some(kind => thrown instanceof kind);
    if (!isExpected) throw thrown;
    return undefined;
  }
}

async function hasAll(store: Store, { tree, kernel, modules }: TreeRecord): Promise<boolean> {
  for (const path of [tree, kernel, modules]) if (!(await store.has(path))) return false;
  return true;
}

/** Names of records begin with the hash of what besides packages must be the same. */
function prefixOf({ suite, architecture, kernelPackage, debconfSelections }: TreeSettings): string {
  return `${hashOf([recipe, suite, architecture, kernelPackage, debconfSelections])}-`;
}

function hashOf(words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32);
}
