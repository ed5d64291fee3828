import { run } from '../../host/run.ts';
import { type ObservedUnit, observedProperties, parseUnitStates } from './observed-unit.ts';

/**
 * All units that systemd has loaded, in one call; inactive ones and units with a job included.
 *
 * @throws GenctlError PROGRAM_FAILED where systemd does not answer
 */
export async function readUnitStates(): Promise<ObservedUnit[]> {
  // Without `--all`, a pattern leaves inactive units out.
  const args = ['show', '--all', `--property=${observedProperties.join(',')}`, '--', '*'];
  const { stdout } = await run('systemctl', args, { shielded: true });
  return parseUnitStates(stdout);
}
