import { run } from '../../../host/run.ts';

/** Where the machine that genctl runs on has apt's own files; paths on the host. */
export interface HostApt {
  sourceList: string;
  sourceParts: string;
  trusted: string;
  trustedParts: string;
  netrc: string;
  netrcParts: string;
  /** How it reaches mirrors: proxies, time limits and the like, by their full names, in order. */
  transport: readonly AptOption[];
  /**
   * Whom apt's downloads may run as; undefined where we may not become that user, or it cannot reach
   * where they go.
   */
  sandboxUid: number | undefined;
}

/** A setting of apt.conf(5). */
export interface AptOption {
  /** `Acquire::http::Proxy`; an item of a list ends in `::`. */
  name: string;
  value: string;
}

const places = {
  sourceList: 'Dir::Etc::sourcelist/f',
  sourceParts: 'Dir::Etc::sourceparts/d',
  trusted: 'Dir::Etc::trusted/f',
  trustedParts: 'Dir::Etc::trustedparts/d',
  netrc: 'Dir::Etc::netrc/f',
  netrcParts: 'Dir::Etc::netrcparts/d',
} as const;

/**
 * Asks apt-config how this machine's apt is set up.
 *
 * @param target the folder below which downloads go, a path on the host
 * @throws GenctlError PROGRAM_MISSING where it has none
 */
export async function readHostApt(target: string): Promise<HostApt> {
  const { stdout: shell } = await run('apt-config', ['shell', ...Object.entries(places).flat()]);
  const { stdout: dump } = await run('apt-config', ['dump']);
  const assigned = new Map(
    [...shell.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name = '', path = '']) => [name, path]),
  );
  const at = (name: keyof typeof places): string => assigned.get(name) ?? '/dev/null';
  return {
    sourceList: at('sourceList'),
    sourceParts: at('sourceParts'),
    trusted: at('trusted'),
    trustedParts: at('trustedParts'),
    netrc: at('netrc'),
    netrcParts: at('netrcParts'),
    transport: transportOptions(dump),
    sandboxUid: await readSandboxUid(target),
  };
}

/**
 * What of `Acquire` is not about reaching mirrors: what is fetched and how it is kept is ours, and
 * whether signatures are checked is not asked.
 */
const notTransport =
  /^Acquire::(?:Allow|IndexTargets|Languages|GzipIndexes|CompressionTypes|PDiffs|Changelogs|cdrom|ForceHash)/i;

/** The options of `apt-config dump` that say how mirrors are reached. Pure. */
export function transportOptions(dump: string): AptOption[] {
  return [...dump.matchAll(/^(Acquire::[A-Za-z0-9:_.@/-]+) "([^"\n]*)";$/gm)]
    .map(([, name = '', value = '']) => ({ name, value }))
    .filter(({ name, value }) => !notTransport.test(name) && value !== '');
}

/**
 * Plain users can become nobody else, nor can root of a user namespace of one user; and a home may
 * be closed to all others. env(1) ends with 125 where it cannot go to a folder.
 */
async function readSandboxUid(target: string): Promise<number | undefined> {
  const { stdout, exitCode } = await run(
    'setpriv',
    ['--reuid=_apt', '--clear-groups', 'env', '--chdir', target, 'id', '-u'],
    { accept: [0, 1, 125, 127] },
  );
  return exitCode === 0 ? Number(stdout.trim()) : undefined;
}
