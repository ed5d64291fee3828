import type { Folder } from '../../host/folder.ts';
import { openBelow } from '../read-boot-partition.ts';
import { parseBootEntry } from './boot-entry.ts';
import type { Sortable } from './entry-order.ts';
import { parseLoaderConf } from './loader-conf.ts';

/** An entry as it stands on a boot partition, ours or anybody's. */
export interface MenuLine extends Sortable {
  title: string;
  linux: string;
  options: string;
  /** Whether `loader.conf` names it; its pattern is matched as systemd-boot does it. */
  isDefault: boolean;
}

/** Much more than any entry has. */
const maxEntryBytes = 1 << 20;

/** The entries of a boot partition, in no particular order. Files that boot nothing are left out. */
export function readMenuLines(top: Folder, entryFolder: string, loaderConf: string): MenuLine[] {
  using folder = openBelow(top, entryFolder);
  using loader = openBelow(top, 'loader');
  const conf = loader?.readFileIfThere(loaderConf.slice('loader/'.length), 1 << 16);
  const pattern = parseLoaderConf(conf?.toString('latin1') ?? '').get('default');
  const names = folder?.names().filter(name => name.endsWith('.conf')) ?? [];
  return names.flatMap(id => {
    const stat = folder?.stat(id);
    if (stat?.kind !== 'file' || stat.sizeBytes > maxEntryBytes) return [];
    const entry = parseBootEntry(folder?.readFile(id).toString('utf8') ?? '');
    if (entry === undefined) return [];
    const { title, sortKey, machineId, version, linux, options } = entry;
    const isDefault = pattern !== undefined && matches(pattern, id);
    return [{ id, title, sortKey, machineId, version, linux, options, isDefault }];
  });
}

/** Patterns of `loader.conf` are globs, without regard to case. */
function matches(pattern: string, id: string): boolean {
  const source = pattern.replace(/[.+^${}()|\\[\]/]/g, '\\$&').replace(/[*?]/g, token => {
    return token === '*' ? '.*' : '.';
  });
  return new RegExp(`^${source}$`, 'i').test(id);
}
