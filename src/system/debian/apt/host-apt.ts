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
  /** Whom apt's downloads may run as; undefined where we may not become that user. */
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
 * @throws GenctlError PROGRAM_MISSING where it has none
 */
export async function readHostApt(): Promise<HostApt> {
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
    sandboxUid: await readSandboxUid(),
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

/** In a user namespace, and for plain users, nobody else can be become. */
async function readSandboxUid(): Promise<number | undefined> {
  const { stdout, exitCode } = await run(
    'setpriv',
    ['--reuid=_apt', '--clear-groups', 'id', '-u'],
    { accept: [0, 1, 127] },
  );
  return exitCode === 0 ? Number(stdout.trim()) : undefined;
}
