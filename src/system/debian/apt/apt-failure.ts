import { GenctlError } from '../../../errors.ts';
import { printableLine } from '../../../printable.ts';

const mostLines = 3;

/** Why `apt-get update` failed, from what it printed on standard error. Pure. */
export function updateFailure(stderr: string): GenctlError {
  const noRelease =
    /The repository '(\S+) (\S+) Release' does (?:not|no longer) have a Release/.exec(stderr) ??
    /Failed to fetch (\S+)\/dists\/([^/\s]+)\/\S+\s+(?:404|File not found)/.exec(stderr);
  if (noRelease !== null) {
    const [, uri = '', suite = ''] = noRelease;
    return new GenctlError(
      'SUITE_UNKNOWN',
      `${printableLine(uri)} has no suite ${printableLine(suite)}`,
      {
        hint: 'Correct the suite where the sources of apt name it, or the mirror. Releases that are not supported any more have moved to an archive of their own.',
      },
    );
  }
  if (
    /NO_PUBKEY|is not signed|BADSIG|EXPKEYSIG|signatures? (?:was|were) invalid|Missing key/.test(
      stderr,
    )
  ) {
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

/** Whether apt could reach nobody, which is nobody's fault but the network's. Pure. */
function isNetworkGone(text: string): boolean {
  return /Temporary failure resolving|Could ?n[o']t resolve|Could not connect|Unable to connect|Connection (?:timed out|refused|failed|reset)|Network is unreachable|Connection closed|Error reading from server/.test(
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
