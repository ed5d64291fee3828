import { GenctlError } from '../../../errors.ts';
import { printableLine } from '../../../printable.ts';
import type { DpkgStatus } from './dpkg-status.ts';

type Failed = Extract<DpkgStatus, { kind: 'failed' }>;

const lastLines = 4;

const spaceHint =
  'Make room on the file system that has /var/cache/genctl; the build needs about three times what is installed.';

/**
 * Why an installation failed, from what dpkg and the scripts of packages have printed. Pure.
 *
 * @param failed what dpkg gave up on; the first is the reason of those that follow
 * @param log all that was printed
 */
export function installFailure(failed: readonly Failed[], log: string): GenctlError {
  const [first] = failed;
  if (log.includes('No space left on device')) {
    return new GenctlError('NO_SPACE', 'cannot install the packages: no space left on device', {
      hint: spaceHint,
    });
  }
  if (first === undefined) {
    return new GenctlError(
      'BUILD_FAILED',
      `cannot install the packages: ${lastOf(log.split('\n')) || 'it ended without a word'}`,
    );
  }
  const said = lastOf(linesAbout(first.subject, log));
  return new GenctlError(
    'PACKAGE_FAILED',
    `cannot install ${printableLine(first.subject)}: ${printableLine(first.reason)}${said && `: ${said}`}`,
    { hint: hintFor(first.reason) },
  );
}

function hintFor(reason: string): string {
  return reason.includes('dependency problems')
    ? 'The lock lacks what it needs, or has what it cannot be beside: genctl lock --update'
    : 'Declare an answer in [system] debconfSelections if it asks for one, or leave the package out.';
}

/** What was printed from the beginning of a package's last step to where dpkg gave up. */
function linesAbout(subject: string, log: string): string[] {
  const lines = log.split('\n');
  const end = lines.findIndex(
    line => line.startsWith(`dpkg: error processing `) && line.includes(subject),
  );
  if (end < 0) return [];
  const before = lines.slice(0, end);
  const start = before.findLastIndex(line =>
    /^(Setting up|Unpacking|Preparing to unpack) /.test(line),
  );
  return before.slice(start + 1);
}

function lastOf(lines: readonly string[]): string {
  return lines
    .map(line => printableLine(line.trim()))
    .filter(line => line !== '')
    .slice(-lastLines)
    .join('; ');
}
