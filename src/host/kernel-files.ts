import * as fs from 'node:fs';
import { byBytes } from './folder.ts';

const { O_NONBLOCK, O_RDONLY } = fs.constants;

/** Tables of the kernel in /proc grow with the machine; an attribute in /sys is a page at most. */
const procBytes = 4 << 20;
const otherBytes = 1 << 20;

/** At a time: for /proc/sys the kernel takes as much memory itself, and refuses to take megabytes. */
const pieceBytes = 1 << 16;

/**
 * What the kernel and Node say where there is nothing to read: no such file, a folder, a device
 * that has gone, an attribute that this device does not have.
 */
const absent: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ENODEV',
  'ENXIO',
  'ESRCH',
  'EINVAL',
  'ELOOP',
  'ENAMETOOLONG',
  'ENODATA',
  'EOPNOTSUPP',
  'ENOTSUP',
  'ERR_INVALID_ARG_VALUE',
]);

/**
 * The files in which the kernel and udev show a machine (/sys, /proc, /run), by their paths. Links
 * are followed: they are the kernel's own. No look-up throws for what is on the machine: what is
 * missing gives nothing, what is there and cannot be read is noted besides.
 */
export class KernelFiles {
  readonly #prefix: string;
  /** The folder of the prefix without links, with a slash at its end; undefined: not looked up. */
  #within: string | undefined;
  /** All reads go through one piece of memory, which the system fills in as far as it is used. */
  #buffer: Buffer | undefined;
  readonly #unreadable = new Set<string>();
  /** Folders of /sys by their paths with links. */
  readonly #sysFolders = new Map<string, string | undefined>([['/sys', '/sys']]);

  /** @param prefix a folder that holds another machine's files; nothing leads out of it */
  constructor(prefix = '') {
    this.#prefix = prefix.replace(/\/+$/, '');
  }

  /** What is there and could not be read, in byte order. */
  get unreadable(): readonly string[] {
    return [...this.#unreadable].toSorted(byBytes);
  }

  /** Names in a folder, in byte order; none where there is no such folder. */
  names(path: string): readonly string[] {
    const names = this.#attempt(path, () => {
      const place = this.#locate(path);
      return place === undefined ? undefined : fs.readdirSync(place);
    });
    return names?.toSorted(byBytes) ?? [];
  }

  /** A file as text; bytes that are no UTF-8 come as U+FFFD. */
  text(path: string): string | undefined {
    return this.#read(path)?.toString('utf8');
  }

  bytes(path: string): Uint8Array | undefined {
    const read = this.#read(path);
    return read === undefined ? undefined : Uint8Array.from(read);
  }

  /** Where a path leads, without any link in it, and without the prefix. */
  realPath(path: string): string | undefined {
    if (this.#prefix === '' && path.startsWith('/sys/') && !/\/\.{0,2}(?:\/|$)/.test(path)) {
      return this.#attempt(path, () => this.#realSysPath(path));
    }
    return this.#attempt(path, () => {
      const place = this.#locate(path);
      if (place === undefined || this.#prefix !== '') return this.#withoutPrefix(place);
      return fs.realpathSync.native(place);
    });
  }

  /** @returns a view of the shared buffer, good until the next read */
  #read(path: string): Buffer | undefined {
    return this.#attempt(path, () => {
      const place = this.#locate(path);
      if (place === undefined) return undefined;
      // A FIFO that nobody writes to would hold us up.
      const file = fs.openSync(place, O_RDONLY | O_NONBLOCK);
      try {
        return this.#readAll(file, path);
      } finally {
        fs.closeSync(file);
      }
    });
  }

  #readAll(file: number, path: string): Buffer | undefined {
    this.#buffer ??= Buffer.allocUnsafeSlow(procBytes + 1);
    const most = path.startsWith('/proc/') ? procBytes : otherBytes;
    let length = 0;
    for (;;) {
      const room = Math.min(pieceBytes, most + 1 - length);
      const more = fs.readSync(file, this.#buffer, length, room, null);
      if (more === 0) return this.#buffer.subarray(0, length);
      length += more;
      if (length > most) {
        this.#unreadable.add(path);
        return undefined;
      }
    }
  }

  /** The path on this host; undefined where it leads nowhere or out of the prefix. */
  #locate(path: string): string | undefined {
    if (!path.startsWith('/')) return undefined;
    if (this.#prefix === '') return path;
    this.#within ??= `${fs.realpathSync.native(this.#prefix)}/`;
    const place = fs.realpathSync.native(this.#prefix + path);
    return `${place}/`.startsWith(this.#within) ? place : undefined;
  }

  #withoutPrefix(place: string | undefined): string | undefined {
    if (place === undefined || this.#within === undefined) return undefined;
    return place.slice(this.#within.length - 1) || '/';
  }

  /**
   * The kernel makes the links in /sys, each to the own path of what it leads to, so that one look
   * at a link is enough; realpath(3) looks at every part of a path, ten times as long.
   */
  #realSysPath(path: string): string | undefined {
    const slash = path.lastIndexOf('/');
    const parent = this.#realSysFolder(path.slice(0, slash));
    if (parent === undefined) return undefined;
    const here = `${parent}/${path.slice(slash + 1)}`;
    const target = readLink(here);
    if (target === undefined) return here;
    const parts = target.startsWith('/') ? [] : parent.split('/').slice(1);
    for (const part of target.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    const end = `/${parts.join('/')}`;
    // Something mounted in /sys, as /sys/kernel/security, has links of its own.
    return end.startsWith('/sys/') ? end : fs.realpathSync.native(here);
  }

  #realSysFolder(folder: string): string | undefined {
    if (!this.#sysFolders.has(folder)) this.#sysFolders.set(folder, this.#realSysPath(folder));
    return this.#sysFolders.get(folder);
  }

  /** Runs a look-up; undefined where nothing is there, or it cannot be read. */
  #attempt<T>(path: string, lookUp: () => T | undefined): T | undefined {
    try {
      return lookUp();
    } catch (thrown) {
      const code = errno(thrown);
      if (code === undefined) throw thrown;
      if (!absent.has(code)) this.#unreadable.add(path);
      return undefined;
    }
  }
}

/** Where a link leads; undefined where it is none. */
function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch (thrown) {
    if (errno(thrown) === 'EINVAL') return undefined;
    throw thrown;
  }
}

function errno(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
}
