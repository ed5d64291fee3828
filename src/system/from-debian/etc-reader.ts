import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { etcPathProblem } from '../../activation/etc-tree.ts';
import { GenctlError } from '../../errors.ts';
import { type Root, split } from '../../host/root.ts';
import { firstHidden } from '../../printable.ts';
import type { EtcCopy } from './etc-copy.ts';

/** Larger ones are data, and no configuration that somebody wrote. */
const maxFileBytes = 4 << 20;

/** Why something of /etc is not copied. */
export type NotCopied = 'notCopied' | 'unreadable';

/** Reads what is in the /etc of a root, nothing followed out of it. */
export class EtcReader {
  readonly #root: Root;
  readonly #users: ReadonlyMap<number, string>;
  readonly #groups: ReadonlyMap<number, string>;

  constructor(root: Root) {
    this.#root = root;
    this.#users = namesByNumber(root, '/etc/passwd');
    this.#groups = namesByNumber(root, '/etc/group');
  }

  /**
   * What is at a path below /etc, as a declaration can hold it; undefined where nothing is there,
   * or a folder.
   */
  copy(path: string): EtcCopy | NotCopied | undefined {
    const { parent, name } = split(`/etc/${path}`);
    try {
      using folder = this.#root.folderIfThere(parent);
      const stat = folder?.stat(name);
      if (folder === undefined || stat === undefined || stat.kind === 'folder') return undefined;
      if (!isDeclarable(path)) return 'notCopied';
      if (stat.kind === 'link') {
        const target = folder.readLinkRaw(name);
        const isText = isUtf8(target) && firstHidden(target.toString()) === undefined;
        return isText ? { kind: 'link', path, target: target.toString() } : 'notCopied';
      }
      if (stat.kind !== 'file' || stat.sizeBytes > maxFileBytes) return 'notCopied';
      return {
        kind: 'file',
        path,
        content: folder.readFile(name, maxFileBytes),
        mode: stat.mode,
        user: this.#users.get(stat.uid) ?? String(stat.uid),
        group: this.#groups.get(stat.gid) ?? String(stat.gid),
      };
    } catch (thrown) {
      if (thrown instanceof GenctlError && thrown.code === 'NOT_ALLOWED') return 'unreadable';
      throw thrown;
    }
  }
}

/** The hash by which dpkg and ucf know the content of a file that they have brought. */
export function md5Of(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}

/** Whether a declaration can hold a file of that path, and name it in `[etc "PATH"]`. */
function isDeclarable(path: string): boolean {
  return etcPathProblem(path) === undefined && firstHidden(path) === undefined;
}

function namesByNumber(root: Root, path: string): ReadonlyMap<number, string> {
  const lines = (root.readFileIfThere(path)?.toString('utf8') ?? '').split('\n').toReversed();
  return new Map(
    lines.flatMap(line => {
      const [name = '', , number = ''] = line.split(':');
      return name !== '' && /^\d+$/.test(number) ? [[Number(number), name] as const] : [];
    }),
  );
}
