import { Root, split } from '../../../host/root.ts';
import { run } from '../../../host/run.ts';
import type { Renumbering } from './tree-accounts.ts';

/**
 * Gives files of a tree to the numbers that their owners have for good. Capabilities, which a
 * change of the owner takes away, are put back.
 *
 * @param treePath on the host
 * @param isOwn whether a file, by its path from the top, belongs to this tree alone
 */
export async function giveNumbers(
  treePath: string,
  { users, groups }: Pick<Renumbering, 'users' | 'groups'>,
  isOwn: (path: string) => boolean,
): Promise<void> {
  const tests = [
    ...[...users.keys()].flatMap(uid => ['-o', '-uid', `${uid}`]),
    ...[...groups.keys()].flatMap(gid => ['-o', '-gid', `${gid}`]),
  ].slice(1);
  if (tests.length === 0) return;
  const found = await run('find', [treePath, '(', ...tests, ')', '-printf', '%y %U %G %m %P\\0']);
  const files = found.stdout.split('\0').slice(0, -1).map(parseFound);
  const regular = files.filter(({ kind }) => kind === 'f').map(({ path }) => path);
  const capabilities = await readCapabilities(treePath, regular);
  using tree = new Root(treePath);
  for (const { kind, uid, gid, mode, path } of files) {
    if (!isOwn(path)) throw new Error(`${path} is the base's, and has a number of its own`);
    const { parent, name } = split(`/${path}`);
    using folder = tree.folder(parent);
    folder.setOwner(name, users.get(uid) ?? uid, groups.get(gid) ?? gid);
    // The kernel drops setuid and setgid with the owner.
    if (kind !== 'l') folder.setMode(name, mode);
  }
  if (capabilities !== '') {
    await run('setfattr', ['--restore=-'], { input: capabilities });
  }
}

interface Found {
  /** find(1)'s letter: `f`, `d`, `l`. */
  kind: string;
  uid: number;
  gid: number;
  mode: number;
  /** From the top of the tree. */
  path: string;
}

function parseFound(record: string): Found {
  const [, kind = '', uid, gid, mode = '', path = ''] =
    /^(.) (\d+) (\d+) ([0-7]+) (.*)$/s.exec(record) ?? [];
  return { kind, uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode, 8), path };
}

/** As `setfattr --restore` takes them; empty where no file has any. */
async function readCapabilities(treePath: string, paths: readonly string[]): Promise<string> {
  if (paths.length === 0) return '';
  const files = paths.map(path => `${treePath}/${path}`);
  const words = ['--absolute-names', '--no-dereference', '--encoding=hex', '--dump'];
  const match = '--match=^security\\.capability$';
  return (await run('getfattr', [...words, match, '--', ...files])).stdout;
}
