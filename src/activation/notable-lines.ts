/** How `activate` begins a line about a file of the user's that it moved, or left where it was. */
const notable = ['backed up /etc/', 'restored /etc/', 'left the backup of /etc/', 'kept /etc/'];

/**
 * The lines of what `activate` says on its standard output that a person must know. The others
 * name one link, copy or folder each. Pure.
 */
export function notableLines(stdout: string): string[] {
  return stdout.split('\n').filter(line => notable.some(prefix => line.startsWith(prefix)));
}
