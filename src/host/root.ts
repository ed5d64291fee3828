import { isUtf8 } from 'node:buffer';
import { GenctlError } from '../errors.ts';
import { ifThere } from './file-error.ts';
import { type FileStat, Folder } from './folder.ts';

/** The kernel's own limit for links in one path (MAXSYMLINKS). */
const maxLinks = 40;

const absentPath = ['FILE_MISSING', 'NOT_A_FOLDER'];

/**
 * The machine that is worked on: `/`, or another root (an installation target, an image, a
 * sandbox) whose paths stay logical. Links are resolved as they would be if the root were `/`,
 * one component at a time, so none leads out of it.
 */
export class Root implements Disposable {
  /** The root's own path on the host, as mounts are listed by; `/` for the live machine. */
  readonly hostPath: string;
  readonly #top: Folder;

  constructor(hostPath: string) {
    this.#top = Folder.atHostPath(hostPath);
    this.hostPath = this.#top.realPath;
  }

  /** Whether this is the machine that is running. */
  get isLive(): boolean {
    return this.hostPath === '/';
  }

  /** Where a logical path is on the host: for messages, and for programs that we start. */
  onHost(logicalPath: string): string {
    return this.isLive ? logicalPath : this.hostPath + logicalPath;
  }

  /** Opens a folder by its logical path. */
  folder(logicalPath: string): Folder {
    const found = this.#walk(logicalPath);
    if (found.last === undefined) return found.folder;
    using parent = found.folder;
    return parent.open(found.last);
  }

  /** The folder at a logical path, or undefined where a part of the path is missing. */
  folderIfThere(logicalPath: string): Folder | undefined {
    return ifThere(() => this.folder(logicalPath), absentPath);
  }

  /** Opens a folder and makes what is missing of its path, each made name synced. */
  folderOrMake(logicalPath: string, mode = 0o755): Folder {
    const there = this.folderIfThere(logicalPath);
    if (there !== undefined) return there;
    const { parent, name } = split(logicalPath);
    using above = this.folderOrMake(parent, mode);
    return above.openOrMake(name, mode);
  }

  /**
   * The folder that holds what a logical path leads to, and its name there: links are followed
   * to the end. The last name may be missing.
   */
  locate(logicalPath: string): { folder: Folder; name: string } {
    const { folder, last } = this.#walk(logicalPath);
    if (last !== undefined) return { folder, name: last };
    return { folder, name: '.' };
  }

  /** What a logical path leads to, links followed; undefined where it leads nowhere. */
  stat(logicalPath: string): FileStat | undefined {
    return ifThere(() => {
      const { folder, name } = this.locate(logicalPath);
      using _ = folder;
      return name === '.' ? folder.statSelf() : folder.stat(name);
    }, absentPath);
  }

  /** The content of the file that a logical path leads to. */
  readFile(logicalPath: string, maxBytes?: number): Buffer {
    const { folder, name } = this.locate(logicalPath);
    using _ = folder;
    return folder.readFile(name, maxBytes);
  }

  readFileIfThere(logicalPath: string, maxBytes?: number): Buffer | undefined {
    return ifThere(() => this.readFile(logicalPath, maxBytes), absentPath);
  }

  /** The logical path without links: where a path leads, even where its end is missing. */
  realPath(logicalPath: string): string {
    const { folder, name } = this.locate(logicalPath);
    using _ = folder;
    const path = name === '.' ? folder.path : folder.join(name);
    return this.isLive ? path : path.slice(this.hostPath.length) || '/';
  }

  [Symbol.dispose](): void {
    this.#top[Symbol.dispose]();
  }

  /** Follows a path to its end: the folder of the last name, and that name unless it is a folder. */
  #walk(logicalPath: string): { folder: Folder; last: string | undefined } {
    if (!logicalPath.startsWith('/')) throw new Error(`not an absolute path: ${logicalPath}`);
    const stack = [this.#top.duplicate()];
    const todo = components(logicalPath);
    let links = 0;
    try {
      for (;;) {
        const name = todo.shift();
        const here = stack.at(-1) as Folder;
        if (name === undefined) return { folder: take(stack), last: undefined };
        if (name === '..') {
          if (stack.length > 1) stack.pop()?.[Symbol.dispose]();
          continue;
        }
        const kind = here.stat(name)?.kind;
        if (kind === 'link') {
          if (++links > maxLinks) {
            throw new GenctlError(
              'LINK_LOOP',
              `cannot follow ${this.onHost(logicalPath)}: it goes through more than ${maxLinks} links`,
            );
          }
          const target = readTextLink(here, name);
          if (target.startsWith('/')) {
            while (stack.length > 1) stack.pop()?.[Symbol.dispose]();
          }
          todo.unshift(...components(target));
        } else if (kind === 'folder') {
          stack.push(here.open(name));
        } else if (todo.length === 0) {
          return { folder: take(stack), last: name };
        } else {
          // Missing, or a file in the middle of the path: opening it names the reason.
          here.open(name)[Symbol.dispose]();
        }
      }
    } finally {
      for (const folder of stack) folder[Symbol.dispose]();
    }
  }
}

function take(stack: Folder[]): Folder {
  return stack.pop() as Folder;
}

/** @throws GenctlError PATH_NOT_TEXT: another file may have the name that the text would say */
function readTextLink(folder: Folder, name: string): string {
  const target = folder.readLinkRaw(name);
  if (isUtf8(target)) return target.toString();
  throw new GenctlError(
    'PATH_NOT_TEXT',
    `cannot follow ${folder.join(name)}: it leads to ${target.toString()}, which is no UTF-8`,
  );
}

function components(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.');
}

/** A logical path as the path of its folder and its last name. */
export function split(logicalPath: string): { parent: string; name: string } {
  const at = logicalPath.lastIndexOf('/');
  return { parent: logicalPath.slice(0, at) || '/', name: logicalPath.slice(at + 1) };
}
