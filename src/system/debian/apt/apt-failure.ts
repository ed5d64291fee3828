import { GenctlError } from '../../../errors.ts';
import { printableLine } from '../../../printable.ts';

const mostLines = 3;

/** All that apt has printed. */
interface Printed {
  stdout: string;
  stderr: string;
}

/** Why `apt-get update` failed, from what it printed. Pure. */
export function updateFailure({ stdout, stderr }: Printed): GenctlError {
  const missing = missingSuite({ stdout, stderr });
  if (missing !== undefined) {
    const { uri, suite } = missing;
    return new GenctlError(
      'SUITE_UNKNOWN',
      `${printableLine(uri)} has no suite ${printableLine(suite)}`,
      {
        hint: 'Correct the suite where the sources of apt name it, or the mirror. Releases that are not supported any more have moved to an archive of their own.',
      },
    );
  }
  if (isDistrusted(stderr)) {
    return new GenctlError(
      'SIGNATURE_REFUSED',
      `apt does not trust its sources: ${lastWords(stderr)}`,
      {
        hint: 'Install the keys that they are signed with, such as the package debian-archive-keyring, and name them by `Signed-By`.',
      },
    );
  }
  return aptFailure('cannot fetch the lists of packages', stderr);
}

/** Whether it is about keys and signatures. apt also calls unsigned what it could not fetch at all. */
function isDistrusted(stderr: string): boolean {
  const isUnsigned = /is not signed/.test(stderr) && !/Failed to fetch \S+Release\s/.test(stderr);
  const isRefused =
    /NO_PUBKEY|BADSIG|EXPKEYSIG|signatures? (?:was|were) invalid|Missing key|signature verification/;
  return isUnsigned || isRefused.test(stderr);
}

/**
 * The suite that a mirror does not have. Of one that may go without signatures apt looks for lists
 * all the same. Where there is a `Release` and a list of it is missing, the mirror is being brought
 * up to date.
 */
function missingSuite({ stdout, stderr }: Printed): { uri: string; suite: string } | undefined {
  const [, refused, itsSuite] =
    /The repository '(\S+) (\S+) Release' does (?:not|no longer) have a Release/.exec(stderr) ?? [];
  if (refused !== undefined && itsSuite !== undefined) return { uri: refused, suite: itsSuite };
  const missing = missingFiles(stderr);
  return [...stdout.matchAll(/^Ign:\d+ (\S+) (\S+) Release$/gm)]
    .map(([, uri = '', suite = '']) => ({ uri, suite }))
    .find(({ uri, suite }) => missing.some(file => file.startsWith(`${uri}/dists/${suite}/`)));
}

/** Addresses at which nothing is: by the status that the reason begins with, or a folder's words. */
function missingFiles(stderr: string): string[] {
  const failures = stderr.matchAll(
    /^(?:E|Error): Failed to fetch (\S+)\s+(?:404\s|File not found|Failed to stat)/gm,
  );
  return Array.from(failures, ([, uri = '']) => uri);
}

/** What apt said when something failed that has no name of its own. Pure. */
export function aptFailure(what: string, stderr: string): GenctlError {
  if (/No space left on device|You don't have enough free space/.test(stderr)) {
    return new GenctlError('NO_SPACE', `${what}: ${lastWords(stderr)}`, {
      hint: 'Free some space in /var/cache/genctl; what was fetched whole stays.',
    });
  }
  return new GenctlError('APT_FAILED', `${what}: ${lastWords(stderr)}`, {
    hint: isNetworkGone(stderr)
      ? 'Check the network and the proxies in /etc/apt, and run this again; what was fetched whole stays.'
      : undefined,
  });
}

/**
 * Why apt could not so much as read its lists, to which every package is unknown then; undefined where
 * it could. Pure.
 */
export function listsFailure(stderr: string): GenctlError | undefined {
  const isUnread =
    /^(?:E|Error): The (?:package lists or status file could not be parsed or opened|list of sources could not be read)/m;
  return isUnread.test(stderr)
    ? aptFailure('cannot read the lists of packages', stderr)
    : undefined;
}

/** Whether apt could reach nobody, which is nobody's fault but the network's. Pure. */
function isNetworkGone(text: string): boolean {
  return /Temporary failure resolving|Could ?n[o']t resolve|Could not connect|Unable to connect|Connection (?:timed out|refused|failed|reset)|Network is unreachable|Connection closed|Error reading from server|require authentication|Proxy Authentication Required/.test(
    text,
  );
}

/** The first few of apt's errors, in one line. Pure. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map(line => /^(?:E|Err|Error):\s*(.*)$/.exec(line.trim())?.[1])
    .filter(
      line => line !== undefined && !/^(?:Some index files failed|Download Failed)/.test(line),
    );
  const told = lines.length > 0 ? lines : stderr.trim().split('\n').slice(-mostLines);
  const more = told.length > mostLines ? `; and ${told.length - mostLines} more` : '';
  return printableLine(`${told.slice(0, mostLines).join('; ')}${more}`) || 'apt does not say why';
}
