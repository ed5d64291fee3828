import source from '../../templates/activate.sh.eta';
import { shellWord, template } from '../template.ts';
import { manifestHeader } from './etc-manifest.ts';
import { type EtcEntry, etcTree } from './etc-tree.ts';
import { interpreterLine } from './interpreter-line.ts';

export interface ActivateOptions {
  /** What `etcManifest` was given. */
  entries: readonly EtcEntry[];
  /** What `etcManifest` was given: /etc/static will point there. */
  etcPath: string;
  /** Where the text of `etcManifest` is: its own path, no link on the way. */
  manifestPath: string;
  /** What /run/current-system will point to. */
  systemPath: string;
  /** The interpreter: dash, busybox ash or another POSIX shell; /bin/sh unless told. */
  shell?: string | undefined;
  /** PATH for coreutils or busybox; the caller's unless told. */
  toolPath?: string | undefined;
}

interface ActivateData {
  shell: string;
  toolPath: string | undefined;
  systemPath: string;
  etcPath: string;
  manifestPath: string;
  header: string;
  folders: readonly (readonly string[])[];
  links: readonly (readonly string[])[];
  copies: readonly { mode: string; uid: number; gid: number; path: string }[];
}

/** Below what every Linux takes as the arguments of one program (128 KiB), with much to spare. */
const maxChunkBytes = 60_000;

const render = template<ActivateData>(source, shellWord);

/**
 * The `activate` script of a system: POSIX shell that applies its /etc, or lists what that would
 * do. It holds the wanted names itself, so that an unchanged machine costs it one `readlink`.
 *
 * @throws GenctlError ETC_BAD_ENTRY, ETC_BAD_PATH, UNSAFE_TEXT
 */
export function renderActivate(options: ActivateOptions): string {
  const tree = etcTree(options.entries);
  return render({
    shell: interpreterLine(options.shell ?? '/bin/sh'),
    toolPath: options.toolPath,
    systemPath: options.systemPath,
    etcPath: options.etcPath,
    manifestPath: options.manifestPath,
    header: manifestHeader(tree, options.etcPath),
    folders: chunks(tree.folders),
    // One at least: /etc/static itself is looked at with the first.
    links: tree.links.length === 0 ? [[]] : chunks(tree.links),
    copies: tree.copies.map(({ mode, uid, gid, path }) => ({
      mode: mode.toString(8).padStart(4, '0'),
      uid,
      gid,
      path,
    })),
  });
}

function chunks(paths: readonly string[]): string[][] {
  const result: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const path of paths) {
    const size = Buffer.byteLength(path) + '/etc/static/'.length + 1;
    if (bytes + size > maxChunkBytes) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(path);
    bytes += size;
  }
  return result;
}
