import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import { type RunResult, run } from '../host/run.ts';
import { writeNotice } from '../host/terminal.ts';
import { printableLine } from '../printable.ts';

/** What NixOS's `switch-to-configuration` ends with. */
const answers = {
  done: 0,
  refused: 1,
  activationFailed: 2,
  /** Only the older one, written in Perl. */
  managerNotReloaded: 3,
  unitsFailed: 4,
  /** EAGAIN: somebody else has its lock. It ends with the number of an error. */
  locked: 11,
  rebootNeeded: 100,
} as const;

/**
 * Lets a system that NixOS built activate itself: `/etc`, accounts, mounts, units. Neither menu
 * nor profile are touched.
 *
 * It goes on when a part of the activation fails, and such a system is in force only in part:
 * here that is a failure, so that the transaction takes it back.
 *
 * @returns a finding for each unit that failed
 * @throws GenctlError ACTIVATION_ELSEWHERE, ACTIVATION_LOCKED (75), ACTIVATION_FAILED,
 *   REBOOT_NEEDED where the running init cannot take it
 */
export async function switchToConfiguration(root: Root, system: string): Promise<Finding[]> {
  const result = await runScript(root, system, 'test', line => {
    writeNotice(`${printableLine(line)}\n`);
  });
  return judge(system, result);
}

/**
 * What activating such a system would do, in its own words, one line each. Nothing is changed.
 *
 * @throws GenctlError ACTIVATION_ELSEWHERE, ACTIVATION_LOCKED (75), ACTIVATION_FAILED
 */
export async function dryActivate(root: Root, system: string): Promise<string[]> {
  const result = await runScript(root, system, 'dry-activate');
  // What would be refused is refused here already.
  judge(system, result);
  return result.stderr.split('\n').filter(line => line !== '');
}

async function runScript(
  root: Root,
  system: string,
  verb: 'test' | 'dry-activate',
  onErrorLine: (line: string) => void = () => undefined,
): Promise<RunResult> {
  if (!root.isLive) {
    throw new GenctlError(
      'ACTIVATION_ELSEWHERE',
      `${system}: a system that NixOS built activates itself on the running machine only`,
      { hint: 'Make it the default of the menu with `genctl boot GEN`, and boot it.' },
    );
  }
  const script = root.realPath(`${system}/bin/switch-to-configuration`);
  return await run(script, [verb], {
    // As `nixos-rebuild` says it: no loader is to be installed.
    env: { NIXOS_INSTALL_BOOTLOADER: '0' },
    shielded: true,
    // It may end with any number of an error.
    accept: Array.from({ length: 256 }, (_, code) => code),
    onErrorLine,
  });
}

function judge(system: string, { exitCode, stdout, stderr }: RunResult): Finding[] {
  const said = [...stdout.split('\n'), ...stderr.split('\n')];
  // A failure of units hides that of the activation.
  const isActivated = !said.some(line => line.startsWith('Failed to run activate script'));
  switch (exitCode) {
    case answers.done:
      return [];
    case answers.unitsFailed:
      if (isActivated) return failedUnits(system, said);
      break;
    case answers.rebootNeeded:
      throw new GenctlError(
        'REBOOT_NEEDED',
        `${system}: its init does not fit the running one, so it has not been activated`,
        { hint: 'Make it the default with `genctl boot`, and reboot.' },
      );
    case answers.locked:
      throw new GenctlError(
        'ACTIVATION_LOCKED',
        `${system}: another switch-to-configuration is running`,
        {
          hint: 'Wait until it has ended, and run the command again.',
          exitCode: exitCodes.locked,
        },
      );
    default:
      break;
  }
  throw new GenctlError(
    'ACTIVATION_FAILED',
    `${system}: ${whyOf(exitCode, isActivated)}${lastWords(said)}`,
    { hint: 'See what it said above, and `journalctl -b -t nixos`.' },
  );
}

function whyOf(exitCode: number, isActivated: boolean): string {
  switch (exitCode) {
    case answers.refused:
      return 'switch-to-configuration refused it';
    case answers.activationFailed:
      return 'a part of its activation failed';
    case answers.managerNotReloaded:
      return 'systemd did not read its unit files';
    default:
      return isActivated
        ? `switch-to-configuration ended with exit code ${exitCode}`
        : 'a part of its activation failed, and so did units';
  }
}

/** Which part it was, or else what came last. */
function lastWords(said: readonly string[]): string {
  const parts = said.filter(line => /^Activation script snippet .* failed/.test(line));
  const told = parts.length > 0 ? parts : said.filter(line => line.trim() !== '').slice(-1);
  return told.map(line => `; ${printableLine(line)}`).join('');
}

function failedUnits(system: string, said: readonly string[]): Finding[] {
  const findings = said.flatMap(line => {
    const match = /^warning: the following (user )?units failed: (.+)$/.exec(line);
    const command = match?.[1] === undefined ? 'systemctl' : 'systemctl --user';
    return (match?.[2] ?? '').split(', ').flatMap(name =>
      name === ''
        ? []
        : {
            code: 'UNIT_FAILED',
            subject: name,
            reason: 'it failed after the switch',
            hint: `See \`${command} status ${name}\`.`,
          },
    );
  });
  if (findings.length > 0) return findings;
  return [
    {
      code: 'UNITS_FAILED',
      subject: system,
      reason: 'it is active, but units of it failed',
      hint: 'See `systemctl --failed`.',
    },
  ];
}
