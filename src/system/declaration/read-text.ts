import { GenctlError, messageOf } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { UnreadFile } from './unread-file.ts';

/** More than any menu needs, and little enough to be recorded with the settings. */
const mostBytes = 1 << 16;

/** Reads a file whose text is the value of an option, at a logical path. */
export function readText(root: Root, path: string): string | UnreadFile {
  const file = root.onHost(path);
  try {
    const stat = root.stat(path);
    if (stat === undefined) {
      return new UnreadFile(
        'DECLARATION_FILE_MISSING',
        `there is no file ${file}`,
        'Correct the path, which is relative to the file that names it, or remove the line.',
      );
    }
    // Reading a device or a pipe might never end.
    if (stat.kind !== 'file') return unreadable(`${file} is not a file`);
    const text = utf8(root.readFile(path, mostBytes));
    if (text !== undefined && !text.includes('\0')) return text;
    return unreadable(`${file} is no text in UTF-8`, 'Save it as one.');
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return unreadable(messageOf(thrown), thrown.hint);
  }
}

/** Undefined where the bytes are none. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(reason: string, hint?: string): UnreadFile {
  return new UnreadFile('DECLARATION_FILE_UNREADABLE', reason, hint);
}
