import source from '../../templates/init.sh.eta';
import { shellWord, template } from '../template.ts';
import { interpreterLine } from './interpreter-line.ts';

export interface InitOptions {
  /** The system that is booted; it holds `activate`. */
  systemPath: string;
  /** The real init: the first of these that is there; those of common systems where none is given. */
  inits?: readonly string[] | undefined;
  /** The interpreter: dash, busybox ash or another POSIX shell; /bin/sh unless told. */
  shell?: string | undefined;
  /** PATH for mount, ln and what `activate` uses, and of the real init. */
  toolPath?: string | undefined;
}

interface InitData {
  shell: string;
  toolPath: string;
  systemPath: string;
  inits: readonly string[];
}

const commonInits = ['/sbin/init', '/lib/systemd/systemd', '/usr/lib/systemd/systemd', '/bin/init'];

const render = template<InitData>(source, shellWord);

/**
 * The `init` script of a system, stage 2 of its boot: mounts what is missing, makes the store
 * read-only, runs `activate`, records /run/booted-system and executes the real init with the
 * arguments that it got itself.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function renderInit(options: InitOptions): string {
  return render({
    shell: interpreterLine(options.shell ?? '/bin/sh'),
    toolPath: options.toolPath ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    systemPath: options.systemPath,
    inits: options.inits?.length ? options.inits : commonInits,
  });
}
