// The boot entries of an ESP as systemd's own bootctl reads them.
import { fileURLToPath } from 'node:url';
import { runTool } from './run-tool.ts';

export interface ListedEntry {
  /** The file's name. */
  readonly id: string;
  readonly title: string;
  readonly version?: string;
  readonly sortKey?: string;
  readonly options?: string;
  /** From the partition's root. */
  readonly linux?: string;
  readonly initrd?: readonly string[];
}

const script = fileURLToPath(new URL('bootctl-list.sh', import.meta.url));

/** In bootctl's own order, which is the menu's. `folder` holds a copy of the ESP's content. */
export async function bootctlList(folder: string): Promise<readonly ListedEntry[]> {
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const output = await runTool('unshare', ['--mount', ...user, 'sh', script, folder]);
  // systemd 252 writes an object a line; later ones write an array.
  const entries = output
    .split('\n')
    .filter(Boolean)
    .flatMap(line => JSON.parse(line));
  return entries.filter(entry => entry.type !== 'auto' && !entry.id.startsWith('auto-'));
}
