import * as fs from 'node:fs';

/** Something that a running process uses, as the kernel names it. */
export interface ProcessUse {
  pid: number;
  /** The program's name, as the kernel cuts it. */
  command: string;
  /** Where it says so: `/proc/123/maps`. */
  where: string;
  /** A path, or lines with paths; undefined where this process may not know, or nobody can say. */
  text: string | undefined;
}

const links = ['exe', 'cwd', 'root'] as const;

/**
 * Programs, working folders, roots, open files, mapped files and mounts of all processes that can
 * be seen. Paths are those of the process's own root, or of ours. A process that ends meanwhile
 * uses nothing any more.
 */
export function* processUses(): Generator<ProcessUse, void, undefined> {
  const mountNamespaces = new Set<string>();
  for (const name of fs.readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    const folder = `/proc/${name}`;
    const command = orNothing(() => fs.readFileSync(`${folder}/comm`, 'utf8').trimEnd());
    // It has ended.
    if (typeof command !== 'string') continue;
    const use = (where: string, text: string | undefined): ProcessUse => {
      return { pid: Number(name), command, where, text };
    };
    for (const link of links) yield* reading(`${folder}/${link}`, readLink, use);
    const handles = orNothing(() => fs.readdirSync(`${folder}/fd`));
    if (handles === unreadable) yield use(`${folder}/fd`, undefined);
    else if (handles !== undefined) {
      for (const handle of handles) yield* reading(`${folder}/fd/${handle}`, readLink, use);
    }
    yield* reading(`${folder}/maps`, readText, use);
    const namespace = orNothing(() => fs.readlinkSync(`${folder}/ns/mnt`));
    if (typeof namespace !== 'string' || mountNamespaces.has(namespace)) continue;
    mountNamespaces.add(namespace);
    yield* reading(`${folder}/mountinfo`, readText, use);
  }
}

const unreadable = Symbol('unreadable');

function* reading(
  where: string,
  read: (path: string) => string,
  use: (where: string, text: string | undefined) => ProcessUse,
): Generator<ProcessUse, void, undefined> {
  const text = orNothing(() => read(where));
  if (text === undefined || text === '') return;
  yield use(where, text === unreadable ? undefined : text);
}

function readLink(path: string): string {
  return fs.readlinkSync(path);
}

function readText(path: string): string {
  return fs.readFileSync(path, 'latin1');
}

/** What a look into /proc gives; nothing where the process, or that part of it, is gone. */
function orNothing<T>(look: () => T): T | typeof unreadable | undefined {
  try {
    return look();
  } catch (thrown) {
    const errno = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    // EINVAL is what the table of mounts says of a process that has ended just now.
    if (errno === 'ENOENT' || errno === 'ESRCH' || errno === 'EINVAL') return undefined;
    // A path may be longer than the kernel can tell; anybody can go to such a folder.
    if (errno === 'EACCES' || errno === 'EPERM' || errno === 'ENAMETOOLONG') return unreadable;
    throw thrown;
  }
}

/** Files by which the kernel itself names programs and folders that it may need at any time. */
const kernelSettings = [
  '/proc/cmdline',
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/fbsplash',
  '/proc/sys/kernel/hotplug',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/kernel/poweroff_cmd',
  '/sys/module/firmware_class/parameters/path',
];

/** Those of them that this kernel has, with their texts. */
export function* kernelUses(): Generator<{ where: string; text: string }, void, undefined> {
  for (const where of kernelSettings) {
    const text = orNothing(() => fs.readFileSync(where, 'latin1'));
    if (typeof text === 'string') yield { where, text };
  }
}
