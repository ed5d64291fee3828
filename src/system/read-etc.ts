import { GenctlError } from '../errors.ts';
import type { FileStat, Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import type { Configuration } from './declaration/declaration.ts';

/** One file or link of the declaration's `etc/`. */
export interface EtcFile {
  /** Below `etc/`, without a leading slash. */
  path: string;
  /** Undefined where a link into the store serves; else it is copied with these. */
  ownership: { mode: number; uid: number; gid: number } | undefined;
}

/** Modes that a link into the store stands for: everybody may read, only the owner write. */
const linkable = new Set([0o444, 0o555, 0o644, 0o755, 0o664, 0o775]);

/**
 * Lists the declaration's `etc/` tree with owners and modes. A file that not everybody may read
 * is copied with its mode; an `[etc "PATH"]` section says it explicitly.
 *
 * @throws GenctlError ETC_FILE_MISSING, ETC_UNKNOWN_ACCOUNT, ETC_UNSUPPORTED
 */
export function readEtc(
  root: Root,
  folder: Folder | undefined,
  configuration: Configuration,
): EtcFile[] {
  const files = folder === undefined ? [] : [...walk(folder, '')];
  const wishes = new Map(Object.entries(configuration.etc));
  const accounts = new Accounts(root);
  const result = files.map(({ path, stat }): EtcFile => {
    const wish = wishes.get(path);
    wishes.delete(path);
    const mode = wish?.mode ?? stat.mode & 0o777;
    const isPlain = stat.kind === 'link' || (wish === undefined && linkable.has(mode));
    if (isPlain && wish !== undefined) {
      throw new GenctlError('ETC_UNSUPPORTED', `[etc "${path}"]: a link has no owner and no mode`);
    }
    if (isPlain) return { path, ownership: undefined };
    const uid = accounts.uid(wish?.user ?? 0, path);
    const gid = accounts.gid(wish?.group ?? 0, path);
    return { path, ownership: { mode, uid, gid } };
  });
  const [unused] = wishes.keys();
  if (unused !== undefined) {
    throw new GenctlError('ETC_FILE_MISSING', `[etc "${unused}"]: etc/ holds no such file`, {
      hint: `Put the file at etc/${unused} beside system.conf, or remove the section.`,
    });
  }
  return result;
}

function* walk(
  folder: Folder,
  prefix: string,
): Generator<{ path: string; stat: FileStat }, void, undefined> {
  for (const name of folder.names()) {
    const stat = folder.stat(name);
    const path = `${prefix}${name}`;
    if (stat?.kind === 'folder') {
      using inner = folder.open(name);
      yield* walk(inner, `${path}/`);
    } else if (stat?.kind === 'file' || stat?.kind === 'link') {
      yield { path, stat };
    } else {
      throw new GenctlError(
        'ETC_UNSUPPORTED',
        `${folder.join(name)}: only files, folders and links can be declared`,
      );
    }
  }
}

/** Users and groups of the machine that the system is for. Unknown ones are errors, never root. */
class Accounts {
  readonly #root: Root;

  constructor(root: Root) {
    this.#root = root;
  }

  uid(user: string | number, path: string): number {
    return this.#look('/etc/passwd', 'user', user, path);
  }

  gid(group: string | number, path: string): number {
    return this.#look('/etc/group', 'group', group, path);
  }

  #look(file: string, kind: string, account: string | number, path: string): number {
    if (typeof account === 'number') return account;
    if (account === 'root') return 0;
    const text = this.#root.readFileIfThere(file)?.toString('utf8') ?? '';
    const line = text.split('\n').find(candidate => candidate.startsWith(`${account}:`));
    const number = Number(line?.split(':')[2]);
    if (line !== undefined && Number.isInteger(number)) return number;
    throw new GenctlError('ETC_UNKNOWN_ACCOUNT', `[etc "${path}"]: unknown ${kind} ${account}`, {
      hint: `Create the ${kind} first, or give its number.`,
    });
  }
}
