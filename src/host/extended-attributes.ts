import { GenctlError } from '../errors.ts';
import { run } from './run.ts';

/** Extended attributes of one file by their names, such as `security.capability` (xattr(7)). */
export type Attributes = ReadonlyMap<string, Buffer>;

/** All that a tree's attributes are printed in; a tree of 10,000 files with ten has 2 kB. */
const maxDumpBytes = 256 << 20;

/**
 * The extended attributes of all files and folders of a tree that have any, links not followed, by
 * their paths from its top, which itself is the empty path. One run of getfattr(1), as Node has no
 * call for them.
 *
 * @param hostPath of the tree, without a link on the way (`Folder.realPath`)
 * @throws GenctlError PROGRAM_MISSING, PROGRAM_FAILED
 */
export async function readAttributes(hostPath: string): Promise<Map<string, Attributes>> {
  const args = ['--dump', '--recursive', '--physical', '--no-dereference', '--absolute-names'];
  const { stdout } = await run(
    'getfattr',
    [...args, '--match=-', '--encoding=hex', '--', hostPath],
    { maxOutputBytes: maxDumpBytes },
  );
  return parseDump(stdout, hostPath);
}

/**
 * Sets extended attributes of files and folders below a folder, links not followed: one run of
 * setfattr(1), or none where there is nothing to set.
 *
 * @throws GenctlError PROGRAM_MISSING, PROGRAM_FAILED
 */
export async function writeAttributes(
  hostPath: string,
  attributes: ReadonlyMap<string, Attributes>,
): Promise<void> {
  if (attributes.size === 0) return;
  await run('setfattr', ['--no-dereference', '--restore=-'], {
    input: renderDump(hostPath, attributes),
  });
}

/**
 * Takes extended attributes away from a file or folder, links not followed.
 *
 * @throws GenctlError PROGRAM_MISSING, PROGRAM_FAILED
 */
export async function removeAttribute(hostPath: string, name: string): Promise<void> {
  await run('setfattr', ['--no-dereference', `--remove=${name}`, '--', hostPath]);
}

/**
 * Reads what `getfattr --dump --encoding=hex` prints: for each file a line `# file: PATH`, lines
 * `NAME=0xHEX`, and an empty one.
 */
export function parseDump(text: string, hostPath: string): Map<string, Attributes> {
  const found = new Map<string, Attributes>();
  let attributes = new Map<string, Buffer>();
  for (const line of text.split('\n')) {
    const [, path] = /^# file: (.*)$/.exec(line) ?? [];
    const [, name, value] = /^([^=]+)=0x([0-9a-f]*)$/.exec(line) ?? [];
    if (path !== undefined) {
      attributes = new Map();
      found.set(pathBelow(hostPath, unquoted(path)), attributes);
    } else if (name !== undefined && value !== undefined) {
      attributes.set(unquoted(name), Buffer.from(value, 'hex'));
    } else if (line !== '') {
      throw new GenctlError(
        'PROGRAM_FAILED',
        `getfattr: it printed what is not known: ${JSON.stringify(line)}`,
      );
    }
  }
  return found;
}

/** The same for `setfattr --restore`. */
export function renderDump(hostPath: string, attributes: ReadonlyMap<string, Attributes>): string {
  let text = '';
  for (const [path, ofPath] of attributes) {
    text += `# file: ${quoted(path === '' ? hostPath : `${hostPath}/${path}`)}\n`;
    for (const [name, value] of ofPath) text += `${quoted(name)}=0x${value.toString('hex')}\n`;
    text += '\n';
  }
  return text;
}

function pathBelow(hostPath: string, path: string): string {
  return path.slice(hostPath.length + 1);
}

/** Both programs write a byte that their format has a meaning for as a backslash and its octal. */
function quoted(text: string): string {
  return text.replaceAll(
    /[\\\n\r=]/g,
    character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function unquoted(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
