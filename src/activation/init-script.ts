import source from '../../templates/init.sh.eta';
import previousEntry from '../../templates/previous-entry.sh.eta';
import { shellWord, template } from '../template.ts';
import { interpreterLine } from './interpreter-line.ts';
import type { OwnUsr } from './own-usr.ts';

export interface InitOptions {
  /** The system that is booted; it holds `activate`. */
  systemPath: string;
  /** The real init: the first of these that is there; those of common systems where none is given. */
  inits?: readonly string[] | undefined;
  /** The interpreter: dash, busybox ash or another POSIX shell; /bin/sh unless told. */
  shell?: string | undefined;
  /** PATH for mount, ln and what `activate` uses, and of the real init. */
  toolPath?: string | undefined;
  /** What the system brings in place of the machine's /usr. Its own busybox is the interpreter. */
  usr?: BootedUsr | undefined;
}

/** What stage 2 mounts, and what it makes where the root is empty. */
export interface BootedUsr extends OwnUsr {
  /** Links at the top of the root and what they lead to: `bin` to `usr/bin`. */
  links: ReadonlyMap<string, string>;
}

interface InitData {
  shell: string;
  toolPath: string;
  systemPath: string;
  inits: readonly string[];
  usr: BootedUsr | undefined;
  previousEntry: string;
}

const commonInits = ['/sbin/init', '/lib/systemd/systemd', '/usr/lib/systemd/systemd', '/bin/init'];

const render = template<InitData>(source, shellWord);

/**
 * The `init` script of a system, stage 2 of its boot: mounts what is missing and what the system
 * brings, makes the store read-only, runs `activate`, records /run/booted-system and executes the
 * real init with the arguments that it got itself.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function renderInit(options: InitOptions): string {
  const { usr } = options;
  return render({
    // Before /usr is there, so is no shell but that of the tree.
    shell:
      usr === undefined
        ? interpreterLine(options.shell ?? '/bin/sh')
        : `${interpreterLine(`${usr.tree}/usr/bin/busybox`)} sh`,
    toolPath: options.toolPath ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    systemPath: options.systemPath,
    inits: options.inits?.length ? options.inits : commonInits,
    usr,
    previousEntry,
  });
}
